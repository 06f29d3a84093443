/** Moving an account to another address: asked for here, proved by a letter to the new address, told to the old one. */

import { z } from "zod";
import {
  askEmailChange,
  changeEmailToken,
  confirmEmailChange,
  type EmailChanged,
  findPendingChange,
  type Proof,
} from "../../../core/account/email-change.ts";
import { isVerifiedOwner } from "../../../core/account/unverified.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { reserveCodeAttempt, reserveEmailTo } from "../../../core/mail/email-limits.ts";
import { canReach, canSendEmail } from "../../../core/mail/outbox.ts";
import { endTokens, findToken, type TokenRow } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { inTransaction, type Transaction } from "../../../core/services.ts";
import { type AccountRow, findUserByEmail, toUser, type UserRow } from "../../../core/users/users.ts";
import type { Context, FormError, Sentence } from "../../../http/context.ts";
import { emailProblemInWords, unreachable } from "../../../http/email-words.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { knownDevice, rememberDevice } from "../../../http/request/known-device.ts";
import { dropWaitingToken, waitingToken } from "../../../http/request/link-token.ts";
import { requestInfo } from "../../../http/request/request-info.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import type { Feature } from "../../feature.ts";
import { postChanged, postCode, postSomebodyTried } from "./change-email.letters.ts";
import { messages } from "./change-email.messages.ts";
import { confirmPage, emailPage, linkPage, nothingPage, withdrawPage } from "./change-email.pages.ts";

const dead: FormError = {
  status: 422,
  code: "dead-link",
  message: "This link has been used already, is too old, or was sent to another account.",
};
const wrongCode: FormError = {
  status: 422,
  code: "wrong-code",
  problems: { code: "These are not the digits of the last letter, or they are too old. After five tries you need another letter." },
};
const takenByNow: FormError = {
  status: 409,
  code: "taken",
  message: "Another account has this address by now, so yours stays as it is.",
};

const path = "/settings/change-email";
const emailFields = z.object({
  email: z.string().default("").transform(trimTyped),
});
const confirmFields = z.object({ code: z.string().optional(), token: z.string().optional() });

export const changeEmail: Feature = {
  name: "change-email",
  messages: [messages],
  events: eventsIn(messages),
  emails: { "change-email": { expiresWith: changeEmailToken }, "email-wanted": {}, "email-left": {}, "email-changed": {} },
  tokens: [changeEmailToken],
  openapi: {
    "/settings/change-email": {
      post: {
        summary: "Ask for another address; a letter with six digits goes to it",
        status: 202,
        gives: schema.object({ pending: schema.object({ email: schema.text }) }),
        example: { email: "ada@example.org" },
      },
      formGives: { type: "object" },
    },
    "/settings/change-email/confirm": {
      post: {
        summary: "Confirm the new address by the digits in its letter",
        gives: schema.object({ user: schema.user }),
        example: { code: "{code}" },
      },
      formGives: { type: "object" },
    },
    "/settings/change-email/withdraw": {
      post: {
        summary: "Keep the old address after all",
        gives: schema.object({ pending: { type: "null" } }),
        example: {},
      },
      formGives: { type: "object" },
    },
  },
  settingsCard: {
    path,
    title: message(messages, "card.title"),
    isThere: canSendEmail,
    text: (c) => message(messages, "card.text", { email: requireVisitor(c).user.email }),
  },
  routes: (app, s) => {
    if (!canSendEmail(s)) return;
    app.form(path, {
      recentAuth: true,
      fields: emailFields,
      keep: ["email"],
      show: async (c, form) => emailPage({ form, now: requireVisitor(c).user.email, pending: (await pendingOf(c))?.email }),
      submit: (c, { email }) => ask(c, email),
    });
    app.form(`${path}/confirm`, {
      fields: confirmFields,
      keep: [],
      show: async (c, form) => {
        const linked = await linkedRow(c);
        if (linked) return linkPage(form, linked.email);
        const pending = await pendingOf(c);
        return pending ? confirmPage(form, pending.email) : nothingPage(form);
      },
      submit: (c, data) => confirm(c, data),
    });
    app.form(`${path}/withdraw`, {
      fields: z.object({}),
      keep: [],
      show: async (c, form) => withdrawPage(form, (await pendingOf(c))?.email),
      submit: (c) => withdraw(c),
    });
  },
};

