/** Reports a compromised account: ends all sessions and starts account recovery. */

import { z } from "zod";
import { recordCompromise } from "../../../core/account/compromise.ts";
import { revertEmailChange } from "../../../core/account/email-revert.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { revokeAllAccess } from "../../../core/credentials/revoke-access.ts";
import { reserveCodeAttempt } from "../../../core/mail/email-limits.ts";
import { canSendEmail } from "../../../core/mail/outbox.ts";
import { endTokens, findToken, redeemToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../../../core/one-time-tokens/token-purpose.ts";
import { inTransaction, recoveryPath, type Transaction } from "../../../core/services.ts";
import { endSessions } from "../../../core/sessions/session.ts";
import { findUserById } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { deadLinkPage } from "../../../http/forms/dead-link.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { loginPath } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { expireCookie } from "../../../http/request/cookies.ts";
import { clearLinkToken, emailFingerprint, readLinkToken, requireSameEmail } from "../../../http/request/link-token.ts";
import { translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, answerPage, redirect, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./report-compromise.messages.ts";

const reportToken: TokenPurpose = {
  name: "report-compromise",
  lifetimeMs: 72 * 3_600_000,
  landingPath: "/report-compromise",
  manyAtOnce: true,
  survivesRevocation: true,
};

/** A notice is written after its change; clocks of two processes may differ too. */
const leadMs = 60_000;

export const reportCompromise: Feature = {
  name: "report-compromise",
  messages: [messages],
  translations: [{ de: () => import("./report-compromise.messages.de.ts"), ar: () => import("./report-compromise.messages.ar.ts") }],
  events: eventsIn(messages),
  tokens: [reportToken],
  securityNoticeLink: { text: message(messages, "email.link"), purpose: reportToken },
  openapi: {
    "/report-compromise": {
      post: {
        summary: "Report a compromised account with the token of a security notice",
        response: schema.object({ reported: schema.yes }),
        example: { token: "{report-compromise}" },
      },
    },
  },
  routes: (app, s) => {
    if (!canSendEmail(s)) return;
    app.form("/report-compromise", {
      access: "public",
      whileEnrolling: true,
      // JSON clients send the token of the link; a browser that opened the link has it in a cookie.
      fields: z.object({ token: z.string().optional() }),
      keep: [],
      show: async (c, form) => {
        const row = await findToken(c.get("s"), reportToken, readLinkToken(c, reportToken));
        return row ? reportPage(c, form) : answerPage(c, deadReportLink(c), 410);
      },
      submit: async (c, { token }) => requireSameEmail(c, reportToken) ?? (await report(c, token ?? readLinkToken(c, reportToken))),
    });
  },
};

async function report(c: Context, token: string | undefined): Promise<Response | FormError> {
  const attempt = await reserveCodeAttempt(c.get("s"), requestInfo(c));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const reported = await inTransaction(c.get("s"), (tx) => evictEveryone(c, tx, token));
  clearLinkToken(c, reportToken);
  if (!reported) return answerPage(c, deadReportLink(c), 410);
  if (c.get("visitor")?.user.id === reported.userId) clearSession(c);
  if (wantsJson(c)) return answerJson(c, { reported: true });
  // The account's email may no longer be the one that this notice went to.
  flash(c, "success", message(messages, reported.isEmailSent ? "emailed" : "askForReset"));
  return redirect(c, loginPath(c));
}

/** This browser's session was ended with the others. */
function clearSession(c: Context): void {
  c.set("visitor", undefined);
  expireCookie(c, "session");
}

interface Reported {
  readonly userId: string;
  /** Whether a password reset email was sent. */
  readonly isEmailSent: boolean;
}

/** One transaction: an intruder gets no moment in between to change anything. */
async function evictEveryone(c: Context, tx: Transaction, token: string | undefined): Promise<Reported | undefined> {
  const row = await redeemToken(tx, reportToken, token);
  if (!row) return undefined;
  const reverted = await revertEmailChange(tx, row.user_id, row.email);
  await endSessions(tx, row.user_id);
  // Links sent to emails from before the reverted change stay valid; without a reverted change, so do links that revert one.
  if (reverted) await revokeAllAccess(tx, row.user_id, reverted.created_at);
  else
    await endTokens(
      tx,
      row.user_id,
      tx.catalog.tokens.filter(({ marksEmailLeft }) => !marksEmailLeft),
    );
  // Account takeover: what an intruder added since this notice must not log in, or lock the owner out.
  for (const takeBack of tx.catalog.takeBack) await takeBack(tx, row.user_id, row.created_at - leadMs);
  await recordCompromise(tx, row.user_id);
  await recordEvent(tx, row.user_id, "compromise-reported", requestInfo(c));
  const user = await findUserById(tx, row.user_id);
  // Account takeover: only the inbox of this notice gets the reset link, as any other may be the intruder's.
  const { accountRecovery: recovery } = tx.catalog;
  const isEmailSent = user?.email === row.email && recovery?.isAvailable(tx) === true;
  if (isEmailSent) await recovery.sendEmail(tx, user, requestInfo(c));
  return { userId: row.user_id, isEmailSent };
}

function reportPage(c: Context, form: FormState): Page {
  const t = translator(c, messages);
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p>${t("intro")}</p>
<ul>
<li>${t("endSessions")}</li>
<li>${t("lockPassword")}</li>
<li>${t("revertEmail")}</li>
<li>${t("sendReset")}</li>
</ul>
${postForm({ action: "/report-compromise", csrfToken: form.csrfToken, button: t("button"), body: emailFingerprint(c, reportToken) })}
<p class="after">${t("close")}</p>`,
  };
}

function deadReportLink(c: Context): Page {
  const t = translator(c, messages);
  const actions = [{ path: recoveryPath(c.get("s")), text: t("deadReset") }];
  return deadLinkPage(c, { problem: t("deadProblem"), intro: t("deadIntro"), actions });
}
