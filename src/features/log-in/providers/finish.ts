/** Ends a login with a provider: with a session, or with a code for an app. */
import type { z } from "zod";
import { recordEvent } from "../../../core/audit/log.ts";
import { recordIdentityUse } from "../../../core/identities/identities.ts";
import type { ProvenLogin } from "../../../core/identities/proofs.ts";
import { issueToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { Reservation } from "../../../core/rate-limits/rate-limits.ts";
import { release } from "../../../core/rate-limits/rate-limits.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import type { Transaction } from "../../../core/services.ts";
import { mustVerifyFirst, type SignInOptions, type SignInResult, signIn } from "../../../core/sign-in/sign-in.ts";
import type { MappedRoles } from "../../../core/users/roles.ts";
import type { AccountRow } from "../../../core/users/users.ts";
import type { Context } from "../../../http/context.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { completeSignIn } from "../../../http/response/complete-sign-in.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirectTo, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import type { exchangeShape } from "./exchange.ts";
import { exchangeToken } from "./exchange-token.ts";
import { findProvider, providerName } from "./offered.ts";
import { forgetProof, rememberProvider } from "./proof-cookie.ts";
import { messages } from "./providers.messages.ts";
import { appUrl } from "./refuse.ts";

/** What the login has changed. */
type News = "linked" | "signed-up";

/** A login that is allowed. */
export type Finished =
  | { readonly kind: "session"; readonly result: SignInResult; readonly news: News | undefined }
  | { readonly kind: "app"; readonly code: string };

interface Finishing {
  readonly user: AccountRow;
  readonly identityId: string;
  readonly login: ProvenLogin;
  readonly options: SignInOptions;
  readonly news?: News;
  readonly attempts?: readonly Reservation[];
}

/** In the transaction of the decision. Our second factors still count: `signIn` asks for each step that is due. */
export async function finish(tx: Transaction, { user, identityId, login, options, news, attempts = [] }: Finishing): Promise<Finished> {
  const { info } = options;
  // Refused before anything is written: uses of an account that may not log in stay as they are.
  const refusal = refusalOf(tx, user);
  if (refusal) return { kind: "session", result: { ok: false, reason: refusal }, news };
  await recordIdentityUse(tx, identityId, login);
  const identity = { id: identityId, sid: login.sid };
  if (login.app) {
    for (const attempt of attempts) await release(tx, attempt);
    return { kind: "app", code: await issueAppCode(tx, user, login, { identityId, info, roles: rolesOf(tx, login) }) };
  }
  return {
    kind: "session",
    result: await signIn(
      tx,
      { user, methods: login.methods, attempts, identity, authenticatedAt: login.authTime, roles: rolesOf(tx, login) },
      options,
    ),
    news,
  };
}

/** Undefined if the provider decides no roles. */
function rolesOf(tx: Transaction, { provider, roles: given }: ProvenLogin): MappedRoles | undefined {
  const mapped = (findProvider(tx, provider)?.roles ?? []).map(({ role }) => role);
  return mapped.length > 0 ? { mapped, given } : undefined;
}

function refusalOf(tx: Transaction, user: AccountRow): "unverified" | "changed" | undefined {
  if (mustVerifyFirst(tx, user)) return "unverified";
  return user.disabled_at !== null || user.compromised_at !== null ? "changed" : undefined;
}

interface Issuing {
  readonly identityId: string;
  readonly info: RequestInfo;
  readonly roles?: MappedRoles | undefined;
}

/** The code that the app exchanges for a session, with its verifier. */
export async function issueAppCode(
  tx: Transaction,
  user: AccountRow,
  login: ProvenLogin,
  { identityId, info, roles }: Issuing,
): Promise<string> {
  const { methods, app, remember, sid, authTime: authenticatedAt } = login;
  if (!app) throw new Error("Only an app gets a code.");
  const identity = { id: identityId, sid };
  const kept = { remember, identity, authenticatedAt, roles: roles && { mapped: [...roles.mapped], given: [...roles.given] }, ...app };
  const stored: z.input<typeof exchangeShape> = { methods: [...methods], version: user.security_version, ...kept };
  await recordEvent(tx, user.id, "provider-code-issued", info, { provider: login.provider });
  const { token } = await issueToken(tx, { purpose: exchangeToken, userId: user.id, email: user.email, payload: JSON.stringify(stored) });
  return token;
}

export function signInOptions(c: Context, { remember, next }: Pick<ProvenLogin, "remember" | "next">): SignInOptions {
  return { remember, next, info: requestInfo(c), replaces: c.get("visitor")?.session };
}

/** The response of a finished login; undefined if the account may not log in. */
export async function answerFinished(c: Context, finished: Finished, login: ProvenLogin): Promise<Response | undefined> {
  if (finished.kind === "session" && !finished.result.ok && finished.result.reason !== "due") return undefined;
  forgetProof(c);
  rememberProvider(c, login.provider);
  if (finished.kind === "app") {
    const url = appUrl(login, { code: finished.code });
    return wantsJson(c) ? answerJson(c, { url }) : redirectTo(c, url);
  }
  const { result, news } = finished;
  if (!result.ok && result.reason !== "due") return undefined;
  if (news === "linked" && !wantsJson(c))
    flash(c, "success", message(messages, "linked", { provider: providerName(c.get("s"), login.provider) }));
  return completeSignIn(c, result, { next: login.next, isSignUp: news === "signed-up" });
}
