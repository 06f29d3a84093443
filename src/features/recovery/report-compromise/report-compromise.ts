/** Not me: one button that throws everybody out and starts to give the account back to its owner. */

import { z } from "zod";
import { noteReport } from "../../../core/account/compromise.ts";
import { revertEmailChange } from "../../../core/account/email-change.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { revokeAllAccess } from "../../../core/credentials/revoke-access.ts";
import { reserveCodeAttempt } from "../../../core/mail/email-limits.ts";
import { canSendEmail } from "../../../core/mail/outbox.ts";
import { endTokens, findToken, redeemToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../../../core/one-time-tokens/token-purpose.ts";
import { inTransaction, recoveryPath, type Transaction } from "../../../core/services.ts";
import { endSessions } from "../../../core/sessions/session.ts";
import { findUserById } from "../../../core/users/users.ts";
import type { Context, FormState } from "../../../http/context.ts";
import { type FormError, tooManyAttempts } from "../../../http/forms/form.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { loginPath } from "../../../http/request/authenticate.ts";
import { dropCookie } from "../../../http/request/cookies.ts";
import { dropWaitingToken, emailFingerprint, requireSameEmail, waitingToken } from "../../../http/request/link-token.ts";
import { requestInfo } from "../../../http/request/request-info.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, answerPage, redirect, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
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

export const reportCompromise: Feature = {
  name: "report-compromise",
  messages: [messages],
  events: eventsIn(messages),
  tokens: [reportToken],
  securityNoticeLink: { text: message(messages, "notice.link"), purpose: reportToken },
  openapi: {
    "/report-compromise": {
      post: {
        summary: "Say that it was somebody else, by the token in a notice",
        gives: schema.object({ reported: schema.yes }),
        example: { token: "{report-compromise}" },
      },
    },
  },
  routes: (app, s) => {
    if (!canSendEmail(s)) return;
    app.form("/report-compromise", {
      access: "public",
      // Programs send the letter's token along; a browser that opened the link has it in a cookie.
      fields: z.object({ token: z.string().optional() }),
      keep: [],
      show: async (c, form) => {
        const row = await findToken(c.get("s"), reportToken, waitingToken(c, reportToken));
        return row ? reportPage(c, form) : answerPage(c, deadLinkPage(c), 410);
      },
      submit: async (c, { token }) => requireSameEmail(c, reportToken) ?? (await report(c, token ?? waitingToken(c, reportToken))),
    });
  },
};

async function report(c: Context, token: string | undefined): Promise<Response | FormError> {
  const attempt = await reserveCodeAttempt(c.get("s"), requestInfo(c));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const reported = await inTransaction(c.get("s"), (tx) => evictEveryone(c, tx, token));
  dropWaitingToken(c, reportToken);
  if (!reported) return answerPage(c, deadLinkPage(c), 410);
  if (c.get("visitor")?.user.id === reported.userId) leave(c);
  if (wantsJson(c)) return answerJson(c, { reported: true });
  // The account's email may no longer be the one that this notice went to.
  flash(c, "success", message(messages, reported.isPosted ? "emailed" : "askForReset"));
  return redirect(c, loginPath(c));
}

/** This browser's session has ended with the others. */
function leave(c: Context): void {
  c.set("visitor", undefined);
  dropCookie(c, "session");
}

interface Reported {
  readonly userId: string;
  /** Whether the letter with which a new password is chosen went out. */
  readonly isPosted: boolean;
}

/** Everything in one transaction, so that whoever is in has no moment to change something in between. */
async function evictEveryone(c: Context, tx: Transaction, token: string | undefined): Promise<Reported | undefined> {
  const row = await redeemToken(tx, reportToken, token);
  if (!row) return undefined;
  const undone = await revertEmailChange(tx, row.user_id, row.email);
  await endSessions(tx, row.user_id);
  // What addresses from before the undone change were sent lives on, and where nothing could be undone yet, the way back itself.
  if (undone) await revokeAllAccess(tx, row.user_id, undone.created_at);
  else
    await endTokens(
      tx,
      row.user_id,
      tx.catalog.tokens.filter(({ marksEmailLeft }) => !marksEmailLeft),
    );
  await noteReport(tx, row.user_id);
  await recordEvent(tx, row.user_id, "reported", requestInfo(c));
  const user = await findUserById(tx, row.user_id);
  // Only to the mailbox that this notice went to: any other could be the intruder's.
  const { accountRecovery: recovery } = tx.catalog;
  const isPosted = user?.email === row.email && recovery?.isAvailable(tx) === true;
  if (isPosted) await recovery.sendEmail(tx, user);
  return { userId: row.user_id, isPosted };
}

function reportPage(c: Context, form: FormState): Page {
  return {
    title: "This wasn’t me",
    width: "narrow",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>Was it not you?</h1>
<p>Then somebody else may be in your account. One press of the button</p>
<ul>
<li>logs out every device, yours too;</li>
<li>makes the present password open nothing;</li>
<li>puts your e-mail address back, if it was changed in the last 72 hours;</li>
<li>sends a letter to your address, to choose a new password.</li>
</ul>
${postForm({ action: "/report-compromise", csrfToken: form.csrfToken, button: "It wasn’t me: log everybody out", body: emailFingerprint(c, reportToken) })}
<p class="after">It was you after all? Then just close this page.</p>`,
  };
}

function deadLinkPage(c: Context): Page {
  const recovery = recoveryPath(c.get("s"));
  return {
    title: "This link does not work any more",
    width: "narrow",
    hasErrors: true,
    json: { error: { code: "dead-link", message: "This link has been used already, or is too old." } },
    body: html`<h1>This link does not work any more</h1>
<p>It has been used already, or is older than 72 hours. If you think that somebody else is in your account, choose a new password: it logs everybody out.</p>
${recovery === undefined ? "" : html`<p><a class="button" href="${at(recovery)}">Choose a new password</a></p>`}`,
  };
}
