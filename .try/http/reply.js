/** How we answer: a page to a person, JSON to a program, a redirect, or an error. Every answer leaves through here. */
import { ReadableStream, TextEncoderStream } from "node:stream/web";
import { errorPage } from "../ui/error-page.js";
import { csrfToken } from "./csrf.js";
import { keepFlashes, takeFlashes } from "./flashes.js";
import { addHeader, noStore, respond, respondWithPage } from "./headers.js";
/** Whether the caller sent JSON or asks for nothing but JSON. */
export function wantsJson(c) {
    if (/^application\/json\s*(?:;|$)/i.test(c.req.header("content-type") ?? ""))
        return true;
    const accept = c.req.header("accept") ?? "";
    return accept.includes("application/json") && !accept.includes("text/html");
}
/** Shows a page in the site's layout. */
function showPage(c, page, status = 200) {
    const visitor = c.get("visitor");
    const html = c.get("site").layout({
        page,
        path: c.req.path,
        flashes: takeFlashes(c),
        ...(visitor ? { visitor: { username: visitor.user.username, csrfToken: csrfToken(c) } } : {}),
    });
    return respondWithPage(c, html, status);
}
/** The same to a person as a page and to a program as what the page knows. */
export function answerPage(c, page, status = 200) {
    return wantsJson(c) ? answerJson(c, page.json ?? { csrfToken: csrfToken(c) }, status) : showPage(c, page, status);
}
export function answerJson(c, body, status = 200) {
    return respond(c, JSON.stringify(body), status, { ...noStore, "content-type": "application/json" });
}
/** A file of JSON to keep, sent piece by piece. Never shown in the browser, whatever stands in it (ASVS 3.2.1). */
export function answerFile(c, name, pieces) {
    const bytes = ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
    return respond(c, bytes, 200, {
        ...noStore,
        "content-type": "application/json",
        "content-disposition": `attachment; filename="${name}"`,
    });
}
/** Sends the browser on to a path of this site, with a GET. */
export function go(c, path) {
    keepFlashes(c);
    return respond(c, null, 303, { ...noStore, location: path });
}
/** Tells what went wrong, as a page of its own or as JSON. */
export function answerError(c, status, error) {
    if (error.retryAfterSeconds !== undefined)
        addHeader(c, "retry-after", String(error.retryAfterSeconds));
    if (wantsJson(c))
        return answerJson(c, { error: { code: error.code, message: error.message } }, status);
    return showPage(c, errorPage({ status, message: error.message, requestId: c.get("requestId") }), status);
}
