/** Reserves a username after it was given up, except for its last owner. */
import { upsert } from "../../db/statements.ts";
import type { Services, Transaction } from "../services.ts";

/** Thrown within a transaction that claims a reserved username, to roll it back. */
export class UsernameReleasedError extends Error {
  override name = "UsernameReleasedError";
}

/**
 * Impersonation: reserves a username in the transaction that frees it, because links to it still mean its last owner. Stores keyed hashes
 * only.
 */
export async function releaseUsername(tx: Transaction, userId: string, key: string): Promise<void> {
  const { usernameReleaseAfterMs } = tx.settings;
  // Unverified accounts have a placeholder, not a username.
  if (usernameReleaseAfterMs === 0 || key.startsWith(":")) return;
  const { keyring } = tx;
  const row = {
    key_hash: keyring.hash("username", `name ${key}`),
    owner: keyring.hash("username", `owner ${userId}`),
    expires_at: tx.now() + usernameReleaseAfterMs,
  };
  await upsert(tx.db, "released_usernames", row).execute();
}

/** Deletes the hash of the last owner when its account is erased, so that no account can claim the usernames early. */
export async function eraseLastOwner(tx: Transaction, userId: string): Promise<void> {
  await tx.db.updateTable("released_usernames").set({ owner: "" }).where("owner", "in", ownersOf(tx, userId)).execute();
}

/** Whether a username is reserved and this user is not its last owner. */
export async function isReleasedName(s: Services, key: string, userId = ""): Promise<boolean> {
  if (s.settings.usernameReleaseAfterMs === 0) return false;
  const row = await s.db
    .selectFrom("released_usernames")
    .select("owner")
    .where("key_hash", "in", hashesOf(s, key))
    .where("expires_at", ">", s.now())
    // Hashes of several keys can match: the last one to expire counts.
    .orderBy("expires_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row !== undefined && !ownersOf(s, userId).includes(row.owner);
}

/** Hashed by every key of the ring: SECRET_KEY may be replaced while a username is reserved. */
function hashesOf({ keyring }: Services, key: string): string[] {
  return keyring.hashes("username", `name ${key}`);
}

function ownersOf({ keyring }: Services, userId: string): string[] {
  return keyring.hashes("username", `owner ${userId}`);
}
