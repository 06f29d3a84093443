/** Asks a person to confirm an address: a letter with a link, and with digits that are good in the browser that asked. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { issueToken } from "../core/tokens.js";
import { emailKey } from "../core/users.js";
import { dropCookie, readCookie, writeCookie } from "./cookies.js";
import { linkTo, postWords } from "./letters.js";
const askingShape = z.object({ secret: z.string(), email: z.string(), userId: z.string() });
const keptForSeconds = 24 * 3_600;
/** Notes in this browser that it asks to confirm an address: an account's, or without `userId` one that it may be told nothing of. */
export function startAsking(c, { email, userId = c.get("s").newId() }) {
    const known = readAsking(c);
    // Of the same account: then the digits in its last letter stay good here.
    const secret = known?.userId === userId ? known.secret : randomBytes(32).toString("base64url");
    return keep(c, { secret, email, userId });
}
/** The same after a login that failed: what this browser asked for that address before still counts. */
export function askAfterLogin(c, { email, userId }) {
    const known = readAsking(c);
    const isKnown = userId === undefined && known !== undefined && emailKey(known.email) === emailKey(email);
    startAsking(c, { email, userId: isKnown ? known.userId : userId });
}
function keep(c, asking) {
    writeCookie(c, "browser", c.get("s").signer.encrypt("browser", JSON.stringify(asking)), keptForSeconds);
    return asking;
}
export function readAsking(c) {
    const cookie = readCookie(c, "browser");
    const text = cookie && c.get("s").signer.decrypt("browser", cookie);
    return text ? askingShape.safeParse(JSON.parse(text)).data : undefined;
}
export function stopAsking(c) {
    dropCookie(c, "browser");
}
/**
 * Posts the letter, in the transaction of what it belongs to. An older letter's link and digits are dead from then on. For nobody,
 * it writes as much and sends nothing (ASVS 6.3.8).
 */
export async function postConfirmation(tx, user, { secret }) {
    const email = user?.email ?? "";
    const { token, code } = await issueToken(tx, { purpose: "verify-email", userId: user?.id ?? "", email, browser: secret });
    // Without a name: until the mailbox is proved it may be a stranger's, and the name an advertisement.
    const to = { id: user?.id ?? null, username: "", display_name: null, email };
    await postWords(tx, to, {
        subject: `Confirm your e-mail address for ${tx.settings.siteName}`,
        paragraphs: [
            `Somebody, we hope you, gave this address at ${tx.settings.siteName}. To confirm that it is yours, type these six digits on the page that is still open:`,
        ],
        code,
        action: { text: "Or confirm here", url: linkTo(tx, "/verify-email/confirm", token) },
        after: [
            "The digits are good for 10 minutes, and the button for 24 hours. If it was not you, do nothing: without you, nothing comes of it.",
        ],
    });
}
