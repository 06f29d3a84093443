/** Stores logins that a provider has proven, while the user is asked for something. */
import { createHash } from "node:crypto";
import type { ExpressionBuilder, Selectable } from "kysely";
import { columns } from "../../db/columns.ts";
import type { Schema } from "../../db/schema.ts";
import { deleteBeyond, insertIfAbsent, updateReturning } from "../../db/statements.ts";
import { clockSlackMs } from "../clock-skew.ts";
import { code } from "../one-time-tokens/one-time-tokens.ts";
import type { ProviderTokens } from "../providers/provider.ts";
import type { Services, Transaction } from "../services.ts";
import type { Method } from "../sessions/methods.ts";

/** What a provider has told, and where the login goes on. */
export interface ProvenLogin {
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  readonly email?: string | undefined;
  /** Whether the provider vouches for the email. */
  readonly isEmailVouched: boolean;
  readonly name?: string | undefined;
  readonly username?: string | undefined;
  /** Roles that its claims give. */
  readonly roles: readonly string[];
  readonly methods: readonly [Method, ...Method[]];
  /** Session at the provider, for its logout. */
  readonly sid?: string | undefined;
  /** When the ID token was issued, in milliseconds since 1970, by the provider's clock. */
  readonly issuedAt?: number | undefined;
  /** When the user authenticated at the provider, in milliseconds since 1970. */
  readonly authTime?: number | undefined;
  readonly tokens?: ProviderTokens | undefined;
  /** Unvalidated URL to return to. */
  readonly next?: string | undefined;
  readonly remember: boolean;
  /** The app that gets the login, instead of this browser. */
  readonly app?: { readonly callback: string; readonly challenge: string } | undefined;
}

export type ProofStage = Schema["provider_proofs"]["stage"];

type ProofRow = Selectable<Schema["provider_proofs"]>;

/** A stored proof. */
export interface Proof {
  readonly id: string;
  readonly stage: ProofStage;
  /** The account that it opens, that it may be linked to, or that loses its email to a new one, and its security version at that time. */
  readonly userId: string | null;
  readonly version: number;
  /** The email that is being proven, or that is proven; empty without one. */
  readonly email: string;
  readonly login: ProvenLogin;
  /** The logged-in user whose session it would replace. */
  readonly visitorId?: string | undefined;
}

/** As long as a user has to log in, or to choose a username. */
export const proofLifetimeMs = 30 * 60_000;

/** Exhausted storage: each way back from a provider stores one. As many as the tabs that can be under way at once. */
const maxProofs = 5;

export interface NewProof {
  /** 256 random bits in the cookie of this browser. */
  readonly secret: string;
  readonly stage: ProofStage;
  readonly login: ProvenLogin;
  readonly email?: string | undefined;
  readonly account?: { readonly id: string; readonly security_version: number } | undefined;
  readonly visitorId?: string | undefined;
}

export async function createProof(tx: Transaction, { secret, stage, login, email = "", account, visitorId }: NewProof): Promise<void> {
  const id = idOf(secret);
  const now = tx.now();
  await insertIfAbsent(tx.db, "provider_proofs", {
    id,
    user_id: account?.id ?? null,
    issuer: login.issuer,
    subject: login.subject,
    version: account?.security_version ?? 0,
    stage,
    payload: tx.keyring.encrypt("provider", JSON.stringify({ ...login, visitorId }), bindingOf(id)),
    email,
    code_hash: null,
    tries_left: 0,
    created_at: now,
    expires_at: now + proofLifetimeMs,
  });
  const { issuer, subject } = login;
  const older = deleteBeyond(tx.db, "provider_proofs", { where: { issuer, subject }, orderBy: "created_at", keep: maxProofs });
  await tx.db.executeQuery(older.compile());
}

/** The proof of this browser. */
export async function findProof(s: Services, secret: string): Promise<Proof | undefined> {
  const row = await s.db
    .selectFrom("provider_proofs")
    .select(columns.provider_proofs)
    .where((where) => where.and([isValid(s)(where), where("id", "=", idOf(secret))]))
    .executeTakeFirst();
  return row && toProof(s, row);
}

function toProof(s: Services, row: ProofRow): Proof | undefined {
  const { id, stage, user_id, version, email, payload } = row;
  const text = s.keyring.tryDecrypt("provider", payload, bindingOf(id));
  if (text === undefined) return undefined;
  const { visitorId, ...login } = JSON.parse(text) as ProvenLogin & Pick<Proof, "visitorId">;
  return { id, stage, userId: user_id, version, email, login, visitorId };
}

/** Asks for the code that was sent to this email. */
export async function storeCode(tx: Transaction, { id }: Proof, email: string, digits: string): Promise<void> {
  await tx.db
    .updateTable("provider_proofs")
    .set({
      stage: "code",
      email,
      code_hash: tx.keyring.hash("code", codeText(id, digits)),
      tries_left: code.tries,
      expires_at: tx.now() + proofLifetimeMs,
    })
    .where("id", "=", id)
    .execute();
}

