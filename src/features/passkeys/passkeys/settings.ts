/** Adds and lists passkeys in the settings. */

import { guardCredentialChange } from "../../../core/credentials/guard-change.ts";
import { keptCredentials } from "../../../core/credentials/removed-factors.ts";
import { readDevice } from "../../../core/device-name.ts";
import { claimChallenge } from "../../../core/passkeys/challenges.ts";
import { announceAdded } from "../../../core/passkeys/notices.ts";
import { addPasskey, findHandle, listPasskeys, maxPasskeys, type Passkey, usablePasskeys } from "../../../core/passkeys/passkeys.ts";
import { providerName } from "../../../core/passkeys/providers.ts";
import { finishCreation, startCreation } from "../../../core/passkeys/registration.ts";
import { ipWithPlace } from "../../../core/place-name.ts";
import { reserve } from "../../../core/rate-limits/rate-limits.ts";
import { inTransaction, pageWith } from "../../../core/services.ts";
import type { User } from "../../../core/users/user.ts";
import { findUserById, hasPassword } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { nextField } from "../../../http/forms/next-field.ts";
import { answerOptions, ceremonySecret, relyingParty, startCeremony } from "../../../http/forms/passkey-ceremony.ts";
import { passkeyPrompt, passkeyScript, passkeysMissing } from "../../../http/forms/passkey-prompt.ts";
import { verifyFirst } from "../../../http/forms/verify-first.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { localeOf, say, translator } from "../../../http/request/locale.ts";
import { pageToReturnTo, withNext } from "../../../http/request/return-url.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { dateOf, recentTime } from "../../../http/response/times.ts";
import { message } from "../../../i18n/messages.ts";
import { badge, row, rowLink } from "../../../ui/components.ts";
import { errorSummary } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { endOffer } from "./offer.ts";
import { messages } from "./passkeys.messages.ts";

export const path = "/settings/passkeys";

/** Answers with options for `navigator.credentials.create`. */
export async function creationOptions(c: Context, isUpgrade = false): Promise<Response | FormError> {
  const s = c.get("s");
  const { user } = requireVisitor(c);
  const full = await refuseIfFull(c, user);
  if (full) return full;
  const started = startCeremony(c);
  const ceremony = { purpose: isUpgrade ? "upgrade" : "register", browser: started.browser, userId: user.id } as const;
  return answerOptions(c, await startCreation(s, relyingParty(c), ceremony, shownNames(c, user)), started);
}

async function refuseIfFull(c: Context, { id }: User): Promise<FormError | undefined> {
  const count = (await listPasskeys(c.get("s"), id)).length;
  return count < maxPasskeys ? undefined : { status: 422, code: "too-many-passkeys", message: message(messages, "full", { count }) };
}

/** Names that the authenticator shows when it asks which account. */
function shownNames(c: Context, { username, email, displayName }: User) {
  return { name: c.get("s").settings.loginWith === "username" ? username : email, displayName };
}

/** Adds the passkey that the browser created. */
export async function add(
  c: Context,
  sent: unknown,
  { isUpgrade = false, next }: { readonly isUpgrade?: boolean; readonly next?: string | undefined } = {},
): Promise<Response | FormError> {
  const s = c.get("s");
  const { user } = requireVisitor(c);
  if (sent === undefined || sent === "") return { status: 422, code: "invalid", message: message(messages, "notSent") };
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const attempt = await reserveChange(c, user);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const ceremony = { purpose: isUpgrade ? "upgrade" : "register", browser: ceremonySecret(c), userId: user.id } as const;
  const fallbackName = translator(c, messages)("fallbackName");
  const created = await finishCreation(s, relyingParty(c), ceremony, { response: sent, fallbackName });
  if (!created.ok) return newRefused(created.reason);
  const { passkey, challenge } = created;
  const info = requestInfo(c);
  const result = await inTransaction(s, async (tx) => {
    const allowed = await guardCredentialChange(tx, read.requester);
    if (!allowed.ok) return { ok: false, reason: allowed.reason === "changed" ? "account-changed" : allowed.reason } as const;
    if (!(await claimChallenge(tx, challenge))) return { ok: false, reason: "expired" } as const;
    const added = await addPasskey(tx, allowed.account, passkey);
    if (added.ok) await announceAdded(tx, allowed.account, info, added.name);
    return added;
  });
  if (!result.ok) {
    if (result.reason === "reported") return credentialRefusal("reported");
    if (result.reason === "account-changed") return credentialRefusal("changed");
    return result.reason === "too-many" ? ((await refuseIfFull(c, user)) ?? newRefused("refused")) : newRefused(result.reason);
  }
  endOffer(c);
  if (wantsJson(c)) {
    const added = (await listPasskeys(s, user.id)).find(({ id }) => id === result.id);
    return answerJson(c, { passkey: added && (await shownPasskey(c, added)).json }, 201);
  }
  flash(c, "success", message(messages, "wasAdded"));
  // Under a policy, and for a page that has asked for it, the passkey is for the second step, which is still off.
  const isForStep = user.twoFactorSince === null && (c.get("enrolment") !== undefined || pageToReturnTo(s.settings, next) !== undefined);
  const twoFactor = isForStep ? pageWith(s, "two-factor") : undefined;
  return redirect(c, twoFactor === undefined ? path : withNext(s.settings, `${twoFactor}/on`, next));
}

/** Email flooding: each change sends a notice, so changes are limited (ASVS 2.4.1). */
export function reserveChange(c: Context, { id }: User) {
  const s = c.get("s");
  return reserve(s, [{ name: "passkey-changes", of: id, budget: s.settings.passwordChanges }]);
}

