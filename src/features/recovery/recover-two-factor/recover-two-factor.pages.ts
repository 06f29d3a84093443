/** Renders the pages of recovering two-factor authentication. */
import type { TokenPurpose } from "../../../core/one-time-tokens/token-purpose.ts";
import type { Context, FormState } from "../../../http/context.ts";
import { deadLinkPage } from "../../../http/forms/dead-link.ts";
import { emailFingerprint } from "../../../http/request/link-token.ts";
import { translator } from "../../../http/request/locale.ts";
import { exactTime } from "../../../http/response/times.ts";
import { panel, row, rowLink } from "../../../ui/components.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { waitDays } from "./recover-two-factor.emails.ts";
import { messages } from "./recover-two-factor.messages.ts";
import type { Waiting } from "./recovery.ts";
import type { recoveryStartOf } from "./recovery-rules.ts";

interface HelpProps {
  /** The page of the step. */
  readonly stepPath: string;
  /** Whether this account may recover by email. */
  readonly byEmail: Awaited<ReturnType<typeof recoveryStartOf>>;
  /** Set if a recovery by email is under way. */
  readonly waiting: Waiting | undefined;
}

/** What to do without a second factor: only after a right password, so it may depend on the account. */
export function helpPage(c: Context, form: FormState, { stepPath, byEmail, waiting }: HelpProps): Page {
  const t = translator(c, messages);
  const { contactUrl, siteName } = c.get("s").settings;
  const contact = contactUrl && html`<a class="button small secondary" href="${contactUrl}">${t("adminAction")}</a>`;
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: form.message !== undefined,
    json: {
      recoverByEmail: byEmail === "allowed",
      recoveryUntil: waiting?.dueAt ?? null,
      contactUrl: contactUrl ?? null,
      csrfToken: form.csrfToken,
    },
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p>${t("intro")}</p>
${panel({
  body: html`${row({ value: t("code"), hint: t("codeHint"), action: rowLink({ path: stepPath, text: t("codeAction") }) })}
${row({ value: t("admin", { siteName }), hint: t("adminHint"), action: contact || undefined })}
${byEmail === "allowed" ? emailRow(c, form, waiting) : ""}
${byEmail === "inbox" ? row({ value: t("email"), hint: t("inboxHint") }) : ""}
${byEmail === "password" ? row({ value: t("email"), hint: t("passwordHint"), action: rowLink({ path: "/login", text: t("passwordAction") }) }) : ""}`,
})}
<p class="after"><a href="${at(stepPath)}">${t("back")}</a></p>`,
  };
}

/** Without the button while the wait lasts: there is nothing to do but to wait. */
function emailRow(c: Context, form: FormState, waiting: Waiting | undefined): Html {
  const t = translator(c, messages);
  if (!waiting) return row({ value: t("email"), hint: t("emailHint", { days: waitDays(c.get("s")) }), action: emailForm(c, form) });
  const { dueAt, linkUntil } = waiting;
  if (linkUntil === undefined) return row({ value: t("email"), hint: t("waiting", { date: exactTime(c, dueAt) }) });
  return row({ value: t("email"), hint: t("linkSent", { date: exactTime(c, linkUntil) }), action: emailForm(c, form) });
}

function emailForm(c: Context, { csrfToken }: FormState): Html {
  return html`<form method="post" action="${at("/login/recover")}" class="plain">
<input type="hidden" name="csrf_token" value="${csrfToken}">
<button type="submit" class="button small secondary">${translator(c, messages)("emailAction")}</button>
</form>`;
}

export function startPage(c: Context, form: FormState, purpose: TokenPurpose): Page {
  const t = translator(c, messages);
  return {
    title: t("startTitle"),
    width: "narrow",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("startTitle")}</h1>
<p>${t("startIntro", { days: waitDays(c.get("s")) })}</p>
<p>${t("startNotices")}</p>
${postForm({ action: "/login/recover/start", csrfToken: form.csrfToken, button: t("startButton"), body: emailFingerprint(c, purpose) })}`,
  };
}

export function finishPage(c: Context, form: FormState, purpose: TokenPurpose): Page {
  const t = translator(c, messages);
  return {
    title: t("finishTitle"),
    width: "narrow",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("finishTitle")}</h1>
<p>${t("finishIntro")}</p>
${postForm({
  action: "/login/recover/finish",
  csrfToken: form.csrfToken,
  button: t("finishButton"),
  isDangerous: true,
  body: emailFingerprint(c, purpose),
})}`,
  };
}

/** `dueAt` is undefined if no recovery is under way. */
export function cancelPage(c: Context, form: FormState, dueAt: number | undefined): Page {
  const t = translator(c, messages);
  const button = { action: "/settings/cancel-recovery", csrfToken: form.csrfToken, button: t("cancelButton"), body: html`` };
  return {
    title: t("cancelTitle"),
    width: "account",
    hasErrors: form.message !== undefined,
    json: { recoveryUntil: dueAt ?? null, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("cancelTitle")}</h1>
${dueAt === undefined ? html`<p>${t("cancelNone")}</p>` : html`<p>${t("cancelIntro")}</p>\n${postForm(button)}`}`,
  };
}

export function deadRecoveryLink(c: Context): Page {
  const t = translator(c, messages);
  return deadLinkPage(c, { problem: t("deadProblem"), intro: t("deadIntro"), actions: [{ path: "/login", text: t("logIn") }] });
}
