/** Lists, links and unlinks logins with providers in the settings. */
import { guardCredentialChange } from "../../../core/credentials/guard-change.ts";
import { confirmIdentity, isLastWayIn, listIdentities, unlinkIdentity } from "../../../core/identities/identities.ts";
import { announceConfirmed, announceUnlinked } from "../../../core/identities/notices.ts";
import { reserve } from "../../../core/rate-limits/rate-limits.ts";
import { inTransaction, pageWith, type Services } from "../../../core/services.ts";
import { hasOwnSecondFactor } from "../../../core/sessions/methods.ts";
import type { LinkedLogin } from "../../../core/users/account-factors.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { ownFactorRequired, secondFactorError } from "../../../http/forms/reauthenticate.ts";
import { removalHint } from "../../../http/forms/removal-hint.ts";
import { clearSession, requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerError, answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { dateOf, recentTime } from "../../../http/response/times.ts";
import { message } from "../../../i18n/messages.ts";
import { badge, panel, row, rowLink } from "../../../ui/components.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { providerButtons } from "./buttons.ts";
import { emailState, isUnverified, verifyEmailLink } from "./link.ts";
import { logoOf } from "./logos.ts";
import { findProvider, providerName } from "./offered.ts";
import { messages } from "./providers.messages.ts";
import { unvouched } from "./shown-proof.ts";

const path = "/settings/logins";

export async function listPage(c: Context): Promise<Page> {
  const s = c.get("s");
  const t = translator(c, messages);
  const { user } = requireVisitor(c);
  const identities = await listIdentities(s, user.id);
  const linked = identities.map((identity) => {
    const { issuer: _issuer, subject: _subject, ...shown } = identity;
    return { ...shown, name: providerName(s, identity.provider) };
  });
  const providers = s.settings.providers.map(({ id, name }) => ({ id, name }));
  return {
    title: t("title"),
    width: "account",
    json: { csrfToken: csrfToken(c), linked, providers },
    body: html`<h1>${t("title")}</h1>
${identities.length === 0 ? "" : html`<p class="lead">${t("lead")}</p>`}
${panel({
  body:
    identities.length === 0
      ? row({ icon: "globe", value: t("none") })
      : html`<ul>${identities.map((each) => html`<li>${identityRow(c, each)}</li>`)}</ul>`,
})}
<h2>${t("linkAnother")}</h2>
${
  isUnverified(s, { email: user.email, verifiedAt: user.emailVerifiedAt })
    ? html`<p>${t("verifyToLink", { email: emailState(user.email) })}</p>
${verifyEmailLink(c)}`
    : providerButtons(c, s.settings.providers, { query: { purpose: "link" }, linked: new Set(identities.map(({ provider }) => provider)) })
}`,
  };
}

function identityRow(c: Context, { id, provider, email, isEmailVouched, createdAt, confirmedAt, lastUsedAt }: LinkedLogin): Html {
  const t = translator(c, messages);
  const s = c.get("s");
  const name = providerName(s, provider);
  const used = lastUsedAt === null ? t("neverUsed") : t("used", { when: recentTime(c, lastUsedAt) });
  // Said only where it makes a difference.
  const hasTwoFactor = requireVisitor(c).user.twoFactorSince !== null;
  const isUnconfirmed = hasTwoFactor && confirmedAt === null && findProvider(s, provider)?.trustAmr === true;
  const confirm = html`<a href="${at(`${path}/confirm?id=${id}`)}">${t("confirmLink")}</a>`;
  return row({
    icon: logoOf(findProvider(s, provider)?.preset ?? ""),
    value: html`<strong>${name}</strong> <span class="name">${email ?? ""}</span>${findProvider(s, provider) ? "" : html` ${badge("neutral", t("notOffered"))}`}`,
    hint: html`${email === null || isEmailVouched ? "" : html`${t("unconfirmed", { provider: name })}<br>`}${t("since", { when: dateOf(c, createdAt) })}<br>${used}${isUnconfirmed ? html`<br>${t("notConfirmed", { provider: name, link: confirm })}` : ""}`,
    action: rowLink({ path: `${path}/unlink?id=${id}`, text: t("unlink"), kind: "danger", about: name }),
  });
}

/** Insecure direct object reference: only the user's own identities are searched (ASVS 8.2.2). */
async function ownIdentity(c: Context, id: string): Promise<LinkedLogin | undefined> {
  return (await listIdentities(c.get("s"), requireVisitor(c).user.id)).find((each) => each.id === id);
}

const unknown = { code: "not-found", message: message(messages, "unknownIdentity") };

export async function unlinkPage(c: Context, form: FormState): Promise<Page | Response> {
  const t = translator(c, messages);
  const found = await ownIdentity(c, form.values["id"] ?? c.req.query("id") ?? "");
  if (!found) return answerError(c, 404, unknown);
  const s = c.get("s");
  const provider = providerName(s, found.provider);
  const page = { title: t("unlinkTitle", { provider }), width: "account", hasErrors: form.message !== undefined } as const;
  if (await isLastWayIn(s, requireVisitor(c).user.id, found)) {
    const refusal = t("lastWayIn", { others: othersToAdd(s) });
    return {
      ...page,
      body: html`${errorSummary(form)}
<h1>${t("unlinkTitle", { provider })}</h1>
${form.code === "last-way-in" ? "" : html`<p>${refusal}</p>`}
<p class="after"><a href="${at(path)}">${t("keep")}</a></p>`,
    };
  }
  return {
    ...page,
    body: html`${errorSummary(form)}
<h1>${t("unlinkTitle", { provider })}</h1>
${postForm({
  action: `${path}/unlink`,
  csrfToken: form.csrfToken,
  button: t("unlinkButton"),
  isDangerous: true,
  body: html`<input type="hidden" name="id" value="${found.id}">
<p>${t("unlinkIntro", { provider, email: html`<strong class="name">${found.email ?? t("unnamed")}</strong>` })}</p>
${unvouched(c, found)}${(await beganWith(c, found.id)) ? html`<p>${t("unlinkEndsThis")}</p>` : ""}
${await removalHint(c, [found.id])}`,
})}
<p class="after"><a href="${at(path)}">${t("keep")}</a></p>`,
  };
}

export async function confirmPage(c: Context, form: FormState): Promise<Page | Response> {
  const t = translator(c, messages);
  const found = await ownIdentity(c, form.values["id"] ?? c.req.query("id") ?? "");
  if (!found) return answerError(c, 404, unknown);
  if (found.confirmedAt !== null) return redirect(c, path);
  const refusal = ownFactorRequired(c);
  if (refusal) return refusal;
  const provider = providerName(c.get("s"), found.provider);
  return {
    title: t("confirmTitle", { provider }),
    width: "account",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("confirmTitle", { provider })}</h1>
<p>${t("confirmText", { provider, email: html`<strong class="name">${found.email ?? t("unnamed")}</strong>` })}</p>
${unvouched(c, found)}${postForm({
  action: `${path}/confirm`,
  csrfToken: form.csrfToken,
  button: t("confirmButton"),
  body: html`<input type="hidden" name="id" value="${found.id}">`,
})}
<p class="after"><a href="${at(path)}">${t("dontConfirm")}</a></p>`,
  };
}

/** Second factor bypass: only a session that has passed a factor of the account itself lets a provider's factors replace it. */
export async function confirm(c: Context, id: string): Promise<Response | FormError> {
  const s = c.get("s");
  const { user, session } = requireVisitor(c);
  const found = await ownIdentity(c, id);
  if (!found) return answerError(c, 404, unknown);
  if (!hasOwnSecondFactor(session.methods)) return { status: 403, ...secondFactorError };
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const attempt = await reserve(s, [{ name: "provider-changes", of: user.id, budget: s.settings.passwordChanges }]);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const result = await inTransaction(s, async (tx) => {
    const allowed = await guardCredentialChange(tx, read.requester);
    if (!allowed.ok) return allowed;
    const identity = await confirmIdentity(tx, allowed.account, id);
    if (identity?.confirmedAt === null) await announceConfirmed(tx, allowed.account, requestInfo(c), identity);
    return { ok: true, identity } as const;
  });
  if (!result.ok) return credentialRefusal(result.reason);
  if (!result.identity) return answerError(c, 404, unknown);
  if (wantsJson(c)) return answerJson(c, { confirmed: true });
  flash(c, "success", message(messages, "confirmed", { provider: providerName(s, result.identity.provider) }));
  return redirect(c, path);
}

/** What the site offers besides logins with providers. */
function othersToAdd(s: Services): "password passkey" | "password" | "passkey" | "none" {
  const hasPasswords = s.settings.passwords === "on";
  if (pageWith(s, "passkeys") === undefined) return hasPasswords ? "password" : "none";
  return hasPasswords ? "password passkey" : "passkey";
}

/** Whether the session in use began with this identity. */
async function beganWith(c: Context, id: string): Promise<boolean> {
  const { tokenHash } = requireVisitor(c).session;
  const row = await c.get("s").db.selectFrom("sessions").select("identity_id").where("token_hash", "=", tokenHash).executeTakeFirst();
  return row?.identity_id === id;
}

export async function unlink(c: Context, id: string): Promise<Response | FormError> {
  const s = c.get("s");
  const { user, session } = requireVisitor(c);
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  // Email flooding: each change sends a notice, so changes are limited (ASVS 2.4.1).
  const attempt = await reserve(s, [{ name: "provider-changes", of: user.id, budget: s.settings.passwordChanges }]);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const info = requestInfo(c);
  const endsThis = await beganWith(c, id);
  const result = await inTransaction(s, async (tx) => {
    const allowed = await guardCredentialChange(tx, read.requester);
    if (!allowed.ok) return allowed;
    const unlinked = await unlinkIdentity(tx, allowed.account, id, { info, session });
    if (unlinked?.ok) await announceUnlinked(tx, allowed.account, info, unlinked.identity);
    return unlinked;
  });
  if (!result) return answerError(c, 404, unknown);
  if (!result.ok) {
    if (result.reason === "last-way-in")
      return { status: 409, code: "last-way-in", message: message(messages, "lastWayIn", { others: othersToAdd(s) }) };
    return credentialRefusal(result.reason);
  }
  // The provider's logout could no longer end it.
  if (endsThis) clearSession(c);
  if (wantsJson(c)) return answerJson(c, { unlinked: true, loggedOut: endsThis, keptUntil: result.keptUntil });
  flash(c, "success", message(messages, endsThis ? "unlinkedHere" : "unlinked", { provider: providerName(s, result.identity.provider) }));
  return redirect(c, endsThis ? "/login" : path);
}