function newRefused(reason: "expired" | "refused" | "taken" | "changed"): FormError {
  if (reason === "taken") return { status: 409, code: "taken", message: message(messages, "takenElsewhere") };
  if (reason === "refused") return { status: 422, code: "passkey-refused", message: message(messages, "refusedNew") };
  return { status: 422, code: "passkey-expired", message: message(messages, "expired") };
}

/** A passkey with the words for its state. */
async function shownPasskey(c: Context, passkey: Passkey) {
  const { id, name, aaguid, isSynced, isSyncable, rpId, createdAt, lastUsedAt, lastUsedIp, lastUsedUserAgent } = passkey;
  const provider = (await providerName(aaguid)) ?? null;
  const lastUsedDevice = lastUsedUserAgent === null ? null : say(c, (await readDevice(lastUsedUserAgent)).name);
  return { passkey, json: { id, name, provider, isSynced, isSyncable, rpId, createdAt, lastUsedAt, lastUsedIp, lastUsedDevice } };
}

type Shown = Awaited<ReturnType<typeof shownPasskey>>;

export async function listPage(c: Context, form: FormState): Promise<Page> {
  const s = c.get("s");
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  const listed = await Promise.all((await listPasskeys(s, user.id)).map((each) => shownPasskey(c, each)));
  const account = await findUserById(s, user.id);
  const isPasswordEnough =
    listed.length > 0 && account !== undefined && hasPassword(account) && s.settings.passwords === "on" && user.twoFactorSince === null;
  return {
    title: t("title"),
    width: "account",
    hasErrors: form.message !== undefined,
    json: { csrfToken: form.csrfToken, passkeys: listed.map(({ json }) => json) },
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p class="lead">${t("lead")}</p>
${isPasswordEnough ? html`<p>${t("passwordAlone")}</p>\n` : ""}<section class="panel">${
      listed.length === 0
        ? row({ icon: "passkey", value: t("none") })
        : html`<ul>${listed.map((each) => html`<li>${passkeyRow(c, each)}</li>`)}</ul>`
    }</section>
${listed.length < maxPasskeys ? (verifyFirst(c) ?? addForm(c, form)) : html`<p>${t("full", { count: listed.length })}</p>`}
${await signals(c, user)}`,
  };
}

function addForm(c: Context, form: FormState): Html {
  return html`<form method="post" action="${at(path)}" class="plain">
<input type="hidden" name="csrf_token" value="${form.csrfToken}">${nextField(c, form)}
${passkeyPrompt(c, { kind: "create", options: `${path}/options`, button: translator(c, messages)("add"), isPrimary: true })}
</form>
${passkeysMissing(c)}`;
}

function passkeyRow(c: Context, { passkey, json }: Shown): Html {
  const t = translator(c, messages);
  const { id, name, isSynced, isSyncable, rpId, createdAt, lastUsedAt, lastUsedIp } = passkey;
  const isOurs = rpId === relyingParty(c).id;
  const state = isSynced ? badge("ok", t("synced")) : isSyncable ? badge("warn", t("notSynced")) : badge("neutral", t("thisDevice"));
  const when = dateOf(c, createdAt);
  const added = json.provider === null || json.provider === name ? t("added", { when }) : t("provider", { provider: json.provider, when });
  const used =
    lastUsedAt === null
      ? t("neverUsed")
      : t("lastUsed", {
          when: recentTime(c, lastUsedAt),
          device: json.lastUsedDevice ?? "",
          ip: ipWithPlace(c.get("s"), lastUsedIp ?? "", localeOf(c)),
        });
  return row({
    icon: "passkey",
    value: html`<strong class="name">${name}</strong> ${state}`,
    hint: html`${added}<br>${used}${isOurs ? "" : html`<br>${t("otherSite", { rpId })}`}`,
    action: html`<div class="acts">${rowLink({ path: `${path}/rename?id=${id}`, text: t("rename"), about: name })}
${rowLink({ path: `${path}/remove?id=${id}`, text: t("remove"), kind: "danger", about: name })}</div>`,
  });
}

/** Tells the browser which passkeys the account has, so that it hides removed ones, and the current names (WebAuthn, 5.1.10). */
async function signals(c: Context, user: User): Promise<Html | undefined> {
  const s = c.get("s");
  const handle = await findHandle(s, user.id);
  if (!handle) return undefined;
  const [rpId, userId] = [relyingParty(c).id, Buffer.from(handle).toString("base64url")];
  // A removed one that a report can still restore must not be deleted from the owner's devices.
  const allAcceptedCredentialIds = [
    ...(await usablePasskeys(s, user.id)).map(({ credentialId }) => credentialId),
    ...(await keptCredentials(s, user.id)),
  ];
  return signalMarkup(c, {
    signalAllAcceptedCredentials: { rpId, userId, allAcceptedCredentialIds },
    signalCurrentUserDetails: { rpId, userId, ...shownNames(c, user) },
  });
}

/** For the overview of the settings, where a changed name leads back to. */
export async function currentNames(c: Context): Promise<Html | undefined> {
  const s = c.get("s");
  const { user } = requireVisitor(c);
  const handle = await findHandle(s, user.id);
  if (!handle) return undefined;
  const userId = Buffer.from(handle).toString("base64url");
  return signalMarkup(c, { signalCurrentUserDetails: { rpId: relyingParty(c).id, userId, ...shownNames(c, user) } });
}

function signalMarkup(c: Context, all: object): Html {
  return html`<div data-passkey-signals="${JSON.stringify(all)}" hidden></div>${passkeyScript(c)}`;
}
