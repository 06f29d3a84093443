/** Renders the pages that reset a password. */

import { loginNameOf } from "../../../core/users/login-name.ts";
import { hasPassword } from "../../../core/users/users.ts";
import type { Context, FormState } from "../../../http/context.ts";
import { messages as checkInbox } from "../../../http/forms/check-inbox.messages.ts";
import { noEmailHelp } from "../../../http/forms/check-inbox.ts";
import { deadLinkPage } from "../../../http/forms/dead-link.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { newPasswordFields } from "../../../http/forms/new-password.ts";
import { nextField, nextOf } from "../../../http/forms/next-field.ts";
import { settingsLink } from "../../../http/forms/settings-link.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { emailFingerprint } from "../../../http/request/link-token.ts";
import { translator } from "../../../http/request/locale.ts";
import { withNext } from "../../../http/request/return-url.ts";
import { readTypedLogin } from "../../../http/request/typed-login.ts";
import { errorSummary, field, loginHint, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { type FoundReset, resetToken } from "./reset-email.ts";
import { messages } from "./reset-password.messages.ts";

export function askPage(c: Context, form: FormState): Page {
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const { problems, csrfToken } = form;
  const email = form.values["email"] ?? (c.req.query("correct") === undefined ? undefined : readTypedLogin(c)?.email);
  return {
    title: t("askTitle"),
    width: "narrow",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>${t("askTitle")}</h1>
<p>${t("askIntro", { loginWith: c.get("s").settings.loginWith })}</p>
${postForm({
  action: "/reset-password",
  csrfToken,
  button: t("askButton"),
  body: html`${nextField(c, form)}${field({
    name: "email",
    label: shared("email"),
    type: "email",
    autocomplete: "email",
    value: email,
    problem: problems["email"],
  })}`,
})}
${backToLogin(c, nextOf(c, form))}`,
  };
}

function backToLogin(c: Context, next: string | undefined): Html {
  const path = withNext(c.get("s").settings, "/login", next);
  return html`<p class="after"><a href="${at(path)}">${translator(c, messages)("backToLogin")}</a></p>`;
}

/** Account enumeration: the same for every email, whether anything was sent or not (ASVS 6.3.8). */
export function sentPage(c: Context): Page {
  const t = translator(c, messages);
  const title = translator(c, checkInbox)("title");
  const { email, next } = readTypedLogin(c) ?? {};
  const back = c.get("visitor") ? settingsLink(c) : backToLogin(c, next);
  if (email === undefined)
    return {
      title,
      width: "narrow",
      body: html`<h1>${title}</h1>
<p>${t("sentNowhere")}</p>
<p class="actions"><a class="button" href="${at("/reset-password")}">${t("askAgain")}</a></p>
${back}`,
    };
  const fields = html`<input type="hidden" name="csrf_token" value="${csrfToken(c)}">
<input type="hidden" name="email" value="${email}">${next === undefined ? "" : html`<input type="hidden" name="next" value="${next}">`}`;
  return {
    title,
    width: "narrow",
    body: html`<h1>${title}</h1>
<p>${t("sent", { email: name(email) })}</p>
${noEmailHelp(c, { sends: "link", resend: { action: "/reset-password", fields }, correctPath: withNext(c.get("s").settings, "/reset-password?correct=1", next) })}
${back}`,
  };
}

export function choosePage(c: Context, form: FormState, { user, needsRecoveryCode }: FoundReset): Page {
  const t = translator(c, messages);
  const { settings } = c.get("s");
  const [email, username] = [name(user.email), name(user.username)];
  const has = hasPassword(user) ? "password" : "none";
  return {
    title: t("chooseTitle", { has }),
    width: "narrow",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>${t("chooseTitle", { has })}</h1>
<p>${t(has === "password" ? "chooseFor" : "setFor", { loginWith: settings.loginWith, email, username })}</p>
${postForm({
  action: "/reset-password/choose",
  csrfToken: form.csrfToken,
  button: t("chooseButton", { has }),
  body: html`${emailFingerprint(c, resetToken)}${loginHint(loginNameOf(settings, user))}
${needsRecoveryCode ? recoveryCodeField(c, form) : ""}${newPasswordFields(c, form.problems, has === "password" ? "replace" : "choose")}`,
})}`,
  };
}

function recoveryCodeField(c: Context, { problems }: FormState): Html {
  const t = translator(c, messages);
  return field({
    name: "recovery_code",
    label: t("recoveryCode"),
    hint: t("recoveryCodeHint"),
    type: "text",
    autocomplete: "off",
    problem: problems["recovery_code"],
  });
}

export function deadResetLink(c: Context): Page {
  const t = translator(c, messages);
  const actions = [
    { path: "/reset-password", text: t("deadAgain") },
    { path: "/login", text: t("deadLogIn") },
  ];
  return deadLinkPage(c, { problem: t("deadProblem"), intro: t("deadIntro"), actions });
}

function name(text: string): Html {
  return html`<strong class="name">${text}</strong>`;
}

function hasErrors({ message, problems }: FormState): boolean {
  return message !== undefined || Object.keys(problems).length > 0;
}
