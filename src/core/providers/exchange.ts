/** Exchanges the code of a provider for its tokens, and checks them (OpenID Connect Core 1.0, 3.1.3). */
import { createHash } from "node:crypto";
import * as oauth from "oauth4webapi";
import { clockSlackMs } from "../clock-skew.ts";
import { isOpenId } from "./authorize.ts";
import { memberAt } from "./claims.ts";
import { authenticationOf, clientOf, toleranceSeconds } from "./client.ts";
import { issuerFor, isTenant } from "./issuers.ts";
import { type Metadata, metadataOf } from "./metadata.ts";
import type { Peer } from "./peer.ts";
import { type Attempt, attemptLifetimeMs, redirectUri } from "./provider.ts";
import { ProviderError, textOf } from "./provider-error.ts";
import { refusalOf } from "./refusal.ts";
import { acceptedAlgorithms, headerOf, partOf, verifySignature } from "./signatures.ts";

/** Tokens whose signature and claims have been checked. */
export interface Exchanged {
  readonly metadata: Metadata;
  readonly response: oauth.TokenEndpointResponse;
  /** Of the ID token; undefined without OpenID Connect. */
  readonly claims: oauth.IDToken | undefined;
}

/** Rejects with {@link ProviderError}. */
export async function exchangeCode(peer: Peer, attempt: Attempt, parameters: URLSearchParams): Promise<Exchanged> {
  requireCurrent(peer, attempt);
  const metadata = await metadataOf(peer);
  const as = serverOf(metadata);
  const client = clientOf(peer);
  try {
    // Mix-up and login CSRF: `iss` and `state` are compared before anything is sent (RFC 9207; RFC 9700, 4.4).
    const validated = oauth.validateAuthResponse(withTenant(as, parameters), client, parameters, attempt.state);
    const { response, idToken } = await tokenRequest(peer, { as, client, metadata, validated, verifier: attempt.verifier });
    if (!isOpenId(peer))
      return { metadata, response: await oauth.processAuthorizationCodeResponse(as, client, response), claims: undefined };
    const expectedNonce = peer.provider.protocol.withoutNonce ? oauth.expectNoNonce : attempt.nonce;
    const issuer = issuerFor(peer.provider, partOf(idToken, 1));
    const tokens = await oauth.processAuthorizationCodeResponse({ ...as, issuer }, client, response, {
      expectedNonce,
      requireIdToken: true,
    });
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    if (!claims || tokens.id_token === undefined) throw new ProviderError("bad-answer", "There is no ID token.");
    requirePast(peer, claims.iat, "was issued");
    // A login of the future would stay recent for as long.
    if (claims.auth_time !== undefined) requirePast(peer, claims.auth_time, "is of a login");
    await verifySignature(peer, metadata, tokens.id_token, claims.iss);
    requireSameAccessToken(tokens.id_token, tokens.access_token, claims["at_hash"]);
    return { metadata, response: tokens, claims };
  } catch (error) {
    throw refusalOf(error, peer.provider);
  }
}

/** An attempt of other settings, or an old one. */
function requireCurrent({ provider, s }: Peer, attempt: Attempt): void {
  if (attempt.provider !== provider.id || attempt.issuer !== provider.issuer)
    throw new ProviderError("expired", "The attempt began with another provider.");
  const age = s.now() - attempt.createdAt;
  if (age > attemptLifetimeMs || age < -clockSlackMs) throw new ProviderError("expired", "The attempt is more than ten minutes old.");
}

/** The metadata for the checks of responses. */
export function serverOf(metadata: Metadata): oauth.AuthorizationServer {
  const offered = metadata.id_token_signing_alg_values_supported;
  return {
    ...metadata,
    ...(Array.isArray(offered) ? { id_token_signing_alg_values_supported: offered.filter((alg) => acceptedAlgorithms.includes(alg)) } : {}),
  };
}

