/** Asks for a code by email before an account creates a factor that a policy requires. */

import { reserveCodeAttempt, reserveOwnEmail } from "../../../core/mail/email-limits.ts";
import { isLostEmail } from "../../../core/mail/lost-email.ts";
import { inTransaction } from "../../../core/services.ts";
import { type RenewedSession, renewSession } from "../../../core/sign-in/reauthentication.ts";
import { isEnrolmentCodePending, redeemEnrolmentCode, sendEnrolmentCode } from "../../../core/two-factor/enrolment-code.ts";
import type { AccountRow } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { noEmailHelp } from "../../../http/forms/check-inbox.ts";
import { readActingUser } from "../../../http/forms/credential-change.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { nextField } from "../../../http/forms/next-field.ts";
import { continueSession, requireVisitor } from "../../../http/request/authenticate.ts";
import { bearerSecret } from "../../../http/request/bearer-secret.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { messages as required } from "../../../http/request/enrolment.messages.ts";
import { emailStep } from "../../../http/request/enrolment.ts";
import { knownDevice, rememberDevice } from "../../../http/request/known-device.ts";
import { say, translator } from "../../../http/request/locale.ts";
import { samePage } from "../../../http/request/return-url.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, redirectTo, wantsJson } from "../../../http/response/respond.ts";
import { dateOf } from "../../../http/response/times.ts";
import { message } from "../../../i18n/messages.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { overviewPath } from "./change.ts";
import { messages } from "./two-factor-enrolment.messages.ts";

const path = `${overviewPath}/verify`;

interface Verification {
  readonly code: string;
  /** Asks for a code. */
  readonly again?: string | undefined;
  /** Where to go on with the code. */
  readonly next?: string | undefined;
}

/** What the overview says to an account that must turn it on. */
export function enrolmentLine(c: Context): Html {
  const enrolment = c.get("enrolment");
  if (!enrolment) return html``;
  const t = translator(c, required);
  const text = enrolment.isOver ? t("twoFactorRequired") : t("until", { date: dateOf(c, enrolment.until) });
  return html`<div class="flash warning"><p>${text}</p></div>`;
}

export async function verifyPage(c: Context, form: FormState): Promise<Page | Response> {
  const read = await readActingUser(c);
  if (!read.ok) return wantsJson(c) ? answerRefusal(c, read.refusal) : redirect(c, overviewPath);
  const { was } = read.requester;
  if (!c.get("enrolment")) return wantsJson(c) ? answerRefusal(c, nothingToConfirm) : redirect(c, overviewPath);
  if (was.email_verified_at === null) return unverifiedPage(c, was);
  return (await hasCode(c, was)) ? codePage(c, form, was.email) : askPage(c, form, was.email);
}

export async function verify(c: Context, { code, again, next }: Verification): Promise<Response | FormError> {
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const { was } = read.requester;
  // Nothing to enrol: a code by email would only renew the session.
  if (!c.get("enrolment")) return nothingToConfirm;
  if (was.email_verified_at === null)
    return { status: 403, code: "email-unverified", message: message(messages, "unverifiedError", { email: emailState(was) }) };
  return again === undefined ? confirm(c, was, { typed: code, next }) : send(c, was, next);
}

const nothingToConfirm: FormError = { status: 409, code: "nothing-to-confirm", message: message(messages, "nothingToConfirm") };

function answerRefusal(c: Context, { status, code, message: sentence = "" }: FormError): Response {
  return answerJson(c, { error: { code, message: say(c, sentence) } }, status);
}

async function send(c: Context, was: AccountRow, next: string | undefined): Promise<Response | FormError> {
  const [s, info] = [c.get("s"), requestInfo(c)];
  const attempt = await reserveOwnEmail(s, info, was);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const browser = browserOf(c, was) ?? rememberDevice(c, was);
  await inTransaction(s, (tx) => sendEnrolmentCode(tx, was, { browser, info }));
  if (wantsJson(c)) return answerJson(c, { sent: true }, 202);
  flash(c, "info", message(messages, "sentAgain"));
  return redirect(c, next === undefined ? path : `${path}?next=${encodeURIComponent(next)}`);
}

