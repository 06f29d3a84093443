/** Asks for the password again before what could take an account over, and then goes on where the person was (ASVS 7.5.1). */
import { html } from "hono/html";
import { renewSession } from "../core/sign-in.ts";
import { errorSummary, field } from "../ui/fields.ts";
import type { Page } from "../ui/page.ts";
import type { Context } from "./context.ts";
import { type FormState, type Refusal, tooManyAttempts } from "./form.ts";
import { tryPassword } from "./password-attempt.ts";
import { requireVisitor, startSession } from "./visitor.ts";

export const confirmField = "current_password";

/** Whether the password was given recently enough in this session. */
export function isFresh(c: Context): boolean {
  const { session } = requireVisitor(c);
  return c.var.s.now() - session.authenticatedAt <= c.var.s.settings.freshLoginMs;
}

/** Checks the visitor's own password, and gives the session a new token. Undefined where all is well. */
export async function confirmPassword(c: Context, password: unknown): Promise<Refusal | undefined> {
  const visitor = requireVisitor(c);
  if (typeof password !== "string" || password === "") {
    return { status: 422, code: "invalid", problems: { [confirmField]: "Enter your password." } };
  }
  const tried = await tryPassword(c, visitor.user.email, password);
  if (!tried.ok && tried.reason === "too-many") return tooManyAttempts(tried.retryAfterSeconds);
  if (!tried.ok) return { status: 401, code: "bad-credentials", problems: { [confirmField]: "This is not your password. Try again." } };
  const renewed = await renewSession(c.var.s, visitor, tried.attempt);
  if (!renewed) return { status: 401, code: "login-required", message: "This session has ended. Please log in again." };
  startSession(c, renewed);
  return undefined;
}

/** The page that asks. It carries what was typed into the form that it stands in front of, passwords excepted. */
export function confirmPage(c: Context, state: FormState, action: string): Page {
  const { user } = requireVisitor(c);
  const kept = Object.entries(state.values).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
  return {
    title: "Confirm that it is you",
    width: "narrow",
    hasErrors: state.message !== undefined || Object.keys(state.problems).length > 0,
    body: html`${errorSummary(state)}
<h1>Confirm that it is you</h1>
<p>You are about to change something that protects your account, so please enter your password once more.</p>
<form method="post" action="${action}" novalidate>
<input type="hidden" name="csrf_token" value="${state.csrfToken}">
${kept}
<input type="hidden" autocomplete="username" value="${user.email}">
${field({ name: confirmField, label: "Your password", type: "password", autocomplete: "current-password", problem: state.problems[confirmField] })}
<button type="submit" class="wide-button">Go on</button>
</form>
<p class="after"><a href="/settings">Back to the settings</a></p>`,
  };
}
