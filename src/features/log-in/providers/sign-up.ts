/** Asks a new user of a provider for what is missing: an email, its code, a username. */
import { randomInt } from "node:crypto";
import { advanceProof, createProof, endProof, type Proof, storeCode, tryProofCode } from "../../../core/identities/proofs.ts";
import { mayVerify, reserveEmail } from "../../../core/mail/email-limits.ts";
import { emailWords, sendEmail } from "../../../core/mail/emails.ts";
import { canReach } from "../../../core/mail/outbox.ts";
import { release, withReservation } from "../../../core/rate-limits/rate-limits.ts";
import { inTransaction, type Transaction } from "../../../core/services.ts";
import { reserveProof } from "../../../core/sign-in/proof-limit.ts";
import { UsernameReleasedError } from "../../../core/users/released-usernames.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { emailProblemMessage, unreachableEmail } from "../../../http/forms/email-problems.ts";
import { readExtraFields } from "../../../http/forms/extra-fields.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { usernameProblemMessage, usernameTaken } from "../../../http/forms/username-problems.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import type { Page } from "../../../ui/page.ts";
import { type Decision, decide } from "./decide.ts";
import { answerFinished, signInOptions } from "./finish.ts";
import { leave } from "./leave.ts";
import { freeUsername } from "./new-account.ts";
import { findProvider, providerName } from "./offered.ts";
import { pathOfStage } from "./path-of-stage.ts";
import { currentProof, proofSecret } from "./proof-cookie.ts";
import { messages } from "./providers.messages.ts";
import { refuse } from "./refuse.ts";
import { noProof, otherProof } from "./shown-proof.ts";
import { codePage, emailPage, expiredPage, usernamePage } from "./sign-up.pages.ts";

const path = pathOfStage.username;

interface SignUpData {
  readonly email?: string | undefined;
  readonly code?: string | undefined;
  /** Sends another code. */
  readonly again?: string | undefined;
  readonly username?: string | undefined;
  /** Ends the login that waits. */
  readonly leave?: string | undefined;
  /** The proof that the page has shown. */
  readonly proof?: string | undefined;
}

/** A GET that is not about a proof of this browser leads to the login page. */
export async function showSignUp(c: Context, form: FormState): Promise<Page | Response> {
  const proof = await currentProof(c);
  if (!proof) return expired(c, form);
  if (proof.stage === "username") return usernamePage(c, form, proof, await freeUsername(c.get("s"), proof));
  if (pathOfStage[proof.stage] !== path) return redirect(c, pathOfStage[proof.stage]);
  const asksEmail = proof.stage === "email" || form.values["email"] !== undefined || c.req.query("correct") !== undefined;
  return asksEmail ? emailPage(c, form, proof) : codePage(c, form, proof);
}

/** A submitted form gets its error on a page of its own. */
export function expired(c: Context, { message: problem }: FormState): Page | Response {
  if (problem !== undefined) return expiredPage(c, problem);
  flash(c, "info", message(messages, "proofExpired"));
  return redirect(c, "/login");
}

export async function submitSignUp(c: Context, data: SignUpData): Promise<Response | FormError> {
  const proof = await currentProof(c);
  if (!proof) return noProof;
  const other = otherProof(proof, data.proof);
  if (other) return other;
  if (data.leave !== undefined) return leave(c, proof);
  if (proof.stage === "username") return createWith(c, proof, data.username ?? "");
  if (proof.stage !== "email" && proof.stage !== "code") return noProof;
  if (data.code !== undefined) return verify(c, proof, data.code);
  if (data.again !== undefined && proof.email !== "") return send(c, proof, proof.email, true);
  return send(c, proof, data.email ?? "", false);
}

/** Account enumeration: the same response, statements and email for every address (ASVS 6.3.8). */
async function send(c: Context, proof: Proof, email: string, isAgain: boolean): Promise<Response | FormError> {
  const s = c.get("s");
  const problem = emailProblemMessage(email) ?? ((await canReach(s, email)) ? undefined : unreachableEmail);
  if (problem) return { status: 422, code: "invalid", problems: { email: problem } };
  const info = requestInfo(c);
  const attempt = await reserveEmail(s, info);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const maySend = await mayVerify(s, info, email);
  const provider = providerName(s, proof.login.provider);
  await inTransaction(s, async (tx) => {
    // Spam: over the limit, the code of the last email stays valid.
    if (!maySend) return;
    const digits = String(randomInt(1_000_000)).padStart(6, "0");
    await storeCode(tx, proof, email, digits);
    const to = { id: null, username: "", display_name: null, email };
    const t = emailWords(tx, messages, { to, info });
    const { siteName } = tx.settings;
    const content = {
      kind: "provider-code",
      subject: t("email.code.subject", { siteName }),
      paragraphs: [t("email.code.intro", { siteName, provider }), t("email.code.never")],
      code: digits,
      after: [t("email.code.expiry")],
      reason: t("email.code.reason", { siteName }),
    };
    await sendEmail(tx, to, content, info);
  });
  if (wantsJson(c)) return answerJson(c, { status: "check-email" }, 202);
  if (isAgain) flash(c, "info", message(messages, "sentAgain"));
  return redirect(c, path);
}

