/** Stores passkeys: finds, lists, adds, renames, removes. */
import type { Selectable } from "kysely";
import { columnsOf } from "../../db/columns.ts";
import { type Placeholders, prepared } from "../../db/prepared.ts";
import type { Schema } from "../../db/schema.ts";
import { readFirst } from "../../db/session-lookup.ts";
import { deleteReturning, insertIfAbsent } from "../../db/statements.ts";
import { recordEvent } from "../audit/log.ts";
import { bumpSecurityVersion, type GuardedAccount, lockAccount } from "../credentials/guard-change.ts";
import { isKeptElsewhere, keepRemoved } from "../credentials/removed-factors.ts";
import { hasAnotherWayIn } from "../credentials/ways-in.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services, Transaction } from "../services.ts";
import type { Method } from "../sessions/methods.ts";
import { endSessions, type Session } from "../sessions/session.ts";
import { endTrustedDevices } from "../two-factor/trusted-devices.ts";
import { fixRpId, relyingPartyOf } from "./relying-party.ts";
import type { CreatedCredential } from "./verify.ts";

/** Name of the way in. */
export const passkeyWayIn = "passkey";
export const maxPasskeys = 20;
export const maxNameLength = 60;

type PasskeyRow = Selectable<Schema["passkeys"]>;

/** A passkey as its owner sees it. */
export interface Passkey {
  readonly id: string;
  /** In base64url. */
  readonly credentialId: string;
  readonly rpId: string;
  readonly name: string;
  readonly aaguid: string;
  readonly transports: readonly string[];
  /** Whether it can be synchronised between devices. */
  readonly isSyncable: boolean;
  /** Whether it is synchronised. */
  readonly isSynced: boolean;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly lastUsedIp: string | null;
  readonly lastUsedUserAgent: string | null;
}

function toPasskey(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    credentialId: Buffer.from(row.credential_id).toString("base64url"),
    rpId: row.rp_id,
    name: row.name,
    aaguid: row.aaguid,
    transports: row.transports === "" ? [] : row.transports.split(","),
    isSyncable: row.backup_eligible === 1,
    isSynced: row.backed_up === 1,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    lastUsedIp: row.last_used_ip,
    lastUsedUserAgent: row.last_used_user_agent,
  };
}

/** All passkeys of an account, oldest first, also those of an earlier RP ID. */
export async function listPasskeys(s: Services, userId: string): Promise<Passkey[]> {
  const { rows } = await listQuery(s.db, { userId });
  return rows.map(toPasskey);
}

const listQuery = prepared((db, value: Placeholders<{ userId: string }>) =>
  db.selectFrom("passkeys").select(columnsOf("passkeys")).where("user_id", "=", value("userId")).orderBy("created_at").orderBy("id"),
);

/** Passkeys that work with the RP ID of this site. */
export async function usablePasskeys(s: Services, userId: string): Promise<Passkey[]> {
  const rp = relyingPartyOf(s.settings);
  return rp ? (await listPasskeys(s, userId)).filter(({ rpId }) => rpId === rp.id) : [];
}

export async function countUsable(s: Services, userId: string): Promise<number> {
  const rp = relyingPartyOf(s.settings);
  return rp ? Number((await readFirst(s.db, countQuery, { userId, rpId: rp.id }))?.count ?? 0) : 0;
}

const countQuery = prepared((db, value: Placeholders<{ userId: string; rpId: string }>) =>
  db
    .selectFrom("passkeys")
    .select((row) => row.fn.countAll<number>().as("count"))
    .where("user_id", "=", value("userId"))
    .where("rp_id", "=", value("rpId")),
);

/** Where passkeys of one account differ, each kind is a method of its own. */
export async function passkeyMethods(s: Services, userId: string): Promise<readonly Method[]> {
  return [...new Set((await usablePasskeys(s, userId)).map(methodOf))];
}

export function methodOf({ isSyncable }: Pick<Passkey, "isSyncable">): "passkey" | "passkey-synced" {
  return isSyncable ? "passkey-synced" : "passkey";
}

