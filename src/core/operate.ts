/** What an operator does to somebody's account. Each is on the account's record; none shows or sets what only its owner may know. */
import { type Origin, recordEvent } from "./audit.ts";
import { endEverything } from "./end-everything.ts";
import { eraseUser } from "./erase-user.ts";
import { setPassword } from "./new-password.ts";
import { inTransaction, type Services } from "./services.ts";
import { endSessions } from "./sessions.ts";
import { confirmEmail, findUserById } from "./users.ts";

/** Shuts an account: its sessions end, and its password opens nothing until it is enabled. False where nothing changed. */
export function disableUser(s: Services, userId: string, by: Origin): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const { numUpdatedRows } = await tx.db
      .updateTable("users")
      .set({ disabled_at: tx.now() })
      .where("id", "=", userId)
      .where("disabled_at", "is", null)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    await endEverything(tx, userId);
    await recordEvent(tx, userId, "account-disabled", by);
    return true;
  });
}

/** Opens an account that was disabled. False where nothing changed. */
export function enableUser(s: Services, userId: string, by: Origin): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const { numUpdatedRows } = await tx.db
      .updateTable("users")
      .set({ disabled_at: null })
      .where("id", "=", userId)
      .where("disabled_at", "is not", null)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    await recordEvent(tx, userId, "account-enabled", by);
    return true;
  });
}

/** Replaces the password and ends every session and every link in a letter. False where there is no such account. */
export function replacePassword(s: Services, userId: string, passwordHash: string, by: Origin): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const user = await findUserById(tx, userId);
    if (!user || !(await setPassword(tx, user, passwordHash))) return false;
    await endEverything(tx, userId);
    await recordEvent(tx, userId, "password-set-by-operator", by);
    return true;
  });
}

/** Takes the account's address for its owner's. False where there is no such account, or where it was confirmed already. */
export function confirmByOperator(s: Services, userId: string, by: Origin): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const user = await findUserById(tx, userId);
    if (!user || user.email_confirmed_at !== null || !(await confirmEmail(tx, userId, user.email))) return false;
    await recordEvent(tx, userId, "email-confirmed-by-operator", by);
    return true;
  });
}

/** Ends all sessions of an account. Gives how many there were. */
export function endSessionsByOperator(s: Services, userId: string, by: Origin): Promise<number> {
  return inTransaction(s, async (tx) => {
    const ended = await endSessions(tx, userId);
    if (ended > 0) await recordEvent(tx, userId, "sessions-ended-by-operator", by);
    return ended;
  });
}

/** Erases an account at once, with all that belongs to it; what was recorded of it stays, and says nothing of whom. */
export function eraseByOperator(s: Services, userId: string): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    if (!(await findUserById(tx, userId))) return false;
    await eraseUser(tx, userId);
    return true;
  });
}
