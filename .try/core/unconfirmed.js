/** Accounts whose address was never confirmed: they hold a name and an address for a day, and from nobody who signs up in earnest. */
import { forgetUsers } from "./erase-user.js";
import { inTransaction } from "./services.js";
import { emailKey, usernameKey } from "./users.js";
const keptForMs = 24 * 3_600_000;
/**
 * Makes way for somebody who signs up: whoever only typed the same address or name before was not the one to prove it. A name that
 * was held would also tell, by being taken, that the address typed with it had no account yet (ASVS 6.3.8).
 */
export async function freeUnconfirmed(tx, { email, username }) {
    await remove(tx, (query) => query.where((where) => where.or([where("email_key", "=", emailKey(email)), where("username_key", "=", usernameKey(username))])));
}
/** The same for an address alone, whose mailbox an account has just proved. */
export async function freeUnconfirmedAddress(tx, email) {
    if (tx.settings.signup !== "confirm")
        return;
    await remove(tx, (query) => query.where("email_key", "=", emailKey(email)));
}
/** The same for a name alone, which somebody who has an account wants. Nothing is held up where signing up needs no letter. */
export async function freeUnconfirmedName(tx, username) {
    if (tx.settings.signup !== "confirm")
        return;
    await remove(tx, (query) => query.where("username_key", "=", usernameKey(username)));
}
/** Whether an account has the name that was confirmed, or was in use before addresses had to be. */
export async function isNameTaken(s, username) {
    const holder = await s.db
        .selectFrom("users")
        .select("id")
        .where("username_key", "=", usernameKey(username))
        .where((where) => where.or([where("email_confirmed_at", "is not", null), where("last_login_at", "is not", null)]))
        .executeTakeFirst();
    return holder !== undefined;
}
/** Whether an account holds its address: it was confirmed, or is in use without. */
export function isHeld({ settings }, { email_confirmed_at, last_login_at }) {
    return settings.signup !== "confirm" || email_confirmed_at !== null || last_login_at !== null;
}
/** Removes, at most `count` at a time, accounts that were to be confirmed and never were. Gives how many. */
export async function removeUnconfirmed(s, count) {
    if (s.settings.signup !== "confirm")
        return 0;
    return inTransaction(s, async (tx) => {
        const due = tx.db
            .selectFrom("users")
            .select("id")
            .where("email_confirmed_at", "is", null)
            .where("last_login_at", "is", null)
            .where("created_at", "<", tx.now() - keptForMs)
            .orderBy("created_at")
            .limit(count);
        const removed = await unconfirmed(tx).where("id", "in", due.forUpdate().skipLocked()).execute();
        if (removed.length > 0)
            await forgetAll(tx, removed);
        return removed.length;
    });
}
/** Removes what was never confirmed and never in use, among what `which` says, and takes its name out of the records. */
async function remove(tx, which) {
    await forgetAll(tx, await which(unconfirmed(tx)).execute());
}
function unconfirmed(tx) {
    return tx.db.deleteFrom("users").where("email_confirmed_at", "is", null).where("last_login_at", "is", null).returning("id");
}
function forgetAll(tx, removed) {
    return forgetUsers(tx, removed.map(({ id }) => id));
}
