/** Registers the routes of features: pages, forms and endpoints. */
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import type { Page } from "../ui/page.ts";
import type { Context, FormError, FormState, Handler } from "./context.ts";
import { answerEndpoint, type Endpoint } from "./endpoint.ts";
import type { Form } from "./forms/form.ts";
import { freshLoginRequired, isFresh, notFresh, reauthenticate, reauthenticationPage } from "./forms/reauthenticate.ts";
import { type CsrfProblem, csrfToken } from "./request/csrf.ts";
import { answerError, answerJson, answerPage, wantsJson } from "./response/respond.ts";
import { addHeader } from "./response/security-headers.ts";

/** Who may use a route: whoever is logged in (the default), everyone, or users who have a role. */
type Access = "session" | "public" | { readonly role: string };

interface RouteOptions {
  readonly access?: Access;
  /** Whether the user must have authenticated recently (`REAUTHENTICATE_AFTER`). */
  readonly recentAuth?: boolean;
}

export interface Routes {
  /** Answers GET with a page, or with the page's `json` to a JSON request. */
  readonly page: (path: string, show: (c: Context) => Page | Response | Promise<Page | Response>, options?: RouteOptions) => void;
  /** Answers GET with the form, and POST with what `submit` returns or with the form again. */
  readonly form: <Shape extends z.ZodObject>(path: string, form: Form<Shape>) => void;
  /** Answers machines: no session, no CSRF token and no cookie unless the endpoint says so. */
  readonly endpoint: <Shape extends z.ZodObject>(path: string, endpoint: Endpoint<Shape>) => void;
}

/** What was registered, by path. */
export interface Registered {
  readonly forms: ReadonlyMap<string, Form<z.ZodObject>>;
  readonly pages: readonly string[];
  readonly endpoints: ReadonlyMap<string, Endpoint<z.ZodObject>>;
  readonly access: ReadonlyMap<string, Access>;
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
  return {
    forms,
    pages,
    endpoints,
    access,
    page: (path, show, options = {}) => {
      pages.push(path);
      access.set(path, options.access ?? "session");
      router.guarded("GET", path, async (c) => (options.recentAuth ? freshLoginRequired(c) : undefined) ?? asResponse(c, await show(c)));
    },
    form: (path, form) => {
      const known = form as unknown as Form<z.ZodObject>;
      forms.set(path, known);
      access.set(path, form.access ?? "session");
      router.guarded("GET", path, (c) => showEmpty(c, known));
      router.guarded("POST", path, (c) => submit(c, known));
    },
    endpoint: (path, endpoint) => {
      const known = endpoint as unknown as Endpoint<z.ZodObject>;
      endpoints.set(path, known);
      const handler = answerEndpoint(known);
      const ownsCors = endpoint.cors === "any";
      router.open(endpoint.method, path, handler, ownsCors);
      if (ownsCors) router.open("OPTIONS", path, handler, ownsCors);
    },
    refuseForged: async (c, problem) => {
      const form = forms.get(c.req.path);
      const refusal: FormError = { status: 403, code: problem, message: forgedWords[problem] };
      // Values typed for one account must not stand in the form of another, where sending it again would change that one.
      const shown = form && problem === "other-account" ? { ...form, keep: [] } : form;
      const again = shown && (await showAgain(c, shown, refusal));
      // The page of a dead link has no form to show again.
      return again?.status === 403 ? again : answerError(c, 403, { code: problem, message: forgedWords[problem] });
    },
  };
}

const forgedWords: Record<CsrfProblem, string> = {
  "bad-token": "This form was open for too long, or in another tab. Nothing was changed. Please send it again.",
  "other-account": "You have logged in to another account since this form was opened. Nothing was changed, and the form is empty now.",
  "foreign-origin": "This form was not sent from this site’s own address. Nothing was changed.",
};

async function showEmpty(c: Context, form: Form<z.ZodObject>): Promise<Response> {
  const notYet = form.recentAuth ? freshLoginRequired(c) : undefined;
  if (notYet) return notYet;
  return showForm(c, form, { csrfToken: csrfToken(c), values: {}, problems: {} });
}

async function submit(c: Context, form: Form<z.ZodObject>): Promise<Response> {
  const notYet = form.recentAuth && !isFresh(c) ? await askAgain(c, form) : undefined;
  if (notYet) return notYet;
  const read = form.fields.safeParse(c.get("body"));
  if (!read.success) return showAgain(c, form, { status: 422, code: "invalid", problems: problemsOf(read.error) });
  const result = await form.submit(c, read.data);
  return result instanceof Response ? result : showAgain(c, form, result);
}

/** Asks for re-authentication in front of the form; what was typed into the form is kept behind it. */
async function askAgain(c: Context, form: Form<z.ZodObject>): Promise<Response | undefined> {
  const result = await reauthenticate(c);
  if (!result) return undefined;
  const inFront = { ...form, show: (_: Context, state: FormState) => reauthenticationPage(c, state, c.req.path) };
  if (result !== "missing") return showAgain(c, inFront, result);
  // The page itself says what to do: without a proof, nothing was wrong yet.
  const { code, message } = notFresh;
  return showAgain(c, inFront, { status: 403, code, ...(wantsJson(c) ? { message } : {}) });
}

function problemsOf(error: z.ZodError): Record<string, string> {
  return Object.fromEntries(error.issues.map((issue) => [String(issue.path[0] ?? "form"), "Enter this once, as text."]));
}

async function showAgain(c: Context, form: Form<z.ZodObject>, refusal: FormError): Promise<Response> {
  const { status, code, message, problems = {}, retryAfterSeconds } = refusal;
  if (retryAfterSeconds !== undefined) addHeader(c, "retry-after", String(retryAfterSeconds));
  if (wantsJson(c)) {
    const sentences = Object.values(problems);
    const error = { code, message: message ?? sentences.join(" "), ...(sentences.length > 0 ? { fields: problems } : {}) };
    return answerJson(c, { error }, status);
  }
  const values = Object.fromEntries(form.keep.map((name) => [name, c.get("body")[name]]).filter(([, value]) => typeof value === "string"));
  const state: FormState = { csrfToken: csrfToken(c), values, problems, ...(message ? { message } : {}) };
  // A taken name is 409 in JSON, and in HTML a field to fill in again.
  return showForm(c, form, state, status === 409 ? 422 : status);
}

async function showForm(c: Context, form: Form<z.ZodObject>, state: FormState, status?: ContentfulStatusCode): Promise<Response> {
  c.set("form", state);
  return asResponse(c, await form.show(c, state), status);
}

function asResponse(c: Context, shown: Page | Response, status: ContentfulStatusCode = 200): Response {
  return shown instanceof Response ? shown : answerPage(c, shown, status);
}
