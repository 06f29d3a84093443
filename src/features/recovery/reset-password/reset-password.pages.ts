/** The pages of a forgotten password. */

import type { Context, FormState } from "../../../http/context.ts";
import { newPasswordFields } from "../../../http/forms/new-password.ts";
import { emailFingerprint } from "../../../http/request/link-token.ts";
import { errorSummary, field, loginHint, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { resetToken } from "./reset-email.ts";

export function askPage(form: FormState): Page {
  const { values, problems, csrfToken } = form;
  return {
    title: "Forgot your password?",
    width: "narrow",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>Forgot your password?</h1>
<p>Enter the e-mail address of your account. We send you a letter with a link, and behind it you choose a new password.</p>
${postForm({
  action: "/reset-password",
  csrfToken,
  button: "Send the letter",
  body: field({
    name: "email",
    label: "E-mail address",
    type: "email",
    autocomplete: "email",
    value: values["email"],
    problem: problems["email"],
  }),
})}
<p class="after"><a href="${at("/login")}">Back to the login</a></p>`,
  };
}

export function choosePage(c: Context, form: FormState, email: string): Page {
  return {
    title: "Choose a new password",
    width: "narrow",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>Choose a new password</h1>
<p>For the account of <strong class="name">${email}</strong>. All devices that are logged in to it will be logged out.</p>
${postForm({
  action: "/reset-password/choose",
  csrfToken: form.csrfToken,
  button: "Change password",
  body: html`${emailFingerprint(c, resetToken)}${loginHint(email)}
${newPasswordFields(c, form.problems, "replace")}`,
})}`,
  };
}

export function deadLinkPage(): Page {
  return {
    title: "This link does not work any more",
    width: "narrow",
    hasErrors: true,
    json: { error: { code: "dead-link", message: "This link has been used already, or is too old." } },
    body: html`<h1>This link does not work any more</h1>
<p>It is good for 30 minutes and for one use, and a newer letter takes its place. Nothing was changed.</p>
<p class="actions"><a class="button" href="${at("/reset-password")}">Get another letter</a> <a class="button secondary" href="${at("/login")}">Log in</a></p>`,
  };
}

function hasErrors({ message, problems }: FormState): boolean {
  return message !== undefined || Object.keys(problems).length > 0;
}
