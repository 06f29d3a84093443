/** Builds the pipeline that every request passes. Start reading here. */
import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getPath } from "hono/utils/url";
import { HashQueueFullError } from "../core/credentials/password/hash-queue.ts";
import type { Services } from "../core/services.ts";
import type { Visitor } from "../core/sessions/session.ts";
import { rolesOf } from "../core/users/roles.ts";
import { whenDurable } from "../db/when-durable.ts";
import { message } from "../i18n/messages.ts";
import type { Context, Env, Handler, Reauthenticate, Site } from "./context.ts";
import { recentAuthRequired } from "./forms/reauthenticate.ts";
import { createOnce, type Once, recallOrLogIn } from "./forms/submitted-forms.ts";
import { answerHealth } from "./health.ts";
import { answerMetrics } from "./metrics.ts";
import { openApi } from "./openapi.ts";
import type { OpenApiWords } from "./openapi-schemas.ts";
import { authenticate, loginRequired, refuseForeign, requireVisitor } from "./request/authenticate.ts";
import { maxBodyBytes } from "./request/body.ts";
import { csrfProblem } from "./request/csrf.ts";
import { captureLinkToken } from "./request/link-token.ts";
import { createProxyWarning } from "./request/proxy-warning.ts";
import { requireBody, unreadable } from "./request/unsafe-methods.ts";
import { messages } from "./response/errors.messages.ts";
import { isTemporary, recordFailure } from "./response/failure.ts";
import { answerMissing, type MethodsByPath } from "./response/not-found.ts";
import { answerError, answerPublicJson } from "./response/respond.ts";
import { allowOrigin } from "./response/security-headers.ts";
import { prepareSite } from "./response/site.ts";
import { createRegistry, type RouteRegistry, type Routes } from "./routes.ts";

/** Builds the application: one function from a web-standard request to a response, with the routes of all features. */
export function createApp<F extends Mounted<F>>(s: Services, features: readonly F[]): LatchkeyApp {
  const { mountPath } = s.settings;
  const { without } = s.custom;
  // Requests outside `mountPath` get 404.
  const hono = new Hono<Env>(mountPath === "" ? {} : { getPath: (request) => pathBelow(mountPath, getPath(request)) });
  const routes: MethodsByPath = new Map();
  const isPage = (path: string) => routes.get(path)?.includes("GET") ?? false;
  const site = prepareSite(
    s,
    isPage,
    features.flatMap(({ reauthenticate }) => reauthenticate ?? []),
  );
  const begin = beginning(s, site, routes);
  // One handler per route: Hono composes no chain for each request then.
  const serve = (path: string, answer: Handler) => hono.get(path, (c) => begin(c, answer));
  if (!without.has("health")) answerHealth((path, answer) => hono.on(["GET", "OPTIONS"], path, (c) => begin(c, answer)), s);
  if (s.telemetry?.report) serve("/metrics", answerMetrics);
  site.assets.serve(serve);
  const pass = (answer: Handler) => (c: Context) => begin(c, () => limitingBody(c, () => guard(c, answer)));
  const registry = createRegistry({
    guarded: (method, path, answer) => hono.on(method, path, pass(answer)),
    open: (method, path, answer, ownsCors) => hono.on(method, path, (c) => begin(c, () => limitingBody(c, () => answer(c)), ownsCors)),
  });
  const guard = guarding(s, registry, routes);
  for (const feature of features) feature.routes(registry, s, features);
  const words: OpenApiWords = Object.assign({}, ...features.map(({ openapi = {} }) => openapi));
  const describe = () => openApi(s, registry, words);
  if (!without.has("openapi"))
    registry.endpoint("/openapi.json", { method: "GET", auth: "none", cors: "any", answer: (c) => answerPublicJson(c, describe(), 300) });
  for (const { method, path } of hono.routes) {
    const methods = routes.get(path) ?? [];
    // Of two handlers of one path, the second would be unreachable.
    if (methods.includes(method)) throw new TypeError(`${method} ${path} belongs to two features.`);
    routes.set(path, [...methods, method]);
  }
  hono.notFound(pass((c) => answerMissing(routes, c)));
  return Object.assign(hono, { serves: (path: string) => routes.has(path) });
}

