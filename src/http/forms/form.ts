/** Defines a form: its fields, its page, its submission and its errors. */
import type { z } from "zod";
import { message } from "../../i18n/messages.ts";
import type { Page } from "../../ui/page.ts";
import type { Context, FormError, FormState } from "../context.ts";
import type { EnrolmentOptions } from "../request/enrolment.ts";
import { messages } from "./form.messages.ts";

export interface Form<Shape extends z.ZodObject> extends EnrolmentOptions {
  /** Who may use the form; default: logged-in users. */
  readonly access?: "session" | "public" | { readonly role: string };
  /** Whether the user must have authenticated recently (`REAUTHENTICATE_AFTER`). */
  readonly recentAuth?: boolean;
  /** Whether the session must have passed the second step that its account asks for, however long ago. `recentAuth` includes it. */
  readonly secondStep?: boolean;
  /** Whether it answers with a file, which cannot carry a new bearer token: with one, the client re-authenticates elsewhere first. */
  readonly answersFile?: boolean;
  /**
   * `origin`: checks where the request comes from, and no token. For a page that answers a cross-site POST, which has no cookies that a token
   * could be bound to. Its values must be bound to the browser by other means.
   */
  readonly csrf?: "origin";
  /** Only checks that each field is text; `submit` validates the values. */
  readonly fields: Shape;
  /** Fields whose values are kept when the form is shown again. Never a password. */
  readonly keep: readonly (keyof z.output<Shape> & string)[];
  readonly show: (c: Context, state: FormState) => Page | Response | Promise<Page | Response>;
  readonly submit: (c: Context, data: z.output<Shape>) => Promise<Response | FormError>;
}

/** Error of an exceeded rate limit, with the time until a retry. */
export function tooManyAttempts(retryAfterSeconds: number): FormError {
  const minutes = Math.ceil(retryAfterSeconds / 60);
  const wait =
    retryAfterSeconds < 60
      ? message(messages, "tooManySeconds", { count: retryAfterSeconds })
      : minutes < 60
        ? message(messages, "tooManyMinutes", { count: minutes })
        : message(messages, "tooManyHours", { count: Math.ceil(minutes / 60) });
  return { status: 429, code: "too-many-attempts", message: wait, retryAfterSeconds };
}
