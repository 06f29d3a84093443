/** Taking a change of address back, by the link that the old mailbox was sent. */

import { z } from "zod";
import { redeemUndo, revertEmailToken } from "../../../core/account/email-change.ts";
import { reserveCodeAttempt } from "../../../core/mail/email-limits.ts";
import { sendEmail, sendSecurityNotice } from "../../../core/mail/emails.ts";
import { findToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { inTransaction, recoveryPath, type Transaction } from "../../../core/services.ts";
import type { UserRow } from "../../../core/users/users.ts";
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
import { instantInWords } from "../../../ui/date-time.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./revert-email.messages.ts";

const dead = { code: "dead-link", message: "This link has been used already, or is too old." };
const taken: FormError = {
  status: 409,
  code: "taken",
  message:
    "Another account has this address by now, so the change cannot be undone. If it was not you, use “This wasn’t me” in the same letter.",
};

const fields = z.object({ token: z.string().optional() });

export const revertEmail: Feature = {
  name: "revert-email",
  messages: [messages],
  events: eventsIn(messages),
  emails: { "email-restored": {}, "email-taken-back": {} },
  tokens: [revertEmailToken],
  openapi: {
    "/revert-email": {
      post: {
        summary: "Undo a change of the address, by the token in its notice",
        gives: schema.object({ email: schema.text }),
        example: { token: "{revert-email}" },
      },
      formGives: { type: "object" },
    },
  },
  routes: (app) => {
    app.form("/revert-email", {
      access: "public",
      fields,
      keep: [],
      show: async (c, form) => {
        const row = await findToken(c.get("s"), revertEmailToken, waitingToken(c, revertEmailToken));
        return row ? undoPage(c, form, row.email) : answerPage(c, deadPage(c), 410);
      },
      submit: async (c, { token }) =>
        requireSameEmail(c, revertEmailToken) ?? (await undo(c, token ?? waitingToken(c, revertEmailToken) ?? "")),
    });
  },
};

async function undo(c: Context, token: string): Promise<Response | FormError> {
  const s = c.get("s");
  const attempt = await reserveCodeAttempt(c.get("s"), requestInfo(c));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const undone = await inTransaction(s, async (tx) => {
    const result = await redeemUndo(tx, token, requestInfo(c));
    if (result.ok) await tellBoth(tx, c, result);
    return result;
  });
  if (!undone.ok && undone.reason === "taken") return taken;
  dropWaitingToken(c, revertEmailToken);
  if (!undone.ok) return answerPage(c, deadPage(c), 410);
  if (c.get("visitor")?.user.id === undone.was.id) leave(c);
  if (wantsJson(c)) return answerJson(c, { email: undone.email });
  flash(c, "warning", message(messages, "reverted"));
  return redirect(c, loginPath(c));
}

/** This browser's session has ended with the others. */
function leave(c: Context): void {
  c.set("visitor", undefined);
  dropCookie(c, "session");
}

async function tellBoth(tx: Transaction, c: Context, { was, email }: { was: UserRow; email: string }): Promise<void> {
  await sendSecurityNotice(tx, { ...was, email }, requestInfo(c), {
    kind: "email-restored",
    subject: "Your e-mail address is this one again",
    paragraphs: [
      "The change of your e-mail address was undone, and all devices were logged out. You log in with this address again.",
      "If somebody else had changed it, they may know your password: choose a new one with “Forgot your password?” on the login page.",
    ],
  });
  if (was.email === email) return;
  await sendEmail(tx, was, {
    kind: "email-taken-back",
    subject: "This is no longer your e-mail address here",
    paragraphs: [
      `Whoever has the mailbox of the address that your account at ${tx.settings.siteName} had before took the change to this address back, on ${instantInWords(tx.now())}, from the address ${requestInfo(c).ip}. Letters go there again, and no longer here.`,
      `Is the account yours, and the earlier mailbox no longer? Write to whoever runs ${tx.settings.siteName}: only they can give it back to you.`,
    ],
  });
}

function undoPage(c: Context, form: FormState, email: string): Page {
  return {
    title: "Undo the change of address",
    width: "narrow",
    hasErrors: form.message !== undefined,
    json: { email, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>Use your old address again?</h1>
<p>Your account goes back to <strong class="name">${email}</strong>, and every device is logged out. An account that somebody made with this address since, and never confirmed, is erased.</p>
${postForm({ action: "/revert-email", csrfToken: form.csrfToken, button: "Undo the change", body: emailFingerprint(c, revertEmailToken) })}`,
  };
}

function deadPage(c: Context): Page {
  const recovery = recoveryPath(c.get("s"));
  return {
    title: "This link does not work any more",
    width: "narrow",
    hasErrors: true,
    json: { error: dead },
    body: html`<h1>This link does not work any more</h1>
<p>It has been used already, or is older than 72 hours. You can still choose a new password for the address that your account has now.</p>
<p class="actions"><a class="button" href="${at("/login")}">Log in</a>${recovery === undefined ? "" : html` <a class="button secondary" href="${at(recovery)}">Choose a new password</a>`}</p>`,
  };
}