/** Uses one of five tries before the code is compared, so that parallel guesses all count (ASVS 6.6.3). */
export async function tryProofCode(tx: Transaction, { id }: Proof, digits: string): Promise<Proof | undefined> {
  const row = await updateReturning(tx.db, "provider_proofs", {
    set: (column) => ({ tries_left: column("tries_left", "-", 1) }),
    where: (where) =>
      where.and([
        isValid(tx)(where),
        where("id", "=", id),
        where("stage", "=", "code"),
        where("tries_left", ">", 0),
        where("expires_at", ">", tx.now() + proofLifetimeMs - code.lifetimeMs),
      ]),
    returning: columns.provider_proofs,
  }).executeTakeFirst();
  if (!row?.code_hash || !tx.keyring.verifyHash("code", codeText(id, digits), row.code_hash)) return undefined;
  return toProof(tx, row);
}

/** Moves a proof on. The email is proven by then. */
export async function advanceProof(
  tx: Transaction,
  { id }: Proof,
  { stage, email, account }: { readonly stage: ProofStage; readonly email: string; readonly account?: NewProof["account"] },
): Promise<void> {
  await tx.db
    .updateTable("provider_proofs")
    .set({ stage, email, user_id: account?.id ?? null, version: account?.security_version ?? 0, code_hash: null, tries_left: 0 })
    .where("id", "=", id)
    .execute();
}

/** Ends a proof in the transaction of its effect. Race: of two concurrent requests, one gets true. */
export async function endProof(tx: Transaction, id: string): Promise<boolean> {
  const { numDeletedRows } = await tx.db.deleteFrom("provider_proofs").where("id", "=", id).executeTakeFirst();
  return numDeletedRows === 1n;
}

/** Ends the proof of a browser, such as when it starts another one. */
export async function endProofOfBrowser(tx: Transaction, secret: string): Promise<void> {
  await endProof(tx, idOf(secret));
}

/**
 * Ends the proof of a browser in which somebody has logged in another way, unless its page has asked for that login. True if there was one.
 */
export async function endOvertakenProof(tx: Transaction, secret: string): Promise<boolean> {
  const { numDeletedRows } = await tx.db
    .deleteFrom("provider_proofs")
    .where("id", "=", idOf(secret))
    .where("stage", "not in", ["link", "claim"])
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

/** Ends the proofs of an account, and those of identities. */
export async function endProofsOf(
  tx: Transaction,
  userId: string,
  identities: readonly { readonly issuer: string; readonly subject: string }[],
): Promise<void> {
  await tx.db
    .deleteFrom("provider_proofs")
    .where((where) => where.or([where("user_id", "=", userId), ...identities.map(({ issuer, subject }) => where.and({ issuer, subject }))]))
    .execute();
}

/** Which logins a provider has ended: those of a session, of a user, or of both. */
export interface EndedLogins {
  readonly issuer: string;
  readonly subject?: string | undefined;
  readonly sid?: string | undefined;
}

/** Whether a login of an ended user has ended. A session that the provider has never named may be any of that user's. */
export function hasEnded({ subject, sid }: Pick<EndedLogins, "subject" | "sid">, own: string | undefined): boolean {
  return sid === undefined || own === sid || (own === undefined && subject !== undefined);
}

/** Ends the proofs of logins that the provider has ended. The payload is encrypted, so a session is found by reading those of its issuer. */
export async function endProofsOfLogins(tx: Transaction, { issuer, subject, sid }: EndedLogins): Promise<void> {
  const rows = await tx.db
    .selectFrom("provider_proofs")
    .select(columns.provider_proofs)
    .where("issuer", "=", issuer)
    .$if(subject !== undefined, (query) => query.where("subject", "=", subject ?? ""))
    .execute();
  const ended = rows.filter((row) => sid === undefined || hasEnded({ subject, sid }, toProof(tx, row)?.login.sid)).map(({ id }) => id);
  if (ended.length > 0) await tx.db.deleteFrom("provider_proofs").where("id", "in", ended).execute();
}

function isValid(s: Services) {
  return (where: ExpressionBuilder<Schema, "provider_proofs">) =>
    where.and([
      where("expires_at", ">", s.now()),
      // Old claims: a new code extends `expires_at`, but not what the provider has said.
      where("created_at", ">", s.now() - proofLifetimeMs),
      // Clock skew: a proof stored by a clock that was ahead would live too long.
      where("created_at", "<=", s.now() + clockSlackMs),
    ]);
}

/** Stolen database: only the hash of the secret is stored. */
function idOf(secret: string): string {
  return createHash("sha256").update(`proof ${secret}`).digest("base64url");
}

/** Ciphertext swapping: a payload copied to another row does not decrypt there (CWE-345). */
function bindingOf(id: string) {
  return { to: ["provider_proofs.payload", id] };
}

/** Brute force of a stolen database: a code has a million possible values, so its hash is keyed (ASVS 6.5.2). */
function codeText(id: string, digits: string): string {
  return `provider ${id} ${digits}`;
}
