/** What a feature may register: pages and forms. A form cannot be made without its token, its rules and its way back. */
import type { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import type { Page } from "../ui/page.ts";
import type { Context, Env } from "./context.ts";
import { type CsrfProblem, csrfToken } from "./csrf.ts";
import { answerError, answerJson, showPage, wantsJson } from "./reply.ts";

/** What a form is shown with. */
export interface FormState {
  /** For the hidden field. */
  readonly csrfToken: string;
  /** What was typed before, for the fields that are kept. */
  readonly values: Readonly<Record<string, string>>;
  /** A sentence beside each field that is not right. */
  readonly problems: Readonly<Record<string, string>>;
  /** A sentence about the form as a whole. */
  readonly message?: string;
}

/** Why a form that was sent is shown again. */
export interface Refusal {
  readonly status: 401 | 403 | 409 | 422 | 429;
  /** One word for programs, such as `bad-credentials`. */
  readonly code: string;
  readonly message?: string;
  readonly problems?: Readonly<Record<string, string>>;
  readonly retryAfterSeconds?: number;
}

interface Form<Shape extends z.ZodObject> {
  /** The fields, as text: what they must say is for `submit` to judge. */
  readonly fields: Shape;
  /** Fields whose values stand in the form again after a refusal. Never a password. */
  readonly keep: readonly (keyof z.output<Shape> & string)[];
  readonly show: (c: Context, state: FormState) => Page | Response;
  readonly submit: (c: Context, data: z.output<Shape>) => Promise<Response | Refusal>;
}

export interface App {
  /** Answers GET with a page, or with its `json` to a program. */
  readonly page: (path: string, show: (c: Context) => Page | Response | Promise<Response>) => void;
  /** Answers GET with the form, and POST with what `submit` gives or with the form again. */
  readonly form: <Shape extends z.ZodObject>(path: string, form: Form<Shape>) => void;
}

export interface Registrar extends App {
  /** Answers a request that the CSRF check stopped: with the same form, its values kept and a fresh token. */
  readonly refuseForged: (c: Context, problem: CsrfProblem) => Response;
}

export function createRegistrar(hono: Hono<Env>): Registrar {
  const forms = new Map<string, Form<z.ZodObject>>();
  return {
    page: (path, show) => {
      hono.get(path, async (c) => asResponse(c, await show(c)));
    },
    form: (path, form) => {
      const known = form as unknown as Form<z.ZodObject>;
      forms.set(path, known);
      hono.get(path, (c) => showEmpty(c, known));
      hono.post(path, (c) => submit(c, known));
    },
    refuseForged: (c, problem) => {
      const form = forms.get(c.req.path);
      const refusal: Refusal = { status: 403, code: problem, message: forgedWords[problem] };
      return form ? showAgain(c, form, refusal) : answerError(c, 403, { code: problem, message: forgedWords[problem] });
    },
  };
}

/** The refusal for a spent budget, with how long to wait in words and in seconds. */
export function tooManyAttempts(retryAfterSeconds: number): Refusal {
  const minutes = Math.ceil(retryAfterSeconds / 60);
  const wait =
    retryAfterSeconds < 60
      ? count(retryAfterSeconds, "second")
      : minutes < 60
        ? count(minutes, "minute")
        : count(Math.ceil(minutes / 60), "hour");
  return { status: 429, code: "too-many-attempts", message: `Too many attempts. Please wait ${wait} and try again.`, retryAfterSeconds };
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}

const forgedWords: Record<CsrfProblem, string> = {
  "bad-token": "This form was open for too long, or in another tab. Nothing was changed. Please send it again.",
  "foreign-origin": "This form was not sent from this site’s own address. Nothing was changed.",
};

function showEmpty(c: Context, form: Form<z.ZodObject>): Response {
  return asResponse(c, form.show(c, { csrfToken: csrfToken(c), values: {}, problems: {} }));
}

async function submit(c: Context, form: Form<z.ZodObject>): Promise<Response> {
  const read = form.fields.safeParse(c.var.body);
  if (!read.success) return showAgain(c, form, { status: 422, code: "invalid", problems: problemsOf(read.error) });
  const result = await form.submit(c, read.data);
  return result instanceof Response ? result : showAgain(c, form, result);
}

function problemsOf(error: z.ZodError): Record<string, string> {
  return Object.fromEntries(error.issues.map((issue) => [String(issue.path[0] ?? "form"), "Enter this once, as text."]));
}

function showAgain(c: Context, form: Form<z.ZodObject>, refusal: Refusal): Response {
  const { status, code, message, problems = {}, retryAfterSeconds } = refusal;
  if (retryAfterSeconds !== undefined) c.header("Retry-After", String(retryAfterSeconds));
  if (wantsJson(c)) {
    const sentences = Object.values(problems);
    const error = { code, message: message ?? sentences.join(" "), ...(sentences.length > 0 ? { fields: problems } : {}) };
    return answerJson(c, { error }, status);
  }
  const values = Object.fromEntries(form.keep.map((name) => [name, c.var.body[name]]).filter(([, value]) => typeof value === "string"));
  const state: FormState = { csrfToken: csrfToken(c), values, problems, ...(message ? { message } : {}) };
  // A name that is taken is a conflict to a program, and to a person a field to fill in anew.
  return asResponse(c, form.show(c, state), status === 409 ? 422 : status);
}

function asResponse(c: Context, shown: Page | Response, status: ContentfulStatusCode = 200): Response {
  if (shown instanceof Response) return shown;
  if (!wantsJson(c)) return showPage(c, shown, status);
  return answerJson(c, shown.json ?? { csrfToken: csrfToken(c) }, status);
}
