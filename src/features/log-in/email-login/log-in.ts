/** Logs in with the code or the link of an email, and signs up new users. */
import { createUser } from "../../../core/account/create-account.ts";
import { isNameTaken, releaseUnverifiedEmail } from "../../../core/account/unverified.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { lockAccount } from "../../../core/credentials/guard-change.ts";
import { lockMailbox, reserveCodeAttempt, reserveLoginCode } from "../../../core/mail/email-limits.ts";
import { perNetwork, type Reservation, reserve } from "../../../core/rate-limits/rate-limits.ts";
import { inTransaction, type Transaction } from "../../../core/services.ts";
import { type SignInOptions, type SignInResult, signIn } from "../../../core/sign-in/sign-in.ts";
import { findUserByLoginName, loginNameKey, readLoginName } from "../../../core/users/login-name.ts";
import { isReleasedName, UsernameReleasedError } from "../../../core/users/released-usernames.ts";
import { findUserByEmail, findUserById, markEmailVerified, usernameKey } from "../../../core/users/users.ts";
import type { Context, FormError } from "../../../http/context.ts";
import { readExtraFields } from "../../../http/forms/extra-fields.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { usernameProblemMessage, usernameTaken } from "../../../http/forms/username-problems.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { isJson } from "../../../http/request/csrf.ts";
import { clearLinkToken, readLinkToken } from "../../../http/request/link-token.ts";
import { readPendingVerifications } from "../../../http/request/pending-verification.ts";
import { completeSignIn } from "../../../http/response/complete-sign-in.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, answerPage, redirect, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { outcomeOf } from "./ask.ts";
import { hasRefused } from "./choice.ts";
import { messages } from "./email-login.messages.ts";
import {
  type EmailLogin,
  type EmailMethod,
  endEmailLogin,
  findByLink,
  findSignUp,
  isRequestedHere,
  recordProof,
  tryCode,
} from "./email-logins.ts";
import { verifyFirst } from "./first-proof.ts";
import { deadLoginLink } from "./pages.ts";
import { forgetPendingCode, keepPendingCode, type PendingCode, readPendingCode } from "./pending-code.ts";
import { loginLink } from "./purposes.ts";

const newAccountPath = "/login/code/new";

/** How the client wants its session. */
type SessionKind = "cookie" | "token";

const wrongCode: FormError = { status: 422, code: "wrong-code", problems: { code: message(formMessages, "wrongCode") } };
const notAsked: FormError = { status: 422, code: "wrong-code", message: message(messages, "notAsked") };
const otherBrowser: FormError = { status: 403, code: "other-browser", message: message(messages, "otherBrowser") };

type Proceeded =
  | { readonly kind: "signed-in"; readonly result: SignInResult; readonly news?: "first-proof" | "signed-up" | undefined }
  | { readonly kind: "sign-up" }
  | { readonly kind: "refused" };

const refused: Proceeded = { kind: "refused" };

export async function logInByCode(c: Context, typed: string, session: SessionKind): Promise<Response | FormError> {
  const digits = typed.replaceAll(/[\s.\-–—\p{Default_Ignorable_Code_Point}]/gu, "");
  if (!/^\d{6}$/.test(digits)) return { status: 422, code: "invalid", problems: { code: message(formMessages, "enterCode") } };
  const pending = readPendingCode(c);
  if (!pending) return notAsked;
  const s = c.get("s");
  const info = requestInfo(c);
  const name = readLoginName(s.settings, pending.name);
  const user = await findUserByLoginName(s, name);
  const attempt = await reserveLoginCode(s, info, { user, name: loginNameKey(name) });
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const done = await inTransaction(s, async (tx): Promise<Proceeded> => {
    const { login, isRight } = await tryCode(tx, pending.secret, digits);
    if (login && isRight && attempt.isChecked) return proceed(c, tx, { login, method: "email-code", attempt, pending, session });
    // Account enumeration: recorded with and without an account.
    await recordEvent(tx, login?.user_id ?? null, "login-code-failed", info);
    return refused;
  });
  return (await answer(c, done, pending, session)) ?? wrongCode;
}

export async function logInByLink(c: Context, token: string | undefined, session: SessionKind): Promise<Response | FormError> {
  const s = c.get("s");
  const attempt = await reserveCodeAttempt(s, requestInfo(c));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const login = await findByLink(s, token ?? readLinkToken(c, loginLink));
  if (!login) return answerPage(c, deadLoginLink(c), 410);
  const pending = readPendingCode(c);
  // Login CSRF: a link that another browser requested would log in to the account of whoever sent it.
  if (!pending || !isRequestedHere(login, pending.secret)) return otherBrowser;
  const done = await inTransaction(s, (tx) => proceed(c, tx, { login, method: "email-link", attempt, pending, session }));
  clearLinkToken(c, loginLink);
  return (await answer(c, done, pending, session)) ?? answerPage(c, deadLoginLink(c), 410);
}

interface Proven {
  readonly login: EmailLogin;
  readonly method: EmailMethod;
  readonly attempt: Reservation;
  readonly pending: PendingCode;
  readonly session: SessionKind;
}

