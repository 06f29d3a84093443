/** The pipeline that every request passes, and then the features. Start reading here. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { requestId } from "hono/request-id";
import { matchedRoutes } from "hono/route";
import { secureHeaders } from "hono/secure-headers";
import { HashQueueFullError } from "./core/hash-queue.ts";
import type { Services } from "./core/services.ts";
import type { TokenPurpose } from "./core/tokens.ts";
import { DatabaseUnavailableError } from "./db/unavailable.ts";
import type { Feature } from "./feature.ts";
import { createRegistrar, type Registrar } from "./http/app.ts";
import { readAssets } from "./http/assets.ts";
import { mostBodyBytes, readBody } from "./http/body.ts";
import type { Context, Env } from "./http/context.ts";
import { csrfProblem } from "./http/csrf.ts";
import { answerHealth } from "./http/health.ts";
import { takeFromAddress } from "./http/mailed-token.ts";
import { answerError } from "./http/reply.ts";
import { guardedOrigins } from "./http/safe-next.ts";
import { loginRequired, recogniseVisitor } from "./http/visitor.ts";

/** What people may see and do without being logged in. Everything else is guarded, whether its feature thinks of it or not. */
const publicPaths: ReadonlySet<string> = new Set([
  "/",
  "/signup",
  "/login",
  "/logout",
  "/verify-email",
  "/verify-email/confirm",
  "/reset-password",
  "/reset-password/choose",
  "/not-me",
  "/undo-email",
  "/.well-known/jwks.json",
  "/forward-auth",
  "/dev/mailbox",
]);

/** Pages that a letter's link leads to, and what its token is good for: what their address held is told to no other page. */
const tokenPaths: ReadonlyMap<string, TokenPurpose> = new Map([
  ["/verify-email/confirm", "verify-email"],
  ["/reset-password/choose", "reset-password"],
  ["/settings/change-email/confirm", "change-email"],
  ["/not-me", "not-me"],
  ["/undo-email", "undo-email"],
]);

/** The application as one function from a Web-standard request to a response, with all routes of the features. */
export function createApp(s: Services, features: readonly Feature[]): Hono<Env> {
  const hono = new Hono<Env>();
  const assets = readAssets();
  const registrar = createRegistrar(hono);
  hono.use(requestId({ headerName: "" }), logRequest(s), changeHeaders, headers(s));
  hono.use(async (c, next) => {
    c.set("s", s);
    c.set("assets", assets);
    await next();
  });
  answerHealth(hono, s);
  assets.serve(hono);
  hono.use(limitBody, recogniseVisitor, guard(registrar));
  for (const feature of features) feature.routes(registrar, s, features);
  hono.notFound((c) => answerMissing(hono, c));
  hono.onError((error, c) => answerFailure(error, c));
  return hono;
}

const bodyOfASend = bodyLimit({ maxSize: mostBodyBytes, onError: (c) => answerError(c as Context, 413, tooLarge) });

/** What only reads has no body that anybody looks at; asking for it would cost each page a tenth of its time. */
const limitBody = createMiddleware<Env>((c, next) =>
  c.req.method === "GET" || c.req.method === "HEAD" ? next() : (bodyOfASend(c, next) as Promise<void>),
);

/** One line a request, without what its query or body said. A path that is none of ours could hold anything, so it is not kept. */
function logRequest({ log, now }: Services) {
  return createMiddleware<Env>(async (c, next) => {
    const startedAt = now();
    await next();
    log.info({ id: c.var.requestId, method: c.req.method, path: routeOf(c), status: c.res.status, ms: now() - startedAt }, "request");
  });
}

/** Stands around the headers that every answer has, to have the last word. */
const changeHeaders = createMiddleware<Env>(async (c, next) => {
  await next();
  if (tokenPaths.has(c.req.path)) c.header("Referrer-Policy", "no-referrer");
  // A proxy passes it on as another host's answer, whose sub-domains we know nothing of.
  if (c.req.path === "/forward-auth") c.header("Strict-Transport-Security", undefined);
});

