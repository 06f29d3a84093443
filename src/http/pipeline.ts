/** The pipeline that every request passes, and then the features. Start reading here. */
import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getPath } from "hono/utils/url";
import { HashQueueFullError } from "../core/credentials/password/hash-queue.ts";
import type { TokenPurpose } from "../core/one-time-tokens/one-time-tokens.ts";
import type { Services } from "../core/services.ts";
import type { Visitor } from "../core/sessions/session.ts";
import { rolesOf } from "../core/users/roles.ts";
import { whenDurable } from "../db/when-durable.ts";
import { after, isToCome, type Soon } from "../platform/soon.ts";
import type { Context, Env, Handler, Site } from "./context.ts";
import { freshLoginRequired } from "./forms/reauthenticate.ts";
import { createOnce, type Once, recallOrLogIn } from "./forms/submitted-forms.ts";
import { answerHealth } from "./health.ts";
import { answerMetrics } from "./metrics.ts";
import { openApi } from "./openapi.ts";
import { loginRequired, recogniseVisitor, refuseForeign, requireVisitor } from "./request/authenticate.ts";
import { mostBodyBytes } from "./request/body.ts";
import { captureLinkToken } from "./request/link-token.ts";
import { createProxyNotice } from "./request/proxy-warning.ts";
import { refuseForged, refuseUnread, unreadable } from "./request/unsafe-methods.ts";
import { isForNow, recordFailure } from "./response/failure.ts";
import { answerMissing, type MethodsByPath } from "./response/not-found.ts";
import { answerError, answerPublicJson } from "./response/respond.ts";
import { allowOrigin } from "./response/security-headers.ts";
import { prepareSite } from "./response/site.ts";
import { createRegistrar, type RouteRegistry, type Routes } from "./routes.ts";

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
  "/report-compromise",
  "/revert-email",
  "/.well-known/jwks.json",
  "/forward-auth",
  "/dev/mailbox",
  "/openapi.json",
]);

/** What a proxy keeps to itself, or anybody may cache: a session that began in such an answer would never reach the browser. */
const cookielessPaths: ReadonlySet<string> = new Set(["/forward-auth", "/openapi.json", "/.well-known/jwks.json"]);

/** Pages that a letter's link leads to, and what its token is good for: what their address held is told to no other page. */
const tokenPaths: ReadonlyMap<string, TokenPurpose> = new Map([
  ["/verify-email/confirm", "verify-email"],
  ["/reset-password/choose", "reset-password"],
  ["/settings/change-email/confirm", "change-email"],
  ["/report-compromise", "report-compromise"],
  ["/revert-email", "revert-email"],
]);

/** The application as one function from a Web-standard request to a response, with all routes of the features. */
export function createApp<F extends Mounted<F>>(s: Services, features: readonly F[]): LatchkeyApp {
  const { mountPath } = s.settings;
  const { without } = s.custom;
  // What is not below it is none of ours, and is found nowhere.
  const hono = new Hono<Env>(mountPath === "" ? {} : { getPath: (request) => pathBelow(mountPath, getPath(request)) });
  const routes: MethodsByPath = new Map();
  const site = prepareSite(s, (path) => routes.get(path)?.includes("GET") ?? false);
  const begin = beginning(s, site, routes);
  // Each route is one function: Hono then calls it without putting together a chain for each request.
  const serve = (path: string, answer: Handler) => hono.get(path, (c) => begin(c, answer));
  if (!without.has("health")) answerHealth((path, answer) => hono.on(["GET", "OPTIONS"], path, (c) => begin(c, answer)), s);
  if (s.telemetry?.report) serve("/metrics", answerMetrics);
  site.assets.serve(serve);
  const open = new Set([...publicPaths, ...features.flatMap((feature) => feature.publicPaths ?? [])]);
  const pass = (answer: Handler) => (c: Context) => begin(c, () => withinLimit(c, () => guard(c, answer)));
  const registrar = createRegistrar({
    get: (path, answer) => hono.get(path, pass(answer)),
    post: (path, answer) => hono.post(path, pass(answer)),
  });
  const guard = guarding(registrar, routes, open);
  for (const feature of features) feature.routes(registrar, s, features);
  const describe = () => openApi(s, registrar, (path) => open.has(path));
  if (!without.has("openapi")) registrar.page("/openapi.json", (c) => answerPublicJson(c, describe(), 300));
  for (const { method, path } of hono.routes) {
    const methods = routes.get(path) ?? [];
    // Of two flows on one path, the second would never be reached.
    if (methods.includes(method)) throw new TypeError(`${method} ${path} belongs to two features.`);
    routes.set(path, [...methods, method]);
  }
  hono.notFound(pass((c) => answerMissing(routes, c)));
  return Object.assign(hono, { serves: (path: string) => routes.has(path) });
}

