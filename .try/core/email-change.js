/** Changing an account's address: asked for, proved by the new mailbox, and for three days undone by the old one. */
import { recordEvent } from "./audit.js";
import { changeCredentials, orTaken } from "./credentials.js";
import { endEverything } from "./end-everything.js";
import { eraseUser } from "./erase-user.js";
import { inTransaction } from "./services.js";
import { endSessions } from "./sessions.js";
import { endTokens, findToken, holdToken, issueToken, redeemCode, redeemToken } from "./tokens.js";
import { freeUnconfirmedAddress } from "./unconfirmed.js";
import { emailKey, findUserById } from "./users.js";
/**
 * For "this wasn't me": restores the address that the account had before all changes that can still be undone, and gives it.
 * It is the oldest, for whoever took an account over can change the address twice. `proven` is the address that the button's
 * letter was mailed to. Undefined, and nothing is done, where there is no such change or somebody else has the address by now.
 * Sessions, tokens, record and letters are the caller's.
 */
export async function undoEmailChange(tx, userId, proven) {
    const row = await tx.db
        .selectFrom("tokens")
        .selectAll()
        .where("user_id", "=", userId)
        .where("purpose", "=", "undo-email")
        .where("expires_at", ">", tx.now())
        .orderBy("created_at")
        .executeTakeFirst();
    return row && (await restore(tx, row, row.email === proven)) ? row.email : undefined;
}
/** The change that waits for its new mailbox, if there is one. */
export async function findPendingChange(s, userId) {
    return s.db
        .selectFrom("tokens")
        .selectAll()
        .where("user_id", "=", userId)
        .where("purpose", "=", "change-email")
        .where("expires_at", ">", s.now())
        .orderBy("created_at", "desc")
        .executeTakeFirst();
}
/** Changes the address to the one that the code or link was sent to. Ends the account's other sessions and the links in older letters. */
export async function confirmEmailChange(s, asked) {
    const changed = await orTaken(inTransaction(s, (tx) => confirm(tx, asked)));
    if (!changed.ok && changed.reason === "taken")
        await endTokens(s, asked.visitor.user.id, ["change-email"]);
    return changed;
}
async function confirm(tx, { visitor, proof, origin, tell }) {
    const { session, user: visiting } = visitor;
    const row = await redeem(tx, visiting.id, proof);
    const was = row && (await findUserById(tx, visiting.id));
    if (!row || !was)
        return { ok: false, reason: "dead" };
    // The row holds the exact address that was written to, so of two changes at once none confirms the other's (CVE-2026-32700).
    const set = { email: row.email, email_key: emailKey(row.email), email_confirmed_at: tx.now() };
    await freeUnconfirmedAddress(tx, row.email);
    const changed = await changeCredentials(tx, { was, session }, set);
    if (!changed.ok)
        return changed;
    await endTokens(tx, was.id, ["change-email", "reset-password", "verify-email"]);
    await endSessions(tx, was.id, session);
    await recordEvent(tx, was.id, "email-changed", origin);
    const { token } = await issueToken(tx, { purpose: "undo-email", userId: was.id, email: was.email });
    const change = { was, user: changed.user, undo: token };
    await tell(tx, change);
    return { ok: true, change };
}
/** A link that was mailed to somebody else's account is left alone: it is not this visitor's to use up. */
async function redeem(tx, userId, proof) {
    if ("code" in proof)
        return redeemCode(tx, "change-email", proof.browser, proof.code);
    const found = await findToken(tx, "change-email", proof.token);
    return found?.user_id === userId ? redeemToken(tx, "change-email", proof.token) : undefined;
}
/** Issues the code and the link for a new address. A change that waited until now is over. */
export async function askEmailChange(tx, { userId, email, browser, origin }) {
    const { token, code = "" } = await issueToken(tx, { purpose: "change-email", userId, email, browser });
    await recordEvent(tx, userId, "email-change-asked", origin);
    return { token, code };
}
/**
 * Restores the address that the link was mailed to, and ends the account's sessions and tokens. Links of earlier addresses live
 * on, or who took an account over could change the address twice, and undo the second change to be rid of the owner's link.
 */
export async function redeemUndo(tx, token, origin) {
    const row = await holdToken(tx, "undo-email", token);
    const was = row && (await findUserById(tx, row.user_id));
    if (!row || !was)
        return { ok: false, reason: "dead" };
    if (!(await restore(tx, row, true)))
        return { ok: false, reason: "taken" };
    if (!(await redeemToken(tx, "undo-email", token)))
        throw new Error("A link that was there is gone within a transaction.");
    await endEverything(tx, row.user_id, row.created_at);
    await recordEvent(tx, row.user_id, "email-change-undone", origin);
    return { ok: true, was, email: row.email };
}
/** Gives the account its old address again, unless somebody else has it by now. */
async function restore(tx, { user_id, email }, isProven) {
    const holder = await tx.db
        .selectFrom("users")
        .select(["id", "email_confirmed_at"])
        .where("email_key", "=", emailKey(email))
        .where("id", "!=", user_id)
        .forUpdate()
        .executeTakeFirst();
    if (holder && (holder.email_confirmed_at !== null || !isProven))
        return false;
    // An account that was made on the address since, by somebody who never opened its mailbox, does not keep its owner from it.
    if (holder)
        await eraseUser(tx, holder.id);
    const set = { email, email_key: emailKey(email), ...(isProven ? { email_confirmed_at: tx.now() } : {}) };
    await tx.db.updateTable("users").set(set).where("id", "=", user_id).execute();
    return true;
}
