/** Registers the routes of features: pages, forms and endpoints. */
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import { whenDurable } from "../db/when-durable.ts";
import { message } from "../i18n/messages.ts";
import type { Page } from "../ui/page.ts";
import type { Context, FormError, FormState, Handler, Sentence } from "./context.ts";
import { answerEndpoint, type Endpoint } from "./endpoint.ts";
import { messages } from "./forms/form.messages.ts";
import type { Form } from "./forms/form.ts";
import {
  hasRecentAuth,
  hasSecondStep,
  reauthenticate,
  reauthenticationPage,
  recentAuthError,
  recentAuthRequired,
} from "./forms/reauthenticate.ts";
import { type CsrfProblem, csrfToken } from "./request/csrf.ts";
import { type EnrolmentOptions, type EnrolmentRule, enrolmentRuleOf, verifiedEmailRequired } from "./request/enrolment.ts";
import { say } from "./request/locale.ts";
import { answerError, answerJson, answerPage, currentPath, redirect, wantsJson } from "./response/respond.ts";
import { addHeader } from "./response/security-headers.ts";

/** Who may use a route: logged-in users (the default), everyone, or users with a role. */
type Access = "session" | "public" | { readonly role: string };

interface RouteOptions extends EnrolmentOptions {
  readonly access?: Access;
  /** Whether the user must have authenticated recently (`REAUTHENTICATE_AFTER`). */
  readonly recentAuth?: boolean;
}

interface PageOptions extends RouteOptions {
  /** Whether GET writes: only for the way back from a provider, which can send the browser in no other way (RFC 6749, 4.1.2). */
  readonly writes?: true;
}

export interface Routes {
  /** Answers GET with a page, or with the page's `json` to a JSON request. */
  readonly page: (path: string, show: (c: Context) => Page | Response | Promise<Page | Response>, options?: PageOptions) => void;
  /** Answers GET with the form, and POST with what `submit` returns or with the form again. */
  readonly form: <Shape extends z.ZodObject>(path: string, form: Form<Shape>) => void;
  /** Answers machines: without session, CSRF token and cookies, unless `auth` or `cookies` is set. */
  readonly endpoint: <Shape extends z.ZodObject>(path: string, endpoint: Endpoint<Shape>) => void;
}

/** Registered routes by path. */
export interface Registered {
  readonly forms: ReadonlyMap<string, Form<z.ZodObject>>;
  readonly pages: readonly string[];
  readonly endpoints: ReadonlyMap<string, Endpoint<z.ZodObject>>;
  readonly access: ReadonlyMap<string, Access>;
  /** Routes that a session may use before it has turned on two-factor authentication. */
  readonly enrolment: ReadonlyMap<string, EnrolmentRule>;
}

export interface RouteRegistry extends Routes, Registered {
  /** Answers a request that failed the CSRF check with the same form, its values kept and a new token. */
  readonly refuseForged: (c: Context, problem: CsrfProblem) => Promise<Response>;
}

/** Where routes are served. `guarded` handlers pass the session and CSRF checks first. */
interface Router {
  readonly guarded: (method: "GET" | "POST", path: string, handler: Handler) => void;
  /** `ownsCors`: `ALLOWED_ORIGINS` does not apply. */
  readonly open: (method: "GET" | "POST" | "OPTIONS", path: string, handler: Handler, ownsCors: boolean) => void;
}

export function createRegistry(router: Router): RouteRegistry {
  const forms = new Map<string, Form<z.ZodObject>>();
  const endpoints = new Map<string, Endpoint<z.ZodObject>>();
  const pages: string[] = [];
  const access = new Map<string, Access>();
  const enrolment = new Map<string, EnrolmentRule>();
  return {
    forms,
    pages,
    endpoints,
    access,
    enrolment,
    page: (path, show, options = {}) => {
      pages.push(path);
      access.set(path, options.access ?? "session");
      enrolment.set(path, enrolmentRuleOf(options));
      router.guarded("GET", path, async (c) => {
        // Link checkers send HEAD, which must change nothing.
        if (options.writes && c.req.method !== "GET") return redirect(c, "/");
        const response = (options.recentAuth ? recentAuthRequired(c) : undefined) ?? asResponse(c, await show(c));
        if (options.writes) await whenDurable(c.get("s").db);
        return response;
      });
    },
    form: (path, form) => {
      const untyped = form as unknown as Form<z.ZodObject>;
      forms.set(path, untyped);
      access.set(path, form.access ?? "session");
      enrolment.set(path, enrolmentRuleOf(form));
      router.guarded("GET", path, (c) => showEmpty(c, untyped));
      router.guarded("POST", path, (c) => submit(c, untyped));
    },
    endpoint: (path, endpoint) => {
      const untyped = endpoint as unknown as Endpoint<z.ZodObject>;
      endpoints.set(path, untyped);
      const handler = answerEndpoint(untyped);
      const ownsCors = endpoint.cors === "any";
      router.open(endpoint.method, path, handler, ownsCors);
      if (ownsCors) router.open("OPTIONS", path, handler, ownsCors);
    },
    refuseForged: async (c, problem) => {
      const form = forms.get(c.req.path);
      const sentence = message(messages, `csrf.${problem}`);
      const refusal: FormError = { status: 403, code: problem, message: sentence };
      // Values typed for one account must not be submitted to another, so the form is empty after a switch.
      const shown = form && problem === "other-account" ? { ...form, keep: [] } : form;
      const again = shown && (await showWithError(c, shown, refusal));
      // The page of an expired link has no form.
      return again?.status === 403 ? again : answerError(c, 403, { code: problem, message: sentence });
    },
  };
}

