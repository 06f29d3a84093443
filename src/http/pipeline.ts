/** Builds the pipeline that every request passes. Start reading here. */
import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getPath } from "hono/utils/url";
import { FactorRequiredError } from "../core/credentials/factor-required-error.ts";
import { HashQueueFullError } from "../core/credentials/password/hash-queue.ts";
import { pageWith, type Services } from "../core/services.ts";
import type { Level } from "../core/sessions/methods.ts";
import type { Visitor } from "../core/sessions/session.ts";
import { rolesOf } from "../core/users/roles.ts";
import { whenDurable } from "../db/when-durable.ts";
import { message } from "../i18n/messages.ts";
import type { Context, Env, Handler, HeaderLink, PageNotice, Reauthenticate, SecondFactorPrompt, SettingsPage, Site } from "./context.ts";
import { createDeduplicator, type Deduplicate, replayOrLogIn } from "./forms/deduplicate-forms.ts";
import { levelRequired, recentAuthRequired } from "./forms/reauthenticate.ts";
import { answerHealth } from "./health.ts";
import { answerMetrics } from "./metrics-route.ts";
import { openApi } from "./openapi.ts";
import type { OpenApiWords } from "./openapi-schemas.ts";
import { authenticate, loginRequired, refuseCrossSite, requireVisitor } from "./request/authenticate.ts";
import { maxBodyBytes } from "./request/body.ts";
import { csrfProblem, originProblem } from "./request/csrf.ts";
import { messages as enrolmentMessages } from "./request/enrolment.messages.ts";
import { holdForEnrolment } from "./request/enrolment.ts";
import { captureLinkToken } from "./request/link-token.ts";
import { createProxyWarning } from "./request/proxy-warning.ts";
import { requireBody, unreadable } from "./request/require-body.ts";
import { messages } from "./response/errors.messages.ts";
import { isTemporary, recordFailure } from "./response/failure.ts";
import { answerNotFound, type MethodsByPath } from "./response/not-found.ts";
import { answerError, answerPublicJson } from "./response/respond.ts";
import { allowOrigin } from "./response/security-headers.ts";
import { prepareSite } from "./response/site.ts";
import { createRegistry, type RouteRegistry, type Routes } from "./routes.ts";

/** Builds the application: one function from a web-standard request to a response, with the routes of all features. */
export function createApp<F extends Mounted<F>>(s: Services, features: readonly F[]): LatchkeyApp {
  const { mountPath } = s.settings;
  const { without } = s.custom;
  requireEnrolmentPage(s);
  // Requests outside `mountPath` get 404.
  const hono = new Hono<Env>(mountPath === "" ? {} : { getPath: (request) => pathBelow(mountPath, getPath(request)) });
  const routes: MethodsByPath = new Map();
  const isPage = (path: string) => routes.get(path)?.includes("GET") ?? false;
  const site = prepareSite(s, {
    isPage,
    reauthentication: features.flatMap(({ reauthenticate }) => reauthenticate ?? []),
    settingsPages: features.flatMap(({ settingsPage }) => settingsPage ?? []),
    secondFactorPrompts: features.flatMap(({ secondFactorPrompt }) => secondFactorPrompt ?? []),
    pageNotices: features.flatMap(({ pageNotice }) => pageNotice ?? []),
    headerLinks: features.flatMap(({ headerLink }) => headerLink ?? []),
  });
  const handle = createRequestHandler(s, site, routes);
  // One handler per route instead of middleware, which Hono would compose into a chain for each request.
  const serve = (path: string, answer: Handler) => hono.get(path, (c) => handle(c, answer));
  if (!without.has("health")) answerHealth((path, answer) => hono.on(["GET", "OPTIONS"], path, (c) => handle(c, answer)), s);
  if (s.telemetry?.report) serve("/metrics", answerMetrics);
  site.assets.serve(serve);
  const guarded = (answer: Handler) => (c: Context) => handle(c, () => withBodyLimit(c, () => guard(c, answer)));
  const registry = createRegistry({
    guarded: (method, path, answer) => hono.on(method, path, guarded(answer)),
    open: (method, path, answer, ownsCors) => hono.on(method, path, (c) => handle(c, () => withBodyLimit(c, () => answer(c)), ownsCors)),
  });
  const guard = createGuard(s, registry, routes);
  for (const feature of features) feature.routes(registry, s, features);
  const words: OpenApiWords = Object.assign({}, ...features.map(({ openapi = {} }) => openapi));
  const proofs = new Map(features.flatMap(({ reauthenticate }) => Object.entries(reauthenticate?.openapi?.(s) ?? {})));
  const describe = () => openApi(s, registry, { words, proofs });
  if (!without.has("openapi"))
    registry.endpoint("/openapi.json", { method: "GET", auth: "none", cors: "any", answer: (c) => answerPublicJson(c, describe(), 300) });
  for (const { method, path } of hono.routes) {
    const methods = routes.get(path) ?? [];
    // Hono would never call the second handler of a path.
    if (methods.includes(method)) throw new TypeError(`${method} ${path} belongs to two features.`);
    routes.set(path, [...methods, method]);
  }
  hono.notFound(guarded((c) => answerNotFound(routes, c)));
  return Object.assign(hono, { serves: (path: string) => routes.has(path) });
}

