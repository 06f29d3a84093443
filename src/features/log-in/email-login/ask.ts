/** Sends the code and the link of a login by email. */
import { recordEvent } from "../../../core/audit/log.ts";
import { lockAccount } from "../../../core/credentials/guard-change.ts";
import { mayReset, reserveEmail } from "../../../core/mail/email-limits.ts";
import { browserDetails, emailWords, linkTo, sendEmail, siteUrl } from "../../../core/mail/emails.ts";
import { canReach } from "../../../core/mail/outbox.ts";
import type { Token } from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import { inTransaction, pageWith, recoveryPath, type Services, type Transaction } from "../../../core/services.ts";
import { findUserByLoginName, type LoginName, readLoginName } from "../../../core/users/login-name.ts";
import { type AccountRow, hasPassword, type UserRow } from "../../../core/users/users.ts";
import type { Context, FormError, Sentence } from "../../../http/context.ts";
import { emailProblemMessage, unreachableEmail } from "../../../http/forms/email-problems.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { invisibleInUsername } from "../../../http/forms/username-problems.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { rememberTypedLogin } from "../../../http/request/typed-login.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { hasRefused } from "./choice.ts";
import { messages as emailMessages } from "./email-login.emails.messages.ts";
import { messages } from "./email-login.messages.ts";
import { createEmailLogin } from "./email-logins.ts";
import { keepPendingCode, newBrowserSecret, type PendingCode, readPendingCode } from "./pending-code.ts";
import { loginLink } from "./purposes.ts";

export interface AskData {
  readonly email: string;
  readonly remember: boolean;
  readonly next?: string | undefined;
}

/** Account enumeration: the same response, statements and time for every name, with or without an account (ASVS 6.3.8). */
export async function ask(c: Context, { email, remember, next }: AskData): Promise<Response | FormError> {
  const s = c.get("s");
  const name = readLoginName(s.settings, email);
  const problem = await problemOf(s, name);
  if (problem) return { status: 422, code: "invalid", problems: { email: problem } };
  // A new secret for another name: its code must not log in to this one.
  const before = readPendingCode(c);
  const secret = before?.name === name.text ? before.secret : newBrowserSecret();
  return send(c, { secret, name: name.text, remember, next }, name);
}

/** Sends another code to the same name. */
export async function askAgain(c: Context): Promise<Response | FormError> {
  const pending = readPendingCode(c);
  if (!pending) return { status: 422, code: "invalid", message: message(messages, "notAsked") };
  const answer = await send(c, pending, readLoginName(c.get("s").settings, pending.name));
  if (answer instanceof Response && !wantsJson(c)) flash(c, "info", message(messages, "again"));
  return answer;
}

async function send(c: Context, pending: PendingCode, name: LoginName): Promise<Response | FormError> {
  const s = c.get("s");
  const info = requestInfo(c);
  const attempt = await reserveEmail(s, info);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const known = await findUserByLoginName(s, name);
  const maySend = await mayReset(s, info, known?.email ?? name.text, known);
  await inTransaction(s, (tx) => request(tx, { name, browser: pending.secret, maySend, info }));
  const sealed = keepPendingCode(c, pending);
  if (wantsJson(c)) return answerJson(c, { status: "check-email", pending: sealed }, 202);
  rememberTypedLogin(c, { email: pending.name, username: pending.name });
  return redirect(c, "/login/code");
}

async function problemOf(s: Services, { kind, text }: LoginName): Promise<Sentence | undefined> {
  if (text === "") return message(messages, "enterName", { loginWith: s.settings.loginWith });
  if (kind === "username") return invisibleInUsername(text);
  return emailProblemMessage(text) ?? ((await canReach(s, text)) ? undefined : unreachableEmail);
}

interface Requested {
  readonly name: LoginName;
  readonly browser: string;
  readonly maySend: boolean;
  readonly info: RequestInfo;
}

