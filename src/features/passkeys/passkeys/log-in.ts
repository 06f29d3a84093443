/** Verifies passkeys: for a login, a second factor and re-authentication. */

import { isKeptCredential } from "../../../core/credentials/removed-factors.ts";
import {
  checkAssertion,
  type Proven,
  type Refused,
  recordRefused,
  recordUse,
  reserveAssertion,
  startAssertion,
  type Use,
} from "../../../core/passkeys/authentication.ts";
import { type Reservation, release, withReservation } from "../../../core/rate-limits/rate-limits.ts";
import { inTransaction, type Services } from "../../../core/services.ts";
import { findPendingSignIn, takePendingTry } from "../../../core/sign-in/pending-sign-in.ts";
import { recordWrongProof } from "../../../core/sign-in/proof-limit.ts";
import { resumeSignIn } from "../../../core/sign-in/resume.ts";
import { type SignInResult, signIn } from "../../../core/sign-in/sign-in.ts";
import { twoFactorStep } from "../../../core/sign-in/two-factor-step.ts";
import type { Context, FormError, FormState, Verified } from "../../../http/context.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { answerOptions, ceremonySecret, relyingParty, startCeremony } from "../../../http/forms/passkey-ceremony.ts";
import { passkeyPrompt, passkeyScript } from "../../../http/forms/passkey-prompt.ts";
import { loginRequired, requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { csrfToken, isJson } from "../../../http/request/csrf.ts";
import { translator } from "../../../http/request/locale.ts";
import { guardedOrigins, safeReturn } from "../../../http/request/return-url.ts";
import { completeSignIn, pendingSignIn } from "../../../http/response/complete-sign-in.ts";
import { answerError, answerPage, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { errorSummary } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { OptionData, VerifyData } from "./fields.ts";
import { messages } from "./passkeys.messages.ts";

/** Answers with options for `navigator.credentials.get`. */
export async function requestOptions(c: Context, { purpose }: OptionData): Promise<Response> {
  const s = c.get("s");
  const owner = await ownerOf(c, purpose);
  if (owner instanceof Response) return owner;
  const started = startCeremony(c);
  const { browser } = started;
  return answerOptions(c, await startAssertion(s, relyingParty(c), { purpose, browser, ...owner }), started);
}

/** The account whose passkeys are accepted; none for a login. */
async function ownerOf(c: Context, purpose: OptionData["purpose"]): Promise<Response | { readonly userId?: string }> {
  if (purpose === "login") return {};
  if (purpose === "reauthentication") return loginRequired(c) ?? { userId: requireVisitor(c).user.id };
  const pending = await findPendingSignIn(c.get("s"), twoFactorStep.name, pendingSignIn(c));
  return pending ? { userId: pending.user.id } : deadSignIn(c);
}

function deadSignIn(c: Context): Response {
  return answerError(c, 410, { code: "dead-sign-in", message: message(messages, "deadSignIn") });
}

export async function verify(c: Context, data: VerifyData): Promise<Response | FormError> {
  return data.purpose === "two-factor" ? verifySecondFactor(c, data) : verifyLogin(c, data);
}

async function verifyLogin(c: Context, data: VerifyData): Promise<Response | FormError> {
  const s = c.get("s");
  const info = requestInfo(c);
  const attempt = await reserveAssertion(s, info);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const request = { purpose: "login", browser: ceremonySecret(c) } as const;
  const proven = await withReservation(s, attempt, checkAssertion(s, relyingParty(c), request, data.passkey));
  if (!proven.ok) return refuse(c, data, proven, attempt);
  // Not for an HTML form: the browser would show the token (ASVS 14.2.1).
  const isBearer = data.session === "token" && isJson(c);
  const options = {
    remember: isChecked(data.remember),
    info,
    isBearer,
    next: data.next,
    replaces: isBearer ? undefined : c.get("visitor")?.session,
  };
  const result = await inTransaction(s, async (tx) => {
    const use = await recordUse(tx, proven, info);
    return use === "recorded"
      ? signIn(tx, { user: proven.user, methods: proven.methods, factor: proven.credential.id, attempts: [attempt] }, options)
      : use;
  });
  if (typeof result === "object" && (result.ok || result.reason === "due")) return completeSignIn(c, result, { isBearer, next: data.next });
  // A disabled account is answered like an unknown passkey (ASVS 6.3.8).
  const reason = result === "replayed" ? "expired" : "refused";
  return refuse(c, data, { ok: false, reason, userId: proven.user.id }, attempt, result === "odd" ? proven : undefined);
}

function isChecked(value: boolean | string): boolean {
  return value === true || (typeof value === "string" && value !== "" && !/^(?:0|off|false|no)$/i.test(value));
}

async function refuse(c: Context, data: VerifyData, refused: Refused, attempt: Reservation, odd?: Proven): Promise<Response | FormError> {
  const s = c.get("s");
  // A challenge that is too old is no attempt at an account.
  if (refused.reason === "expired") await release(s, attempt);
  else await recordRefused(s, requestInfo(c), { userId: refused.userId, attempt, odd });
  const error = errorOf(refused);
  if (wantsJson(c)) return error;
  // Account enumeration: the same queries for a known credential (ASVS 6.3.8).
  const isReadable = refused.reason === "unknown" || (refused.reason === "refused" && refused.userId !== null);
  const forgettable = isReadable ? await forgettableId(s, data.passkey) : undefined;
  const values = { ...(data.next === undefined ? {} : { next: data.next }), ...(isChecked(data.remember) ? { remember: "on" } : {}) };
  const form = {
    csrfToken: csrfToken(c),
    values,
    problems: {},
    message: translator(c, messages)(refused.reason === "expired" ? "expired" : "refused"),
  };
  return answerPage(c, verifyPage(c, form, refused.reason === "unknown" ? forgettable : undefined), error.status);
}

function errorOf({ reason }: Pick<Refused, "reason">): FormError {
  if (reason === "expired") return { status: 401, code: "passkey-expired", message: message(messages, "expired") };
  return { status: 401, code: "passkey-refused", message: message(messages, "refused") };
}

/** The second factor of a sign-in that waits. */
async function verifySecondFactor(c: Context, data: VerifyData): Promise<Response | FormError> {
  const s = c.get("s");
  const info = requestInfo(c);
  const token = pendingSignIn(c);
  const tried = await takePendingTry(s, info, { step: twoFactorStep.name, token, isUnguessable: true });
  if (!tried.ok) return tried.reason === "too-many" ? tooManyAttempts(tried.retryAfterSeconds) : deadSignIn(c);
  const { pending, attempt } = tried;
  const request = { purpose: "two-factor", browser: ceremonySecret(c), userId: pending.user.id } as const;
  const proven = await checkAssertion(s, relyingParty(c), request, data.passkey);
  const result = proven.ok ? await resume(c, token, { proven, attempt, trust: isChecked(data.trust) }) : undefined;
  if (typeof result === "object") return result.ok || result.reason === "due" ? completeSignIn(c, result, pending) : deadSignIn(c);
  await recordWrongProof(s, info, { userId: pending.user.id, event: "login-step-failed", attempt });
  if (proven.ok && result === "odd") await recordRefused(s, info, { userId: pending.user.id, odd: proven });
  return errorOf(proven.ok ? { reason: result === "odd" ? "refused" : "expired" } : proven);
}

type Unrecorded = Exclude<Use, "recorded">;

interface SecondStep {
  readonly proven: Proven;
  readonly attempt: Reservation;
  readonly trust: boolean;
}

function resume(c: Context, token: unknown, { proven, attempt, trust }: SecondStep): Promise<SignInResult | Unrecorded> {
  const info = requestInfo(c);
  const [method, ...additions] = proven.methods;
  const replaces = c.get("visitor")?.session;
  return inTransaction(c.get("s"), async (tx) => {
    const use = await recordUse(tx, proven, info);
    return use === "recorded"
      ? resumeSignIn(tx, token, { method, additions, factor: proven.credential.id, attempt, info, replaces, trust })
      : use;
  });
}

/** Re-authentication of the visitor; its attempts are counted by the caller. */
export async function reauthenticateBy(c: Context, sent: unknown): Promise<Verified> {
  const s = c.get("s");
  const info = requestInfo(c);
  const { user } = requireVisitor(c);
  const request = { purpose: "reauthentication", browser: ceremonySecret(c), userId: user.id } as const;
  const proven = await checkAssertion(s, relyingParty(c), request, sent);
  if (!proven.ok) return { ok: false, refusal: { ...errorOf(proven), problems: { passkey: errorOf(proven).message ?? "" } } };
  const use = await inTransaction({ ...s, atCommit: undefined }, (tx) => recordUse(tx, proven, info));
  if (use === "recorded") return { ok: true, methods: proven.methods, factor: proven.credential.id };
  if (use === "odd") await recordRefused(s, info, { userId: user.id, odd: proven });
  return { ok: false, refusal: errorOf({ reason: use === "odd" ? "refused" : "expired" }) };
}

/** The page after a refused passkey: try again, or log in another way. `unknownId`: no account has this credential. */
export function verifyPage(c: Context, form: FormState, unknownId?: string): Page {
  const t = translator(c, messages);
  const { values, csrfToken: token } = form;
  const isSecondFactor = values["purpose"] === "two-factor" || c.get("body")["purpose"] === "two-factor";
  const next = values["next"];
  const otherWay = isSecondFactor
    ? stepPath(c)
    : `/login${next === undefined ? "" : `?next=${encodeURIComponent(safeReturn(c.get("s").settings, next))}`}`;
  return {
    title: t("logIn"),
    width: "narrow",
    // A login from another app leads back to it.
    formTargets: guardedOrigins(c.get("s").settings),
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("logIn")}</h1>
<form method="post" action="${at("/passkeys/verify")}" novalidate>
<input type="hidden" name="csrf_token" value="${token}">
${isSecondFactor ? html`<input type="hidden" name="purpose" value="two-factor">\n` : ""}${next === undefined ? "" : html`<input type="hidden" name="next" value="${safeReturn(c.get("s").settings, next)}">\n`}${values["remember"] === undefined ? "" : html`<input type="hidden" name="remember" value="on">\n`}${passkeyPrompt(
  c,
  { kind: "get", options: "/passkeys/options", purpose: isSecondFactor ? "two-factor" : "login", button: t("tryAgain"), isPrimary: true },
)}
</form>
<p class="after"><a href="${at(otherWay)}">${t("otherWay")}</a></p>
${unknownId === undefined ? "" : signalUnknown(c, unknownId)}`,
  };
}

/** The page of the second step, which another feature has. */
function stepPath(c: Context): string {
  return c.get("s").catalog.signInSteps.find(({ name }) => name === twoFactorStep.name)?.path ?? "/login";
}

/** The browser forgets it for good, so only for a credential that no account has (WebAuthn, 5.1.10.1). */
function signalUnknown(c: Context, credentialId: string) {
  const signals = { signalUnknownCredential: { rpId: relyingParty(c).id, credentialId } };
  return html`<div data-passkey-signals="${JSON.stringify(signals)}" hidden></div>${passkeyScript(c)}`;
}

/** A removed passkey that a report can still restore is not one. */
async function forgettableId(s: Services, sent: unknown): Promise<string | undefined> {
  const id = credentialIdIn(sent);
  return id === undefined || (await isKeptCredential(s, id)) ? undefined : id;
}

function credentialIdIn(sent: unknown): string | undefined {
  const credential: unknown = typeof sent === "string" ? JSON.parse(sent) : sent;
  const { id } = credential as { id?: unknown };
  return typeof id === "string" ? id : undefined;
}