/** Lockout: under a policy without a page that enrols, its accounts could not use the site. */
function requireEnrolmentPage(s: Services): void {
  if (s.settings.twoFactor.length === 0 || pageWith(s, "two-factor") !== undefined) return;
  throw new TypeError("TWO_FACTOR must be optional if the feature two-factor is disabled.");
}

/** The parts of a feature that the pipeline uses. */
interface Mounted<F> {
  readonly routes: (app: Routes, s: Services, all: readonly F[]) => void;
  readonly openapi?: OpenApiWords;
  readonly reauthenticate?: Reauthenticate;
  readonly secondFactorPrompt?: SecondFactorPrompt;
  readonly pageNotice?: PageNotice;
  readonly settingsPage?: SettingsPage;
  readonly headerLink?: HeaderLink;
}

export interface LatchkeyApp extends Hono<Env> {
  /** Whether a path below the mount path has a route. */
  readonly serves: (path: string) => boolean;
}

/** The requirement of a page of the host app, and its visitor once admitted. */
export interface GuardRequest {
  /** A role besides the session. */
  readonly role?: string | undefined;
  readonly recentAuth: boolean;
  readonly level: Level;
  /** Whether unsafe methods are allowed from other sites. */
  readonly anyOrigin: boolean;
  visitor: Visitor | undefined;
}

/** Guards pages of the host app by the rules of Latchkey's own pages. Resolves to an error or redirect, or to 200 if `visitor` is set. */
export function createRouteGuard(s: Services): (request: Request, guard: GuardRequest) => Promise<Response> {
  const hono = new Hono<Env & { Bindings: { guard: GuardRequest } }>();
  const handle = createRequestHandler(s, prepareSite(s), new Map());
  hono.all("*", (inner) => {
    const c = inner as unknown as Context;
    return handle(c, async () => {
      await authenticate(c);
      const { guard } = inner.env;
      const refused = (guard.anyOrigin ? undefined : refuseCrossSite(c)) ?? checkHost(c, guard);
      if (!refused) guard.visitor = c.get("visitor");
      return refused ?? c.body(null);
    });
  });
  return async (request, guard) => hono.fetch(request, { guard });
}

function checkHost(c: Context, { role, recentAuth, level }: GuardRequest): Response | undefined {
  return (
    loginRequired(c) ??
    holdForEnrolment(c, undefined) ??
    (role === undefined ? undefined : checkRole(c, role)) ??
    levelRequired(c, level) ??
    (recentAuth ? recentAuthRequired(c) : undefined)
  );
}

function checkRole(c: Context, role: string): Response | undefined {
  return rolesOf(requireVisitor(c).user).includes(role) ? undefined : answerError(c, 403, roleRequired);
}

const roleRequired = { code: "role-required", message: message(messages, "roleRequired") };

/** Removes the mount path: `/auth/login` becomes `/login`. A path outside of it matches no route. */
function pathBelow(mountPath: string, path: string): string {
  if (path === mountPath) return "/";
  return path.startsWith(`${mountPath}/`) ? path.slice(mountPath.length) : `//${path}`;
}

const limitBody = bodyLimit({ maxSize: maxBodyBytes, onError: (c) => answerError(c as Context, 413, tooLarge) });

/** GET and HEAD bodies are ignored: touching `req.body` builds a complete request object (decision 016). */
function withBodyLimit(c: Context, answer: () => Promise<Response> | Response): Promise<Response> | Response {
  if (isRead(c)) return answer();
  // `Content-Length` is exact (RFC 9112, 6.3), which saves reading the body as a stream to count it.
  const length = c.req.header("transfer-encoding") === undefined ? c.req.header("content-length") : undefined;
  if (length === undefined || !/^\d{1,15}$/.test(length)) return withCountedBody(c, answer);
  return Number(length) > maxBodyBytes ? answerError(c, 413, tooLarge) : answer();
}

