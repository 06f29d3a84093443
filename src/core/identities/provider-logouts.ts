/** Remembers what a provider has logged out, so that a login that was under way at that moment ends too. */
import { createHash } from "node:crypto";
import { type Placeholders, prepared, preparedVariants } from "../../db/prepared.ts";
import { upsertIf } from "../../db/statements.ts";
import { attemptLifetimeMs } from "../providers/provider.ts";
import type { Transaction } from "../services.ts";
import { type EndedLogins, type ProvenLogin, proofLifetimeMs } from "./proofs.ts";

/** As long as a login with an older ID token may take: the way back from the provider, and a page of ours. */
const keptForMs = attemptLifetimeMs + proofLifetimeMs;

/** At the start of the transaction that ends the sessions. `issuedAt` is in milliseconds since 1970, by the provider's clock. */
export async function recordLogout(tx: Transaction, { issuer, subject, sid }: EndedLogins, issuedAt: number): Promise<void> {
  const keys =
    sid === undefined
      ? [keyOf(issuer, "user", subject)]
      : [keyOf(issuer, "session", sid), ...(subject === undefined ? [] : [keyOf(issuer, "unnamed session", subject)])];
  await lock(tx, keys, issuedAt);
}

/**
 * Whether the provider has logged the user out after it issued the ID token. Race: a login and a logout of the same user or session wait for
 * each other, so either the logout finds the session, or the login finds the logout (ASVS 15.4.2).
 */
export async function wasLoggedOut(tx: Transaction, { issuer, subject, sid, issuedAt }: ProvenLogin): Promise<boolean> {
  // Without an ID token the provider sends no logouts.
  if (issuedAt === undefined) return false;
  const session = sid === undefined ? keyOf(issuer, "unnamed session", subject) : keyOf(issuer, "session", sid);
  const user = keyOf(issuer, "user", subject);
  const rows = await lock(tx, [session, user], 0);
  return rows.some(({ key_hash, logged_out_at }) =>
    // The instants are whole seconds. Within one second, a session that is logged out has begun before; a user can be logged in again.
    sid !== undefined && session.equals(key_hash) ? logged_out_at >= issuedAt : logged_out_at > issuedAt,
  );
}

interface Logout {
  readonly key_hash: Uint8Array;
  readonly logged_out_at: number;
}

/** Locks the keys until the end of the transaction. Deadlock: in one order everywhere. */
async function lock(tx: Transaction, keys: readonly Buffer[], loggedOutAt: number): Promise<readonly Logout[]> {
  const [first, second] = keys.toSorted(Buffer.compare);
  const values = { first: first as Buffer, second: second as Buffer, loggedOutAt, expiresAt: tx.now() + keptForMs };
  const { rows } = await lockQuery(keys.length)(tx.db, values);
  return rows;
}

type LockedKeys = { first: Uint8Array; second: Uint8Array; loggedOutAt: number; expiresAt: number };

const lockQuery = preparedVariants((count: number) =>
  prepared((db, value: Placeholders<LockedKeys>) => {
    const rest = { logged_out_at: value("loggedOutAt"), expires_at: value("expiresAt") };
    const rows = [
      { key_hash: value("first"), ...rest },
      { key_hash: value("second"), ...rest },
    ];
    return upsertIf(db, "provider_logouts", {
      values: rows.slice(0, count),
      set: ({ eb, existing, offered }) => ({
        logged_out_at: eb
          .case()
          .when(eb(offered("logged_out_at"), ">", existing("logged_out_at")))
          .then(offered("logged_out_at"))
          .else(existing("logged_out_at"))
          .end(),
        expires_at: offered("expires_at"),
      }),
      returning: ["key_hash", "logged_out_at"],
    });
  }),
);

/** JSON keeps the parts apart. */
function keyOf(issuer: string, kind: "user" | "session" | "unnamed session", id = ""): Buffer {
  return createHash("sha256")
    .update(JSON.stringify([issuer, kind, id]))
    .digest();
}
