/** Stores authenticator apps, and accepts each of their codes once. */
import { type Placeholders, prepared } from "../../db/prepared.ts";
import { updateReturning } from "../../db/statements.ts";
import type { GuardedAccount } from "../credentials/guard-change.ts";
import { decryptColumn, type EncryptedColumn, encryptColumn, tryDecryptColumn } from "../encrypted-column.ts";
import type { Services, Transaction } from "../services.ts";
import type { Session } from "../sessions/session.ts";
import { pendingAuthenticatorMs } from "./enrolled.ts";
import { matchTotp, newTotpSecret, totpStep } from "./totp.ts";

/** Authenticators of one account. */
export const maxAuthenticators = 5;
const maxNameLength = 50;

export const authenticatorSecrets: EncryptedColumn = { table: "authenticators", column: "secret", id: "id", purpose: "totp" };

export interface Authenticator {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

/** The authenticators in use, oldest first. */
export async function listAuthenticators(s: Services, userId: string): Promise<Authenticator[]> {
  const rows = await s.db
    .selectFrom("authenticators")
    .select(["id", "name", "created_at", "last_used_at"])
    .where("user_id", "=", userId)
    .where("confirmed_at", "is not", null)
    .orderBy("id")
    .execute();
  return rows.map((row) => ({ id: row.id, name: row.name, createdAt: row.created_at, lastUsedAt: row.last_used_at }));
}

/** An authenticator that is being set up. */
export interface PendingAuthenticator {
  readonly id: string;
  /** Base32. */
  readonly secret: string;
  readonly expiresAt: number;
}

/** Stolen secret: only the session that sets an app up sees and confirms it; another one may be that of a thief who knows the password. */
export async function findPendingAuthenticator(
  s: Services,
  { tokenHash }: Pick<Session, "tokenHash">,
): Promise<PendingAuthenticator | undefined> {
  const row = await s.db
    .selectFrom("authenticators")
    .select(["id", "secret", "created_at"])
    .where("session_hash", "=", tokenHash)
    .where("confirmed_at", "is", null)
    .where("created_at", ">", s.now() - pendingAuthenticatorMs)
    .executeTakeFirst();
  return (
    row && {
      id: row.id,
      secret: decryptColumn(s, authenticatorSecrets, row.id, row.secret),
      expiresAt: row.created_at + pendingAuthenticatorMs,
    }
  );
}

/** Creates a secret, which replaces an earlier one that this session has not confirmed. Undefined if the account has the maximum. */
export async function beginAuthenticator(
  tx: Transaction,
  account: GuardedAccount,
  { tokenHash }: Pick<Session, "tokenHash">,
): Promise<PendingAuthenticator | undefined> {
  if ((await listAuthenticators(tx, account.id)).length >= maxAuthenticators) return undefined;
  await tx.db.deleteFrom("authenticators").where("confirmed_at", "is", null).where("session_hash", "=", tokenHash).execute();
  const [id, secret, now] = [tx.newId(), newTotpSecret(), tx.now()];
  const encrypted = encryptColumn(tx, authenticatorSecrets, id, secret);
  const row = { id, user_id: account.id, name: "", secret: encrypted, session_hash: tokenHash, created_at: now };
  await tx.db.insertInto("authenticators").values(row).execute();
  return { id, secret, expiresAt: now + pendingAuthenticatorMs };
}

/** `none`: nothing waits for its code any more. */
export type Confirmation =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly reason: "none" | "wrong" | "too-many" }
  | { readonly ok: false; readonly reason: "clock"; readonly minutesOff: number };

/** Takes the pending authenticator into use, with a first code as proof that the app has its secret. */
export async function confirmAuthenticator(
  tx: Transaction,
  account: GuardedAccount,
  { code, name, session }: { code: string; name: string; session: Pick<Session, "tokenHash"> },
): Promise<Confirmation> {
  const pending = await findPendingAuthenticator(tx, session);
  if (!pending) return { ok: false, reason: "none" };
  if ((await listAuthenticators(tx, account.id)).length >= maxAuthenticators) return { ok: false, reason: "too-many" };
  const match = matchTotp(pending.secret, code, tx.now());
  if (!match) return { ok: false, reason: "wrong" };
  if (!match.isAccepted) return { ok: false, reason: "clock", minutesOff: match.minutesOff };
  // Replay: the first code logs nobody in.
  await tx.db
    .updateTable("authenticators")
    .set({ name: cutName(name), session_hash: null, confirmed_at: tx.now(), last_step: match.step })
    .where("id", "=", pending.id)
    .where("user_id", "=", account.id)
    .execute();
  return { ok: true, id: pending.id };
}

