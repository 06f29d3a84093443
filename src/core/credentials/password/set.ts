/** Sets, replaces and removes the password of an account. */
import { type Placeholders, prepared } from "../../../db/prepared.ts";
import { readFirst } from "../../../db/session-lookup.ts";
import { upsert } from "../../../db/statements.ts";
import type { Services, Transaction } from "../../services.ts";
import type { AccountRow } from "../../users/users.ts";
import { endTrust } from "../end-trust.ts";
import { bumpSecurityVersion, type GuardedAccount } from "../guard-change.ts";
import { type Removable, requireAnotherWayIn } from "../ways-in.ts";
import { hashScheme } from "./passwords.ts";

/**
 * Creates the password if there is none. Device cookies become invalid, since they are bound to the time of the change. `byEmail`: the inbox
 * alone was proven.
 */
export async function setPassword(
  tx: Transaction,
  account: GuardedAccount,
  passwordHash: string,
  { byEmail = false }: { readonly byEmail?: boolean } = {},
): Promise<void> {
  const { id, password_changed_at } = account;
  await upsert(tx.db, "passwords", {
    user_id: id,
    hash: passwordHash,
    scheme: null,
    // Strictly increasing, even for two changes within a millisecond.
    changed_at: Math.max(tx.now(), (password_changed_at ?? 0) + 1),
    failures: 0,
    locked_at: null,
    set_by_email_at: byEmail ? tx.now() : null,
  }).execute();
  await endTrust(tx, account);
  await bumpSecurityVersion(tx, id);
}

/** Whether an emailed link alone set the password, and no login has used it together with a second factor. */
export function isPasswordOfInbox({ password_set_by_email_at }: AccountRow): boolean {
  return password_set_by_email_at !== null;
}

/**
 * A login has used the password and a second factor, so its user is not whoever reads the inbox. A factor without the password shows nothing
 * about the password.
 */
export async function confirmEmailedPassword(tx: Transaction, account: AccountRow): Promise<void> {
  if (isPasswordOfInbox(account))
    await tx.db.updateTable("passwords").set({ set_by_email_at: null }).where("user_id", "=", account.id).execute();
}

/**
 * Stores the imported hash of another application; undefined if it has no usable one. The user chose no password here, so `changed_at`
 * stays.
 */
export async function setImportedPassword(
  tx: Transaction,
  account: GuardedAccount,
  { passwordHash, importedAt }: { readonly passwordHash: string | undefined; readonly importedAt: number },
): Promise<void> {
  const { id, password_changed_at } = account;
  if (passwordHash === undefined) await deletePassword(tx, id);
  else {
    const scheme = hashScheme(tx, passwordHash);
    const changed = { changed_at: password_changed_at ?? importedAt, failures: 0, locked_at: null, set_by_email_at: null };
    await upsert(tx.db, "passwords", { user_id: id, hash: passwordHash, scheme, ...changed }).execute();
  }
  await endTrust(tx, account);
  await bumpSecurityVersion(tx, id);
}

/** At its owner's request, who then logs in with passkeys. Refused if the password is the last way in. */
export async function removePassword(tx: Transaction, account: GuardedAccount): Promise<Removable> {
  const removable = await requireAnotherWayIn(tx, account, passwordWayIn);
  if (!removable.ok) return removable;
  await deletePassword(tx, account.id);
  await tx.db.updateTable("passkey_users").set({ gave_up_password: 1 }).where("user_id", "=", account.id).execute();
  await endTrust(tx, account);
  await bumpSecurityVersion(tx, account.id);
  return removable;
}

/** Removes a password that a stranger may have set, even if nothing else is left: the caller has proven the inbox. */
export async function discardPassword(tx: Transaction, { id }: GuardedAccount): Promise<void> {
  await deletePassword(tx, id);
  await bumpSecurityVersion(tx, id);
}

/** Name under which a feature declares the password. */
export const passwordWayIn = "password";

/** Returns 1 or 0; a locked password does not count, and none does with `PASSWORDS=off`. */
export async function countPasswords(s: Services, userId: string): Promise<number> {
  const query = s.db.selectFrom("passwords").select("user_id").where("user_id", "=", userId).where("locked_at", "is", null);
  return s.settings.passwords === "off" ? 0 : (await query.execute()).length;
}

/** Whether the account has a password, locked or not. */
export async function hasStoredPassword(s: Services, userId: string): Promise<boolean> {
  return (await readFirst(s.db, storedQuery, { userId })) !== undefined;
}

const storedQuery = prepared((db, value: Placeholders<{ userId: string }>) =>
  db.selectFrom("passwords").select("user_id").where("user_id", "=", value("userId")),
);

async function deletePassword(tx: Transaction, userId: string): Promise<void> {
  await tx.db.deleteFrom("passwords").where("user_id", "=", userId).execute();
}
