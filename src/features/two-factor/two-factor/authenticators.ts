/** Sets up, renames and removes authenticator apps in the settings. */

import { recordEvent } from "../../../core/audit/log.ts";
import { inTransaction } from "../../../core/services.ts";
import { endSessions } from "../../../core/sessions/session.ts";
import { type RenewedSession, renewSession } from "../../../core/sign-in/reauthentication.ts";
import { rotateSession } from "../../../core/sign-in/rotate-session.ts";
import {
  type Authenticator,
  beginAuthenticator,
  confirmAuthenticator,
  findPendingAuthenticator,
  listAuthenticators,
  maxAuthenticators,
  type PendingAuthenticator,
  renameAuthenticator,
} from "../../../core/two-factor/authenticators.ts";
import { isCovered } from "../../../core/two-factor/policy.ts";
import { makeRecoveryCodes } from "../../../core/two-factor/recovery-codes.ts";
import { factorsThatGo, isLastFactor, removeApp, turnOn } from "../../../core/two-factor/state.ts";
import { otpauthUri, readTotp } from "../../../core/two-factor/totp.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { nextField } from "../../../http/forms/next-field.ts";
import { removalHint } from "../../../http/forms/removal-hint.ts";
import { continueSession, requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { translator } from "../../../http/request/locale.ts";
import { withNext } from "../../../http/request/return-url.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { drawQrCode } from "../../../ui/qr-code.ts";
import { appName, backLink, beginForm, type Changed, change, overviewPath, refreshUser, refused, setUpPath } from "./change.ts";
import { recordChanges } from "./notices.ts";
import { coveredPage } from "./off.ts";
import { showCodes } from "./recovery.ts";
import { messages } from "./two-factor.messages.ts";

const tooMany: FormError = { status: 409, code: "too-many", message: message(messages, "tooMany", { max: maxAuthenticators }) };

interface Begun {
  readonly pending: PendingAuthenticator;
  readonly session: RenewedSession | undefined;
}

/** Creates a secret, and shows it. */
export async function begin(c: Context, next: string | undefined): Promise<Response | FormError> {
  const visitor = requireVisitor(c);
  const begun = await change(c, async (tx, account): Promise<Changed<Begun>> => {
    const pending = await beginAuthenticator(tx, account, visitor.session);
    // Stolen token: a copy ends, or it would see the secret.
    return pending ? { ok: true, pending, session: await rotateSession(tx, visitor, { isBearer: c.get("isBearer") }) } : refused(tooMany);
  });
  if (!begun.ok) return begun.refusal;
  if (begun.session) continueSession(c, begun.session);
  if (!wantsJson(c)) return redirect(c, withNext(c.get("s").settings, setUpPath, next));
  const { id, secret, expiresAt } = begun.pending;
  return answerJson(c, { authenticator: { id, secret, uri: uriOf(c, secret), expiresAt }, csrfToken: csrfToken(c) });
}

function uriOf(c: Context, secret: string): string {
  const { user } = requireVisitor(c);
  return otpauthUri({ secret, issuer: c.get("s").settings.siteName, account: user.email });
}

export async function setUpPage(c: Context, form: FormState): Promise<Page> {
  const t = translator(c, messages);
  const pending = await findPendingAuthenticator(c.get("s"), requireVisitor(c).session);
  const base = {
    title: t("setUpTitle"),
    width: "account",
    hasErrors: form.message !== undefined || Object.keys(form.problems).length > 0,
  } as const;
  if (!pending) {
    const problems = form.problems["code"] === undefined ? form.problems : {};
    return {
      ...base,
      body: html`${errorSummary({ ...form, problems })}
<h1>${t("setUpTitle")}</h1>
<p class="lead">${t("startIntro")} ${t("startNext")}</p>
${beginForm(c, { text: t("start"), isMain: true })}`,
    };
  }
  const uri = uriOf(c, pending.secret);
  return {
    ...base,
    json: { authenticator: { id: pending.id, secret: pending.secret, uri, expiresAt: pending.expiresAt }, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("setUpTitle")}</h1>
<p class="lead">${t("startIntro")}</p>
${postForm({
  action: setUpPath,
  csrfToken: form.csrfToken,
  button: t("confirm"),
  body: html`${nextField(c, form)}<p>${t("scan")}</p>
${await drawQrCode(uri, t("qrLabel"))}
<p>${t("orType")}</p>
<p><code class="secret">${pending.secret.match(/.{1,4}/g)?.join(" ")}</code></p>
<p><a href="${uri}">${t("openApp")}</a></p>
<p class="hint">${t("keyExpires")}</p>
${field({
  name: "name",
  label: t("nameLabel"),
  hint: t("nameHint"),
  type: "text",
  autocomplete: "off",
  value: form.values["name"] ?? t("defaultName"),
  problem: form.problems["name"],
  isOptional: true,
})}
${field({
  name: "code",
  label: t("firstCodeLabel"),
  hint: t("firstCodeHint"),
  type: "code",
  autocomplete: "one-time-code",
  problem: form.problems["code"],
})}`,
})}
${beginAgain(c, form)}`,
  };
}

function beginAgain(c: Context, form: FormState): Html {
  return html`<form method="post" action="${at(setUpPath)}" class="plain">
<input type="hidden" name="csrf_token" value="${csrfToken(c)}">${nextField(c, form)}
<button type="submit" class="as-link">${translator(c, messages)("startAgain")}</button>
</form>`;
}

interface Added {
  /** Of the first factor only. */
  readonly codes: readonly string[] | undefined;
  readonly session: RenewedSession | undefined;
}

interface FirstCode {
  readonly code: string;
  readonly name: string;
  /** The page to lead back to. */
  readonly next: string | undefined;
}

/** Takes the app into use. The first one turns two-factor authentication on, and ends the other sessions. */
export async function confirm(c: Context, { code: typed, name: typedName, next }: FirstCode): Promise<Response | FormError> {
  const code = readTotp(typed);
  if (code === undefined) return { status: 422, code: "invalid", problems: { code: message(messages, "enterAppCode") } };
  const visitor = requireVisitor(c);
  const info = requestInfo(c);
  const name = readName(typedName) || translator(c, messages)("defaultName");
  const added = await change(c, async (tx, account): Promise<Changed<Added>> => {
    const confirmed = await confirmAuthenticator(tx, account, { code, name, session: visitor.session });
    if (!confirmed.ok) return { ok: false, refusal: unconfirmed(confirmed) };
    const codes = account.two_factor_since === null ? await makeRecoveryCodes(tx, account) : undefined;
    await turnOn(tx, account);
    const proof = { methods: ["totp"] } as const;
    // Session fixation: the session proves more from now on, so it gets a new token (ASVS 7.2.4).
    const session = await renewSession(tx, visitor, proof, { isBearer: c.get("isBearer") });
    if (codes) {
      // Stolen session: no other session has passed the second step (ASVS 7.4.3).
      await endSessions(tx, account.id, session?.session);
      await recordChanges(tx, account, info, ["two-factor-on", "authenticator-added", "recovery-codes-made"]);
    } else await recordChanges(tx, account, info, ["authenticator-added"]);
    return { ok: true, codes, session };
  });
  if (!added.ok) return added.refusal;
  const { codes, session } = added;
  if (session) continueSession(c, session);
  await refreshUser(c);
  if (wantsJson(c)) {
    const { user } = requireVisitor(c);
    return answerJson(c, { user, ...(codes ? { recoveryCodes: codes } : {}), csrfToken: csrfToken(c) });
  }
  flash(c, "success", message(messages, codes ? "turnedOn" : "appAdded"));
  return codes ? showCodes(c, codes, next) : redirect(c, overviewPath);
}

function unconfirmed(confirmed: { reason: "none" | "wrong" | "too-many" } | { reason: "clock"; minutesOff: number }): FormError {
  if (confirmed.reason === "none") return { status: 409, code: "expired", message: message(messages, "setUpExpired") };
  if (confirmed.reason === "too-many") return tooMany;
  return confirmed.reason === "clock"
    ? { status: 422, code: "wrong-clock", problems: { code: message(messages, "clock", { count: confirmed.minutesOff }) } }
    : { status: 422, code: "wrong-code", problems: { code: message(messages, "wrongAppCode") } };
}

/** Trojan source: control characters and bidirectional marks are taken out of names (UTS 55; ASVS 1.3.11). */
function readName(typed: string): string {
  return typed
    .normalize("NFC")
    .replaceAll(/[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/gu, "")
    .trim();
}

/** The app of a form's hidden field, or of the link to it. */
async function findApp(c: Context, form: FormState): Promise<Authenticator | undefined> {
  const id = form.values["id"] ?? c.req.query("id");
  return (await listAuthenticators(c.get("s"), requireVisitor(c).user.id)).find((each) => each.id === id);
}

const gone = refused({ status: 409, code: "gone", message: message(messages, "gone") });

function redirectGone(c: Context): Response {
  flash(c, "info", message(messages, "gone"));
  return redirect(c, overviewPath);
}

export async function renamePage(c: Context, form: FormState): Promise<Page | Response> {
  const app = await findApp(c, form);
  if (!app) return wantsJson(c) ? answerJson(c, { csrfToken: form.csrfToken }) : redirectGone(c);
  const t = translator(c, messages);
  return {
    title: t("renameTitle"),
    width: "account",
    hasErrors: form.message !== undefined || Object.keys(form.problems).length > 0,
    body: html`${errorSummary(form)}
<h1>${t("renameTitle")}</h1>
${postForm({
  action: "/settings/two-factor/authenticator/rename",
  csrfToken: form.csrfToken,
  button: t("save"),
  body: html`<input type="hidden" name="id" value="${app.id}">
${field({
  name: "name",
  label: t("nameLabel"),
  type: "text",
  autocomplete: "off",
  value: form.values["name"] ?? appName(c, app.name),
  problem: form.problems["name"],
})}`,
})}
${backLink(c)}`,
  };
}

export async function rename(c: Context, id: string, typed: string): Promise<Response | FormError> {
  const name = readName(typed);
  if (name === "") return { status: 422, code: "invalid", problems: { name: message(messages, "enterName") } };
  const { user } = requireVisitor(c);
  const isRenamed = await inTransaction(c.get("s"), async (tx) => {
    const renamed = await renameAuthenticator(tx, user.id, id, name);
    if (renamed) await recordEvent(tx, user.id, "authenticator-renamed", requestInfo(c));
    return renamed;
  });
  if (!isRenamed) return wantsJson(c) ? gone.refusal : redirectGone(c);
  if (wantsJson(c)) return answerJson(c, { renamed: true });
  flash(c, "success", message(messages, "renamed"));
  return redirect(c, overviewPath);
}

export async function removePage(c: Context, form: FormState): Promise<Page | Response> {
  const app = await findApp(c, form);
  if (!app) return wantsJson(c) ? answerJson(c, { csrfToken: form.csrfToken }) : redirectGone(c);
  const t = translator(c, messages);
  const s = c.get("s");
  const { user } = requireVisitor(c);
  const isLast = await isLastFactor(s, user.id, app.id);
  if (isLast && isCovered(s, user) && !wantsJson(c)) return coveredPage(c, t("removeTitle"));
  return {
    title: t("removeTitle"),
    width: "account",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("removeTitle")}</h1>
${postForm({
  action: "/settings/two-factor/authenticator/remove",
  csrfToken: form.csrfToken,
  button: t("removeButton"),
  isDangerous: true,
  body: html`<input type="hidden" name="id" value="${app.id}">
<p>${t("removeIntro", { name: html`<strong class="name">${appName(c, app.name)}</strong>` })}</p>
${isLast ? html`<p>${t("removeLast")}</p>\n` : ""}${await removalHint(c, isLast ? await factorsThatGo(s, user.id) : [app.id])}`,
})}
<p class="after"><a href="${at(overviewPath)}">${t("keepApp")}</a></p>`,
  };
}

export async function remove(c: Context, id: string): Promise<Response | FormError> {
  const info = requestInfo(c);
  const { session } = requireVisitor(c);
  const removed = await change(c, async (tx, account): Promise<Changed<{ isOn: boolean; keptUntil: number | null }>> => {
    const done = await removeApp(tx, account, id, session);
    if (!done) return gone;
    await recordChanges(tx, account, info, done.isOn ? ["authenticator-removed"] : ["two-factor-off", "authenticator-removed"]);
    return { ok: true, ...done };
  });
  if (!removed.ok) return removed === gone && !wantsJson(c) ? redirectGone(c) : removed.refusal;
  await refreshUser(c);
  if (wantsJson(c)) {
    const { twoFactorSince } = requireVisitor(c).user;
    return answerJson(c, { removed: true, twoFactorSince, keptUntil: removed.keptUntil });
  }
  flash(c, "success", message(messages, removed.isOn ? "appRemoved" : "lastRemoved"));
  return redirect(c, overviewPath);
}
