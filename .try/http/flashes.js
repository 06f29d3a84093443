/** Messages that are shown once, on the next page. They travel in a signed cookie: before login the server stores nothing. */
import { z } from "zod";
import { dropCookie, readCookie, seal, unseal, writeCookie } from "./cookies.js";
const flashesShape = z.array(z.object({ kind: z.enum(["success", "info", "warning", "danger"]), text: z.string() }));
const most = 5;
/** Shows a message on this answer's page, or where the answer is a redirect, on the next one. */
export function flash(c, kind, text) {
    c.set("flashes", [...readFlashes(c), { kind, text }].slice(-most));
}
/** Sends the messages along with a redirect. */
export function keepFlashes(c) {
    const flashes = c.get("flashes");
    if (flashes)
        writeCookie(c, "flash", seal(c.get("s").signer, "flash", JSON.stringify(flashes)));
}
/** The messages to show on this page; they will not be shown again. */
export function takeFlashes(c) {
    const cookie = readCookie(c, "flash");
    if (cookie !== undefined)
        dropCookie(c, "flash");
    else if (!c.get("flashes"))
        return none;
    const flashes = readFlashes(c);
    const username = c.get("visitor")?.user.username ?? "";
    return flashes.map(({ kind, text }) => ({ kind, text: text.replaceAll("{username}", () => username) }));
}
const none = [];
function readFlashes(c) {
    const said = c.get("flashes");
    if (said)
        return said;
    const cookie = readCookie(c, "flash");
    if (cookie === undefined)
        return none;
    const text = unseal(c.get("s").signer, "flash", cookie);
    return text === undefined ? [] : flashesShape.parse(JSON.parse(text));
}
