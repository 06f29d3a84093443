/** Renders the pages that reset a password. */

import type { Context, FormState } from "../../../http/context.ts";
import { deadLinkPage } from "../../../http/forms/dead-link.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { newPasswordFields } from "../../../http/forms/new-password.ts";
import { emailFingerprint } from "../../../http/request/link-token.ts";
import { translator } from "../../../http/request/locale.ts";
import { errorSummary, field, loginHint, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { resetToken } from "./reset-email.ts";
import { messages } from "./reset-password.messages.ts";

export function askPage(c: Context, form: FormState): Page {
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const { values, problems, csrfToken } = form;
  return {
    title: t("askTitle"),
    width: "narrow",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>${t("askTitle")}</h1>
<p>${t("askIntro")}</p>
${postForm({
  action: "/reset-password",
  csrfToken,
  button: t("askButton"),
  body: field({
    name: "email",
    label: shared("email"),
    type: "email",
    autocomplete: "email",
    value: values["email"],
    problem: problems["email"],
  }),
})}
<p class="after"><a href="${at("/login")}">${t("backToLogin")}</a></p>`,
  };
}

export function choosePage(c: Context, form: FormState, email: string): Page {
  const t = translator(c, messages);
  return {
    title: t("chooseTitle"),
    width: "narrow",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>${t("chooseTitle")}</h1>
<p>${t("chooseFor", { email: html`<strong class="name">${email}</strong>` })}</p>
${postForm({
  action: "/reset-password/choose",
  csrfToken: form.csrfToken,
  button: t("chooseButton"),
  body: html`${emailFingerprint(c, resetToken)}${loginHint(email)}
${newPasswordFields(c, form.problems, "replace")}`,
})}`,
  };
}

export function deadResetLink(c: Context): Page {
  const t = translator(c, messages);
  const actions = [
    { path: "/reset-password", text: t("deadAgain") },
    { path: "/login", text: t("deadLogIn") },
  ];
  return deadLinkPage(c, { problem: t("deadProblem"), intro: t("deadIntro"), actions });
}

function hasErrors({ message, problems }: FormState): boolean {
  return message !== undefined || Object.keys(problems).length > 0;
}
