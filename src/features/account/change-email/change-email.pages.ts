/** Renders the pages of changing an account's email. */

import { isLostEmail } from "../../../core/mail/lost-email.ts";
import type { Context, FormState } from "../../../http/context.ts";
import { messages as checkInbox } from "../../../http/forms/check-inbox.messages.ts";
import { noEmailHelp } from "../../../http/forms/check-inbox.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { messages as settingsLinkMessages } from "../../../http/forms/settings-link.messages.ts";
import { loginFieldHints } from "../../../http/forms/username-problems.ts";
import { translator } from "../../../http/request/locale.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./change-email.messages.ts";

interface EmailProps {
  readonly form: FormState;
  readonly current: string;
  /** The new email, while it is unverified. */
  readonly pending: string | undefined;
}

export function emailPage(c: Context, { form, current, pending }: EmailProps): Page {
  const t = translator(c, messages);
  return {
    title: t("title"),
    width: "account",
    hasErrors: hasErrors(form),
    json: { email: current, pending: pending === undefined ? null : { email: pending }, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
${pending === undefined ? "" : html`<div class="flash info"><p>${pendingChange(c, pending)}</p></div>`}
${isLostEmail(current) ? "" : html`<p class="lead">${t("current", { email: name(current) })}</p>\n`}${postForm({
  action: "/settings/change-email",
  csrfToken: form.csrfToken,
  button: t("send"),
  body: field({
    name: "email",
    label: t("newEmail"),
    type: "email",
    autocomplete: "email",
    value: form.values["email"] ?? (c.req.query("correct") === undefined ? undefined : pending),
    problem: form.problems["email"],
    hint: loginFieldHints(c).email.hint,
  }),
})}`,
  };
}

function pendingChange(c: Context, email: string) {
  const t = translator(c, messages);
  return t("pending", {
    email: name(email),
    enterCode: html`<a href="${at("/settings/change-email/confirm")}">${t("pendingEnterCode")}</a>`,
    cancel: cancelLink(t("pendingCancel")),
  });
}

export function codePage(c: Context, form: FormState, email: string): Page {
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const title = translator(c, checkInbox)("title");
  const fields = html`<input type="hidden" name="csrf_token" value="${form.csrfToken}">
<input type="hidden" name="email" value="${email}">
<input type="hidden" name="again" value="1">`;
  return {
    title,
    width: "account",
    hasErrors: hasErrors(form),
    json: { pending: { email }, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${title}</h1>
<p class="lead">${t("sent", { email: name(email) })}</p>
${postForm({
  action: "/settings/change-email/confirm",
  csrfToken: form.csrfToken,
  button: t("change"),
  body: field({
    name: "code",
    label: shared("codeLabel"),
    type: "code",
    autocomplete: "one-time-code",
    problem: form.problems["code"],
    hint: shared("codeHint"),
    isFocused: form.problems["code"] === undefined,
  }),
})}
${noEmailHelp(c, { sends: "code", resend: { action: "/settings/change-email", fields }, correctPath: "/settings/change-email?correct=1" })}
<p class="after">${cancelLink(t("cancel"))}</p>`,
  };
}

/** Mail scanners open links, so the link leads to a button. */
export function linkPage(c: Context, form: FormState, email: string): Page {
  const t = translator(c, messages);
  return {
    title: t("verify"),
    width: "account",
    hasErrors: hasErrors(form),
    json: { pending: { email }, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("verify")}</h1>
<p class="lead">${t("verifyText", { email: name(email), loginWith: c.get("s").settings.loginWith })}</p>
${postForm({ action: "/settings/change-email/confirm", csrfToken: form.csrfToken, button: t("change"), body: html`` })}
<p class="after">${cancelLink(t("cancel"))}</p>`,
  };
}

export function nothingPendingPage(c: Context, form: FormState): Page {
  const t = translator(c, messages);
  // The page has no field that a problem could link to.
  const message = form.message ?? Object.values(form.problems)[0];
  return {
    title: t("nothingPending"),
    width: "account",
    hasErrors: hasErrors(form),
    json: { pending: null, csrfToken: form.csrfToken },
    body: html`${errorSummary({ message, problems: {} })}
<h1>${t("nothingPending")}</h1>
<p class="lead">${t("nothingText")}</p>
<p class="actions"><a class="button" href="${at("/settings/change-email")}">${t("changeAgain")}</a> <a class="button secondary" href="${at("/settings")}">${translator(c, settingsLinkMessages)("back")}</a></p>`,
  };
}

export function cancelPage(c: Context, form: FormState, email: string): Page {
  const t = translator(c, messages);
  return {
    title: t("cancel"),
    width: "account",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>${t("cancel")}</h1>
<p class="lead">${t("cancelText", { email: name(email) })}</p>
${postForm({ action: "/settings/change-email/withdraw", csrfToken: form.csrfToken, button: t("cancel"), body: html`` })}`,
  };
}

function cancelLink(text: string): Html {
  return html`<a href="${at("/settings/change-email/withdraw")}">${text}</a>`;
}

function name(email: string): Html {
  return html`<strong class="name">${email}</strong>`;
}

function hasErrors({ message, problems }: FormState): boolean {
  return message !== undefined || Object.keys(problems).length > 0;
}