function pendingOf(c: Context): Promise<TokenRow | undefined> {
  return findPendingChange(c.get("s"), requireVisitor(c).user.id);
}

/** The change whose link was opened in this browser, if it is this account's. */
async function linkedRow(c: Context): Promise<TokenRow | undefined> {
  const row = await findToken(c.get("s"), changeEmailToken, waitingToken(c, changeEmailToken));
  return row?.user_id === requireVisitor(c).user.id ? row : undefined;
}

async function ask(c: Context, email: string): Promise<Response | FormError> {
  const s = c.get("s");
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const { was } = read.asker;
  const problem = problemOf(email, was);
  if (problem) return { status: 422, code: "invalid", problems: { email: problem } };
  if (!(await canReach(s, email))) return { status: 422, code: "invalid", problems: { email: unreachable } };
  const info = requestInfo(c);
  const attempt = await reserveEmailTo(s, info, email);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  // Whether the address has an account shows neither in the answer nor in its queries: only the letter differs (ASVS 6.3.8).
  const holder = await findUserByEmail(s, email);
  const browser = knownDevice(c, was) ?? rememberDevice(c, was);
  await inTransaction(s, async (tx) => {
    const issued = await askEmailChange(tx, { userId: was.id, email, browser, origin: info });
    if (holder && holder.id !== was.id && isVerifiedOwner(holder)) await postSomebodyTried(tx, holder);
    else await postCode(tx, { ...was, email }, issued);
  });
  dropWaitingToken(c, changeEmailToken);
  return wantsJson(c) ? answerJson(c, { pending: { email } }, 202) : redirect(c, `${path}/confirm`);
}

function problemOf(email: string, was: UserRow): Sentence | undefined {
  if (email === "") return "Enter your new e-mail address.";
  const problem = emailProblemInWords(email);
  if (problem) return problem;
  return email === was.email ? "This is your e-mail address already. Enter another." : undefined;
}

async function confirm(c: Context, data: z.output<typeof confirmFields>): Promise<Response | FormError> {
  const s = c.get("s");
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const proof = proofOf(c, data, read.asker.was);
  if (!proof) return { status: 422, code: "invalid", problems: { code: "Enter the six digits from the letter." } };
  const origin = requestInfo(c);
  const attempt = await reserveCodeAttempt(s, origin);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const tell = (tx: Transaction, change: EmailChanged) => postChanged(tx, change, origin);
  const changed = await confirmEmailChange(s, { visitor: requireVisitor(c), proof, origin, tell });
  if ("token" in proof) dropWaitingToken(c, changeEmailToken);
  if (!changed.ok && changed.reason === "dead") return "token" in proof ? dead : wrongCode;
  if (!changed.ok) return changed.reason === "taken" ? takenByNow : credentialRefusal(changed.reason as "reported" | "changed");
  if (wantsJson(c)) return answerJson(c, { user: toUser(changed.change.user) });
  flash(c, "success", message(messages, "changed"));
  return redirect(c, "/settings");
}

/** Digits count where they were typed; else it is the link that was opened in this browser, or a program's token. */
function proofOf(c: Context, { code, token }: z.output<typeof confirmFields>, was: AccountRow): Proof | undefined {
  const digits = code?.replaceAll(/[\s.\-–—\p{Default_Ignorable_Code_Point}]/gu, "");
  if (digits !== undefined) return /^\d{6}$/.test(digits) ? { code: digits, browser: knownDevice(c, was) ?? "" } : undefined;
  const link = token ?? waitingToken(c, changeEmailToken);
  return link === undefined ? undefined : { token: link };
}

async function withdraw(c: Context): Promise<Response> {
  const { user } = requireVisitor(c);
  await inTransaction(c.get("s"), async (tx) => {
    if (!(await findPendingChange(tx, user.id))) return;
    await endTokens(tx, user.id, [changeEmailToken]);
    await recordEvent(tx, user.id, "email-change-withdrawn", requestInfo(c));
  });
  dropWaitingToken(c, changeEmailToken);
  if (wantsJson(c)) return answerJson(c, { pending: null });
  flash(c, "info", message(messages, "cancelled"));
  return redirect(c, path);
}
