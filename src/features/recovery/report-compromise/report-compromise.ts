/** Reports a compromised account: ends all sessions and starts account recovery. */

import { z } from "zod";
import { clearCompromise, recordCompromise } from "../../../core/account/compromise.ts";
import { revertEmailChange } from "../../../core/account/email-revert.ts";
import { leadMs, type TakenBack, takeBackSince } from "../../../core/account/take-back.ts";
import { hasEventSince, recordEvent } from "../../../core/audit/log.ts";
import { lockAccount } from "../../../core/credentials/guard-change.ts";
import { keptForMs } from "../../../core/credentials/kept-for.ts";
import { revokeAllAccess } from "../../../core/credentials/revoke-access.ts";
import { emailResetOf } from "../../../core/credentials/ways-back.ts";
import { reserveCodeAttempt } from "../../../core/mail/email-limits.ts";
import { emailWords, linkTo, sendEmail } from "../../../core/mail/emails.ts";
import { canSendEmail } from "../../../core/mail/outbox.ts";
import { endTokens, findToken, issueToken, redeemToken, type TokenRow } from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../../../core/one-time-tokens/token-purpose.ts";
import { inTransaction, recoveryPath, resetsOf, type Transaction } from "../../../core/services.ts";
import { endSessions } from "../../../core/sessions/session.ts";
import { type AccountRow, findUserById, hasPassword } from "../../../core/users/users.ts";
import { deleteReturning } from "../../../db/statements.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { deadLinkPage } from "../../../http/forms/dead-link.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { flashRestoredAnyway, keepRemovedBox, keepRemovedField } from "../../../http/forms/keep-removed.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { loginPath } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { expireCookie } from "../../../http/request/cookies.ts";
import { clearLinkToken, emailFingerprint, readLinkToken, requireSameEmail } from "../../../http/request/link-token.ts";
import { translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, answerPage, redirect, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, type MessageReference, message } from "../../../i18n/messages.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./report-compromise.messages.ts";

const reportToken: TokenPurpose = {
  name: "report-compromise",
  lifetimeMs: keptForMs,
  landingPath: "/report-compromise",
  manyAtOnce: true,
  survivesRevocation: true,
  staysInInbox: true,
};

/** Ends the freeze of a reported account that has no password to reset. */
const unlockToken: TokenPurpose = { name: "unlock-account", lifetimeMs: 72 * 3_600_000, landingPath: "/report-compromise/unlock" };

export const reportCompromise: Feature = {
  name: "report-compromise",
  messages: [messages],
  translations: [{ de: () => import("./report-compromise.messages.de.ts"), ar: () => import("./report-compromise.messages.ar.ts") }],
  events: eventsIn(messages),
  emails: { "account-unlock": { expiresWith: unlockToken } },
  tokens: [reportToken, unlockToken],
  securityNoticeLink: { text: message(messages, "email.link"), purpose: reportToken },
  openapi: {
    "/report-compromise": {
      post: {
        summary: "Report a compromised account with the token of a security notice",
        response: schema.object({ reported: schema.yes, restored: { type: "boolean", description: "Whether anything was restored." } }),
        example: { token: "{report-compromise}" },
      },
    },
    "/report-compromise/unlock": {
      post: {
        summary: "Unlock a reported account without a password, with the token of the email",
        response: schema.object({ unlocked: schema.yes }),
        example: { token: "{unlock-account}" },
      },
    },
  },
  routes: (app, s) => {
    if (!canSendEmail(s)) return;
    app.form("/report-compromise", {
      access: "public",
      whileEnrolling: true,
      // JSON clients send the token of the link; a browser that opened the link has it in a cookie.
      fields: z.object({ token: z.string().optional(), keep_removed: keepRemovedField }),
      keep: [],
      show: async (c, form) => {
        const row = await findToken(c.get("s"), reportToken, readLinkToken(c, reportToken));
        return row ? reportPage(c, form, row) : answerPage(c, deadReportLink(c), 410);
      },
      submit: async (c, { token, keep_removed: keepsRemoved }) =>
        requireSameEmail(c, reportToken) ?? (await report(c, token ?? readLinkToken(c, reportToken), keepsRemoved)),
    });
    app.form("/report-compromise/unlock", {
      access: "public",
      fields: z.object({ token: z.string().optional() }),
      keep: [],
      show: async (c, form) => {
        const row = await findToken(c.get("s"), unlockToken, readLinkToken(c, unlockToken));
        return row ? unlockPage(c, form) : answerPage(c, deadReportLink(c), 410);
      },
      submit: async (c, { token }) => requireSameEmail(c, unlockToken) ?? (await unlock(c, token ?? readLinkToken(c, unlockToken))),
    });
  },
};

