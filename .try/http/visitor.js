/** Who is asking: from the cookie to the session to the person, and what is asked of those who are nobody yet. */
import { createMiddleware } from "hono/factory";
import { findVisitor, noteSeen, readSessionToken } from "../core/sessions.js";
import { dropCookie, readCookie, writeCookie } from "./cookies.js";
import { flash } from "./flashes.js";
import { addHeader } from "./headers.js";
import { answerError, go, wantsJson } from "./reply.js";
/** Finds the visitor by one indexed read, and drops a cookie that stands for nobody. */
export const recogniseVisitor = createMiddleware(async (c, next) => {
    const cookie = readCookie(c, "session");
    if (cookie !== undefined) {
        const token = readSessionToken(cookie);
        const visitor = token && (await findVisitor(c.get("s"), token));
        if (visitor)
            isHere(c, visitor);
        else
            dropCookie(c, "session");
    }
    return next();
});
function isHere(c, visitor) {
    c.set("visitor", visitor);
    const { log } = c.get("s");
    noteSeen(c.get("s"), visitor.session).catch((error) => log.warn({ err: error }, "could not note a visit"));
}
/** Lets through who is logged in; sends a person to the login page and back, and tells a program 401. */
export function loginRequired(c) {
    if (c.get("visitor"))
        return undefined;
    if (wantsJson(c))
        return answerError(c, 401, { code: "login-required", message: "Please log in to access this page." });
    flash(c, "warning", "Please log in to access this page.");
    const { pathname, search } = new URL(c.req.url);
    const next = c.req.method === "GET" || c.req.method === "HEAD" ? pathname + search : "/dashboard";
    return go(c, `/login?next=${encodeURIComponent(next)}`);
}
/** The visitor of a page that the pipeline lets nobody else see. */
export function requireVisitor(c) {
    const visitor = c.get("visitor");
    if (!visitor)
        throw new Error(`${c.req.path} was answered without a visitor: it stands among the public paths.`);
    return visitor;
}
/** Goes on as nobody: the browser forgets the session, and what it kept of our pages (ASVS 14.3.1). */
export function endVisit(c) {
    c.set("visitor", undefined);
    c.set("csrfToken", undefined);
    dropCookie(c, "session");
    addHeader(c, "clear-site-data", '"cache", "storage"');
}
/** Goes on as who has just signed in. The cookie outlives the browser only where the person asked to be remembered. */
export function startSession(c, { token, session, user }) {
    const seconds = Math.round((session.expiresAt - session.createdAt) / 1_000);
    writeCookie(c, "session", token, session.remembered ? seconds : undefined);
    dropCookie(c, "csrf");
    c.set("visitor", { session, user });
    // What was made for the visitor of before is good for this one no longer.
    c.set("csrfToken", undefined);
}