/** Microsoft with several tenants: the parameter `iss` names one of them. */
function withTenant(as: oauth.AuthorizationServer, parameters: URLSearchParams): oauth.AuthorizationServer {
  const [before = "", after] = as.issuer.split("{tenantid}");
  const issuer = parameters.get("iss");
  if (after === undefined || !issuer?.startsWith(before) || !issuer.endsWith(after)) return as;
  return isTenant(issuer.slice(before.length, -after.length)) ? { ...as, issuer } : as;
}

interface TokenRequest {
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly metadata: Metadata;
  readonly validated: URLSearchParams;
  readonly verifier: string;
}

/** Sends a code to the token endpoint. */
export async function tokenRequest(
  peer: Peer,
  { as, client, metadata, validated, verifier }: TokenRequest,
): Promise<{ response: Response; idToken: string }> {
  const { provider, s } = peer;
  const pkce = provider.protocol.withoutPkce ? oauth.nopkce : verifier;
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    authenticationOf(peer, metadata),
    validated,
    redirectUri(s.settings, provider),
    pkce,
    {
      [oauth.customFetch]: (url, init) => peer.fetch(url, init as RequestInit),
      [oauth.allowInsecureRequests]: provider.issuer.startsWith("http:"),
    },
  );
  return conform(response);
}

/** Members of a token response that are read. */
const members = ["access_token", "token_type", "expires_in", "refresh_token", "scope", "id_token", "error", "error_description"] as const;

/** Twitch lists scopes as an array, GitHub and Slack report errors with status 200. */
async function conform(response: Response): Promise<{ response: Response; idToken: string }> {
  const text = await response.text();
  const { status, headers } = response;
  const body = parse(text);
  if (!body) {
    if (status === 200) throw new ProviderError("bad-answer", "The token endpoint sent no JSON.");
    return { response: new Response(text, { status, headers }), idToken: "" };
  }
  const { error, scope } = body;
  const told = status === 200 && error === undefined ? {} : errorOf(body);
  const isError = error !== undefined && body["access_token"] === undefined;
  // Objects are none of these members. The library would call their `toString`, and nested ones exceed the stack.
  const known = members
    .filter((name) => body[name] !== undefined)
    .map((name) => [name, typeof body[name] === "object" ? null : body[name]]);
  const conforming = { ...Object.fromEntries(known), ...told, ...(Array.isArray(scope) ? { scope: scope.map(textOf).join(" ") } : {}) };
  return {
    response: new Response(JSON.stringify(conforming), { status: isError && status === 200 ? 400 : status, headers }),
    idToken: textOf(body["id_token"]),
  };
}

/** Facebook has an object, and Twitch only a message. */
function errorOf(body: Readonly<Record<string, unknown>>): Record<string, string> {
  const { error, message } = body;
  if (typeof error === "object" && error !== null)
    return { error: textOf(memberAt(body, "error.type")), error_description: textOf(memberAt(body, "error.message")) };
  return error === undefined && typeof message === "string" ? { error: "error", error_description: message } : {};
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return undefined;
  }
}

/** A token of the future: the clocks differ, or it was made for later. */
function requirePast({ s }: Peer, seconds: number, what: string): void {
  const ahead = seconds - s.now() / 1_000;
  if (ahead > toleranceSeconds)
    throw new ProviderError("clock", `The ID token ${what} ${Math.round(ahead)} seconds in the future. Check the clock of this server.`);
}

/** Token substitution: the ID token names the access token that came with it (OpenID Connect Core 1.0, 3.1.3.8). */
function requireSameAccessToken(idToken: string, accessToken: string, atHash: unknown): void {
  if (atHash === undefined) return;
  // Ed25519 hashes with SHA-512, whichever of its names the token has (RFC 8032, 5.1; RFC 9864).
  const size = /^[A-Z]S(\d{3})$/.exec(String(headerOf(idToken)["alg"]))?.[1] ?? "512";
  const hash = createHash(`sha${size}`).update(accessToken).digest();
  if (atHash !== hash.subarray(0, hash.length / 2).toString("base64url"))
    throw new ProviderError("bad-answer", "The ID token belongs to another access token.");
}
