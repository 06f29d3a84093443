/** Takes the browser back from a provider. */
import { recordEvent } from "../../../core/audit/log.ts";
import { findIdentity } from "../../../core/identities/identities.ts";
import { endProofOfBrowser, type ProvenLogin } from "../../../core/identities/proofs.ts";
import { claimState } from "../../../core/identities/replays.ts";
import { reserveCodeAttempt } from "../../../core/mail/email-limits.ts";
import { rolesFromClaims } from "../../../core/providers/claims.ts";
import type { ProvenIdentity, Provider, ProviderTokens } from "../../../core/providers/provider.ts";
import { type Reservation, release, withReservation } from "../../../core/rate-limits/rate-limits.ts";
import { inTransaction, type Transaction } from "../../../core/services.ts";
import type { Method } from "../../../core/sessions/methods.ts";
import { renewSession } from "../../../core/sign-in/reauthentication.ts";
import { UsernameReleasedError } from "../../../core/users/released-usernames.ts";
import type { Context } from "../../../http/context.ts";
import { requireVisitor, startSession } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { safeReturn } from "../../../http/request/return-url.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, redirectTo, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { type KeptAttempt, takeAttempt } from "./attempts.ts";
import { type Decision, decide, storePending } from "./decide.ts";
import { answerFinished, signInOptions } from "./finish.ts";
import { pathOfStage } from "./path-of-stage.ts";
import { keepProofSecret, newProofSecret, proofSecret } from "./proof-cookie.ts";
import { protocol } from "./protocol.ts";
import { messages } from "./providers.messages.ts";
import { type Refusal, refuse } from "./refuse.ts";

/** `params` are those of the URL, or of the form that Apple posts. */
export async function callback(c: Context, provider: Provider, params: URLSearchParams): Promise<Response> {
  const s = c.get("s");
  const attempt = takeAttempt(c, params.get("state"));
  // Mix-up: an attempt is good for its own provider (RFC 9700, 4.4). Without one, nothing is written.
  if (attempt?.provider !== provider.id) return refuse(c, provider, { reason: "expired", detail: "no attempt of this browser" });
  const reservation = await reserveCodeAttempt(s, requestInfo(c));
  if (!reservation.ok) return refuse(c, provider, { reason: "limited", attempt });
  const work = protocol().then(({ complete }) => complete(s, provider, attempt, params));
  const done = await withReservation(s, reservation, work);
  if (!done.ok) return refuse(c, provider, { reason: done.reason, detail: done.detail, attempt });
  const proven: Proven = { provider, attempt, reservation, identity: done.identity, tokens: done.tokens };
  if (attempt.purpose === "link") return startLink(c, proven);
  if (attempt.purpose === "reauthenticate") return reauthenticate(c, proven);
  return logIn(c, proven);
}

interface Proven {
  readonly provider: Provider;
  readonly attempt: KeptAttempt;
  readonly reservation: Reservation;
  readonly identity: ProvenIdentity;
  readonly tokens: ProviderTokens | undefined;
}

async function logIn(c: Context, proven: Proven): Promise<Response> {
  const { provider, attempt, reservation } = proven;
  const s = c.get("s");
  const login = loginOf(proven);
  const secret = newProofSecret();
  const deciding = {
    provider,
    login,
    options: signInOptions(c, login),
    attempts: [reservation],
    visitorId: login.app ? undefined : c.get("visitor")?.user.id,
  };
  const work = async (tx: Transaction): Promise<Decision> => {
    if (!(await claimState(tx, attempt.state))) return { kind: "refused", reason: "expired" };
    const decision = await decide(tx, deciding);
    if (decision.kind === "pending") {
      await endEarlier(c, tx);
      await storePending(tx, secret, login, decision);
      await release(tx, reservation);
    }
    return decision;
  };
  const decision = await inTransaction(s, work).catch((error: unknown): Decision => {
    if (!(error instanceof UsernameReleasedError)) throw error;
    return { kind: "refused", reason: "expired" };
  });
  return answerDecision(c, proven, decision, secret);
}

async function answerDecision(c: Context, { provider, attempt, identity }: Proven, decision: Decision, secret: string): Promise<Response> {
  if (decision.kind === "refused") {
    const reason = decision.reason === "username" ? "expired" : decision.reason;
    return refuse(c, provider, { reason, detail: "decided by the account", attempt });
  }
  if (decision.kind === "pending") {
    keepProofSecret(c, secret);
    const path = pathOfStage[decision.stage];
    return wantsJson(c) ? answerJson(c, { due: decision.stage, path }, 202) : redirect(c, path);
  }
  const answer = await answerFinished(c, decision, loginOf({ provider, attempt, identity, tokens: undefined }));
  if (answer) return answer;
  const isUnverified = decision.kind === "session" && !decision.result.ok && decision.result.reason === "unverified";
  return refuse(c, provider, { reason: isUnverified ? "unverified" : "blocked", detail: "the account may not log in", attempt });
}

