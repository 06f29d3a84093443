/** Keeps factors and linked logins that a user removed for 72 hours, so that a report of a compromise can bring them back. */
import type { Selectable } from "kysely";
import { columns } from "../../db/columns.ts";
import type { Schema } from "../../db/schema.ts";
import { type EncryptedColumn, encryptColumn, tryDecryptColumn } from "../encrypted-column.ts";
import { canSendEmail } from "../mail/outbox.ts";
import type { Services, Transaction } from "../services.ts";
import { type FactorId, recoveryCodesId } from "../sessions/factor-id.ts";
import type { Session } from "../sessions/session.ts";
import { authenticatorSecrets } from "../two-factor/authenticators.ts";
import { isSettled } from "../two-factor/settled-factors.ts";
import type { GuardedAccount } from "./guard-change.ts";
import { keptForMs } from "./kept-for.ts";

export type RemovedRow = Selectable<Schema["removed_factors"]>;

/** Stolen database: all that is kept of a factor is encrypted, hashes and public keys too. */
export const removedFactors: EncryptedColumn = { table: "removed_factors", column: "content", id: "id", purpose: "removed-factor" };

/** What a user removes, and in which session. */
interface Removal {
  readonly session: Pick<Session, "tokenHash">;
  readonly factors: readonly FactorId[];
  /** Whether two-factor authentication is turned off with them. */
  readonly turnsOff?: boolean;
}

/**
 * Whether a removal is for good. Stolen phone: its thief may read the inbox too, and a report must not bring it back once its owner has
 * removed it. An intruder's session was authenticated by a factor of the owner, so that one is always kept (decision 034).
 */
export async function isRemovedForGood(s: Services, userId: string, { session, factors }: Removal): Promise<boolean> {
  const row = await s.db
    .selectFrom("sessions")
    .select("factor_id")
    .where("token_hash", "=", session.tokenHash)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  const by = row?.factor_id ?? undefined;
  return by !== undefined && !factors.includes(by) && (await isSettled(s, userId, by));
}

/** Without emails there is no report. */
export function canBeRestored(s: Services): boolean {
  return s.catalog.securityNoticeLink !== undefined && canSendEmail(s);
}

/** Call it before the factors are deleted, with the account's row locked. Returns until when they can be restored; null if they can't. */
export async function keepRemoved(tx: Transaction, account: GuardedAccount, removal: Removal): Promise<number | null> {
  if (!canBeRestored(tx)) return null;
  const isForGood = await isRemovedForGood(tx, account.id, removal);
  const kept: Kept[] = [];
  for (const factor of isForGood ? [] : removal.factors) kept.push(...(await readFactor(tx, account, factor)));
  // Downgrade: a passkey that stays protects nothing once it is off, so a report turns it on again. That gives nobody a factor.
  if (removal.turnsOff === true && account.two_factor_since !== null)
    kept.push({ id: tx.newId(), kind: "two-factor", credential_id: null, content: {}, added_at: account.two_factor_since });
  if (kept.length === 0) return null;
  const now = tx.now();
  const rows = kept.map(({ content, ...row }) => ({
    ...row,
    user_id: account.id,
    content: encryptColumn(tx, removedFactors, row.id, JSON.stringify(content)),
    removed_at: now,
  }));
  await tx.db.insertInto("removed_factors").values(rows).execute();
  await limitKept(tx, account.id);
  return isForGood ? null : now + keptForMs;
}

/** An account has at most 20 passkeys and 5 apps, with one set of recovery codes. */
const maxKept = 40;

/** Denial of service: of what is kept, the youngest goes, since an intruder's factors are younger than the owner's. */
async function limitKept(tx: Transaction, userId: string): Promise<void> {
  const beyond = await tx.db
    .selectFrom("removed_factors")
    .select("id")
    .where("user_id", "=", userId)
    .orderBy("added_at")
    .limit(maxKept)
    .offset(maxKept)
    .execute();
  if (beyond.length === 0) return;
  const ids = beyond.map(({ id }) => id);
  await tx.db.deleteFrom("removed_factors").where("id", "in", ids).execute();
}

export type KeptAuthenticator = Omit<Selectable<Schema["authenticators"]>, "user_id" | "session_hash">;
export type KeptPasskey = Omit<Selectable<Schema["passkeys"]>, "user_id" | "credential_id" | "public_key"> & {
  readonly public_key: string;
};
export type KeptIdentity = Omit<Selectable<Schema["identities"]>, "user_id" | "tokens">;
export type KeptCode = Pick<Selectable<Schema["recovery_codes"]>, "code_hash" | "created_at">;
type Kept = Omit<RemovedRow, "user_id" | "content" | "removed_at"> & { readonly content: object };

