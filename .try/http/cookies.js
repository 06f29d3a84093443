/** Our cookies: what they are called, how long they live, and how what they carry is signed. */
import { serialize } from "hono/utils/cookie";
import { addHeader } from "./headers.js";
/** The value of a cookie of ours, or undefined where it is missing or stands there twice (cookie tossing). */
export function readCookie(c, name) {
    const header = c.req.header("cookie");
    if (header === undefined)
        return undefined;
    const start = `${fullName(c, name)}=`;
    // Most pages ask for cookies that are not there.
    if (!header.includes(start))
        return undefined;
    const values = header
        .split(";")
        .map((part) => part.trim())
        .filter((part) => part.startsWith(start));
    return values.length === 1 ? values[0]?.slice(start.length) : undefined;
}
/** Sets a cookie that scripts cannot read. With `maxAgeSeconds` it outlives the browser. */
export function writeCookie(c, name, value, maxAgeSeconds) {
    sendCookie(c, name, value, maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds });
}
export function dropCookie(c, name) {
    sendCookie(c, name, "", { maxAge: 0 });
}
function sendCookie(c, name, value, lives) {
    addHeader(c, "set-cookie", serialize(fullName(c, name), value, { ...attributes(c), ...lives }));
}
/** `__Host-` binds a cookie to this very host and to https, so that no sibling host can plant one (ASVS 3.3.1, 3.3.3). */
function fullName(c, name) {
    return `${isHttps(c) ? "__Host-" : ""}latchkey_${name}`;
}
function attributes(c) {
    return { httpOnly: true, sameSite: "Lax", path: "/", secure: isHttps(c) };
}
function isHttps(c) {
    return c.get("s").settings.baseUrl.startsWith("https:");
}
/** `text` and its signature as one cookie-safe word. */
export function seal(signer, purpose, text) {
    return `${Buffer.from(text).toString("base64url")}.${signer.sign(purpose, text).toString("base64url")}`;
}
/** What was sealed for the same purpose, or undefined where a single bit differs. */
export function unseal(signer, purpose, sealed) {
    const [body, signature, ...rest] = sealed?.split(".") ?? [];
    if (body === undefined || signature === undefined || rest.length > 0)
        return undefined;
    const text = Buffer.from(body, "base64url").toString();
    const bytes = Buffer.from(signature, "base64url");
    // Base64 spells the same bytes in several ways, and only the one that we write is ours.
    const isOurSpelling = Buffer.from(text).toString("base64url") === body && bytes.toString("base64url") === signature;
    return isOurSpelling && signer.verify(purpose, text, bytes) ? text : undefined;
}