/** Ends the login, whatever comes of it. The account must be as it was when the email was sent (ASVS 15.4.2). */
async function proceed(c: Context, tx: Transaction, { login, method, attempt, pending, session }: Proven): Promise<Proceeded> {
  const account = await lockAccount(tx, login.user_id ?? "");
  const isOff = await hasRefused(tx, login.user_id ?? "");
  const outcome = outcomeOf(tx, { account, isOff, kind: "email" });
  if (login.user_id === null) {
    const isFree = outcome === "sign-up" && login.email !== "" && (await findUserByEmail(tx, login.email))?.must_verify_since !== null;
    if (!isFree) return end(tx, login);
    await recordProof(tx, login, method);
    return { kind: "sign-up" };
  }
  if (!(await endEmailLogin(tx, login))) return refused;
  if (outcome !== "login" || account?.email !== login.email || account.security_version !== login.version) return refused;
  const hasSignedUpHere = readPendingVerifications(c).some(({ userId, isRequested }) => isRequested && userId === account.id);
  const first = await verifyFirst(tx, account, { keepsCredentials: hasSignedUpHere, info: requestInfo(c) });
  const result = await signIn(tx, { user: first.user, methods: [method], attempts: [attempt] }, optionsOf(c, pending, session));
  return { kind: "signed-in", result, news: first.hasRemoved ? "first-proof" : undefined };
}

async function end(tx: Transaction, login: EmailLogin): Promise<Proceeded> {
  await endEmailLogin(tx, login);
  return refused;
}

function optionsOf(c: Context, { remember, next }: PendingCode, session: SessionKind): SignInOptions {
  const isBearer = isBearerSession(c, session);
  return { remember, next, isBearer, info: requestInfo(c), replaces: isBearer ? undefined : c.get("visitor")?.session };
}

/** Not for an HTML form: the browser would show the token (ASVS 14.2.1). */
function isBearerSession(c: Context, session: SessionKind): boolean {
  return session === "token" && isJson(c);
}

/** Undefined if the login was refused. */
async function answer(c: Context, done: Proceeded, pending: PendingCode, session: SessionKind): Promise<Response | undefined> {
  if (done.kind === "refused") return undefined;
  if (done.kind === "sign-up") {
    const sealed = keepPendingCode(c, pending);
    return wantsJson(c) ? answerJson(c, { due: "username", pending: sealed }, 202) : redirect(c, newAccountPath);
  }
  const { result, news } = done;
  if (!result.ok && result.reason !== "due") return undefined;
  forgetPendingCode(c);
  if (news === "first-proof" && !wantsJson(c)) flash(c, "info", message(messages, "firstProof"));
  return completeSignIn(c, result, { isBearer: isBearerSession(c, session), next: pending.next, isSignUp: news === "signed-up" });
}

/** Creates the account of a proven email with a username, and logs in. */
export async function createAccount(c: Context, username: string, session: SessionKind): Promise<Response | FormError> {
  const s = c.get("s");
  const pending = readPendingCode(c);
  const login = pending && (await findSignUp(s, pending.secret));
  if (!login) return { status: 422, code: "wrong-code", message: message(messages, "newExpired") };
  const read = readExtraFields(c);
  const problem = usernameProblemMessage(username);
  const problems = { ...(problem && { username: problem }), ...(read.ok ? {} : read.problems) };
  if (Object.keys(problems).length > 0) return { status: 422, code: "invalid", problems };
  // Username enumeration: shares its rate limit with the sign-up form.
  const info = requestInfo(c);
  const attempt = await reserve(s, perNetwork(info, "signup-ip", s.settings.signupPerIp));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const result = await inTransaction(s, (tx) =>
    create(tx, { login, username, extra: read.ok ? read.extra : undefined, options: optionsOf(c, pending, session) }),
  ).catch((error: unknown) => {
    if (!(error instanceof UsernameReleasedError)) throw error;
    return "username" as const;
  });
  if (result === "username") return { status: 409, code: "taken", problems: { username: usernameTaken } };
  if (result === "email") return { status: 409, code: "taken", message: message(messages, "emailTaken") };
  return (
    (await answer(c, { kind: "signed-in", result, news: "signed-up" }, pending, session)) ?? {
      status: 422,
      code: "wrong-code",
      message: message(messages, "newExpired"),
    }
  );
}

interface NewAccount {
  readonly login: EmailLogin;
  readonly username: string;
  readonly extra: Readonly<Record<string, unknown>> | undefined;
  readonly options: SignInOptions;
}

async function create(tx: Transaction, { login, username, extra, options }: NewAccount): Promise<SignInResult | "username" | "email"> {
  // Race: serialises sign-ups with one email.
  await lockMailbox(tx, login.email);
  if (await isNameTaken(tx, username)) return "username";
  if (login.proven_by === null || !(await endEmailLogin(tx, login))) return { ok: false, reason: "changed" };
  // The inbox is proven here, so an unverified account of a stranger gives way.
  await releaseUnverifiedEmail(tx, login.email);
  const made = await createUser(tx, { username, email: login.email, locale: options.info.locale, extra });
  // Rolls back, so that another username can be chosen.
  if (!made.ok && made.taken.includes("username")) throw new UsernameReleasedError("The username was taken in the meantime.");
  if (!made.ok) return "email";
  // Race: checked after the insert, or a username that is being released now would be missed.
  if (await isReleasedName(tx, usernameKey(username), made.user.id)) throw new UsernameReleasedError("The username rests.");
  await markEmailVerified(tx, made.user.id, login.email);
  await recordEvent(tx, made.user.id, "signed-up", options.info);
  const user = await findUserById(tx, made.user.id);
  return user ? signIn(tx, { user, methods: [login.proven_by] }, options) : { ok: false, reason: "changed" };
}