async function report(c: Context, token: string | undefined, keepsRemoved: boolean): Promise<Response | FormError> {
  const attempt = await reserveCodeAttempt(c.get("s"), requestInfo(c));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const reported = await inTransaction(c.get("s"), (tx) => evictEveryone(c, tx, { token, keepsRemoved }));
  clearLinkToken(c, reportToken);
  if (!reported) return answerPage(c, deadReportLink(c), 410);
  if (c.get("visitor")?.user.id === reported.userId) clearSession(c);
  const { isRestored } = reported;
  if (wantsJson(c)) return answerJson(c, { reported: true, restored: isRestored });
  flash(c, "success", whatNext(c, reported));
  if (keepsRemoved && isRestored) flashRestoredAnyway(c);
  return redirect(c, loginPath(c));
}

/** The account's email may no longer be the one that this notice went to. */
function whatNext(c: Context, { sent, locked }: Reported): MessageReference {
  if (sent === "emailedUnlock") return message(messages, "emailedUnlock");
  if (sent === "emailed") return message(messages, "emailed", { locked });
  return message(messages, "askForReset", { locked: resetsOf(c.get("s")) === "on" ? locked : "withoutReset" });
}

/** This browser's session was ended with the others. */
function clearSession(c: Context): void {
  c.set("visitor", undefined);
  expireCookie(c, "session");
}

interface Reported extends TakenBack {
  readonly userId: string;
  /** The email that was sent: with a link to choose a password, or to unlock an account that has none. */
  readonly sent: "emailed" | "emailedUnlock" | "none";
  /** An account without a password has none to lock. */
  readonly locked: "password" | "account";
}

/** One transaction: an intruder gets no moment in between to change anything. */
async function evictEveryone(
  c: Context,
  tx: Transaction,
  { token, keepsRemoved }: { readonly token: string | undefined; readonly keepsRemoved: boolean },
): Promise<Reported | undefined> {
  const row = await redeemToken(tx, reportToken, token);
  if (!row) return undefined;
  // Race: a change of the intruder that is under way is waited for, so that it is seen and taken back (ASVS 15.4.2).
  await lockAccount(tx, row.user_id);
  const noticedAt = await endReports(tx, row);
  const reverted = await revertEmailChange(tx, row.user_id, row.email);
  if (reverted) await recordEvent(tx, row.user_id, "email-change-undone", requestInfo(c));
  await endSessions(tx, row.user_id);
  // Links sent to emails from before the reverted change stay valid; without a reverted change, so do links that revert one.
  if (reverted) await revokeAllAccess(tx, row.user_id, reverted.created_at);
  else
    await endTokens(
      tx,
      row.user_id,
      tx.catalog.tokens.filter(({ marksEmailLeft }) => !marksEmailLeft),
    );
  const takenBack = await takeBackSince(tx, row.user_id, noticedAt, { info: requestInfo(c), keepsRemoved });
  await recordCompromise(tx, row.user_id);
  await recordEvent(tx, row.user_id, "compromise-reported", requestInfo(c));
  const user = await findUserById(tx, row.user_id);
  // Account takeover: only the inbox of this notice gets a link, as any other may be the intruder's.
  const sent = user?.email === row.email ? await sendNextLink(c, tx, user, noticedAt) : "none";
  return { ...takenBack, userId: row.user_id, sent, locked: user !== undefined && hasPassword(user) ? "password" : "account" };
}

/** Ends the other report links in this inbox. Returns when the first notice was sent: the one that is reported need not be about the first change. */
async function endReports(tx: Transaction, { user_id, email, created_at }: TokenRow): Promise<number> {
  const others = await deleteReturning(tx.db, "one_time_tokens", {
    where: { user_id, purpose: reportToken.name, email },
    returning: ["created_at", "expires_at"],
  }).execute();
  return Math.min(created_at, ...others.filter(({ expires_at }) => expires_at > tx.now()).map((other) => other.created_at));
}