/** What the pipeline needs to know of a feature. */
interface Mounted<F> {
  readonly routes: (app: Routes, s: Services, all: readonly F[]) => void;
  readonly publicPaths?: readonly string[];
}

export interface LatchkeyApp extends Hono<Env> {
  /** Whether there is something at a path, counted from where everything lives. */
  readonly serves: (path: string) => boolean;
}

/** What an app's own page asks of its visitor, and the visitor once let through. */
export interface GuardRequest {
  readonly demand: "login" | "fresh login" | { readonly role: string };
  /** Whether requests that change something may come from other sites. */
  readonly anyOrigin: boolean;
  visitor: Visitor | undefined;
}

/** Guards pages that are not ours by the rules that guard ours: gives the answer to whoever is not let through. */
export function createRouteGuard(s: Services): (request: Request, gate: GuardRequest) => Promise<Response> {
  const hono = new Hono<Env & { Bindings: { gate: GuardRequest } }>();
  const begin = beginning(s, prepareSite(s), new Map());
  hono.all("*", (inner) => {
    const c = inner as unknown as Context;
    return begin(c, () =>
      after(recogniseVisitor(c), () => {
        const { gate } = inner.env;
        const refused = (gate.anyOrigin ? undefined : refuseForeign(c)) ?? refuseAt(c, gate.demand);
        if (!refused) gate.visitor = c.get("visitor");
        return refused ?? c.body(null);
      }),
    );
  });
  return async (request, gate) => hono.fetch(request, { gate });
}

function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function refuseAt(c: Context, demand: GuardRequest["demand"]): Response | undefined {
  const stranger = loginRequired(c);
  if (stranger) return stranger;
  if (demand === "login") return undefined;
  if (demand === "fresh login") return freshLoginRequired(c);
  return rolesOf(requireVisitor(c).user).includes(demand.role) ? undefined : answerError(c, 403, roleRequired);
}

const roleRequired = { code: "role-required", message: "This page is for others: you do not have the role that it asks for." };

/** `/auth/login` below `/auth` is `/login`. */
function pathBelow(mountPath: string, path: string): string {
  if (path === mountPath) return "/";
  return path.startsWith(`${mountPath}/`) ? path.slice(mountPath.length) : `//${path}`;
}

const bodyOfASend = bodyLimit({ maxSize: mostBodyBytes, onError: (c) => answerError(c as Context, 413, tooLarge) });

/** What only reads has no body that anybody looks at; asking for it would cost each page a tenth of its time. */
function withinLimit(c: Context, answer: () => Soon<Response>): Soon<Response> {
  if (isRead(c)) return answer();
  // What says its length is no longer than that (RFC 9112, 6.3): it need not be counted, which would make a stream of it.
  const length = c.req.header("transfer-encoding") === undefined ? c.req.header("content-length") : undefined;
  if (length === undefined || !/^\d{1,15}$/.test(length)) return withinSize(c, answer);
  return Number(length) > mostBodyBytes ? answerError(c, 413, tooLarge) : answer();
}

async function withinSize(c: Context, answer: () => Soon<Response>): Promise<Response> {
  const refused = await bodyOfASend(c, async () => {
    // As Hono's own chain does it, for that is where a limit looks for what it threw into the body.
    try {
      c.res = await answer();
    } catch (error) {
      c.error = error as Error;
      c.res = answerFailure(c.error, c);
    }
  });
  return refused ?? c.res;
}

function isRead(c: Context): boolean {
  return c.req.method === "GET" || c.req.method === "HEAD";
}