/** What the pipeline needs to know of a feature. */
interface Mounted<F> {
  readonly routes: (app: Routes, s: Services, all: readonly F[]) => void;
  readonly openapi?: OpenApiWords;
  readonly reauthenticate?: Reauthenticate;
}

export interface LatchkeyApp extends Hono<Env> {
  /** Whether a path below the mount path has a route. */
  readonly serves: (path: string) => boolean;
}

/** What a page of the host app requires, and who the visitor is once admitted. */
export interface GuardRequest {
  readonly requires: "session" | "recent-auth" | { readonly role: string };
  /** Whether requests that change something may come from other sites. */
  readonly anyOrigin: boolean;
  visitor: Visitor | undefined;
}

/** Guards pages of the host app by the same rules as Latchkey's own. Resolves to the response for a visitor who is not admitted. */
export function createRouteGuard(s: Services): (request: Request, guard: GuardRequest) => Promise<Response> {
  const hono = new Hono<Env & { Bindings: { guard: GuardRequest } }>();
  const begin = beginning(s, prepareSite(s), new Map());
  hono.all("*", (inner) => {
    const c = inner as unknown as Context;
    return begin(c, async () => {
      await authenticate(c);
      const { guard } = inner.env;
      const refused = (guard.anyOrigin ? undefined : refuseForeign(c)) ?? refuseAt(c, guard.requires);
      if (!refused) guard.visitor = c.get("visitor");
      return refused ?? c.body(null);
    });
  });
  return async (request, guard) => hono.fetch(request, { guard });
}

function refuseAt(c: Context, requires: GuardRequest["requires"]): Response | undefined {
  const stranger = loginRequired(c);
  if (stranger) return stranger;
  if (requires === "session") return undefined;
  if (requires === "recent-auth") return recentAuthRequired(c);
  return rolesOf(requireVisitor(c).user).includes(requires.role) ? undefined : answerError(c, 403, roleRequired);
}

const roleRequired = { code: "role-required", message: message(messages, "roleRequired") };

/** `/auth/login` below `/auth` is `/login`. */
function pathBelow(mountPath: string, path: string): string {
  if (path === mountPath) return "/";
  return path.startsWith(`${mountPath}/`) ? path.slice(mountPath.length) : `//${path}`;
}

const limitBody = bodyLimit({ maxSize: maxBodyBytes, onError: (c) => answerError(c as Context, 413, tooLarge) });

/** GET and HEAD bodies are ignored: touching `req.body` builds a complete request object (decision 016). */
function limitingBody(c: Context, answer: () => Promise<Response> | Response): Promise<Response> | Response {
  if (isRead(c)) return answer();
  // A declared length is exact (RFC 9112, 6.3), so the body need not be counted, which would read it as a stream.
  const length = c.req.header("transfer-encoding") === undefined ? c.req.header("content-length") : undefined;
  if (length === undefined || !/^\d{1,15}$/.test(length)) return countingBody(c, answer);
  return Number(length) > maxBodyBytes ? answerError(c, 413, tooLarge) : answer();
}

