import { dropCookie, readCookie, seal, unseal, writeCookie } from "./cookies.js";
import { go } from "./reply.js";
const keptForSeconds = 30 * 60;
/**
 * Where the address carries a token, a redirect to the same path without it; undefined where it does not.
 * The GET changes nothing, for mail scanners open links; the page it leads to has a button (ASVS 14.2.1).
 */
export function takeFromAddress(c, purpose) {
    const token = c.req.query("token");
    if (token === undefined)
        return undefined;
    writeCookie(c, "flow", seal(c.get("s").signer, "flow", `${purpose} ${token.slice(0, 100)}`), keptForSeconds);
    return go(c, c.req.path);
}
/** The token that waits in this browser for this purpose. */
export function waitingToken(c, purpose) {
    const [keptPurpose, token] = unseal(c.get("s").signer, "flow", readCookie(c, "flow"))?.split(" ") ?? [];
    return keptPurpose === purpose ? token : undefined;
}
export function dropWaitingToken(c) {
    dropCookie(c, "flow");
}