/** Sets out what the request will be asked for, and logs one line of it, without what its query or body said. */
function beginning(s: Services, site: Site, routes: MethodsByPath) {
  const noticeProxy = createProxyNotice(s);
  return (c: Context, answer: Handler): Soon<Response> => {
    const startedAt = s.now();
    c.set("s", s);
    c.set("site", site);
    c.set("requestId", randomUUID());
    const path = c.req.path;
    if (tokenPaths.has(path)) c.set("hasTokenInUrl", true);
    if (c.req.method === "POST") noticeProxy(c);
    // A path that is none of ours could hold anything, so it is not kept.
    const known = path.startsWith("/assets/") ? "/assets/:name" : routes.has(path) ? path : "(none)";
    const answered = s.telemetry
      ? s.telemetry.request({ method: c.req.method, route: known, header: (name) => c.req.header(name) }, async () => finish(c, answer))
      : finish(c, answer);
    return after(answered, (response) => {
      const ms = s.now() - startedAt;
      s.log.info({ id: c.get("requestId"), method: c.req.method, path: known, status: response.status, ms }, "request");
      return response;
    });
  };
}

function finish(c: Context, answer: Handler): Soon<Response> {
  try {
    const answered = allowOrigin(c) ?? answer(c);
    return isToCome(answered) ? answered.catch((error: Error) => answerFailure(error, c)) : answered;
  } catch (error) {
    return answerFailure(error as Error, c);
  }
}

/** What is sent must come from our own page, and what is not public is for those who are logged in. */
function guarding(registrar: RouteRegistry, routes: MethodsByPath, open: ReadonlySet<string>) {
  const once = createOnce();
  const admit = (c: Context, answer: Handler): Soon<Response> => {
    const isThere = routes.get(c.req.path)?.includes(isRead(c) ? "GET" : c.req.method) ?? false;
    const purpose = isThere && isRead(c) ? tokenPaths.get(c.req.path) : undefined;
    // Before anybody is asked to log in: the token would stand in the address of the way back.
    const moved = purpose && captureLinkToken(c, purpose);
    if (moved) return moved;
    // First, for a form that is refused is shown again, and what is guarded shows nothing to a stranger.
    const isStranger = isThere && !open.has(c.req.path) && c.get("visitor") === undefined;
    const stranger = isStranger ? (isRead(c) ? loginRequired(c) : whenSettled(c, recallOrLogIn(c))) : undefined;
    if (stranger) return stranger;
    // Whether its page thinks of it or not: everything below belongs to operators (ASVS 8.2.1).
    const uninvited = isThere && isBelow("/admin", c.req.path) ? refuseAt(c, { role: "admin" }) : undefined;
    if (uninvited) return uninvited;
    // Where there is nothing that a forger could want, the answer is that there is nothing.
    return isRead(c) || !isThere ? answer(c) : whenSettled(c, act(c, registrar, { once, answer }));
  };
  return (c: Context, answer: Handler): Soon<Response> =>
    after(recogniseVisitor(c), () => {
      // For the time of a move only.
      if (c.get("s").settings.flaskSecretKeys.length === 0 || cookielessPaths.has(c.req.path)) return admit(c, answer);
      return after(exchangeOld(c), (wentOn) => wentOn ?? admit(c, answer));
    });
}

async function act(c: Context, registrar: RouteRegistry, { once, answer }: { once: Once; answer: Handler }): Promise<Response> {
  return (await refuseUnread(c)) ?? once(c, async () => (await refuseForged(c, registrar)) ?? answer(c));
}

/** Where it found done what another was still waiting for, it says so no sooner than that one does. */
async function whenSettled(c: Context, answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  await whenDurable(c.get("s").db);
  return response;
}

async function exchangeOld(c: Context): Promise<Response | undefined> {
  const { exchangeOldCookies } = await import("./request/legacy-cookies.ts");
  return exchangeOldCookies(c);
}

const tooLarge = { code: "too-large", message: "What was sent is larger than any form here. Nothing was changed." };

function isHangUp(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === "ECONNRESET" || error.name === "AbortError";
}

function answerFailure(error: Error, c: Context): Response {
  if (error instanceof HashQueueFullError) {
    return answerError(c, 503, {
      code: "busy",
      message: "Too many people are logging in at this moment. Please try again in a few seconds.",
      retryAfterSeconds: 5,
    });
  }
  // Whoever hangs up in the middle of a form is no fault of ours, and hears nothing of it.
  if (isHangUp(error)) return answerError(c, 400, unreadable);
  recordFailure(c.get("s"), error, c.get("requestId"));
  if (isForNow(error)) {
    return answerError(c, 503, {
      code: "unavailable",
      message: "The site cannot reach its data at this moment. Nothing is lost: please try again in a few seconds.",
      retryAfterSeconds: 5,
    });
  }
  return answerError(c, 500, { code: "internal", message: "This is our fault, not yours. Please try again." });
}
