/** Where to go after a login: only ever a path of this site. */
const elsewhere = "/dashboard";
/**
 * The path to go on to, or the dashboard where `next` is missing or could lead off the site (open redirect, ASVS 3.7.2).
 * What it gives is the path as the URL parser wrote it anew, not as it was typed.
 */
export function safeNext(next) {
    if (typeof next !== "string" || next.length > 2_048)
        return elsewhere;
    // Browsers read a backslash as a slash and drop tabs and line ends, so none of them may stand anywhere.
    if (!/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next))
        return elsewhere;
    const origin = "http://this.site.invalid";
    const url = URL.parse(next, origin);
    if (url?.origin !== origin)
        return elsewhere;
    // `/..//evil.test` is of the same origin, and its pathname is `//evil.test`.
    if (url.pathname.startsWith("//"))
        return elsewhere;
    // Going on to the door itself would lead in circles, and to logging out right out again.
    if (/^\/(?:login|logout)\/?$/.test(decoded(url.pathname)))
        return elsewhere;
    return url.pathname + url.search + url.hash;
}
/** As the router will read it: `/%6cogin` is the login page too. */
function decoded(path) {
    try {
        return decodeURI(path);
    }
    catch {
        return path;
    }
}