/**
 * A reset link sets a password, so an account that has given up its own gets a link that only unlocks it: whoever reads the inbox must not
 * gain a way in by a report. Lockout: an intruder with an older passkey may have given it up, so a removal that is reported is taken back.
 */
async function sendNextLink(c: Context, tx: Transaction, user: AccountRow, noticedAt: number): Promise<Reported["sent"]> {
  const info = requestInfo(c);
  const { accountRecovery: recovery } = tx.catalog;
  if (recovery?.isAvailable(tx) === true) {
    const isTakenBack = !hasPassword(user) && (await hasEventSince(tx, user.id, "password-removed", noticedAt - leadMs));
    if (isTakenBack || (await emailResetOf(tx, user)) === "allowed") {
      await recovery.sendEmail(tx, user, info, { by: isTakenBack ? "owner" : "stranger", isAfterReport: true });
      return "emailed";
    }
  }
  const t = emailWords(tx, messages, { to: user, info });
  const { siteName } = tx.settings;
  const { token } = await issueToken(tx, { purpose: unlockToken, userId: user.id, email: user.email });
  await sendEmail(
    tx,
    user,
    {
      kind: "account-unlock",
      subject: t("email.unlock.subject", { siteName }),
      paragraphs: [t("email.unlock.intro", { siteName })],
      action: { text: t("email.unlock.action"), url: linkTo(tx, unlockToken, token) },
      after: [t("email.unlock.expiry")],
    },
    info,
  );
  return "emailedUnlock";
}

async function unlock(c: Context, token: string | undefined): Promise<Response | FormError> {
  const attempt = await reserveCodeAttempt(c.get("s"), requestInfo(c));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const isUnlocked = await inTransaction(c.get("s"), async (tx) => {
    const row = await redeemToken(tx, unlockToken, token);
    const user = row && (await lockAccount(tx, row.user_id));
    // Race: an account that has a password by now is unlocked by resetting it.
    if (!row || user?.email !== row.email || (hasPassword(user) && tx.settings.passwords === "on")) return false;
    await revokeAllAccess(tx, user.id);
    await clearCompromise(tx, user.id);
    await recordEvent(tx, user.id, "account-unlocked", requestInfo(c));
    return true;
  });
  clearLinkToken(c, unlockToken);
  if (!isUnlocked) return answerPage(c, deadReportLink(c), 410);
  if (wantsJson(c)) return answerJson(c, { unlocked: true });
  flash(c, "success", message(messages, "unlocked"));
  return redirect(c, loginPath(c));
}

function unlockPage(c: Context, form: FormState): Page {
  const t = translator(c, messages);
  return {
    title: t("unlockTitle"),
    width: "narrow",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("unlockTitle")}</h1>
<p>${t("unlockIntro")}</p>
${postForm({ action: "/report-compromise/unlock", csrfToken: form.csrfToken, button: t("unlockButton"), body: emailFingerprint(c, unlockToken) })}`,
  };
}

async function reportPage(c: Context, form: FormState, row: TokenRow): Promise<Page> {
  const t = translator(c, messages);
  const s = c.get("s");
  const account = await findUserById(s, row.user_id);
  const hasProviders = s.settings.providers.length > 0;
  const locksPassword = s.settings.passwords === "on" && account !== undefined && hasPassword(account);
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p>${t("intro")}</p>
<ul>
<li>${t("endSessions")}</li>
${locksPassword ? html`<li>${t("lockPassword")}</li>\n` : ""}<li>${t("revertEmail")}</li>
${s.catalog.takeBack.length > 0 ? html`<li>${t("takeBack")}</li>\n` : ""}${hasProviders || s.catalog.secondFactors.length > 0 ? html`<li>${t("restore", { providers: hasProviders ? "on" : "off" })}</li>\n` : ""}<li>${t(locksPassword ? "sendReset" : "sendUnlock")}</li>
</ul>
${postForm({
  action: "/report-compromise",
  csrfToken: form.csrfToken,
  button: t("button"),
  body: html`${emailFingerprint(c, reportToken)}
${await keepRemovedBox(c, row)}`,
})}
<p class="after">${t("close")}</p>`,
  };
}

function deadReportLink(c: Context): Page {
  const t = translator(c, messages);
  const resets = resetsOf(c.get("s"));
  const actions = [{ path: recoveryPath(c.get("s")), text: t("deadReset") }];
  return deadLinkPage(c, { problem: t("deadProblem", { resets }), intro: t("deadIntro", { resets }), actions });
}