async function withCountedBody(c: Context, answer: () => Promise<Response> | Response): Promise<Response> {
  const refused = await limitBody(c, async () => {
    // `bodyLimit` throws in the body stream and expects Hono to set `c.error`.
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

/** Prepares the context of each request, and logs it without query and body. */
function createRequestHandler(s: Services, site: Site, routes: MethodsByPath) {
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
    // Secrets in logs: the path of an unknown route may contain anything.
    const route = path.startsWith("/assets/") ? "/assets/:name" : routes.has(path) ? path : "(none)";
    const response = s.telemetry
      ? await s.telemetry.request({ method: c.req.method, route, header: (name) => c.req.header(name) }, () =>
          answerSafely(c, answer, ownsCors),
        )
      : await answerSafely(c, answer, ownsCors);
    const ms = s.now() - startedAt;
    s.log.info({ id: c.get("requestId"), method: c.req.method, path: route, status: response.status, ms }, "request");
    return response;
  };
}

/** Turns thrown errors into responses. */
async function answerSafely(c: Context, answer: Handler, ownsCors: boolean): Promise<Response> {
  try {
    return (ownsCors ? undefined : allowOrigin(c)) ?? (await answer(c));
  } catch (error) {
    return answerFailure(error as Error, c);
  }
}

/** Checks the session, role, body and CSRF token of each request to a page or form. */
function createGuard(s: Services, registry: RouteRegistry, routes: MethodsByPath) {
  const deduplicate = createDeduplicator();
  const landingPages = new Map(s.catalog.tokens.flatMap((purpose) => (purpose.landingPath ? [[purpose.landingPath, purpose]] : [])));
  const importsCookies = s.settings.flaskSecretKeys.length > 0;
  return async (c: Context, answer: Handler): Promise<Response> => {
    await authenticate(c);
    const isServed = routes.get(c.req.path)?.includes(isRead(c) ? "GET" : c.req.method) ?? false;
    // Unknown routes answer 404 without a CSRF check.
    if (!isServed) return answer(c);
    // Only while users migrate from a Flask application.
    const exchanged = importsCookies ? await exchangeCookies(c) : undefined;
    if (exchanged) return exchanged;
    const purpose = isRead(c) ? landingPages.get(c.req.path) : undefined;
    // Before the redirect to login, whose `next` would carry the token (ASVS 14.2.1).
    const captured = purpose && captureLinkToken(c, purpose);
    if (captured) return captured;
    // Before the CSRF check, which would show a guarded form without a session.
    const access = registry.access.get(c.req.path) ?? "session";
    if (access !== "public" && c.get("visitor") === undefined) {
      const unauthenticated = isRead(c) ? loginRequired(c) : await respondWhenDurable(c, replayOrLogIn(c));
      if (unauthenticated) return unauthenticated;
    }
    const held = holdForEnrolment(c, registry.enrolment.get(c.req.path));
    if (held) return held;
    const forbidden = typeof access === "object" ? (loginRequired(c) ?? checkRole(c, access.role)) : undefined;
    if (forbidden) return forbidden;
    return isRead(c) ? answer(c) : respondWhenDurable(c, submitOnce(c, registry, { deduplicate, answer }));
  };
}

async function submitOnce(
  c: Context,
  registry: RouteRegistry,
  { deduplicate, answer }: { deduplicate: Deduplicate; answer: Handler },
): Promise<Response> {
  const checked = async () => {
    const problem = registry.forms.get(c.req.path)?.csrf === "origin" ? originProblem(c) : csrfProblem(c);
    return problem ? registry.refuseForged(c, problem) : answer(c);
  };
  return (await requireBody(c)) ?? deduplicate(c, checked);
}

/** Waits until all commits are durable: this request may have read a commit that is not on disk yet. */
async function respondWhenDurable(c: Context, answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  await whenDurable(c.get("s").db);
  return response;
}

async function exchangeCookies(c: Context): Promise<Response | undefined> {
  const { exchangeLegacyCookies } = await import("./request/exchange-legacy-cookies.ts");
  return exchangeLegacyCookies(c);
}

const factorRequired = { code: "two-factor-required", message: message(enrolmentMessages, "mayNotTurnOff") };

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
  if (error instanceof FactorRequiredError) return answerError(c, 403, factorRequired);
  // The client closed the connection before the body was complete.
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