const wrongCode: FormError = { status: 422, code: "wrong-code", problems: { code: message(formMessages, "wrongCode") } };

/** Guessing: five tries a code, and ten an hour for one identity (ASVS 6.6.3). */
async function verify(c: Context, proof: Proof, code: string): Promise<Response | FormError> {
  const s = c.get("s");
  const digits = code.replaceAll(/[\s.\-–—\p{Default_Ignorable_Code_Point}]/gu, "");
  if (!/^\d{6}$/.test(digits)) return { status: 422, code: "invalid", problems: { code: message(formMessages, "enterCode") } };
  const attempt = await reserveProof(s, `provider ${proof.login.issuer} ${proof.login.subject}`);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const { login } = proof;
  const provider = findProvider(s, login.provider);
  if (!provider) return noProof;
  const work = async (tx: Transaction): Promise<Decision | undefined> => {
    const proven = await tryProofCode(tx, proof, digits);
    if (!proven) return undefined;
    await release(tx, attempt);
    const decision = await decide(tx, { provider, login, options: signInOptions(c, login), email: proven.email });
    if (decision.kind === "pending") await advanceProof(tx, proof, decision);
    else await endProof(tx, proof.id);
    return decision;
  };
  const decision = await withReservation(s, attempt, inTransaction(s, work).catch(asTaken));
  return decision ? answerNext(c, proof, decision) : wrongCode;
}

/** Rolled back: another user has taken the username in this moment, so this one is asked for another. */
function asTaken(error: unknown): Decision {
  if (!(error instanceof UsernameReleasedError)) throw error;
  return { kind: "refused", reason: "username" };
}

async function createWith(c: Context, proof: Proof, username: string): Promise<Response | FormError> {
  const s = c.get("s");
  const { login } = proof;
  const provider = findProvider(s, login.provider);
  if (!provider) return noProof;
  const read = readExtraFields(c);
  const problem = usernameProblemMessage(username);
  const problems = { ...(problem && { username: problem }), ...(read.ok ? {} : read.problems) };
  if (Object.keys(problems).length > 0) return { status: 422, code: "invalid", problems };
  const data = { username, extra: read.ok ? read.extra : undefined };
  const work = async (tx: Transaction): Promise<Decision | undefined> => {
    // Race: of two concurrent requests, one creates the account.
    if (!(await endProof(tx, proof.id))) return undefined;
    // After a claim, the proof names the account that loses the email.
    const deciding = { provider, login, options: signInOptions(c, login), email: proof.email, data, takesEmailOf: proof.userId };
    const decision = await decide(tx, deciding);
    if (decision.kind === "refused" && decision.reason === "username") throw new UsernameReleasedError("The username is taken.");
    // The email has got an account since.
    if (decision.kind === "pending") await createProof(tx, { ...decision, secret: proofSecret(c) ?? "", login });
    return decision;
  };
  const decision = await inTransaction(s, work).catch(asTaken);
  if (decision?.kind === "refused" && decision.reason === "username")
    return { status: 409, code: "taken", problems: { username: usernameTaken } };
  return decision ? answerNext(c, proof, decision) : noProof;
}

/** What follows: a session, the next page, or the login page. */
export async function answerNext(c: Context, { login }: Proof, decision: Decision): Promise<Response | FormError> {
  const provider = findProvider(c.get("s"), login.provider);
  if (!provider) return noProof;
  if (decision.kind === "pending") {
    const next = pathOfStage[decision.stage];
    return wantsJson(c) ? answerJson(c, { due: decision.stage, path: next }, 202) : redirect(c, next);
  }
  const attempt = { purpose: "login", next: login.next, app: login.app } as const;
  if (decision.kind === "refused") {
    const reason = decision.reason === "username" ? "expired" : decision.reason;
    return refuse(c, provider, { reason, detail: "decided by the account", attempt });
  }
  const answer = await answerFinished(c, decision, login);
  return answer ?? refuse(c, provider, { reason: "blocked", detail: "the account may not log in", attempt });
}