async function request(tx: Transaction, { name, browser, maySend, info }: Requested): Promise<void> {
  const found = await findUserByLoginName(tx, name);
  const account = await lockAccount(tx, found?.id ?? "");
  const outcome = outcomeOf(tx, { account, isOff: await hasRefused(tx, found?.id ?? ""), kind: name.kind });
  if (!maySend) return;
  await recordEvent(tx, account?.id ?? null, "login-code-sent", info);
  const email = account?.email ?? (name.kind === "email" ? name.text : "");
  const issued = await createEmailLogin(tx, { browser, account, email });
  await sendLoginEmail(tx, { account, email, outcome, issued, info });
}

/** `sign-up`: without an account, where one can be created. The others do not log in. */
type Outcome = "login" | "sign-up" | "none" | "off" | "compromised" | "disabled" | "unverified";

interface Known {
  readonly account: UserRow | undefined;
  readonly isOff: boolean;
  readonly kind: LoginName["kind"];
}

/** What a proven email does. Decided again when the code comes back. */
export function outcomeOf(s: Services, { account, isOff, kind }: Known): Outcome {
  if (!account) return kind === "email" && canSignUp(s) ? "sign-up" : "none";
  if (account.disabled_at !== null) return "disabled";
  if (account.compromised_at !== null) return "compromised";
  if (isOff) return "off";
  // Account squatting: whoever set up the second factor may not have this inbox, so it verifies nothing.
  return account.two_factor_since !== null && account.email_verified_at === null ? "unverified" : "login";
}

function canSignUp(s: Services): boolean {
  return s.settings.signup !== "closed" && pageWith(s, "signup") !== undefined;
}

interface LoginEmail {
  readonly account: AccountRow | undefined;
  readonly email: string;
  readonly outcome: Outcome;
  readonly issued: { readonly token: Token; readonly code: string };
  readonly info: RequestInfo;
}

/** Every outcome renders one email. Phishing: it names the site, the browser, the place and the time (ASVS 6.3.5). */
async function sendLoginEmail(tx: Transaction, { account, email, outcome, issued, info }: LoginEmail): Promise<void> {
  const to = account ?? { id: "", username: "", display_name: null, email, email_verified_at: null };
  const t = emailWords(tx, emailMessages, { to, info });
  const { siteName, baseUrl } = tx.settings;
  const details = [{ label: t("site"), value: new URL(baseUrl).host }, ...(await browserDetails(tx, to, info))];
  const recipient = { ...to, email, id: account?.id ?? null };
  if (outcome === "login" || outcome === "sign-up") {
    const isSignUp = outcome === "sign-up";
    const content = {
      kind: isSignUp ? "sign-up-code" : "login-code",
      subject: t(isSignUp ? "email.signUp.subject" : "email.login.subject", { siteName }),
      paragraphs: [isSignUp ? t("email.signUp.intro", { siteName }) : t("email.login.intro"), t("email.never")],
      code: issued.code,
      details,
      action: { text: t(isSignUp ? "email.signUp.action" : "email.login.action"), url: linkTo(tx, loginLink, issued.token) },
      after: [t("email.expiry")],
      reason: t("email.reason", { siteName }),
    };
    return sendEmail(tx, recipient, content, info);
  }
  // A password reset unlocks only an account with a password.
  const mayReset = account !== undefined && hasPassword(account) && recoveryPath(tx) !== undefined;
  const why = outcome === "compromised" && !mayReset ? "locked" : outcome;
  const content = {
    kind: "login-code-refused",
    subject: t("email.refused.subject", { siteName }),
    paragraphs: [t("email.refused.intro", { why, siteName })],
    details,
    action: wayOut(tx, why, t),
    reason: t("email.refused.reason", { siteName }),
  };
  return sendEmail(tx, recipient, content, info);
}

function wayOut(tx: Transaction, outcome: Outcome | "locked", t: ReturnType<typeof emailWords<typeof emailMessages.texts>>) {
  const recovery = recoveryPath(tx);
  if (outcome === "compromised" && recovery !== undefined) return { text: t("email.refused.reset"), url: siteUrl(tx, recovery) };
  return outcome === "off" || outcome === "unverified" ? { text: t("email.refused.logIn"), url: siteUrl(tx, "/login") } : undefined;
}
