/** Changes an account's email once the new one is verified. */

import { z } from "zod";
import type { EmailChanged } from "../../../core/account/email-revert.ts";
import { isVerifiedOwner } from "../../../core/account/unverified.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { reserveCodeAttempt, reserveEmailTo } from "../../../core/mail/email-limits.ts";
import { isLostEmail } from "../../../core/mail/lost-email.ts";
import { canReach, canSendEmail } from "../../../core/mail/outbox.ts";
import { endTokens, findToken, type TokenRow } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { inTransaction, pageWith, type Transaction } from "../../../core/services.ts";
import type { RenewedSession } from "../../../core/sign-in/reauthentication.ts";
import { type AccountRow, findUserByEmail, toUser, type UserRow } from "../../../core/users/users.ts";
import type { Context, FormError, Sentence } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { emailProblemMessage, unreachableEmail } from "../../../http/forms/email-problems.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { continueSession, requireVisitor } from "../../../http/request/authenticate.ts";
import { bearerSecret } from "../../../http/request/bearer-secret.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { proveInbox } from "../../../http/request/inbox-proof.ts";
import { knownDevice, rememberDevice } from "../../../http/request/known-device.ts";
import { clearLinkToken, readLinkToken } from "../../../http/request/link-token.ts";
import { translator } from "../../../http/request/locale.ts";
import { shownEmail } from "../../../http/response/account-rows.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import type { Feature } from "../../feature.ts";
import { messages as emailMessages } from "./change-email.emails.messages.ts";
import { sendCode, sendEmailChanged, sendEmailWanted } from "./change-email.emails.ts";
import { messages } from "./change-email.messages.ts";
import { cancelPage, codePage, emailPage, linkPage, nothingPendingPage } from "./change-email.pages.ts";
import { changeEmailToken, findPendingChange, type Proof, requestEmailChange, verifyEmailChange } from "./verify-new-email.ts";

const path = "/settings/change-email";
const emailFields = z.object({
  email: z.string().default("").transform(trimTyped),
  /** Sent by "Send again". */
  again: z.string().optional(),
});
const confirmFields = z.object({ code: z.string().optional(), token: z.string().optional() });

export const changeEmail: Feature = {
  name: "change-email",
  pages: { "email-change": { path, isThere: canSendEmail } },
  messages: [messages, emailMessages],
  translations: [
    { de: () => import("./change-email.messages.de.ts"), ar: () => import("./change-email.messages.ar.ts") },
    { de: () => import("./change-email.emails.messages.de.ts"), ar: () => import("./change-email.emails.messages.ar.ts") },
  ],
  events: eventsIn(messages),
  emails: { "change-email": { expiresWith: changeEmailToken }, "email-wanted": {} },
  tokens: [{ ...changeEmailToken, landingPath: `${path}/confirm` }],
  openapi: {
    "/settings/change-email": {
      post: {
        summary: "Request an email change, which sends a 6-digit code to the new email",
        status: 202,
        response: schema.object({ pending: schema.object({ email: schema.text }) }),
        example: { email: "ada@example.org" },
      },
      formResponse: { type: "object" },
    },
    "/settings/change-email/confirm": {
      post: {
        summary: "Verify the new email with the code sent to it",
        renews: true,
        response: schema.object({ user: schema.user }),
        example: { code: "{code}" },
      },
      formResponse: { type: "object" },
    },
    "/settings/change-email/withdraw": {
      post: {
        summary: "Cancel the pending email change",
        response: schema.object({ pending: { type: "null" } }),
        example: {},
      },
      formResponse: { type: "object" },
    },
  },
  settingsPage: {
    group: "profile",
    icon: "email",
    action: "change",
    path,
    title: message(messages, "title"),
    isThere: canSendEmail,
    value: (c) => shownEmail(c, requireVisitor(c).user.email),
    badge: (c) => {
      const { email, emailVerifiedAt } = requireVisitor(c).user;
      if (isLostEmail(email)) return undefined;
      return emailVerifiedAt === null
        ? { kind: "warn", text: message(messages, "badge.unverified") }
        : { kind: "ok", text: message(messages, "badge.verified") };
    },
    instead: (c) => {
      const { email, emailVerifiedAt } = requireVisitor(c).user;
      if (isLostEmail(email)) return { action: { path, text: message(messages, "action.add") } };
      const verification = pageWith(c.get("s"), "email-verification");
      if (verification === undefined || emailVerifiedAt !== null) return undefined;
      return { action: { path: verification, text: message(messages, "action.verify") } };
    },
  },
  routes: (app, s) => {
    if (!canSendEmail(s)) return;
    app.form(path, {
      recentAuth: true,
      whileEnrolling: "unverified",
      fields: emailFields,
      keep: ["email", "again"],
      show: async (c, form) => emailPage(c, { form, current: requireVisitor(c).user.email, pending: (await pendingOf(c))?.email }),
      submit: (c, data) => request(c, data),
    });
    app.form(`${path}/confirm`, {
      whileEnrolling: "unverified",
      fields: confirmFields,
      keep: [],
      show: async (c, form) => {
        const linked = await linkedRow(c);
        if (linked) return linkPage(c, form, linked.email);
        const pending = await pendingOf(c);
        return pending ? codePage(c, form, pending.email) : nothingPendingPage(c, form);
      },
      submit: (c, data) => confirm(c, data),
    });
    app.form(`${path}/withdraw`, {
      whileEnrolling: "unverified",
      fields: z.object({}),
      keep: [],
      show: async (c, form) => {
        const pending = await pendingOf(c);
        return pending ? cancelPage(c, form, pending.email) : nothingPendingPage(c, form);
      },
      submit: (c) => cancel(c),
    });
  },
};

