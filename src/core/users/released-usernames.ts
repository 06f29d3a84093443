/** Keeps a username that was given up from everybody but who gave it up, for a time: links and mentions still mean its last owner. */
import type { Services } from "../services.ts";

/** Thrown within a transaction, so that a username which rests is not taken after all. */
export class UsernameReleasedError extends Error {
  override name = "UsernameRestsError";
}

/** Has a username rest, within the transaction that frees it. Neither the name nor whose it was is kept, only keyed hashes of both. */
export async function releaseUsername(tx: Services, userId: string, key: string): Promise<void> {
  const { usernameRestMs } = tx.settings;
  // What an account that waits to be confirmed has is no name.
  if (usernameRestMs === 0 || key.startsWith(":")) return;
  const { keyring } = tx;
  const row = {
    key_hash: keyring.hash("username", `name ${key}`),
    owner: keyring.hash("username", `owner ${userId}`),
    expires_at: tx.now() + usernameRestMs,
  };
  await tx.db
    .insertInto("resting_usernames")
    .values(row)
    .onConflict((conflict) => conflict.column("key_hash").doUpdateSet({ owner: row.owner, expires_at: row.expires_at }))
    .execute();
}

/** Forgets who gave names up, within the transaction that erases the account: from then on they rest for everybody. */
export async function forgetOwner(tx: Services, userId: string): Promise<void> {
  await tx.db.updateTable("resting_usernames").set({ owner: "" }).where("owner", "in", ownersOf(tx, userId)).execute();
}

/** Whether a username rests for others than this account. */
export async function isReleasedName(s: Services, key: string, userId = ""): Promise<boolean> {
  if (s.settings.usernameRestMs === 0) return false;
  const row = await s.db
    .selectFrom("resting_usernames")
    .select("owner")
    .where("key_hash", "in", hashesOf(s, key))
    .where("expires_at", ">", s.now())
    // Given up under an older key and under the first one: the later owner counts.
    .orderBy("expires_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row !== undefined && !ownersOf(s, userId).includes(row.owner);
}

/** By every key of the ring: SECRET_KEY may be replaced while a username is reserved. */
function hashesOf({ keyring }: Services, key: string): string[] {
  return keyring.hashes("username", `name ${key}`);
}

function ownersOf({ keyring }: Services, userId: string): string[] {
  return keyring.hashes("username", `owner ${userId}`);
}