/** A passkey with what verification needs. */
export interface StoredCredential {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly isSyncable: boolean;
  readonly isSynced: boolean;
  readonly rpId: string;
  /** The user handle of its account. */
  readonly handle: Uint8Array;
}

export async function findCredential(s: Services, credentialId: Uint8Array): Promise<StoredCredential | undefined> {
  const { rows } = await findQuery(s.db, { credentialId });
  const [row] = rows;
  return (
    row && {
      id: row.id,
      userId: row.user_id,
      name: row.name,
      publicKey: row.public_key,
      counter: row.counter,
      isSyncable: row.backup_eligible === 1,
      isSynced: row.backed_up === 1,
      rpId: row.rp_id,
      handle: row.handle,
    }
  );
}

const findQuery = prepared((db, value: Placeholders<{ credentialId: Uint8Array }>) =>
  db
    .selectFrom("passkeys")
    .innerJoin("passkey_users", "passkey_users.user_id", "passkeys.user_id")
    .select([...columnsOf("passkeys"), "passkey_users.handle as handle"])
    .where("credential_id", "=", value("credentialId")),
);

/** The user handle of an account; undefined before its first passkey. */
export async function findHandle(s: Services, userId: string): Promise<Uint8Array | undefined> {
  const row = await s.db.selectFrom("passkey_users").select("handle").where("user_id", "=", userId).executeTakeFirst();
  return row?.handle;
}

export interface NewPasskey {
  readonly credential: CreatedCredential;
  /** The user handle that the authenticator has stored. */
  readonly handle: Uint8Array;
  readonly rpId: string;
  readonly name: string;
}

export type Added =
  /** `name`: the one that it has in the account, such as `Google Password Manager 2`. */
  | { readonly ok: true; readonly id: string; readonly name: string }
  /** `taken`: an account has this credential already, or may get it back. `changed`: another first passkey was added meanwhile. */
  | { readonly ok: false; readonly reason: "too-many" | "taken" | "changed" };

/** Adds a passkey to an account whose row is locked, and bumps its security version. */
export async function addPasskey(tx: Transaction, { id: userId }: GuardedAccount, added: NewPasskey): Promise<Added> {
  const { credential, handle, rpId } = added;
  const existing = await listPasskeys(tx, userId);
  if (existing.length >= maxPasskeys) return { ok: false, reason: "too-many" };
  await insertIfAbsent(tx.db, "passkey_users", { user_id: userId, handle });
  const stored = await findHandle(tx, userId);
  if (stored === undefined || Buffer.compare(stored, handle) !== 0) return { ok: false, reason: "changed" };
  const id = tx.newId();
  const name = freeName(added.name, existing);
  const isInserted = await insertIfAbsent(tx.db, "passkeys", {
    id,
    user_id: userId,
    credential_id: credential.credentialId,
    public_key: credential.publicKey,
    rp_id: rpId,
    name,
    aaguid: credential.aaguid,
    transports: credential.transports.join(","),
    counter: credential.counter,
    backup_eligible: credential.backupEligible ? 1 : 0,
    backed_up: credential.backedUp ? 1 : 0,
    created_at: tx.now(),
    last_used_at: null,
    last_used_ip: null,
    last_used_user_agent: null,
  });
  // Account confusion: a credential ID belongs to one account (WebAuthn, 7.1, step 26).
  if (!isInserted) return { ok: false, reason: "taken" };
  // Lockout: an intruder who has removed a passkey must not take its ID, or it could not be restored. Race: asked after the insert, which waits
  // for a removal that is under way.
  if (await isKeptElsewhere(tx, userId, credential.credentialId)) {
    await tx.db.deleteFrom("passkeys").where("id", "=", id).execute();
    return { ok: false, reason: "taken" };
  }
  await fixRpId(tx, rpId);
  await endTrustedDevices(tx, userId);
  await bumpSecurityVersion(tx, userId);
  return { ok: true, id, name };
}

