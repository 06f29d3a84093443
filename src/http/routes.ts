/** What a feature may register: pages and forms. A form cannot be made without its token, its rules and its way back. */

import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import { after, type Soon } from "../platform/soon.ts";
import type { Page } from "../ui/page.ts";
import type { Context, FormState, Handler } from "./context.ts";
import type { Form, FormError } from "./forms/form.ts";
import { confirmField, confirmPage, confirmPassword, freshLoginRequired, isFresh, notFresh } from "./forms/reauthenticate.ts";
import { type CsrfProblem, csrfToken } from "./request/csrf.ts";
import { answerError, answerJson, answerPage, wantsJson } from "./response/respond.ts";
import { addHeader } from "./response/security-headers.ts";

export interface Routes {
  /** Answers GET with a page, or with its `json` to a program. */
  readonly page: (path: string, show: (c: Context) => Page | Response | Promise<Page | Response>) => void;
  /** Answers GET with the form, and POST with what `submit` gives or with the form again. */
  readonly form: <Shape extends z.ZodObject>(path: string, form: Form<Shape>) => void;
}

/** What was registered. */
export interface Routed {
  readonly forms: ReadonlyMap<string, Form<z.ZodObject>>;
  readonly pages: readonly string[];
}

export interface RouteRegistry extends Routes, Routed {
  /** Answers a request that the CSRF check stopped: with the same form, its values kept and a fresh token. */
  readonly refuseForged: (c: Context, problem: CsrfProblem) => Promise<Response>;
}

/** Where what was registered is served. */
interface Router {
  readonly get: (path: string, answer: Handler) => void;
  readonly post: (path: string, answer: Handler) => void;
}

export function createRegistrar(router: Router): RouteRegistry {
  const forms = new Map<string, Form<z.ZodObject>>();
  const pages: string[] = [];
  return {
    forms,
    pages,
    page: (path, show) => {
      pages.push(path);
      router.get(path, (c) => after(show(c), (shown) => asResponse(c, shown)));
    },
    form: (path, form) => {
      const known = form as unknown as Form<z.ZodObject>;
      forms.set(path, known);
      router.get(path, (c) => showEmpty(c, known));
      router.post(path, (c) => submit(c, known));
    },
    refuseForged: async (c, problem) => {
      const form = forms.get(c.req.path);
      const refusal: FormError = { status: 403, code: problem, message: forgedWords[problem] };
      // What was typed for one account must not stand in the form of another, where sending it again would change that one.
      const shown = form && problem === "other-account" ? { ...form, keep: [] } : form;
      const again = shown && (await showAgain(c, shown, refusal));
      // A page behind a link that is dead has no form to show again.
      return again?.status === 403 ? again : answerError(c, 403, { code: problem, message: forgedWords[problem] });
    },
  };
}

const forgedWords: Record<CsrfProblem, string> = {
  "bad-token": "This form was open for too long, or in another tab. Nothing was changed. Please send it again.",
  "other-account": "You have logged in to another account since this form was opened. Nothing was changed, and the form is empty now.",
  "foreign-origin": "This form was not sent from this site’s own address. Nothing was changed.",
};

function showEmpty(c: Context, form: Form<z.ZodObject>): Soon<Response> {
  const notYet = form.fresh ? freshLoginRequired(c) : undefined;
  if (notYet) return notYet;
  return showForm(c, form, { csrfToken: csrfToken(c), values: {}, problems: {} });
}

async function submit(c: Context, form: Form<z.ZodObject>): Promise<Response> {
  const notYet = form.fresh && !isFresh(c) ? await askAgain(c, form) : undefined;
  if (notYet) return notYet;
  const read = form.fields.safeParse(c.get("body"));
  if (!read.success) return showAgain(c, form, { status: 422, code: "invalid", problems: problemsOf(read.error) });
  const result = await form.submit(c, read.data);
  return result instanceof Response ? result : showAgain(c, form, result);
}

/** Stands in front of the form until the password is given; what was typed into the form waits behind it. */
async function askAgain(c: Context, form: Form<z.ZodObject>): Promise<Response | undefined> {
  const password = c.get("body")[confirmField];
  const refusal: FormError | undefined = password === undefined ? { status: 403, ...notFresh } : await confirmPassword(c, password);
  if (!refusal) return undefined;
  const { message, ...rest } = refusal;
  const inFront = { ...form, show: (_: Context, state: FormState) => confirmPage(c, state, c.req.path) };
  return showAgain(c, inFront, password === undefined && !wantsJson(c) ? rest : refusal);
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
  // A name that is taken is a conflict to a program, and to a person a field to fill in anew.
  return showForm(c, form, state, status === 409 ? 422 : status);
}

function showForm(c: Context, form: Form<z.ZodObject>, state: FormState, status?: ContentfulStatusCode): Soon<Response> {
  c.set("form", state);
  return after(form.show(c, state), (shown) => asResponse(c, shown, status));
}

function asResponse(c: Context, shown: Page | Response, status: ContentfulStatusCode = 200): Response {
  return shown instanceof Response ? shown : answerPage(c, shown, status);
}