function pendingOf(c: Context): Promise<TokenRow | undefined> {
  return findPendingChange(c.get("s"), requireVisitor(c).user.id);
}

/** The pending change whose link was opened in this browser; undefined if it belongs to another account. */
async function linkedRow(c: Context): Promise<TokenRow | undefined> {
  const row = await findToken(c.get("s"), changeEmailToken, readLinkToken(c, changeEmailToken));
  return row?.user_id === requireVisitor(c).user.id ? row : undefined;
}

async function request(c: Context, { email, again }: z.output<typeof emailFields>): Promise<Response | FormError> {
  const s = c.get("s");
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const { was } = read.requester;
  const problem = problemOf(c, email, was);
  if (problem) return { status: 422, code: "invalid", problems: { email: problem } };
  if (!(await canReach(s, email))) return { status: 422, code: "invalid", problems: { email: unreachableEmail } };
  const info = requestInfo(c);
  const attempt = await reserveEmailTo(s, info, email);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  // Account enumeration: the response and its queries are the same for an email in use; only the sent email differs (ASVS 6.3.8).
  const owner = await findUserByEmail(s, email);
  const browser = browserOf(c, was) ?? rememberDevice(c, was);
  await inTransaction(s, async (tx) => {
    const issued = await requestEmailChange(tx, { userId: was.id, email, browser, info: info });
    if (owner && owner.id !== was.id && isVerifiedOwner(owner)) await sendEmailWanted(tx, owner, info);
    else await sendCode(tx, { ...was, email }, issued, info);
  });
  clearLinkToken(c, changeEmailToken);
  if (wantsJson(c)) return answerJson(c, { pending: { email } }, 202);
  if (again !== undefined) flash(c, "info", message(messages, "sentAgain"));
  return redirect(c, `${path}/confirm`);
}

function problemOf(c: Context, email: string, was: UserRow): Sentence | undefined {
  const t = translator(c, messages);
  if (email === "") return t("enterEmail");
  const problem = emailProblemMessage(email);
  if (problem) return problem;
  return email === was.email ? t("same") : undefined;
}

async function confirm(c: Context, data: z.output<typeof confirmFields>): Promise<Response | FormError> {
  const s = c.get("s");
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const proof = proofOf(c, data, read.requester.was);
  if (!proof) return { status: 422, code: "invalid", problems: { code: shared("enterCode") } };
  const info = requestInfo(c);
  const attempt = await reserveCodeAttempt(s, info);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  let renewed: RenewedSession | undefined;
  const notify = async (tx: Transaction, change: EmailChanged) => {
    await sendEmailChanged(tx, change, info);
    // Stolen password: of a verified account, the inbox that counts is the one that it has had.
    if (c.get("enrolment")?.mayCorrectEmail)
      renewed = await proveInbox(c, tx, change.user.id, "token" in proof ? "email-link" : "email-code");
  };
  const changed = await verifyEmailChange(s, { visitor: requireVisitor(c), proof, info, notify });
  if ("token" in proof) clearLinkToken(c, changeEmailToken);
  if (!changed.ok && changed.reason === "dead") {
    return "token" in proof
      ? { status: 422, code: "dead-link", message: t("deadLink") }
      : { status: 422, code: "wrong-code", problems: { code: shared("wrongCode") } };
  }
  if (!changed.ok && changed.reason === "taken") return { status: 409, code: "taken", message: t("taken") };
  if (!changed.ok) return credentialRefusal(changed.reason as "reported" | "changed");
  if (renewed) continueSession(c, renewed);
  if (wantsJson(c)) return answerJson(c, { user: toUser(changed.change.user) });
  flash(c, "success", message(messages, "changed"));
  return redirect(c, "/settings");
}

/** The secret that binds a code: that of a bearer session, or the device cookie of a browser. */
function browserOf(c: Context, was: AccountRow): string | undefined {
  return bearerSecret(c, "change-email") ?? knownDevice(c, was);
}

/** A typed code comes first; else the token of the request, or of the link that was opened in this browser. */
function proofOf(c: Context, { code, token }: z.output<typeof confirmFields>, was: AccountRow): Proof | undefined {
  const digits = code?.replaceAll(/[\s.\-–—\p{Default_Ignorable_Code_Point}]/gu, "");
  if (digits !== undefined) return /^\d{6}$/.test(digits) ? { code: digits, browser: browserOf(c, was) ?? "" } : undefined;
  const link = token ?? readLinkToken(c, changeEmailToken);
  return link === undefined ? undefined : { token: link };
}

async function cancel(c: Context): Promise<Response> {
  const { user } = requireVisitor(c);
  await inTransaction(c.get("s"), async (tx) => {
    if (!(await findPendingChange(tx, user.id))) return;
    await endTokens(tx, user.id, [changeEmailToken]);
    await recordEvent(tx, user.id, "email-change-withdrawn", requestInfo(c));
  });
  clearLinkToken(c, changeEmailToken);
  if (wantsJson(c)) return answerJson(c, { pending: null });
  flash(c, "info", message(messages, "cancelled"));
  return redirect(c, path);
}