/** Numbers the second passkey of a name, such as `Google Password Manager 2`. */
function freeName(name: string, existing: readonly Passkey[]): string {
  const taken = new Set(existing.map((each) => each.name));
  const short = name.slice(0, maxNameLength - 3);
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name.slice(0, maxNameLength) : `${short} ${i}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** Returns whether the account has this passkey. */
export async function renamePasskey(tx: Transaction, userId: string, id: string, name: string): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable("passkeys")
    .set({ name })
    .where("id", "=", id)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export type Removed =
  /** Until when a report can restore it; null if it can't. */
  | { readonly ok: true; readonly keptUntil: number | null }
  /** `last-factor`: two-factor authentication is on, and no other factor is left. */
  | { readonly ok: false; readonly reason: "last-way-in" | "last-factor" };

/**
 * Removes a passkey, but never the last way in or the last factor, and ends the other sessions. Undefined if the account does not have it. Without the session of its user, it is removed for good.
 */
export async function removePasskey(
  tx: Transaction,
  account: GuardedAccount,
  id: string,
  session?: Pick<Session, "tokenHash">,
): Promise<Removed | undefined> {
  const found = (await listPasskeys(tx, account.id)).find((each) => each.id === id);
  if (!found) return undefined;
  const reason = await removalRefusal(tx, { id: account.id, hasTwoFactor: account.two_factor_since !== null }, id);
  if (reason !== undefined) return { ok: false, reason };
  const keptUntil = session ? await keepRemoved(tx, account, { session, factors: [id] }) : null;
  await tx.db.deleteFrom("passkeys").where("id", "=", id).where("user_id", "=", account.id).execute();
  // Stolen device: its browser may be logged in by any factor, or since before the passkey was added (ASVS 7.4.3).
  await endSessions(tx, account.id, session);
  await endTrustedDevices(tx, account.id);
  await bumpSecurityVersion(tx, account.id);
  return { ok: true, keptUntil };
}

/** Why a passkey of the account can't be removed; undefined if it can. One that works no more is neither the last way in nor the last factor. */
export async function removalRefusal(
  s: Services,
  { id: userId, hasTwoFactor }: { readonly id: string; readonly hasTwoFactor: boolean },
  id: string,
): Promise<"last-way-in" | "last-factor" | undefined> {
  const usable = await usablePasskeys(s, userId);
  if (!usable.some((each) => each.id === id)) return undefined;
  if (!(await hasAnotherWayIn(s, userId, passkeyWayIn))) return "last-way-in";
  return usable.length === 1 && hasTwoFactor && !(await hasOtherFactor(s, userId)) ? "last-factor" : undefined;
}

/** Recovery codes only replace a factor. */
async function hasOtherFactor(s: Services, userId: string): Promise<boolean> {
  const methods = await Promise.all(s.catalog.secondFactors.map(({ enrolled }) => enrolled(s, userId)));
  return methods.flat().some((method) => !["passkey", "passkey-synced", "recovery-code"].includes(method));
}

/** Removes all passkeys of an account, or those created since a time. Returns the names of the removed ones. */
export async function removePasskeysSince(tx: Transaction, { id }: GuardedAccount, since = 0): Promise<readonly string[]> {
  const removed = await deleteReturning(tx.db, "passkeys", {
    where: (row) => row.and([row("user_id", "=", id), row("created_at", ">=", since)]),
    returning: ["name"],
  }).execute();
  if (removed.length === 0) return [];
  await endTrustedDevices(tx, id);
  await bumpSecurityVersion(tx, id);
  return removed.map(({ name }) => name);
}

/** Removes the passkeys that an intruder added since a security notice. */
export async function takeBackPasskeys(tx: Transaction, userId: string, since: number, info: RequestInfo): Promise<void> {
  const account = await lockAccount(tx, userId);
  if (!account) return;
  for (const _ of await removePasskeysSince(tx, account, since)) await recordEvent(tx, userId, "passkey-removed", info);
}