function routeOf(c: Context): string {
  return matchedRoutes(c).find((route) => route.method !== "ALL")?.path ?? "(none)";
}

/** A browser that logs in is let go on to the hosts that are listed: it holds the redirect after a form to the form's policy as well. */
function headers({ settings }: Services) {
  const [usual, login] = [headersWith(settings, []), headersWith(settings, guardedOrigins(settings))];
  return createMiddleware<Env>((c, next) => (c.req.path === "/login" ? login : usual)(c, next));
}

function headersWith({ baseUrl }: Services["settings"], formTargets: readonly string[]) {
  const isHttps = baseUrl.startsWith("https:");
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", "data:"],
      connectSrc: ["'self'"],
      formAction: ["'self'", ...formTargets],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      objectSrc: ["'none'"],
    },
    referrerPolicy: "same-origin",
    xFrameOptions: "DENY",
    strictTransportSecurity: isHttps ? "max-age=63072000; includeSubDomains" : false,
    permissionsPolicy: { camera: [], geolocation: [], microphone: [] },
    xXssProtection: false,
  });
}

/** What is sent must come from our own page, and what is not public is for those who are logged in. */
function guard(registrar: Registrar) {
  return createMiddleware<Env>(async (c, next) => {
    const isThere = routeOf(c) !== "(none)";
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    const purpose = isThere && isRead ? tokenPaths.get(c.req.path) : undefined;
    // Before anybody is asked to log in: the token would stand in the address of the way back.
    const moved = purpose && takeFromAddress(c, purpose);
    if (moved) return moved;
    // First, for a form that is refused is shown again, and what is guarded shows nothing to a stranger.
    const stranger = isThere && !publicPaths.has(c.req.path) ? loginRequired(c) : undefined;
    if (stranger) return stranger;
    if (!isRead) {
      const refused = await refuseUnsafe(c, registrar);
      if (refused) return refused;
    }
    return next();
  });
}

async function refuseUnsafe(c: Context, registrar: Registrar): Promise<Response | undefined> {
  // A packed body would have to be unpacked before anyone knows how large it is.
  if (c.req.header("content-encoding") !== undefined) return answerError(c, 415, packed);
  const body = await readBody(c);
  if (!body.ok) return answerError(c, 400, unreadable);
  c.set("body", body.fields);
  const problem = csrfProblem(c);
  return problem && registrar.refuseForged(c, problem);
}

const tooLarge = { code: "too-large", message: "What was sent is larger than any form here. Nothing was changed." };
const packed = { code: "unsupported-encoding", message: "What was sent is compressed, which forms are not." };
const unreadable = { code: "unreadable", message: "What was sent could not be read: it is no well-formed text." };

function answerMissing(hono: Hono<Env>, c: Context): Response {
  const allowed = ["GET", "HEAD", "POST"].filter((method) => hasRoute(hono, method === "HEAD" ? "GET" : method, c.req.path));
  if (allowed.length === 0) return answerError(c, 404, { code: "not-found", message: "There is no page at this address." });
  c.header("Allow", allowed.join(", "));
  return answerError(c, 405, { code: "method-not-allowed", message: "This address does not take this kind of request." });
}

function hasRoute(hono: Hono<Env>, method: string, path: string): boolean {
  return hono.router.match(method, path)[0].some(([[, route]]) => route.method !== "ALL");
}

function answerFailure(error: Error, c: Context): Response {
  if (error instanceof HashQueueFullError) {
    return answerError(c, 503, {
      code: "busy",
      message: "Too many people are logging in at this moment. Please try again in a few seconds.",
      retryAfterSeconds: 5,
    });
  }
  c.var.s.log.error({ err: error, id: c.var.requestId }, "request failed");
  if (error instanceof DatabaseUnavailableError) {
    return answerError(c, 503, {
      code: "unavailable",
      message: "The site cannot reach its data at this moment. Nothing is lost: please try again in a few seconds.",
      retryAfterSeconds: 5,
    });
  }
  return answerError(c, 500, { code: "internal", message: "This is our fault, not yours. Please try again." });
}
