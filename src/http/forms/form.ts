/** What a form is made of: its fields, how it is shown, and why it is shown again. */

import type { z } from "zod";
import type { Page } from "../../ui/page.ts";
import type { Context, FormError, FormState } from "../context.ts";

export interface Form<Shape extends z.ZodObject> {
  /** Who may use it; `session` unless it says otherwise. */
  readonly access?: "session" | "public" | { readonly role: string };
  /** Whether the user must have authenticated recently (`REAUTHENTICATE_AFTER`). */
  readonly recentAuth?: boolean;
  /** The fields, as text: what they must say is for `submit` to judge. */
  readonly fields: Shape;
  /** Fields whose values stand in the form again after a refusal. Never a password. */
  readonly keep: readonly (keyof z.output<Shape> & string)[];
  readonly show: (c: Context, state: FormState) => Page | Response | Promise<Page | Response>;
  readonly submit: (c: Context, data: z.output<Shape>) => Promise<Response | FormError>;
}

/** The refusal for a spent budget, with how long to wait in words and in seconds. */
export function tooManyAttempts(retryAfterSeconds: number): FormError {
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
