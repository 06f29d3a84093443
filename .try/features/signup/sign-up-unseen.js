/** Signing up where the address must be confirmed first: the answer is the same whether the address has an account or not. */
import { recordEvent } from "../../core/audit.js";
import { inTransaction } from "../../core/services.js";
import { issueToken } from "../../core/tokens.js";
import { freeUnconfirmed, isNameTaken } from "../../core/unconfirmed.js";
import { createUser, findUserByEmail } from "../../core/users.js";
import { requestOrigin } from "../../http/client-address.js";
import { postConfirmation, startAsking } from "../../http/confirm-address.js";
import { holdMailbox, mayFillMailbox } from "../../http/letter-limits.js";
import { postWords } from "../../http/letters.js";
import { answerJson, go, wantsJson } from "../../http/reply.js";
import { usernameTaken } from "../../http/username-words.js";
const nameTaken = { status: 409, code: "taken", problems: { username: usernameTaken } };
/** A letter goes out in any case: to confirm a new address, or to tell the owner of a known one. Names are public, so a taken one is told. */
export async function signUpUnseen(c, newUser) {
    const s = c.get("s");
    // Before the letter is counted, or five names that are taken would leave none for the sixth, which is free.
    if (await isNameTaken(s, newUser.username))
        return nameTaken;
    const mayWrite = await mayFillMailbox(c, newUser.email);
    const asking = startAsking(c, newUser);
    const done = await inTransaction(s, (tx) => signUpOrTell(c, tx, { newUser: { ...newUser, id: asking.userId }, asking, mayWrite }));
    if (!done)
        return nameTaken;
    return wantsJson(c) ? answerJson(c, { status: "check-mail" }, 202) : go(c, "/verify-email");
}
/**
 * Whoever proves that the mailbox is theirs wins over those who only typed its address, so the newest may try (CVE-2026-53516).
 * Nothing that was there before is touched where the name is taken.
 */
async function signUpOrTell(c, tx, { newUser, asking, mayWrite }) {
    // Of many at once, each sees what the one before it has made: who only typed the address owns nothing that could be written to.
    await holdMailbox(tx, newUser.email);
    if (await isNameTaken(tx, newUser.username))
        return false;
    await freeUnconfirmed(tx, newUser);
    const owner = await findUserByEmail(tx, newUser.email);
    const made = await createUser(tx, newUser);
    if (!made.ok && made.taken.includes("username"))
        return false;
    await recordEvent(tx, made.ok ? made.user.id : (owner?.id ?? null), made.ok ? "signed-up" : "signup-tried", requestOrigin(c));
    if (!mayWrite)
        return true;
    if (made.ok || !owner)
        await postConfirmation(tx, made.ok ? made.user : undefined, asking);
    else
        await tellOwner(tx, owner, asking);
    return true;
}
async function tellOwner(tx, owner, { secret }) {
    const { siteName, baseUrl } = tx.settings;
    // For nobody, so that a known address costs what a new one does (ASVS 6.3.8).
    await issueToken(tx, { purpose: "verify-email", userId: "", email: owner.email, browser: secret });
    await postWords(tx, owner, {
        subject: `You already have an account at ${siteName}`,
        paragraphs: [
            `Somebody, perhaps you, tried to sign up at ${siteName} with this address. It has an account already, so no second one was made, and nothing was changed.`,
        ],
        action: { text: "Log in", url: `${baseUrl}/login` },
        after: [
            `If you do not know your password any more, choose a new one at ${baseUrl}/reset-password`,
            "If it was not you, you need not do anything.",
        ],
    });
}