async function readFactor(tx: Transaction, { id: userId }: GuardedAccount, factor: FactorId): Promise<Kept[]> {
  if (factor === recoveryCodesId) return readCodes(tx, userId);
  const app = await tx.db
    .selectFrom("authenticators")
    .select(columns.authenticators)
    .where("id", "=", factor)
    .where("user_id", "=", userId)
    .where("confirmed_at", "is not", null)
    .executeTakeFirst();
  if (app) {
    const { user_id: _, session_hash: __, ...content } = app;
    const secret = tryDecryptColumn(tx, authenticatorSecrets, app.id, app.secret);
    const kept = { id: app.id, kind: "authenticator", credential_id: null, added_at: app.confirmed_at ?? app.created_at } as const;
    return secret === undefined ? [] : [{ ...kept, content: { ...content, secret } }];
  }
  const passkey = await tx.db
    .selectFrom("passkeys")
    .select(columns.passkeys)
    .where("id", "=", factor)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  if (!passkey) return readIdentity(tx, userId, factor);
  const { user_id: _, credential_id, public_key, ...content } = passkey;
  const key = Buffer.from(public_key).toString("base64url");
  return [{ id: passkey.id, kind: "passkey", credential_id, added_at: passkey.created_at, content: { ...content, public_key: key } }];
}

/** Without the provider's tokens. */
async function readIdentity(tx: Transaction, userId: string, id: string): Promise<Kept[]> {
  const identity = await tx.db
    .selectFrom("identities")
    .select(columns.identities)
    .where("id", "=", id)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  if (!identity) return [];
  const { user_id: _, tokens: __, ...content } = identity;
  return [{ id, kind: "identity", credential_id: null, added_at: identity.created_at, content }];
}

/** Used codes work no more, and are not kept. */
async function readCodes(tx: Transaction, userId: string): Promise<Kept[]> {
  const codes = await tx.db
    .selectFrom("recovery_codes")
    .select(["code_hash", "created_at"])
    .where("user_id", "=", userId)
    .where("used_at", "is", null)
    .execute();
  if (codes.length === 0) return [];
  const added_at = Math.max(...codes.map(({ created_at }) => created_at));
  return [{ id: tx.newId(), kind: "recovery-codes", credential_id: null, added_at, content: codes }];
}

/** Forgets for good what was removed since then. */
export async function eraseRemoved(tx: Transaction, userId: string, since: number): Promise<void> {
  await tx.db.deleteFrom("removed_factors").where("user_id", "=", userId).where("removed_at", ">=", since).execute();
}

/**
 * Erases factors that a report could restore. Lockout: a linked login can still come back, as it may be the only way in; but whoever has its
 * account at the provider must not pass the second step by it, so it comes back unconfirmed.
 */
export async function eraseKeptFactors(tx: Transaction, userId: string): Promise<void> {
  await tx.db.deleteFrom("removed_factors").where("user_id", "=", userId).where("kind", "!=", "identity").execute();
  const logins = await tx.db.selectFrom("removed_factors").select(["id", "content"]).where("user_id", "=", userId).execute();
  for (const { id, content } of logins) {
    const text = tryDecryptColumn(tx, removedFactors, id, content);
    if (text === undefined) continue;
    const unconfirmed: KeptIdentity = { ...(JSON.parse(text) as KeptIdentity), confirmed_at: null };
    const encrypted = encryptColumn(tx, removedFactors, id, JSON.stringify(unconfirmed));
    await tx.db.updateTable("removed_factors").set({ content: encrypted }).where("id", "=", id).execute();
  }
}

/** Whether a report would restore something. */
export async function hasRestorable(s: Services, userId: string, since: number): Promise<boolean> {
  const row = await s.db
    .selectFrom("removed_factors")
    .select("id")
    .where("user_id", "=", userId)
    .where("removed_at", ">=", since)
    .where("removed_at", ">", s.now() - keptForMs)
    .where("added_at", "<", since)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Passkeys that are kept: browsers must not forget them yet. */
export async function keptCredentials(s: Services, userId: string): Promise<string[]> {
  const rows = await s.db
    .selectFrom("removed_factors")
    .select("credential_id")
    .where("user_id", "=", userId)
    .where("removed_at", ">", s.now() - keptForMs)
    .execute();
  return rows.flatMap(({ credential_id }) => (credential_id === null ? [] : Buffer.from(credential_id).toString("base64url")));
}

/** Whether a passkey with this ID is kept for some account. */
export async function isKeptCredential(s: Services, credentialId: string): Promise<boolean> {
  const row = await s.db
    .selectFrom("removed_factors")
    .select("id")
    .where("credential_id", "=", Buffer.from(credentialId, "base64url"))
    .where("removed_at", ">", s.now() - keptForMs)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether a passkey with this ID is kept for another account. */
export async function isKeptElsewhere(tx: Transaction, userId: string, credentialId: Uint8Array): Promise<boolean> {
  const row = await tx.db
    .selectFrom("removed_factors")
    .select("id")
    .where("credential_id", "=", credentialId)
    .where("user_id", "!=", userId)
    .where("removed_at", ">", tx.now() - keptForMs)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
