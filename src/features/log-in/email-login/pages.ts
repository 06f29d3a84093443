/** Renders the pages of logging in by email. */
import { pageWith } from "../../../core/services.ts";
import type { Context, FormState } from "../../../http/context.ts";
import { messages as checkInbox } from "../../../http/forms/check-inbox.messages.ts";
import { noEmailHelp } from "../../../http/forms/check-inbox.ts";
import { deadLinkPage } from "../../../http/forms/dead-link.ts";
import { extraInputs } from "../../../http/forms/extra-fields.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { isChecked } from "../../../http/forms/remember.ts";
import { loginFieldHints } from "../../../http/forms/username-problems.ts";
import { loginPath } from "../../../http/request/authenticate.ts";
import { emailFingerprint } from "../../../http/request/link-token.ts";
import { translator } from "../../../http/request/locale.ts";
import { guardedOrigins, safeReturn } from "../../../http/request/return-url.ts";
import { checkbox, errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./email-login.messages.ts";
import type { PendingCode } from "./pending-code.ts";
import { loginLink } from "./purposes.ts";

const codePath = "/login/code";

/** For a browser that requested no code, or corrects what it typed. */
export function askPage(c: Context, form: FormState, before: PendingCode | undefined): Page {
  const t = translator(c, messages);
  const { settings } = c.get("s");
  const { loginWith, passwords } = settings;
  const { values, problems, csrfToken } = form;
  const next = values["next"] ?? before?.next ?? c.req.query("next");
  return {
    ...narrow(t("askTitle"), form),
    body: html`${errorSummary(form)}
<h1>${t("askTitle")}</h1>
<p>${t("askIntro", { passwords })}</p>
${postForm({
  action: codePath,
  csrfToken,
  button: t("button"),
  body: html`${next === undefined ? "" : html`<input type="hidden" name="next" value="${safeReturn(settings, next)}">`}
${field({ name: "email", label: t("askName", { loginWith }), type: loginWith === "email" ? "email" : "text", autocomplete: "username", value: values["email"] ?? before?.name, problem: problems["email"] })}
${checkbox({ name: "remember", label: t("remember"), hint: t("rememberHint"), checked: "remember" in values ? isChecked(values["remember"]) : (before?.remember ?? false) })}`,
})}
${withPassword(c)}`,
  };
}

/** Account enumeration: the same for every name, whether anything was sent or not (ASVS 6.3.8). */
export function codePage(c: Context, form: FormState, { name }: PendingCode): Page {
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const title = translator(c, checkInbox)("title");
  const { problems, csrfToken } = form;
  const code = field({
    name: "code",
    label: shared("codeLabel"),
    type: "code",
    autocomplete: "one-time-code",
    value: form.values["code"],
    hint: shared("codeHint"),
    problem: problems["code"],
    isFocused: problems["code"] === undefined,
  });
  const fields = html`<input type="hidden" name="csrf_token" value="${csrfToken}">
<input type="hidden" name="again" value="1">`;
  return {
    ...narrow(title, form),
    // A login from another app leads back to it.
    formTargets: guardedOrigins(c.get("s").settings),
    body: html`${errorSummary(form)}
<h1>${title}</h1>
<p>${name.includes("@") ? t("codeIntro", { email: strong(name) }) : t("codeIntroUsername", { username: strong(name) })}</p>
${postForm({ action: codePath, csrfToken, button: t("logIn"), body: code })}
${noEmailHelp(c, { sends: "code", resend: { action: codePath, fields }, correctPath: `${codePath}?correct=1` })}
${withPassword(c)}`,
  };
}

/** Without passwords and other ways, the login page asks for the same. */
function withPassword(c: Context): Html | "" {
  const s = c.get("s");
  const { passwords, providers } = s.settings;
  if (passwords === "off" && providers.length === 0 && pageWith(s, "passkeys") === undefined) return "";
  return html`<p class="after"><a href="${at(loginPath(c))}">${translator(c, messages)("withPassword", { passwords })}</a></p>`;
}

/** In the browser that requested the link: a button, since email scanners open links. */
export function linkPage(c: Context, form: FormState, { email, isSignUp }: { email: string; isSignUp: boolean }): Page {
  const t = translator(c, messages);
  return {
    ...narrow(t("linkTitle"), form),
    formTargets: guardedOrigins(c.get("s").settings),
    body: html`${errorSummary(form)}
<h1>${t("linkTitle")}</h1>
<p>${isSignUp ? t("linkSignUp", { email: strong(email) }) : t("linkIntro", { email: strong(email) })}</p>
${postForm({
  action: loginLink.landingPath ?? "",
  csrfToken: form.csrfToken,
  button: isSignUp ? t("continue") : t("logIn"),
  body: emailFingerprint(c, loginLink),
})}`,
  };
}

/** Login CSRF: another browser gets no button. It names the account, and shows the code for the browser that requested it. */
export function elsewherePage(c: Context, form: FormState, { email, code }: { email: string; code: string }): Page {
  const t = translator(c, messages);
  return {
    ...narrow(t("elsewhereTitle"), form),
    body: html`${errorSummary(form)}
<h1>${t("elsewhereTitle")}</h1>
<p>${t("elsewhereIntro", { email: strong(email) })}</p>
<p class="digits" dir="ltr">${code}</p>
<p>${t("elsewhereWarning")}</p>`,
  };
}

export function deadLoginLink(c: Context): Page {
  const t = translator(c, messages);
  const actions = [
    { path: codePath, text: t("newCode") },
    { path: "/login", text: t("logIn") },
  ];
  return deadLinkPage(c, { problem: t("deadProblem"), intro: t("deadIntro"), actions });
}

/** A new user chooses a username; the email is proven. */
export function newAccountPage(c: Context, form: FormState, email: string): Page {
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const { values, problems, csrfToken } = form;
  return {
    ...narrow(t("newTitle"), form),
    formTargets: guardedOrigins(c.get("s").settings),
    body: html`${errorSummary(form)}
<h1>${t("newTitle")}</h1>
<p>${t("newIntro", { email: strong(email) })}</p>
${postForm({
  action: `${codePath}/new`,
  csrfToken,
  button: t("create"),
  body: html`${field({ name: "username", label: shared("username"), type: "text", value: values["username"], problem: problems["username"], ...loginFieldHints(c).username })}
${extraInputs(c.get("s"), form)}`,
})}`,
  };
}

function narrow(title: string, { message, problems }: FormState) {
  return { title, width: "narrow", hasErrors: message !== undefined || Object.keys(problems).length > 0 } as const;
}

function strong(text: string): Html {
  return html`<strong class="name">${text}</strong>`;
}
