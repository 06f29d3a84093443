/** Helps users who have lost every second factor: recovery codes, an administrator, or email after a wait. */

import { z } from "zod";
import { reserveCodeAttempt, reserveEmail } from "../../../core/mail/email-limits.ts";
import { findToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { findPendingSignIn, type PendingSignIn } from "../../../core/sign-in/pending-sign-in.ts";
import { twoFactorStep } from "../../../core/sign-in/two-factor-step.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { loginPath, requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { clearLinkToken, readLinkToken, requireSameEmail } from "../../../http/request/link-token.ts";
import { translator } from "../../../http/request/locale.ts";
import { pendingSignIn } from "../../../http/response/complete-sign-in.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerError, answerJson, answerPage, redirect, redirectWithFlash, wantsJson } from "../../../http/response/respond.ts";
import { dateOf } from "../../../http/response/times.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { lazy } from "../../../platform/lazy.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { finishToken, startToken } from "./recover-two-factor.emails.ts";
import { messages } from "./recover-two-factor.messages.ts";
import { cancelPage, deadRecoveryLink, finishPage, helpPage, startPage } from "./recover-two-factor.pages.ts";
import { findRecovery } from "./recover-two-factor.store.ts";
import { isOffered, recoveryStartOf } from "./recovery-rules.ts";

/** Loaded where a recovery is under way, and not at the start. */
const recovery = lazy(() => import("./recovery.ts")).get;

const linkFields = z.object({ token: z.string().optional() });

export const recoverTwoFactor: Feature = {
  name: "recover-two-factor",
  pages: { "lost-factors": { path: "/login/recover" } },
  messages: [messages],
  translations: [{ de: () => import("./recover-two-factor.messages.de.ts"), ar: () => import("./recover-two-factor.messages.ar.ts") }],
  events: eventsIn(messages),
  emails: {
    "two-factor-recovery": { expiresWith: startToken },
    "two-factor-recovery-started": {},
    "two-factor-recovery-waiting": {},
    "two-factor-recovery-end": { expiresWith: finishToken },
    "two-factor-recovery-cancelled": {},
    "two-factor-recovered": {},
  },
  tokens: [startToken, finishToken],
  jobs: [
    {
      name: "two-factor-recoveries",
      removeExpired: async (s, count) => (isOffered(s) ? (await recovery()).sendDueEmails(s, count) : 0),
    },
  ],
  exportData: {
    name: "twoFactorRecovery",
    read: async (s, userId) => {
      const row = await findRecovery(s, userId);
      return row === undefined ? {} : { startedAt: row.started_at, dueAt: row.due_at };
    },
  },
  factorRecovery: {
    pending: async (s, userId) => (isOffered(s) ? (await recovery()).pendingRecovery(s, userId) : undefined),
    cancel: async (s, userId, info) => (await recovery()).cancelRecovery(s, userId, info),
    // Most sites pay no query.
    endIfOver: async (tx, userId, info) => (isOffered(tx) ? (await recovery()).endIfOver(tx, userId, info) : undefined),
  },
  securityCheck: async (c) => {
    const s = c.get("s");
    const { user } = requireVisitor(c);
    // Most sites and accounts pay no query.
    if (!isOffered(s) || user.twoFactorSince === null) return undefined;
    const dueAt = await (await recovery()).pendingRecovery(s, user.id);
    if (dueAt === undefined) return undefined;
    const t = translator(c, messages);
    return {
      state: "warn",
      title: t("check.title"),
      hint: t("check.hint", { date: dateOf(c, dueAt) }),
      action: { path: "/settings/cancel-recovery", text: t("check.action") },
    };
  },
  openapi: {
    "/login/recover": {
      post: {
        summary: "Email a link that starts the recovery of two-factor authentication",
        status: 202,
        response: schema.checkMail,
        example: { pending: "{pending}" },
      },
    },
    "/login/recover/start": {
      post: {
        summary: "Start the recovery with the token of the first link",
        response: schema.object({ recoveryUntil: schema.instant }),
        example: { token: "{two-factor-recovery}" },
      },
    },
    "/login/recover/finish": {
      post: {
        summary: "Turn two-factor authentication off with the token of the second link",
        response: schema.object({ recovered: schema.yes }),
        example: { token: "{two-factor-recovery-end}" },
      },
    },
    "/settings/cancel-recovery": {
      post: {
        summary: "Cancel the recovery of two-factor authentication",
        response: schema.object({ cancelled: { type: "boolean" } }),
        example: {},
      },
    },
  },
  routes: (app, s) => {
    app.form("/login/recover", {
      access: "public",
      // JSON clients send the token of the pending login; browsers have it in a cookie.
      fields: z.object({ pending: z.string().optional() }),
      keep: [],
      show: help,
      submit: request,
    });
    if (!isOffered(s)) return;
    app.form("/login/recover/start", {
      access: "public",
      fields: linkFields,
      keep: [],
      show: async (c, form) => {
        const row = await findToken(c.get("s"), startToken, readLinkToken(c, startToken));
        return row ? startPage(c, form, startToken) : answerPage(c, deadRecoveryLink(c), 410);
      },
      submit: async (c, { token }) => requireSameEmail(c, startToken) ?? (await start(c, token ?? readLinkToken(c, startToken))),
    });
    app.form("/login/recover/finish", {
      access: "public",
      fields: linkFields,
      keep: [],
      show: async (c, form) => {
        const row = await findToken(c.get("s"), finishToken, readLinkToken(c, finishToken));
        return row ? finishPage(c, form, finishToken) : answerPage(c, deadRecoveryLink(c), 410);
      },
      submit: async (c, { token }) => requireSameEmail(c, finishToken) ?? (await finish(c, token ?? readLinkToken(c, finishToken))),
    });
    app.form("/settings/cancel-recovery", {
      fields: z.object({}),
      keep: [],
      show: async (c, form) => cancelPage(c, form, await (await recovery()).pendingRecovery(c.get("s"), requireVisitor(c).user.id)),
      submit: cancel,
    });
  },
};

/** The login that waits for its second step: strangers learn nothing here without the first factor. */
function waitingLogin(c: Context): Promise<PendingSignIn | undefined> {
  return findPendingSignIn(c.get("s"), twoFactorStep.name, pendingSignIn(c));
}

function noLogin(c: Context): Response {
  const again = message(messages, "again");
  if (wantsJson(c)) return answerError(c, 410, { code: "dead-sign-in", message: again });
  return redirectWithFlash(c, c.get("s").settings.mountPath + loginPath(c), "warning", again);
}

async function help(c: Context, form: FormState): Promise<Page | Response> {
  const pending = await waitingLogin(c);
  if (!pending) return noLogin(c);
  const s = c.get("s");
  const byEmail = await recoveryStartOf(s, pending);
  return helpPage(c, form, {
    stepPath: s.catalog.signInSteps.find(({ name }) => name === twoFactorStep.name)?.path ?? "/login",
    byEmail,
    waiting: byEmail === "allowed" ? await (await recovery()).waitingRecovery(s, pending.user.id) : undefined,
  });
}

async function request(c: Context): Promise<Response | FormError> {
  const s = c.get("s");
  const pending = await waitingLogin(c);
  if (!pending) return noLogin(c);
  const byEmail = await recoveryStartOf(s, pending);
  if (byEmail !== "allowed") return { status: 403, code: "forbidden", message: message(messages, refusals[byEmail]) };
  const waiting = await (await recovery()).waitingRecovery(s, pending.user.id);
  // Another start would begin the wait anew.
  if (waiting && waiting.linkUntil === undefined)
    return { status: 409, code: "recovery-started", message: message(messages, "waiting", { date: { instant: waiting.dueAt } }) };
  const info = requestInfo(c);
  const attempt = await reserveEmail(s, info);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  if (!(await (await recovery()).requestRecovery(s, pending.user, info))) return tooManyAttempts(dailySeconds);
  if (wantsJson(c)) return answerJson(c, { status: "check-email" }, 202);
  flash(c, "info", message(messages, "sent"));
  return redirect(c, "/login/recover");
}

const refusals = { inbox: "inboxHint", password: "passwordHint", refused: "adminHint" } as const;

const dailySeconds = 24 * 3_600;

async function start(c: Context, token: string | undefined): Promise<Response | FormError> {
  const s = c.get("s");
  const attempt = await reserveCodeAttempt(s, requestInfo(c));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const until = await (await recovery()).startRecovery(s, token, requestInfo(c));
  clearLinkToken(c, startToken);
  if (until === undefined) return answerPage(c, deadRecoveryLink(c), 410);
  if (wantsJson(c)) return answerJson(c, { recoveryUntil: until });
  flash(c, "success", message(messages, "started", { date: { instant: until } }));
  return redirect(c, loginPath(c));
}

async function finish(c: Context, token: string | undefined): Promise<Response | FormError> {
  const s = c.get("s");
  const attempt = await reserveCodeAttempt(s, requestInfo(c));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const isDone = await (await recovery()).finishRecovery(s, token, requestInfo(c));
  clearLinkToken(c, finishToken);
  if (!isDone) return answerPage(c, deadRecoveryLink(c), 410);
  if (wantsJson(c)) return answerJson(c, { recovered: true });
  flash(c, "success", message(messages, "finished"));
  return redirect(c, loginPath(c));
}

async function cancel(c: Context): Promise<Response | FormError> {
  const s = c.get("s");
  const cancelled = await (await recovery()).cancelRecovery(s, requireVisitor(c).user.id, requestInfo(c));
  if (wantsJson(c)) return answerJson(c, { cancelled });
  flash(c, cancelled ? "warning" : "info", message(messages, cancelled ? "cancelled" : "cancelNone"));
  return redirect(c, "/settings");
}
