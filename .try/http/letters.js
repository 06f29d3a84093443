import { canSendLetters, postLetter } from "../core/outbox.js";
import { issueToken } from "../core/tokens.js";
import { instantInWords } from "../ui/instant.js";
import { letter } from "../ui/letter.js";
/** Posts a letter, in the transaction of what it tells. `id` is null where there is no such account any more. */
export async function postWords(tx, to, words) {
    // Where nothing can be sent, nothing piles up.
    if (!canSendLetters(tx))
        return;
    const name = to.display_name ?? to.username;
    await postLetter(tx, to.id, { to: to.email, ...letter({ siteName: tx.settings.siteName, name, ...words }) });
}
/** Posts a notice of something that was done to the account: what, when, from where, and what to do if it was somebody else. */
export async function postNotice(tx, to, origin, words) {
    const { token } = await issueToken(tx, { purpose: "not-me", userId: to.id, email: to.email });
    await postWords(tx, to, {
        ...words,
        paragraphs: [...words.paragraphs, `It was done on ${instantInWords(tx.now())}, from the address ${origin.address}.`],
        footer: { text: "This wasn’t me", url: linkTo(tx, "/not-me", token) },
    });
}
/** An address of this site with a token, for a letter. Never built from what a request says (host-header poisoning). */
export function linkTo({ settings }, path, token) {
    return `${settings.baseUrl}${path}?token=${token}`;
}
