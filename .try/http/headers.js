export function safetyHeaders({ settings }) {
    const usual = {
        // Nothing may be loaded, framed or sent to but by and from here; no line of script stands in a page (ASVS 3.4.3, 3.4.6).
        "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "origin-agent-cluster": "?1",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-dns-prefetch-control": "off",
        "x-download-options": "noopen",
        "x-frame-options": "DENY",
        "x-permitted-cross-domain-policies": "none",
        // Only where it is true: sent over http it would lock people out of a site that has no https (ASVS 3.4.1).
        ...(settings.baseUrl.startsWith("https:") ? { "strict-transport-security": "max-age=63072000; includeSubDomains" } : {}),
    };
    return {
        usual: Object.freeze(usual),
        noReferrer: Object.freeze({ ...usual, "referrer-policy": "no-referrer" }),
        page: Object.freeze({ ...usual, ...noStore, "content-type": "text/html; charset=UTF-8" }),
    };
}
/** No answer of ours is anybody else's: a shared computer's back button and every proxy in between keep none (ASVS 14.3.2). */
export const noStore = { "cache-control": "no-store" };
/** Adds a header to the answer to come. One that is there already is there twice then, as cookies are. */
export function addHeader(c, name, value) {
    const added = c.get("addedHeaders");
    if (added)
        added.push([name, value]);
    else
        c.set("addedHeaders", [[name, value]]);
}
/** An answer with our headers and its own. Every answer of ours is made here. */
export function respond(c, body, status, own = {}) {
    const { usual, noReferrer } = c.get("site").headers;
    return withAdded(c, body, status, { ...(c.get("isSecretAddress") ? noReferrer : usual), ...own });
}
/** The same for a page, with nothing to put together where nothing was added. */
export function respondWithPage(c, html, status) {
    if (c.get("isSecretAddress"))
        return respond(c, html, status, { ...noStore, "content-type": "text/html; charset=UTF-8" });
    return withAdded(c, html, status, c.get("site").headers.page);
}
function withAdded(c, body, status, record) {
    const added = c.get("addedHeaders");
    if (!added)
        return new Response(body, { status, headers: record });
    const names = new Set(added.map(([name]) => name));
    if (names.size === added.length)
        return new Response(body, { status, headers: { ...record, ...Object.fromEntries(added) } });
    const headers = new Headers(record);
    for (const [name, value] of added)
        headers.append(name, value);
    return new Response(body, { status, headers });
}
