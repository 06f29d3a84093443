/** Begins and completes logins at other providers (OAuth 2.0, OpenID Connect). Load it lazily. */
import { authorize, type BeginOptions } from "./authorize.ts";
import { exchangeCode } from "./exchange.ts";
import { identityOf } from "./identity.ts";
import { type LogoutClaims, verifyLogoutToken } from "./logout-token.ts";
import { type Peer, withPeer } from "./peer.ts";
import type { Attempt, ProvenIdentity, Provider, ProviderRefusal, ProviderTokens } from "./provider.ts";
import { ProviderError } from "./provider-error.ts";

export type Begun =
  | { readonly ok: true; readonly url: string; readonly attempt: Attempt }
  | { readonly ok: false; readonly reason: "unreachable" | "misconfigured"; readonly detail: string };

/** Returns the URL that sends the user to the provider. `detail` is for the log. */
export async function begin(s: Peer["s"], provider: Provider, options: BeginOptions = {}): Promise<Begun> {
  try {
    return { ok: true, ...(await withPeer(s, provider, (peer) => authorize(peer, options))) };
  } catch (error) {
    const { reason, message } = asExpected(error);
    return { ok: false, reason: reason === "unreachable" ? reason : "misconfigured", detail: message };
  }
}

export type Completed =
  | { readonly ok: true; readonly identity: ProvenIdentity; readonly tokens?: ProviderTokens }
  | { readonly ok: false; readonly reason: ProviderRefusal; readonly detail: string };

/**
 * Checks the provider's response, and returns who has logged in there. `parameters` are those of the callback, `attempt` comes from `begin`. The
 * caller uses up the attempt in the transaction of the login; the provider accepts each code once. `detail` is for the log.
 */
export async function complete(s: Peer["s"], provider: Provider, attempt: Attempt, parameters: URLSearchParams): Promise<Completed> {
  try {
    return await withPeer(s, provider, async (peer): Promise<Completed> => {
      const exchanged = await exchangeCode(peer, attempt, parameters);
      const identity = await identityOf(peer, exchanged, parameters);
      return { ok: true, identity, ...(provider.keepTokens ? { tokens: tokensOf(exchanged.response, s.now()) } : {}) };
    });
  } catch (error) {
    const { reason, message } = asExpected(error);
    return { ok: false, reason, detail: message };
  }
}

export type LogoutRead = ({ readonly ok: true } & LogoutClaims) | { readonly ok: false; readonly detail: string };

/** Validates a token of `POST /oauth/backchannel/:provider`. The caller accepts each `jti` once, until `expiresAt`. */
export async function readLogoutToken(s: Peer["s"], provider: Provider, token: string): Promise<LogoutRead> {
  try {
    // Providers send a token once: one that the known keys verify counts during an outage too.
    return { ok: true, ...(await withPeer(s, provider, (peer) => verifyLogoutToken(peer, token), { purpose: "logout" })) };
  } catch (error) {
    return { ok: false, detail: asExpected(error).message };
  }
}

/** Bugs are thrown. */
function asExpected(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  throw error;
}

interface TokenResponse {
  readonly access_token: string;
  readonly refresh_token?: string | undefined;
  readonly id_token?: string | undefined;
  readonly expires_in?: number | undefined;
  readonly scope?: string | undefined;
}

function tokensOf(response: TokenResponse, now: number): ProviderTokens {
  const { access_token: accessToken, refresh_token: refreshToken, id_token: idToken, expires_in: expiresIn, scope } = response;
  return {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(idToken === undefined ? {} : { idToken }),
    ...(expiresIn === undefined ? {} : { expiresAt: now + expiresIn * 1_000 }),
    ...(scope === undefined ? {} : { scope }),
  };
}