function loginOf({ provider, attempt, identity, tokens }: Omit<Proven, "reservation">): ProvenLogin {
  const { issuer, subject, email, isEmailVouched, name, username, amr, sid, authTime, issuedAt } = identity;
  const method: Method = `provider:${provider.id}`;
  return {
    ...{ provider: provider.id, issuer, subject, email, isEmailVouched, name, username, sid, authTime, issuedAt },
    roles: rolesFromClaims(provider, identity),
    // Downgrade: the provider's factors replace ours only where the site trusts it.
    methods: provider.trustAmr && amr.includes("mfa") ? [method, "provider-mfa"] : [method],
    tokens: provider.keepTokens ? tokens : undefined,
    next: attempt.next,
    remember: attempt.remember,
    app: attempt.app,
  };
}

/** One proof a browser. */
async function endEarlier(c: Context, tx: Transaction): Promise<void> {
  const earlier = proofSecret(c);
  if (earlier !== undefined) await endProofOfBrowser(tx, earlier);
}

/** Leads to the page that names both accounts. Nothing is linked by a GET. */
async function startLink(c: Context, proven: Proven): Promise<Response> {
  const { provider, attempt, reservation } = proven;
  const s = c.get("s");
  const visitor = c.get("visitor");
  // Forced linking: the account that started is the one that goes on (RFC 9700, 4.7.1).
  if (visitor === undefined || visitor.user.id !== attempt.userId) return refuse(c, provider, { reason: "logged-out", attempt });
  const login = { ...loginOf(proven), next: attempt.next ?? `${s.settings.mountPath}/settings/logins` };
  const secret = newProofSecret();
  const result = await inTransaction(s, async (tx): Promise<"stored" | "own" | Refusal> => {
    if (!(await claimState(tx, attempt.state))) return "expired";
    const known = await findIdentity(tx, login.issuer, login.subject);
    await release(tx, reservation);
    if (known) return known.user_id === visitor.user.id ? "own" : "taken";
    const account = await tx.db.selectFrom("users").select(["id", "security_version"]).where("id", "=", visitor.user.id).executeTakeFirst();
    if (!account) return "logged-out";
    await endEarlier(c, tx);
    await storePending(tx, secret, login, { stage: "link", email: visitor.user.email, account });
    return "stored";
  });
  if (result === "own") {
    flash(c, "info", message(messages, "alreadyLinked", { provider: provider.name }));
    return redirect(c, "/settings/logins");
  }
  if (result !== "stored") return refuse(c, provider, { reason: result, attempt, userId: visitor.user.id });
  keepProofSecret(c, secret);
  return redirect(c, "/login/link");
}

/** Clocks may differ. */
const toleranceMs = 60_000;

/** Stolen session: counts only if the provider has asked the user just now, for the same identity (OpenID Connect Core, 3.1.2.1). */
async function reauthenticate(c: Context, { provider, attempt, reservation, identity }: Proven): Promise<Response> {
  const s = c.get("s");
  const visitor = c.get("visitor");
  if (visitor === undefined || visitor.user.id !== attempt.userId) return refuse(c, provider, { reason: "logged-out", attempt });
  const { authTime } = identity;
  const isRecent = authTime !== undefined && authTime >= attempt.createdAt - toleranceMs && authTime <= s.now() + toleranceMs;
  if (!isRecent) return refuse(c, provider, { reason: "not-recent", detail: `auth_time ${authTime}`, attempt, userId: visitor.user.id });
  const methods = [`provider:${provider.id}` as const] as const;
  const result = await inTransaction(s, async (tx) => {
    if (!(await claimState(tx, attempt.state))) return "expired" as const;
    const known = await findIdentity(tx, identity.issuer, identity.subject);
    if (known?.user_id !== visitor.user.id) return "not-linked" as const;
    const session = await renewSession(tx, requireVisitor(c), { methods: [...methods], attempt: reservation });
    if (session) await recordEvent(tx, visitor.user.id, "reauthenticated", requestInfo(c), { provider: provider.id });
    return session ?? ("logged-out" as const);
  });
  if (typeof result === "string") return refuse(c, provider, { reason: result, attempt, userId: visitor.user.id });
  startSession(c, result);
  return redirectTo(c, safeReturn(s.settings, attempt.next));
}
