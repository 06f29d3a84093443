/** Signs up without a password: by a code to the email, and a passkey. */
import { z } from "zod";
import type { NewUser } from "../../../core/account/create-account.ts";
import { canSendEmail } from "../../../core/mail/outbox.ts";
import { perNetwork, reserve } from "../../../core/rate-limits/rate-limits.ts";
import { pageWith, type Services } from "../../../core/services.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { extraInputs } from "../../../http/forms/extra-fields.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { nextField, nextOf } from "../../../http/forms/next-field.ts";
import { passkeyScript, passkeysMissing } from "../../../http/forms/passkey-prompt.ts";
import { loginFieldHints } from "../../../http/forms/username-problems.ts";
import { loginPath } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { translator } from "../../../http/request/locale.ts";
import { withNext } from "../../../http/request/return-url.ts";
import { rememberTypedLogin } from "../../../http/request/typed-login.ts";
import { wantsJson } from "../../../http/response/respond.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./passkey-signup.messages.ts";
import { signUpWithVerification } from "./sign-up-with-verification.ts";
import { messages as signupMessages } from "./signup.messages.ts";

export const passkeyPath = "/signup/passkey";
export const createPath = "/signup/passkey/create";
export const optionsPath = "/signup/passkey/options";

/** The response of the browser: JSON, or its text in the hidden field of a form. */
const response = z.union([z.string(), z.record(z.string(), z.unknown())]).optional();
export const createFields = z.object({
  new_passkey: response,
  ceremony: z.string().optional(),
  token: z.string().optional(),
  skip: z.string().optional(),
  next: z.string().optional(),
});
export const optionFields = z.object({ token: z.string().optional(), session: z.enum(["cookie", "token"]).default("cookie") });

/** Whether a sign-up can end with a passkey: they are offered, and codes can be emailed. */
export function offersPasskeySignUp(s: Services): boolean {
  return s.settings.signup !== "closed" && pageWith(s, "passkeys") !== undefined && hasVerification(s);
}

export function hasVerification(s: Services): boolean {
  return canSendEmail(s) && pageWith(s, "email-verification") !== undefined;
}

/** Whether the inbox alone logs in, so that an account needs nothing else. */
export function signsInByEmail(s: Services): boolean {
  return s.settings.emailLogin === "on" && canSendEmail(s) && s.catalog.waysIn.some(({ isInbox }) => isInbox);
}

/** Starts the sign-up of an account without a password; its email is verified under every `SIGNUP` setting. */
export async function signUpWithoutPassword(c: Context, newUser: NewUser, next: string | undefined): Promise<Response | FormError> {
  const s = c.get("s");
  const attempt = await reserve(s, perNetwork(requestInfo(c), "signup-ip", s.settings.signupPerIp));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  if (!wantsJson(c)) rememberTypedLogin(c, newUser);
  return signUpWithVerification(c, newUser, next);
}

/** The link on the form with a password, shown by a script where the browser has passkeys. */
export function passkeyLink(c: Context, next: string | undefined): Html | "" {
  if (!offersPasskeySignUp(c.get("s"))) return "";
  return html`<p class="after" data-passkeys-only hidden><a href="${at(withNext(c.get("s").settings, passkeyPath, next))}">${translator(c, messages)("link")}</a></p>
${passkeyScript(c)}`;
}

/** The form with username and email alone; with `PASSWORDS=off` it is the only one. */
export function passwordlessPage(c: Context, form: FormState, values: FormState["values"], choices: Html | "" = ""): Page {
  const s = c.get("s");
  const { problems, csrfToken } = form;
  const [t, shared, signup] = [translator(c, messages), translator(c, formMessages), translator(c, signupMessages)];
  const hints = loginFieldHints(c);
  const isOnly = s.settings.passwords === "off";
  const next = nextOf(c, form);
  const logIn = html`<a href="${at(withNext(s.settings, loginPath(c), next))}">${signup("logIn")}</a>`;
  return {
    title: isOnly ? signup("title") : t("heading"),
    width: "narrow",
    hasErrors: form.message !== undefined || Object.keys(problems).length > 0,
    body: html`${errorSummary(form)}
<h1>${isOnly ? signup("title") : t("heading")}</h1>
${isOnly ? "" : html`<p>${t("intro")}</p>\n`}${isOnly && signsInByEmail(s) ? "" : passkeysMissing(c)}
${postForm({
  action: isOnly ? "/signup" : passkeyPath,
  csrfToken,
  button: t("button"),
  body: html`${nextField(c, form)}${field({ name: "username", label: shared("username"), type: "text", value: values["username"], problem: problems["username"], ...hints.username })}
${field({ name: "email", label: shared("email"), type: "email", value: values["email"], problem: problems["email"], ...hints.email })}
${extraInputs(s, form)}`,
})}
${choices}${isOnly ? "" : html`<p class="after"><a href="${at(withNext(s.settings, "/signup", next))}">${t("withPassword")}</a></p>\n`}<p class="after">${signup("logInQuestion", { link: logIn })}</p>
${pageWith(s, "passkeys") === undefined ? "" : passkeyScript(c)}`,
  };
}