async function confirm(
  c: Context,
  was: AccountRow,
  { typed, next }: { readonly typed: string; readonly next: string | undefined },
): Promise<Response | FormError> {
  const [s, info, visitor] = [c.get("s"), requestInfo(c), requireVisitor(c)];
  const digits = typed.replaceAll(/[\s.\-–—\p{Default_Ignorable_Code_Point}]/gu, "");
  if (!/^\d{6}$/.test(digits)) return { status: 422, code: "invalid", problems: { code: message(formMessages, "enterCode") } };
  const attempt = await reserveCodeAttempt(s, info);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const browser = browserOf(c, was) ?? "";
  const renewed = await inTransaction(s, async (tx): Promise<RenewedSession | undefined> => {
    if (!(await redeemEnrolmentCode(tx, was, { browser, digits, info }))) return undefined;
    const proof = { methods: ["email-code"] } as const;
    return renewSession(tx, visitor, proof, { isBearer: c.get("isBearer") });
  });
  if (!renewed) return { status: 422, code: "wrong-code", problems: { code: message(formMessages, "wrongCode") } };
  continueSession(c, renewed);
  if (wantsJson(c)) return answerJson(c, { confirmed: true });
  return redirectTo(c, samePage(next) ?? c.get("s").settings.mountPath + overviewPath);
}

/** The secret that binds a code: that of a bearer session, or the device cookie of a browser. */
function browserOf(c: Context, was: AccountRow): string | undefined {
  return bearerSecret(c, "enrolment-code") ?? knownDevice(c, was);
}

async function hasCode(c: Context, was: AccountRow): Promise<boolean> {
  const browser = browserOf(c, was);
  return browser !== undefined && isEnrolmentCodePending(c.get("s"), was.id, browser);
}

function askPage(c: Context, form: FormState, email: string): Page {
  const t = translator(c, messages);
  return {
    ...frame(c, form, { email, isSent: false }),
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p>${t("intro", { email: name(email) })}</p>
${postForm({ action: path, csrfToken: form.csrfToken, button: t("send"), body: html`<input type="hidden" name="again" value="1">${nextField(c, form)}` })}`,
  };
}

function codePage(c: Context, form: FormState, email: string): Page {
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const again = html`<input type="hidden" name="csrf_token" value="${form.csrfToken}"><input type="hidden" name="again" value="1">${nextField(c, form)}`;
  const code = field({
    name: "code",
    label: shared("codeLabel"),
    type: "code",
    autocomplete: "one-time-code",
    problem: form.problems["code"],
    hint: shared("codeHint"),
    isFocused: form.problems["code"] === undefined,
  });
  return {
    ...frame(c, form, { email, isSent: true }),
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p>${t("sent", { email: name(email) })}</p>
${postForm({ action: path, csrfToken: form.csrfToken, button: t("confirm"), body: html`${nextField(c, form)}${code}` })}
${noEmailHelp(c, { sends: "code", resend: { action: path, fields: again }, correctPath: undefined })}`,
  };
}

function unverifiedPage(c: Context, { email }: AccountRow): Page {
  const t = translator(c, messages);
  const due = emailStep(c);
  const hasNone = isLostEmail(email);
  return {
    title: t("title"),
    width: "account",
    json: { email: hasNone ? null : email, isVerified: false },
    body: html`<h1>${t("title")}</h1>
<p>${hasNone ? t("none") : t("unverified", { email: name(email) })}</p>
${due === undefined ? "" : html`<p><a class="button" href="${at(due.path)}">${say(c, due.action)}</a></p>`}`,
  };
}

function emailState({ email }: AccountRow): "none" | "unverified" {
  return isLostEmail(email) ? "none" : "unverified";
}

function frame(c: Context, form: FormState, { email, isSent }: { readonly email: string; readonly isSent: boolean }) {
  return {
    title: translator(c, messages)("title"),
    width: "account",
    hasErrors: form.message !== undefined || Object.keys(form.problems).length > 0,
    json: { email, isVerified: true, isSent, csrfToken: form.csrfToken },
  } as const;
}

function name(email: string): Html {
  return html`<strong class="name">${email}</strong>`;
}