export async function renameAuthenticator(tx: Transaction, userId: string, id: string, name: string): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable("authenticators")
    .set({ name: cutName(name) })
    .where("id", "=", id)
    .where("user_id", "=", userId)
    .where("confirmed_at", "is not", null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** The caller ends the other sessions, and bumps the security version. */
export async function removeAuthenticator(tx: Transaction, account: GuardedAccount, id: string): Promise<void> {
  await tx.db
    .deleteFrom("authenticators")
    .where("id", "=", id)
    .where("user_id", "=", account.id)
    .where("confirmed_at", "is not", null)
    .execute();
}

/** `used`: the code is right, and was accepted before. `clock`: it belongs to another time, so the clock of the phone is wrong. */
export type TotpResult =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly reason: "wrong" | "used" }
  | { readonly ok: false; readonly reason: "clock"; readonly minutesOff: number };

/** Accepts a code of one of the account's authenticators, once. */
export async function acceptTotp(tx: Transaction, userId: string, code: string): Promise<TotpResult> {
  const { rows } = await secretsQuery(tx.db, { userId });
  let result: TotpResult = { ok: false, reason: "wrong" };
  for (const { id, secret } of rows) {
    const text = tryDecryptColumn(tx, authenticatorSecrets, id, secret);
    if (text === undefined) tx.log.error({ authenticator: id }, "the secret of an authenticator cannot be decrypted");
    const match = text === undefined ? undefined : matchTotp(text, code, tx.now());
    if (match?.isAccepted) {
      if (await claimStep(tx, id, match.step)) return { ok: true, id };
      result = { ok: false, reason: "used" };
    }
    if (match && !match.isAccepted) {
      // Guessing: the answer tells that a code is that of a coming step, so it will not be accepted then.
      if (match.step > totpStep(tx.now())) {
        await tx.db.updateTable("authenticators").set({ refused_step: match.step }).where("id", "=", id).execute();
      }
      result = { ok: false, reason: "clock", minutesOff: match.minutesOff };
    }
  }
  return result;
}

const secretsQuery = prepared((db, value: Placeholders<{ userId: string }>) =>
  db.selectFrom("authenticators").select(["id", "secret"]).where("user_id", "=", value("userId")).where("confirmed_at", "is not", null),
);

/** Replay: one statement accepts a step and ends it with all earlier ones, so of two concurrent requests one gets it (ASVS 6.5.1). */
async function claimStep(tx: Transaction, id: string, step: number): Promise<boolean> {
  const { rows } = await claimQuery(tx.db, { id, step, now: tx.now() });
  return rows.length === 1;
}

const claimQuery = prepared((db, value: Placeholders<{ id: string; step: number; now: number }>) =>
  updateReturning(db, "authenticators", {
    set: { last_step: value("step"), last_used_at: value("now") },
    where: ({ and, eb, or }) =>
      and([
        eb("id", "=", value("id")),
        eb("last_step", "<", value("step")),
        or([eb("refused_step", "is", null), eb("refused_step", "!=", value("step"))]),
      ]),
    returning: ["id"],
  }),
);

/** The secrets in use, in base32. For imports, which add each secret once. */
export async function listSecrets(tx: Transaction, userId: string): Promise<string[]> {
  const { rows } = await secretsQuery(tx.db, { userId });
  return rows.map(({ id, secret }) => tryDecryptColumn(tx, authenticatorSecrets, id, secret) ?? "");
}

/** Adds an authenticator that is in use elsewhere. The caller turns two-factor authentication on. */
export async function importAuthenticator(
  tx: Transaction,
  account: GuardedAccount,
  { secret, name }: { readonly secret: string; readonly name: string },
): Promise<void> {
  const [id, now] = [tx.newId(), tx.now()];
  const encrypted = encryptColumn(tx, authenticatorSecrets, id, secret);
  const row = { id, user_id: account.id, name: cutName(name), secret: encrypted, created_at: now, confirmed_at: now };
  await tx.db.insertInto("authenticators").values(row).execute();
}

function cutName(name: string): string {
  return [...name].slice(0, maxNameLength).join("");
}
