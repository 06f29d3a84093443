/** Creates recovery codes, and shows them once. */

import { guardCredentialChange } from "../../../core/credentials/guard-change.ts";
import { keepRemoved } from "../../../core/credentials/removed-factors.ts";
import { inTransaction } from "../../../core/services.ts";
import { recoveryCodesId } from "../../../core/sessions/factor-id.ts";
import { endSessionsByCodes } from "../../../core/sessions/session.ts";
import { reserveProof } from "../../../core/sign-in/proof-limit.ts";
import { countRecoveryCodes, countUnused, makeRecoveryCodes, readRecoveryCode } from "../../../core/two-factor/recovery-codes.ts";
import { turnOn } from "../../../core/two-factor/state.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { removalHint } from "../../../http/forms/removal-hint.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { expireCookie, readCookie, writeCookie } from "../../../http/request/cookies.ts";
import { localeOf, translator } from "../../../http/request/locale.ts";
import { pageToReturnTo, withNext } from "../../../http/request/return-url.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, answerTextFile, redirect, wantsJson } from "../../../http/response/respond.ts";
import { dateOf } from "../../../http/response/times.ts";
import { message } from "../../../i18n/messages.ts";
import { panel } from "../../../ui/components.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { recordChanges } from "./notices.ts";
import { messages } from "./two-factor.messages.ts";

const shownForSeconds = 600;

const needsTwoFactor: FormError = { status: 409, code: "two-factor-off", message: message(messages, "needsTwoFactor") };

export async function makeCodes(c: Context): Promise<Response | FormError> {
  const s = c.get("s");
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const info = requestInfo(c);
  const { session } = requireVisitor(c);
  const made = await inTransaction(s, async (tx) => {
    const allowed = await guardCredentialChange(tx, read.requester);
    if (!allowed.ok) return { ok: false, refusal: credentialRefusal(allowed.reason) } as const;
    const { account } = allowed;
    if (account.two_factor_since === null) return { ok: false, refusal: needsTwoFactor } as const;
    const keptUntil = await keepRemoved(tx, account, { session, factors: [recoveryCodesId] });
    const codes = await makeRecoveryCodes(tx, account);
    await turnOn(tx, account);
    await endSessionsByCodes(tx, account.id, session);
    await recordChanges(tx, account, info, ["recovery-codes-made"]);
    return { ok: true, codes, keptUntil } as const;
  });
  if (!made.ok) return made.refusal;
  if (wantsJson(c)) return answerJson(c, { recoveryCodes: made.codes, keptUntil: made.keptUntil });
  flash(c, "success", message(messages, "codesMade"));
  return showCodes(c, made.codes);
}

/**
 * Redirects to the page that shows the codes. They are in an encrypted cookie until then: not in a URL, and a form that is sent twice still
 * ends on the page with its codes.
 */
export function showCodes(c: Context, codes: readonly string[], next?: string): Response {
  const { user } = requireVisitor(c);
  const s = c.get("s");
  const content = JSON.stringify({ codes, until: s.now() + shownForSeconds * 1_000 });
  writeCookie(c, "codes", s.keyring.encrypt("recovery-code", content, { to: ["shown", user.id] }), shownForSeconds);
  return redirect(c, withNext(s.settings, "/settings/two-factor/recovery", next));
}

/** Takes the codes out of the cookie: the page shows them once. */
function takeCodes(c: Context): readonly string[] | undefined {
  const cookie = readCookie(c, "codes");
  if (cookie === undefined) return undefined;
  expireCookie(c, "codes");
  const s = c.get("s");
  const content = s.keyring.tryDecrypt("recovery-code", cookie, { to: ["shown", requireVisitor(c).user.id] });
  const { codes, until } = content === undefined ? { codes: [], until: 0 } : (JSON.parse(content) as { codes: string[]; until: number });
  return until > s.now() ? codes : undefined;
}

export async function recoveryPage(c: Context, form: FormState): Promise<Page | Response> {
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  const s = c.get("s");
  if (user.twoFactorSince === null && !wantsJson(c)) return redirect(c, "/settings/two-factor");
  // Link previews and scripts: only the page that shows the codes takes them out of the cookie.
  const codes = c.req.method === "HEAD" || wantsJson(c) ? undefined : takeCodes(c);
  if (codes) return codesPage(c, form, codes);
  const count = await countRecoveryCodes(s, user.id);
  return {
    title: t("codes"),
    width: "account",
    hasErrors: form.message !== undefined,
    json: { recoveryCodesLeft: count, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("codes")}</h1>
<p class="lead">${t("codesIntro")}</p>
${postForm({
  action: "/settings/two-factor/recovery",
  csrfToken: form.csrfToken,
  button: t("makeCodes"),
  body: html`<p><strong>${t("codesRemaining", { count })}</strong></p>
<p class="hint">${t("codesHidden")} ${t("makeWarning")}</p>
${await removalHint(c, [recoveryCodesId])}`,
})}
${back(c)}`,
  };
}

function codesPage(c: Context, { csrfToken }: FormState, codes: readonly string[]): Page {
  const t = translator(c, messages);
  const { settings, now } = c.get("s");
  const { username } = requireVisitor(c).user;
  return {
    title: t("saveTitle"),
    width: "account",
    body: html`<h1>${t("saveTitle")}</h1>
<p class="lead on-screen">${t("saveIntro")}</p>
<p class="on-paper">${t("fileTitle", { username, siteName: settings.siteName })}<br>${t("fileDate", { date: dateOf(c, now()) })}</p>
${panel({
  title: t("codes"),
  body: html`<ol class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>
<p class="hint">${t("codesIntro")}</p>`,
})}
<form method="post" action="${at("/settings/two-factor/recovery/download")}" class="plain acts">
<input type="hidden" name="csrf_token" value="${csrfToken}">
<input type="hidden" name="codes" value="${codes.join(" ")}">
<button type="submit" class="button">${t("download")}</button>
<a class="button secondary" href="${pageToReturnTo(settings, c.req.query("next")) ?? at("/settings/two-factor")}">${t("saved")}</a>
</form>`,
  };
}

/** Reflected file download: only codes of this account are written into the file. Guessing: the answer tells whether a code is right. */
export async function download(c: Context, typed: string): Promise<Response | FormError> {
  const s = c.get("s");
  const { user } = requireVisitor(c);
  const attempt = await reserveProof(s, `recovery-codes-file ${user.id}`);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const codes = typed.split(/\s+/).filter((code) => code !== "");
  const read = codes.flatMap((code) => readRecoveryCode(code) ?? []);
  const areOwn =
    codes.length > 0 && codes.length <= 10 && read.length === codes.length && (await countUnused(s, user.id, read)) === codes.length;
  if (!areOwn) return { status: 422, code: "invalid", message: message(messages, "unknownCodes") };
  const t = translator(c, messages);
  const day = s.translations.translator(localeOf(c)).dayInWords(s.now());
  const lines = [
    t("fileTitle", { username: user.username, siteName: s.settings.siteName }),
    t("fileDate", { date: day }),
    "",
    ...codes,
    "",
    t("fileIntro"),
  ];
  return answerTextFile(c, "recovery-codes.txt", `${lines.join("\r\n")}\r\n`);
}

function back(c: Context): Html {
  const t = translator(c, messages);
  return html`<p class="after"><a href="${at("/settings/two-factor")}">${t("title")}</a></p>`;
}