async function countingBody(c: Context, answer: () => Promise<Response> | Response): Promise<Response> {
  const refused = await limitBody(c, async () => {
    // As Hono's chain does: `bodyLimit` looks in `c.error` for the error that it threw into the body.
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

/** Prepares the context of a request, and logs one line of it without its query and body. */
function beginning(s: Services, site: Site, routes: MethodsByPath) {
  const warnAboutProxy = createProxyWarning(s);
  const landingPaths = new Set(s.catalog.tokens.flatMap(({ landingPath }) => landingPath ?? []));
  return async (c: Context, answer: Handler, ownsCors = false): Promise<Response> => {
    const startedAt = s.now();
    c.set("s", s);
    c.set("site", site);
    c.set("requestId", randomUUID());
    const path = c.req.path;
    if (landingPaths.has(path)) c.set("hasTokenInUrl", true);
    if (c.req.method === "POST") warnAboutProxy(c);
    // The path of an unknown route could hold anything, a secret too, so it is not logged.
    const known = path.startsWith("/assets/") ? "/assets/:name" : routes.has(path) ? path : "(none)";
    const response = s.telemetry
      ? await s.telemetry.request({ method: c.req.method, route: known, header: (name) => c.req.header(name) }, () =>
          finish(c, answer, ownsCors),
        )
      : await finish(c, answer, ownsCors);
    const ms = s.now() - startedAt;
    s.log.info({ id: c.get("requestId"), method: c.req.method, path: known, status: response.status, ms }, "request");
    return response;
  };
}

async function finish(c: Context, answer: Handler, ownsCors: boolean): Promise<Response> {
  try {
    return (ownsCors ? undefined : allowOrigin(c)) ?? (await answer(c));
  } catch (error) {
    return answerFailure(error as Error, c);
  }
}

/** Checks the session, the role and the origin of each request to a page or a form, unless its route is public. */
function guarding(s: Services, registry: RouteRegistry, routes: MethodsByPath) {
  const once = createOnce();
  const landingPages = new Map(s.catalog.tokens.flatMap((purpose) => (purpose.landingPath ? [[purpose.landingPath, purpose]] : [])));
  const importsCookies = s.settings.flaskSecretKeys.length > 0;
  return async (c: Context, answer: Handler): Promise<Response> => {
    await authenticate(c);
    const isThere = routes.get(c.req.path)?.includes(isRead(c) ? "GET" : c.req.method) ?? false;
    // Unknown routes answer 404 without a CSRF check.
    if (!isThere) return answer(c);
    // Only while users migrate from a Flask application.
    const wentOn = importsCookies ? await exchangeOld(c) : undefined;
    if (wentOn) return wentOn;
    const purpose = isRead(c) ? landingPages.get(c.req.path) : undefined;
    // Before the redirect to login, whose `next` would carry the token (ASVS 14.2.1).
    const moved = purpose && captureLinkToken(c, purpose);
    if (moved) return moved;
    // Before the CSRF check, which shows the form again: a guarded form is not shown without a session.
    const access = registry.access.get(c.req.path) ?? "session";
    if (access !== "public" && c.get("visitor") === undefined) {
      const stranger = isRead(c) ? loginRequired(c) : await respondWhenDurable(c, recallOrLogIn(c));
      if (stranger) return stranger;
    }
    const uninvited = typeof access === "object" ? refuseAt(c, access) : undefined;
    if (uninvited) return uninvited;
    return isRead(c) ? answer(c) : respondWhenDurable(c, act(c, registry, { once, answer }));
  };
}

async function act(c: Context, registry: RouteRegistry, { once, answer }: { once: Once; answer: Handler }): Promise<Response> {
  const checked = async () => {
    const problem = csrfProblem(c);
    return problem ? registry.refuseForged(c, problem) : answer(c);
  };
  return (await requireBody(c)) ?? once(c, checked);
}

/** Waits until all commits are durable: this request may have read a commit that is not on disk yet. */
async function respondWhenDurable(c: Context, answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  await whenDurable(c.get("s").db);
  return response;
}

async function exchangeOld(c: Context): Promise<Response | undefined> {
  const { exchangeLegacyCookies } = await import("./request/legacy-cookies.ts");
  return exchangeLegacyCookies(c);
}

const tooLarge = { code: "too-large", message: message(messages, "tooLarge") };

function isClientAbort(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === "ECONNRESET" || error.name === "AbortError";
}

function answerFailure(error: Error, c: Context): Response {
  if (error instanceof HashQueueFullError) {
    return answerError(c, 503, {
      code: "busy",
      message: message(messages, "busy"),
      retryAfterSeconds: 5,
    });
  }
  // A client that closes the connection within a body is no failure of the server.
  if (isClientAbort(error)) return answerError(c, 400, unreadable);
  recordFailure(c.get("s"), error, c.get("requestId"));
  if (isTemporary(error)) {
    return answerError(c, 503, {
      code: "unavailable",
      message: message(messages, "unavailable"),
      retryAfterSeconds: 5,
    });
  }
  return answerError(c, 500, { code: "internal", message: message(messages, "internal") });
}
