/** Renders the pages of verifying an email. */

import { pageWith } from "../../../core/services.ts";
import type { Context, FormState } from "../../../http/context.ts";
import { messages as checkInbox } from "../../../http/forms/check-inbox.messages.ts";
import { noEmailHelp } from "../../../http/forms/check-inbox.ts";
import { deadLinkPage } from "../../../http/forms/dead-link.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { nextField, nextOf } from "../../../http/forms/next-field.ts";
import { translator } from "../../../http/request/locale.ts";
import { guardedOrigins, withNext } from "../../../http/request/return-url.ts";
import { errorSummary, field, loginHint, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./verify-email.messages.ts";

/** For a browser that requested a code. `other` is an email that it only tried to log in with. */
export function codePage(c: Context, form: FormState, { email, other }: { email: string; other: string | undefined }): Page {
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const code = field({
    name: "code",
    label: shared("codeLabel"),
    type: "code",
    autocomplete: "one-time-code",
    value: form.values["code"],
    problem: form.problems["code"],
    hint: shared("codeHint"),
    isFocused: form.problems["code"] === undefined,
  });
  return {
    title: translator(c, checkInbox)("title"),
    width: "narrow",
    formTargets: formTargets(c),
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>${translator(c, checkInbox)("title")}</h1>
<p>${isUsername(email) ? t("codeIntroUsername", { username: name(email) }) : t("codeIntro", { email: name(email) })}</p>
${postForm({ action: "/verify-email", csrfToken: form.csrfToken, button: t("verify"), body: html`${nextField(c, form)}${code}` })}
${noEmailHelp(c, { sends: "code", resend: { action: "/verify-email", fields: requestFields(c, form, "1") }, correctPath: correctPath(c, form, email) })}
${other === undefined ? "" : otherForm(c, form, other)}`,
  };
}

/** For a browser that requested no code. `isKnown`: the user is logged in, so the account and its state are no secret. */
export function askPage(c: Context, form: FormState, { email, isKnown }: { email: string; isKnown: boolean }): Page {
  const t = translator(c, messages);
  const again = html`${nextField(c, form)}<input type="hidden" name="again" value="1">`;
  const intro = isKnown ? "askIntroKnown" : "askIntro";
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p>${isUsername(email) ? t("askIntroUsername", { username: name(email) }) : t(intro, { email: name(email) })}</p>
${postForm({ action: "/verify-email", csrfToken: form.csrfToken, button: t("send"), body: again })}
<p class="after">${t("haveEmail")}</p>`,
  };
}

/** For a browser whose email is unknown. */
export function notAskedPage(c: Context, form: FormState): Page {
  const t = translator(c, messages);
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p>${t("notAsked")}</p>
<p class="actions"><a class="button" href="${at("/login")}">${t("logIn")}</a></p>
<p class="after">${t("haveEmail")}</p>`,
  };
}

/** Where the inbox logs in, a sign-up for another app leads back to it. */
function formTargets(c: Context): readonly string[] {
  return guardedOrigins(c.get("s").settings);
}

/** Where an account waits for its verification, signing up again replaces it; else the account's email is changed. */
function correctPath(c: Context, form: FormState, email: string): string | undefined {
  const s = c.get("s");
  if (isUsername(email)) return undefined;
  const signup = pageWith(s, "signup");
  if (s.settings.signup === "confirm" && signup !== undefined && !c.get("visitor"))
    return withNext(s.settings, `${signup}?correct=1`, nextOf(c, form));
  return pageWith(s, "email-change");
}

function requestFields(c: Context, form: FormState, which: "1" | "other"): Html {
  return html`<input type="hidden" name="csrf_token" value="${form.csrfToken}">
${nextField(c, form)}<input type="hidden" name="again" value="${which}">`;
}

function otherForm(c: Context, form: FormState, email: string): Html {
  const t = translator(c, messages);
  const question = isUsername(email) ? t("otherUsername", { username: name(email) }) : t("otherEmail", { email: name(email) });
  return html`<form method="post" action="${at("/verify-email")}" class="plain">
${requestFields(c, form, "other")}
<p class="after">${question} <button type="submit" class="as-link">${t("sendThere")}</button></p>
</form>`;
}

interface LinkPageProps {
  readonly email: string;
  readonly isSameBrowser: boolean;
  /** Path of the password reset, if there is one. */
  readonly recovery: string | undefined;
}

/** Shows a button, and in another browser than the one that signed up also a password field. */
export function linkPage(c: Context, form: FormState, { email, isSameBrowser, recovery }: LinkPageProps): Page {
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const password = field({
    name: "password",
    label: shared("password"),
    type: "password",
    autocomplete: "current-password",
    problem: form.problems["password"],
  });
  return {
    title: t("title"),
    width: "narrow",
    formTargets: formTargets(c),
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p>${t("linkIntro", { email: name(email) })}</p>
${isSameBrowser ? "" : html`<p>${t("otherBrowser")}</p>`}
${postForm({
  action: "/verify-email/confirm",
  csrfToken: form.csrfToken,
  button: t("verify"),
  body: isSameBrowser ? html`` : html`${loginHint(email)}\n${password}`,
})}
${isSameBrowser || recovery === undefined ? "" : html`<p class="after"><a href="${at(recovery)}">${t("forgot")}</a></p>`}`,
  };
}

/** For the link of a sign-up without a password: only the browser that signed up continues it. */
export function otherBrowserPage(c: Context): Page {
  const t = translator(c, messages);
  return {
    title: t("title"),
    width: "narrow",
    body: html`<h1>${t("title")}</h1>
<p>${t("otherBrowserCode")}</p>`,
  };
}

export function deadVerificationLink(c: Context): Page {
  const t = translator(c, messages);
  const actions = [
    { path: "/login", text: t("logIn") },
    { path: "/verify-email", text: t("newCode") },
  ];
  return deadLinkPage(c, { problem: t("deadLink"), intro: t("deadIntro"), actions });
}

/** After a login with a username, the email is not shown: whoever typed the username may not know it. */
function isUsername(email: string): boolean {
  return !email.includes("@");
}

function name(email: string): Html {
  return html`<strong class="name">${email}</strong>`;
}

function hasErrors({ message, problems }: FormState): boolean {
  return message !== undefined || Object.keys(problems).length > 0;
}
