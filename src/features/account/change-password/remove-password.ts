/** Removes the password of an account that has two other ways back, and emails a link to set one again. */

import { z } from "zod";
import { recordEvent } from "../../../core/audit/log.ts";
import { type CredentialRefusal, guardCredentialChange } from "../../../core/credentials/guard-change.ts";
import { removePassword } from "../../../core/credentials/password/set.ts";
import { hasTwoWaysBack, mayGiveUpPassword, type WaysBack, waysBack } from "../../../core/credentials/ways-back.ts";
import { reserveOwnEmail } from "../../../core/mail/email-limits.ts";
import { emailWords, sendSecurityNotice } from "../../../core/mail/emails.ts";
import { endTokensAfter } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { inTransaction, pageWith, recoveryPath, resetsOf, type Services, type Transaction } from "../../../core/services.ts";
import { endSessions } from "../../../core/sessions/session.ts";
import { findUserById, hasPassword } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { rememberDevice } from "../../../http/request/known-device.ts";
import { translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./remove-password.messages.ts";

const passwordPath = "/settings/change-password";
export const removePath = `${passwordPath}/remove`;
export const setPath = `${passwordPath}/set`;

/** Whether an account could be without a password: only then it can set one. */
export function mayBeWithoutPassword({ catalog }: Services): boolean {
  return catalog.waysIn.length > 1;
}

export const noFields = z.object({});

/** The link on the page that changes the password. */
export function removalOffer(c: Context): Html | "" {
  if (!mayGiveUpPassword(c.get("s"))) return "";
  const t = translator(c, messages);
  return html`<p class="after">${t("offer", { link: html`<a href="${at(removePath)}">${t("offerLink")}</a>` })}</p>`;
}

export async function removePage(c: Context, form: FormState): Promise<Page | Response> {
  const s = c.get("s");
  const account = await findUserById(s, requireVisitor(c).user.id);
  if (!account || !hasPassword(account)) return wantsJson(c) ? answerJson(c, { hasPassword: false }) : redirect(c, passwordPath);
  const ways = await waysBack(s, account.id);
  const t = translator(c, messages);
  return {
    title: t("title"),
    width: "account",
    hasErrors: form.message !== undefined,
    json: { hasPassword: true, canRemove: hasTwoWaysBack(ways), csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
${hasTwoWaysBack(ways) ? consequences(c, form, ways) : whatIsMissing(c, form, ways)}`,
  };
}

function consequences(c: Context, { csrfToken }: FormState, { held, inbox, recoveryCodes }: WaysBack): Html {
  const t = translator(c, messages);
  return html`<p class="lead">${t("intro")}</p>
<ul>
<li>${t("held", { held })}</li>
${inbox ? html`<li>${t("inbox")}</li>\n` : ""}<li>${t(recoveryCodes > 0 ? "forgotWithCodes" : "forgot")}</li>
<li>${t("devices")}</li>
${recoveryPath(c.get("s")) === undefined ? "" : html`<li>${t("back")}</li>\n`}</ul>
${postForm({ action: removePath, csrfToken, button: t("button"), isDangerous: true, body: html`` })}
<p class="after"><a href="${at(passwordPath)}">${t("keep")}</a></p>`;
}

/** An error says what is missing, and the page does not say it twice. */
function whatIsMissing(c: Context, { code }: FormState, { inbox }: WaysBack): Html {
  const t = translator(c, messages);
  const passkeys = pageWith(c.get("s"), "passkeys");
  return html`${code === "last-way-in" ? "" : html`<p>${inbox ? t("notYetWithInbox") : t("notYet", { codes: codesOf(c.get("s")) })}</p>\n`}${passkeys === undefined ? "" : html`<p class="actions"><a class="button" href="${at(passkeys)}">${t("addPasskey")}</a></p>\n`}<p class="after"><a href="${at(passwordPath)}">${t("backToPassword")}</a></p>`;
}

/** Whether recovery codes can be one of the two ways. */
function codesOf(s: Services): "on" | "off" {
  return pageWith(s, "two-factor") === undefined ? "off" : resetsOf(s);
}

export async function submitRemoval(c: Context): Promise<Response | FormError> {
  const s = c.get("s");
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const { was } = read.requester;
  if (!hasPassword(was)) return { status: 409, code: "no-password", message: message(messages, "gone") };
  const info = requestInfo(c);
  const removed = await inTransaction(s, async (tx): Promise<{ ok: true } | { ok: false; reason: CredentialRefusal | "last-way-in" }> => {
    const allowed = await guardCredentialChange(tx, read.requester);
    if (!allowed.ok) return allowed;
    // Race: counted behind the row lock, so that the password and a passkey cannot be removed at the same moment.
    if (!hasTwoWaysBack(await waysBack(tx, was.id))) return { ok: false, reason: "last-way-in" };
    const done = await removePassword(tx, allowed.account);
    if (!done.ok) return done;
    await endSessions(tx, was.id, read.requester.session);
    await endTokensAfter(tx, was.id, "password-change");
    await recordEvent(tx, was.id, "password-removed", info);
    const t = emailWords(tx, messages, { to: was, info });
    const paragraphs = [t("email.intro", { siteName: tx.settings.siteName })];
    await sendSecurityNotice(tx, was, info, { kind: "password-removed", subject: t("email.subject"), paragraphs });
    return { ok: true };
  });
  if (!removed.ok) {
    if (removed.reason !== "last-way-in") return credentialRefusal(removed.reason);
    return { status: 409, code: "last-way-in", message: message(messages, "notYet", { codes: codesOf(s) }) };
  }
  // Device cookies are bound to the password's last change.
  const account = await findUserById(s, was.id);
  if (account) rememberDevice(c, account);
  if (wantsJson(c)) return answerJson(c, { removed: true });
  flash(c, "success", message(messages, "removed"));
  return redirect(c, pageWith(s, "password-change") ?? "/settings");
}

/** The form of an account without a password that logs in another way; undefined for any other account. */
export async function setPasswordForm(c: Context, { csrfToken, code }: FormState): Promise<Html | undefined> {
  const s = c.get("s");
  const { held, inbox, provider } = await waysBack(s, requireVisitor(c).user.id);
  if (recoveryPath(s) === undefined || (held === 0 && !inbox && !provider)) return undefined;
  const t = translator(c, messages);
  // An error says what is wrong, and the page does not say it twice.
  return html`${code === "no-password" ? "" : html`<p>${t("setIntro")}</p>\n`}${postForm({ action: setPath, csrfToken, button: t("setButton"), body: html`` })}`;
}

/** Emails the link to the account's owner. Account takeover with a stolen session: the password itself needs the inbox too (ASVS 6.2.3). */
export async function submitSetting(c: Context): Promise<Response | FormError> {
  const s = c.get("s");
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const { was } = read.requester;
  const recovery = s.catalog.accountRecovery;
  if (!recovery?.isAvailable(s)) return { status: 409, code: "no-password", message: message(messages, "gone") };
  const info = requestInfo(c);
  const attempt = await reserveOwnEmail(s, info, was);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  await inTransaction(s, async (tx: Transaction) => {
    await recovery.sendEmail(tx, was, info, { by: "owner" });
    await recordEvent(tx, was.id, "password-wanted", info);
  });
  if (wantsJson(c)) return answerJson(c, { status: "check-email" }, 202);
  flash(c, "info", message(messages, "setSent"));
  return redirect(c, passwordPath);
}
