/** Verifies an email by the code or the link that was sent to it. */

import { z } from "zod";
import { finishSignUpToken, isUnfinished, verifyEmailToken } from "../../../core/account/unverified.ts";
import { sendVerificationEmail } from "../../../core/account/verification-email.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { type PasswordAttempt, tryPassword } from "../../../core/credentials/password/attempt.ts";
import { recordSuccess } from "../../../core/credentials/password/lockout.ts";
import { mayVerify, reserveCodeAttempt, reserveEmail } from "../../../core/mail/email-limits.ts";
import { isLostEmail } from "../../../core/mail/lost-email.ts";
import { canSendEmail } from "../../../core/mail/outbox.ts";
import {
  findToken,
  isRequestedBy,
  issueToken,
  redeemCode,
  redeemToken,
  type Token,
  type TokenRow,
} from "../../../core/one-time-tokens/one-time-tokens.ts";
import { release } from "../../../core/rate-limits/rate-limits.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import { inTransaction, pageWith, recoveryPath, resetsOf, type Services, type Transaction } from "../../../core/services.ts";
import type { RenewedSession } from "../../../core/sign-in/reauthentication.ts";
import { type SignedIn, signIn } from "../../../core/sign-in/sign-in.ts";
import { findUserById, markEmailVerified } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { continueSession, requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { proveInbox } from "../../../http/request/inbox-proof.ts";
import { clearLinkToken, keepLinkToken, readLinkToken } from "../../../http/request/link-token.ts";
import { translator } from "../../../http/request/locale.ts";
import {
  bearerVerification,
  endVerification,
  leadBackTo,
  type PendingVerification,
  readPendingVerifications,
  startVerification,
} from "../../../http/request/pending-verification.ts";
import { pageToReturnTo, safeNext, withNext } from "../../../http/request/return-url.ts";
import { rememberTypedLogin } from "../../../http/request/typed-login.ts";
import { completeSignIn } from "../../../http/response/complete-sign-in.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, answerPage, ownHome, redirect, redirectTo, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./verify-email.messages.ts";
import { askPage, codePage, deadVerificationLink, linkPage, notAskedPage, otherBrowserPage } from "./verify-email.pages.ts";

const codeFields = z.object({
  code: z.string().default(""),
  again: z.string().optional(),
  /** The page that asked to verify the email first, or for the login that the sign-up ends with. */
  next: z.string().optional(),
});
/** API clients send the link's token; a browser that opened the link has it in a cookie. */
const linkFields = z.object({ password: z.string().default(""), token: z.string().optional() });

export const verifyEmail: Feature = {
  name: "verify-email",
  pages: { "email-verification": { path: "/verify-email", isThere: canSendEmail } },
  messages: [messages],
  translations: [{ de: () => import("./verify-email.messages.de.ts"), ar: () => import("./verify-email.messages.ar.ts") }],
  events: eventsIn(messages),
  emails: { "verify-email": { expiresWith: verifyEmailToken } },
  tokens: [{ ...verifyEmailToken, landingPath: "/verify-email/confirm" }],
  signInOption: {
    path: () => "/verify-email",
    leadsBack: true,
    isOffered: ({ settings }) => settings.signup === "confirm",
    question: message(messages, "option.question"),
    link: message(messages, "option.link"),
  },
  securityCheck: (c) => {
    const s = c.get("s");
    if (!canSendEmail(s)) return undefined;
    const { email, emailVerifiedAt } = requireVisitor(c).user;
    const t = translator(c, messages);
    const change = pageWith(s, "email-change");
    if (isLostEmail(email)) {
      const action = change === undefined ? undefined : { path: change, text: t("check.add") };
      return { state: "warn", title: t("check.none"), hint: t("check.noneHint"), ...(action ? { action } : {}) };
    }
    const shown = html`<span class="name">${email}</span>`;
    return emailVerifiedAt === null
      ? {
          state: "warn",
          title: t("check.todo", { email: shown }),
          hint: t("check.hint", { resets: resetsOf(s) }),
          action: { path: "/verify-email", text: t("check.action") },
        }
      : { state: "ok", title: t("check.done"), hint: shown };
  },
  openapi: {
    "/verify-email": {
      post: {
        summary: "Verify the email with its code, or request a new code",
        renews: true,
        status: 202,
        response: { anyOf: [schema.object({ sent: schema.yes }), schema.object({ confirmed: schema.yes })] },
        example: { again: "1" },
      },
    },
    "/verify-email/confirm": {
      post: {
        summary: "Verify the email with the token of its link",
        renews: true,
        response: schema.object({ confirmed: schema.yes }),
        example: { token: "{verify-email}" },
      },
    },
  },
  routes: (app, s) => {
    if (!canSendEmail(s)) return;
    app.form("/verify-email", {
      access: "public",
      whileEnrolling: true,
      fields: codeFields,
      keep: ["code", "next"],
      show,
      submit: (c, { code, again, next }) => (again === undefined ? confirmByCode(c, code, next) : sendAgain(c, again, next)),
    });
    app.form("/verify-email/confirm", {
      access: "public",
      whileEnrolling: true,
      fields: linkFields,
      keep: [],
      show: async (c, form) => {
        const row = await findToken(c.get("s"), verifyEmailToken, readLinkToken(c, verifyEmailToken));
        if (!row) return answerPage(c, deadVerificationLink(c), 410);
        const user = await findUserById(c.get("s"), row.user_id);
        if (user && isUnfinished(user) && !isSameBrowser(c, row)) return otherBrowserPage(c);
        return linkPage(c, form, { email: row.email, isSameBrowser: isSameBrowser(c, row), recovery: recoveryPath(c.get("s")) });
      },
      submit: confirmByLink,
    });
  },
};

interface VerificationTarget {
  readonly userId: string;
  readonly email: string;
}

/** The emails that this browser may verify: the one it requested a code for, and one that it could request a code for. */
function verificationTargets(c: Context): {
  readonly asked?: PendingVerification | undefined;
  readonly unasked?: VerificationTarget | undefined;
} {
  const bearer = bearerVerification(c);
  if (bearer) return { asked: bearer };
  const known = readPendingVerifications(c);
  const user = c.get("visitor")?.user;
  if (!user || user.emailVerifiedAt !== null)
    return { asked: known.find(({ isRequested }) => isRequested), unasked: known.find(({ isRequested }) => !isRequested) };
  // The placeholder of a lost email is nobody's inbox.
  if (isLostEmail(user.email)) return {};
  const own = known.find(({ userId, isRequested }) => isRequested && userId === user.id);
  return own ? { asked: own } : { unasked: { userId: user.id, email: user.email } };
}

function show(c: Context, form: FormState): Page | Response {
  const { asked, unasked } = verificationTargets(c);
  // The form sends `next` with the code. The link carries none, so the cookie keeps it.
  if (asked && c.req.method === "GET" && !wantsJson(c)) leadBackTo(c, asked, keptPage(c, c.req.query("next")));
  if (asked) return codePage(c, form, { email: asked.email, other: unasked?.email });
  if (unasked) return askPage(c, form, { email: unasked.email, isKnown: c.get("visitor")?.user.id === unasked.userId });
  const user = c.get("visitor")?.user;
  const change = pageWith(c.get("s"), "email-change");
  if (user && isLostEmail(user.email) && change !== undefined && !wantsJson(c)) return redirect(c, change);
  if (!user || isLostEmail(user.email)) return notAskedPage(c, form);
  if (wantsJson(c)) return answerJson(c, { confirmed: true });
  flash(c, "info", message(messages, "alreadyVerified"));
  return redirectTo(c, ownNext(c, c.req.query("next")));
}

async function confirmByCode(c: Context, typed: string, next: string | undefined): Promise<Response | FormError> {
  const digits = typed.replaceAll(/[\s.\-–—\p{Default_Ignorable_Code_Point}]/gu, "");
  if (!/^\d{6}$/.test(digits)) return { status: 422, code: "invalid", problems: { code: message(formMessages, "enterCode") } };
  const attempt = await reserveCodeAttempt(c.get("s"), requestInfo(c));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const bearer = bearerVerification(c);
  const asked = bearer ? [bearer] : readPendingVerifications(c).filter(({ isRequested }) => isRequested);
  const done = await inTransaction(c.get("s"), async (tx) => {
    for (const { secret } of asked) {
      const row = await redeemCode(tx, verifyEmailToken, secret, digits);
      if (row) return confirm(c, tx, row, "email-code");
    }
    return undefined;
  });
  if (done) return answerConfirmed(c, done, next);
  // A page without the field shows the error above.
  if (!verificationTargets(c).asked) return { status: 422, code: "wrong-code", message: message(messages, "notHere") };
  return { status: 422, code: "wrong-code", problems: { code: message(formMessages, "wrongCode") } };
}

/**
 * Pre-registration hijack: in another browser the link needs the password too, or the email's owner would verify an account whose password
 * an attacker has chosen (CVE-2026-53516).
 */
async function confirmByLink(c: Context, typed: z.output<typeof linkFields>): Promise<Response | FormError> {
  const s = c.get("s");
  const attempt = await reserveCodeAttempt(s, requestInfo(c));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const token = typed.token ?? readLinkToken(c, verifyEmailToken);
  const row = await findToken(s, verifyEmailToken, token);
  if (!row) return answerPage(c, deadVerificationLink(c), 410);
  const tried = isSameBrowser(c, row) ? undefined : await tryPasswordOf(c, row, typed.password);
  if (tried && !tried.ok) return tried.refusal;
  const done = await inTransaction(s, async (tx) => {
    const redeemed = await redeemToken(tx, verifyEmailToken, token);
    if (!redeemed) return undefined;
    if (tried) await release(tx, tried.attempt);
    if (tried) await recordSuccess(tx, tried.user, tried.upgradedHash);
    return confirm(c, tx, redeemed, "email-link");
  });
  return done ? answerConfirmed(c, done, nextOfLink(c, row)) : answerPage(c, deadVerificationLink(c), 410);
}

type PasswordTried = Extract<PasswordAttempt, { ok: true }> | { readonly ok: false; readonly refusal: FormError };

/** Tries the password of the link's account, within the rate limits of logging in (ASVS 6.3.1). */
async function tryPasswordOf(c: Context, row: TokenRow, password: string): Promise<PasswordTried> {
  if (password === "")
    return { ok: false, refusal: { status: 422, code: "invalid", problems: { password: message(formMessages, "enterPassword") } } };
  const tried = await tryPassword(c.get("s"), requestInfo(c), { kind: "email", text: row.email }, password);
  if (tried.ok && tried.user.id === row.user_id) return tried;
  if (!tried.ok && tried.reason === "too-many") return { ok: false, refusal: tooManyAttempts(tried.retryAfterSeconds) };
  return { ok: false, refusal: { status: 401, code: "bad-credentials", problems: { password: message(formMessages, "wrongPassword") } } };
}

interface Verified {
  readonly email: string;
  /** The username that was asked for, and the one that the account has. */
  readonly wanted: string;
  readonly has: string;
  /** Set if the user is logged in by it. */
  readonly login?: { readonly ok: true } & SignedIn;
  /** Set if it is also the code that enrolment asks for. */
  readonly renewed?: RenewedSession | undefined;
}

/** A sign-up without a password: its email is proven, and its way in comes next. */
interface Unfinished {
  readonly token: Token;
}

async function confirm(
  c: Context,
  tx: Transaction,
  row: TokenRow,
  by: "email-code" | "email-link",
): Promise<Verified | Unfinished | undefined> {
  const before = await findUserById(tx, row.user_id);
  // Lockout: verified without a way in, nobody could log in, and the account would never be removed.
  if (before && isUnfinished(before) && before.email === row.email && pageWith(tx, "signup-finish") !== undefined)
    return issueToken(tx, { purpose: finishSignUpToken, userId: before.id, email: before.email, payload: by });
  if (!before || !(await markEmailVerified(tx, row.user_id, row.email))) return undefined;
  await recordEvent(tx, row.user_id, "email-verified", requestInfo(c));
  const after = await findUserById(tx, row.user_id);
  // Without a password and a passkey, the proven inbox is what the user logs in with.
  const isLogin = isUnfinished(before) && tx.catalog.waysIn.some(({ isInbox }) => isInbox);
  if (after && isLogin) {
    const login = await signIn(
      tx,
      { user: after, methods: [by] },
      { remember: false, info: requestInfo(c), replaces: c.get("visitor")?.session },
    );
    if (login.ok) return { email: row.email, wanted: before.username, has: after.username, login };
  }
  const renewed = await proveInbox(c, tx, row.user_id, by);
  return { email: row.email, wanted: before.username, has: after?.username ?? before.username, renewed };
}

async function answerConfirmed(c: Context, done: Verified | Unfinished, next?: string): Promise<Response> {
  if ("token" in done) return continueSignUp(c, done, next);
  const { email, wanted, has, renewed } = done;
  endVerification(c);
  clearLinkToken(c, verifyEmailToken);
  if (renewed) continueSession(c, renewed);
  if (done.login) {
    if (has !== wanted) flash(c, "info", message(messages, "usernameTaken", { wanted, username: has }));
    return completeSignIn(c, done.login, { isSignUp: true, next });
  }
  if (wantsJson(c)) return answerJson(c, { confirmed: true, ...(has === wanted ? {} : { username: has }) });
  flash(c, "success", message(messages, c.get("visitor") ? "verified" : "verifiedLogIn"));
  if (has !== wanted) flash(c, "info", message(messages, "usernameTaken", { wanted, username: has }));
  if (c.get("visitor")) return redirectTo(c, ownNext(c, next));
  rememberTypedLogin(c, { email, username: has });
  return redirect(c, withNext(c.get("s").settings, "/login", next));
}

/** Only pages of this app: the others show no flashes. */
function ownNext(c: Context, next: string | undefined): string {
  return ownPage(c, next) ?? ownHome(c);
}

/** Open redirect: undefined for other sites and other paths (ASVS 3.7.2). */
function ownPage(c: Context, next: string | undefined): string | undefined {
  const path = next === undefined ? undefined : safeNext(c.get("s").settings, next);
  return path !== undefined && c.get("site").isOwnPage(path) ? path : undefined;
}

/** The page if it is short enough for a cookie. A sign-up leads back by a login, so to other pages too. */
function keptPage(c: Context, next: string | undefined): string | undefined {
  const path = c.get("visitor") ? ownPage(c, next) : pageToReturnTo(c.get("s").settings, next);
  return path === undefined || path.length > 512 ? undefined : path;
}

/** What the browser that requested the email has kept for its link; another browser has nothing. */
function nextOfLink(c: Context, row: TokenRow): string | undefined {
  return readPendingVerifications(c).find(({ userId, secret }) => userId === row.user_id || isRequestedBy(row, secret))?.next;
}

function continueSignUp(c: Context, { token }: Unfinished, next: string | undefined): Response {
  clearLinkToken(c, verifyEmailToken);
  if (wantsJson(c)) return answerJson(c, { due: "passkey", token }, 202);
  keepLinkToken(c, finishSignUpToken, token);
  const { settings } = c.get("s");
  return redirect(c, withNext(settings, pageWith(c.get("s"), "signup-finish") ?? "/login", next));
}

/** Account enumeration: the answer is the same if nothing was sent. */
async function sendAgain(c: Context, which: string, next: string | undefined): Promise<Response | FormError> {
  const s = c.get("s");
  const attempt = await reserveEmail(s, requestInfo(c));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const { asked, unasked } = verificationTargets(c);
  const asks = which === "other" ? unasked : (asked ?? unasked);
  const verification = asks && startVerification(c, { ...asks, next: keptPage(c, next) });
  const info = requestInfo(c);
  // The email, if a username was typed: its limit counts the inbox.
  const user = verification && (await findUserById(s, verification.userId));
  if (verification && (await mayVerify(s, info, user?.email ?? verification.email))) await resend(s, { ...verification, info });
  if (wantsJson(c)) return answerJson(c, { sent: true }, 202);
  // Account enumeration: another sign-up with this email ended the pending one; the response does not reveal it (ASVS 6.3.8).
  flash(c, "info", message(messages, s.settings.signup === "confirm" ? "sentOrSignUp" : "sent"));
  return redirect(c, next === undefined ? "/verify-email" : `/verify-email?next=${encodeURIComponent(next)}`);
}

/**
 * Pre-registration hijack: only for the account that this browser signed up, or the email's owner would verify the account of an attacker
 * who signed up with the email later (CVE-2026-53516).
 */
async function resend(s: Services, verification: PendingVerification & { readonly info: RequestInfo }): Promise<void> {
  await inTransaction(s, async (tx) => {
    const user = await findUserById(tx, verification.userId);
    await sendVerificationEmail(tx, user && user.email_verified_at === null ? user : undefined, verification);
  });
}

function isSameBrowser(c: Context, row: TokenRow): boolean {
  return c.get("visitor")?.user.id === row.user_id || readPendingVerifications(c).some(({ secret }) => isRequestedBy(row, secret));
}