async function showEmpty(c: Context, form: Form<z.ZodObject>): Promise<Response> {
  const redirected = lacksAuth(c, form) ? recentAuthRequired(c) : undefined;
  if (redirected) return redirected;
  return showForm(c, form, { csrfToken: csrfToken(c), values: {}, problems: {} });
}

async function submit(c: Context, form: Form<z.ZodObject>): Promise<Response> {
  const unverified = form.enrols ? verifiedEmailRequired(c) : undefined;
  if (unverified) return unverified;
  const unconfirmed = lacksAuth(c, form) ? await requireReauthentication(c, form) : undefined;
  if (unconfirmed) return unconfirmed;
  const read = form.fields.safeParse(c.get("body"));
  if (!read.success) return showWithError(c, form, { status: 422, code: "invalid", problems: problemsOf(read.error) });
  const result = await form.submit(c, read.data);
  return result instanceof Response ? result : showWithError(c, form, result);
}

function lacksAuth(c: Context, { recentAuth, secondStep }: Form<z.ZodObject>): boolean {
  return (recentAuth === true && !hasRecentAuth(c)) || (secondStep === true && !hasSecondStep(c));
}

/** Shows the re-authentication page, which keeps the values of the form; undefined if the request contains a valid proof. */
async function requireReauthentication(c: Context, form: Form<z.ZodObject>): Promise<Response | undefined> {
  const result = form.answersFile && c.get("isBearer") ? "missing" : await reauthenticate(c);
  if (!result) return undefined;
  const confirmation = { ...form, show: (_: Context, state: FormState) => reauthenticationPage(c, state, currentPath(c)) };
  if (result !== "missing") return showWithError(c, confirmation, result);
  // HTML gets no error message: the user has not entered a proof yet.
  const { code, message } = recentAuthError;
  return showWithError(c, confirmation, { status: 403, code, ...(wantsJson(c) ? { message } : {}) });
}

function problemsOf(error: z.ZodError): Readonly<Record<string, Sentence>> {
  const invalid = message(messages, "invalidField");
  return Object.fromEntries(error.issues.map((issue) => [String(issue.path[0] ?? "form"), invalid]));
}

async function showWithError(c: Context, form: Form<z.ZodObject>, refusal: FormError): Promise<Response> {
  const { status, code, retryAfterSeconds } = refusal;
  const sentence = refusal.message === undefined ? undefined : say(c, refusal.message);
  const problems = Object.fromEntries(Object.entries(refusal.problems ?? {}).map(([name, problem]) => [name, say(c, problem)]));
  if (retryAfterSeconds !== undefined) addHeader(c, "retry-after", String(retryAfterSeconds));
  if (wantsJson(c)) {
    const sentences = Object.values(problems);
    const error = { code, message: sentence ?? sentences.join(" "), ...(sentences.length > 0 ? { fields: problems } : {}) };
    return answerJson(c, { error }, status);
  }
  const values = Object.fromEntries(form.keep.map((name) => [name, c.get("body")[name]]).filter(([, value]) => typeof value === "string"));
  const state: FormState = { csrfToken: csrfToken(c), values, problems, code, ...(sentence ? { message: sentence } : {}) };
  // A taken username or email is 409 in JSON and an invalid field in HTML.
  return showForm(c, form, state, status === 409 ? 422 : status);
}

async function showForm(c: Context, form: Form<z.ZodObject>, state: FormState, status?: ContentfulStatusCode): Promise<Response> {
  c.set("form", state);
  return asResponse(c, await form.show(c, state), status);
}

function asResponse(c: Context, shown: Page | Response, status: ContentfulStatusCode = 200): Response {
  return shown instanceof Response ? shown : answerPage(c, shown, status);
}
