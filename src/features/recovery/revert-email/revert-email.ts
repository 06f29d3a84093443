/** Reverses an email change by the link sent to the previous email. */

import { z } from "zod";
import { redeemRevert, revertEmailToken } from "../../../core/account/email-revert.ts";
import { reserveCodeAttempt } from "../../../core/mail/email-limits.ts";
import { emailWords, requestDetails, sendEmail, sendSecurityNotice } from "../../../core/mail/emails.ts";
import { findToken, type TokenRow } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { inTransaction, recoveryPath, resetsOf, type Transaction } from "../../../core/services.ts";
import type { UserRow } from "../../../core/users/users.ts";
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
import { message } from "../../../i18n/messages.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./revert-email.messages.ts";

const fields = z.object({ token: z.string().optional(), keep_removed: keepRemovedField });

export const revertEmail: Feature = {
  name: "revert-email",
  messages: [messages],
  translations: [{ de: () => import("./revert-email.messages.de.ts"), ar: () => import("./revert-email.messages.ar.ts") }],
  emails: { "email-restored": {}, "email-taken-back": {} },
  tokens: [{ ...revertEmailToken, landingPath: "/revert-email" }],
  openapi: {
    "/revert-email": {
      post: {
        summary: "Undo an email change with the token of its notice",
        response: schema.object({ email: schema.text, restored: { type: "boolean", description: "Whether anything was restored." } }),
        example: { token: "{revert-email}" },
      },
      formResponse: { type: "object" },
    },
  },
  routes: (app) => {
    app.form("/revert-email", {
      access: "public",
      whileEnrolling: true,
      fields,
      keep: [],
      show: async (c, form) => {
        const row = await findToken(c.get("s"), revertEmailToken, readLinkToken(c, revertEmailToken));
        return row ? revertPage(c, form, row) : answerPage(c, deadRevertLink(c), 410);
      },
      submit: async (c, { token = readLinkToken(c, revertEmailToken) ?? "", keep_removed: keepsRemoved }) =>
        requireSameEmail(c, revertEmailToken) ?? (await revert(c, { token, keepsRemoved })),
    });
  },
};

async function revert(c: Context, asked: { readonly token: string; readonly keepsRemoved: boolean }): Promise<Response | FormError> {
  const s = c.get("s");
  const attempt = await reserveCodeAttempt(s, requestInfo(c));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const reverted = await inTransaction(s, async (tx) => {
    const result = await redeemRevert(tx, asked, requestInfo(c));
    if (result.ok) await notifyBoth(tx, c, result);
    return result;
  });
  if (!reverted.ok && reverted.reason === "taken") return { status: 409, code: "taken", message: translator(c, messages)("taken") };
  clearLinkToken(c, revertEmailToken);
  if (!reverted.ok) return answerPage(c, deadRevertLink(c), 410);
  if (c.get("visitor")?.user.id === reverted.was.id) clearSession(c);
  const { email, isRestored } = reverted;
  if (wantsJson(c)) return answerJson(c, { email, restored: isRestored });
  flash(c, "warning", message(messages, "reverted", { passwords: s.settings.passwords }));
  if (asked.keepsRemoved && isRestored) flashRestoredAnyway(c);
  return redirect(c, loginPath(c));
}

/** This browser's session was ended with the others. */
function clearSession(c: Context): void {
  c.set("visitor", undefined);
  expireCookie(c, "session");
}

async function notifyBoth(tx: Transaction, c: Context, { was, email }: { was: UserRow; email: string }): Promise<void> {
  const info = requestInfo(c);
  const t = emailWords(tx, messages, { to: was, info });
  const { siteName } = tx.settings;
  await sendSecurityNotice(tx, { ...was, email }, info, {
    kind: "email-restored",
    subject: t("email.restored.subject"),
    paragraphs: [
      t("email.restored.intro", { siteName, loginWith: tx.settings.loginWith }),
      t("email.restored.advice", { resets: resetsOf(tx) }),
    ],
    // The advice is for those who did this themselves.
    after: [],
  });
  if (was.email === email) return;
  await sendEmail(tx, was, {
    kind: "email-taken-back",
    subject: t("email.takenBack.subject"),
    paragraphs: [t("email.takenBack.intro", { siteName }), t("email.takenBack.advice", { siteName })],
    details: requestDetails(tx, was, info),
    reason: t("email.takenBack.reason", { siteName }),
  });
}

async function revertPage(c: Context, form: FormState, row: TokenRow): Promise<Page> {
  const { email } = row;
  const t = translator(c, messages);
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: form.message !== undefined,
    json: { email, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p>${t("intro", { email: html`<strong class="name">${email}</strong>` })} ${t("unverifiedErased")}</p>
${postForm({ action: "/revert-email", csrfToken: form.csrfToken, button: t("button"), body: html`${emailFingerprint(c, revertEmailToken)}\n${await keepRemovedBox(c, row)}` })}`,
  };
}

function deadRevertLink(c: Context): Page {
  const t = translator(c, messages);
  const resets = resetsOf(c.get("s"));
  const actions = [
    { path: "/login", text: t("deadLogIn") },
    { path: recoveryPath(c.get("s")), text: t("deadReset") },
  ];
  return deadLinkPage(c, { problem: t("deadProblem", { resets }), intro: t("deadIntro", { resets }), actions });
}
