/** Describes this site as a client of a provider: redirect URI, secret, clock. */
import { createPrivateKey, randomUUID, sign } from "node:crypto";
import * as oauth from "oauth4webapi";
import { systemClock } from "../clock.ts";
import type { Metadata } from "./metadata.ts";
import type { Peer } from "./peer.ts";
import type { Provider } from "./provider.ts";

/** Clocks of providers and of this server may differ by this much. */
export const toleranceSeconds = 60;

export function clientOf({ provider, s }: Peer): oauth.Client {
  return {
    client_id: provider.clientId,
    [oauth.clockSkew]: Math.round((s.now() - systemClock()) / 1_000),
    [oauth.clockTolerance]: toleranceSeconds,
  };
}

/** How this client proves itself at the token endpoint. */
export function authenticationOf({ provider, s }: Peer, metadata: Metadata): oauth.ClientAuth {
  const secret = provider.key ? signedSecret(provider, s.now()) : provider.secret;
  if (secret === undefined) return oauth.None();
  const offered = metadata.token_endpoint_auth_methods_supported;
  // The default of the standard is `client_secret_basic` (OpenID Connect Discovery 1.0, 3).
  const isPost = (provider.protocol.clientAuth ?? (offered?.includes("client_secret_basic") === false ? "post" : "basic")) === "post";
  return isPost ? oauth.ClientSecretPost(secret) : basicAuthentication(secret);
}

/**
 * RFC 6749, 2.3.1. The library also escapes `-`, `_` and `.`, which providers that don't decode, such as X, then compare with the plain
 * secret.
 */
function basicAuthentication(secret: string): oauth.ClientAuth {
  const encode = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);
  return (_as, client, _body, headers) => {
    const credentials = Buffer.from(`${encode(client.client_id)}:${encode(secret)}`).toString("base64");
    headers.set("authorization", `Basic ${credentials}`);
  };
}

/** Apple's client secret: a JWT that is signed anew for each login, so it never expires. */
function signedSecret({ key, issuer, clientId }: Provider, now: number): string {
  if (!key) throw new Error("The provider has no key.");
  // A clock that is a little ahead would make it a token of the future.
  const iat = Math.floor(now / 1_000) - toleranceSeconds;
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: key.teamId, iat, exp: iat + 10 * 60, aud: issuer, sub: clientId, jti: randomUUID() };
  const data = `${part({ alg: "ES256", kid: key.id })}.${part(claims)}`;
  return `${data}.${sign("sha256", Buffer.from(data), { key: createPrivateKey(key.pem), dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}
