/** How many letters may be asked for: by one network, and for one mailbox. */
import { holdBudget, takeAttempt } from "../core/limits.js";
import { emailKey } from "../core/users.js";
import { clientNetwork } from "./client-address.js";
/** Counts a letter against whoever asks for it: past the budget, the answer may say so. */
export function takeLetterOfSender(c) {
    const s = c.get("s");
    return takeAttempt(s, [{ name: "letters-address", of: clientNetwork(c), budget: s.settings.lettersPerAddress }]);
}
/**
 * Whether one more letter may go to a mailbox, counted whether it has an account or not. Past the budget nothing is sent and
 * the answer stays the same: a person who asks for a sixth letter has five, and an attacker learns nothing.
 */
export async function mayFillMailbox(c, email) {
    const s = c.get("s");
    const attempt = await takeAttempt(s, mailbox(s, email));
    return attempt.ok;
}
/** Makes what several requests want to write to one mailbox come one after another, within the caller's transaction. */
export async function holdMailbox(tx, email) {
    const [claim] = mailbox(tx, email);
    if (claim)
        await holdBudget(tx, claim);
}
/** Counts a letter against its sender and its mailbox at once, where a person who is logged in may know that the budget is spent. */
export function takeLetterTo(c, email) {
    const s = c.get("s");
    return takeAttempt(s, [{ name: "letters-address", of: clientNetwork(c), budget: s.settings.lettersPerAddress }, ...mailbox(s, email)]);
}
function mailbox({ settings }, email) {
    const of = emailKey(email);
    return [
        { name: "letters-mailbox", of, budget: settings.lettersPerMailbox },
        { name: "letters-mailbox-long", of, budget: settings.lettersPerMailboxLong },
    ];
}
/** Counts a code or a link that somebody tries. */
export function takeCodeTry(c) {
    const s = c.get("s");
    return takeAttempt(s, [{ name: "codes-address", of: clientNetwork(c), budget: s.settings.codesPerAddress }]);
}
