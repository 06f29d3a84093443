/** Validates logout tokens of a provider (OpenID Connect Back-Channel Logout 1.0, 2.6). */
import { toleranceSeconds } from "./client.ts";
import { isIdentifier } from "./identifier.ts";
import { issuerFor } from "./issuers.ts";
import { metadataOf } from "./metadata.ts";
import type { Peer } from "./peer.ts";
import type { Provider } from "./provider.ts";
import { ProviderError } from "./provider-error.ts";
import { headerOf, partOf, verifySignature } from "./signatures.ts";

export interface LogoutClaims {
  readonly issuer: string;
  readonly subject?: string;
  readonly sid?: string;
  /** To be accepted once. */
  readonly jti: string;
  /** In milliseconds since 1970, by the provider's clock. */
  readonly issuedAt: number;
  /** When the token stops being valid, in milliseconds since 1970. */
  readonly expiresAt: number;
}

const event = "http://schemas.openid.net/event/backchannel-logout";
/** Tokens without `exp` and old ones count no longer than this. */
const maxAgeSeconds = 600;

/** Rejects with {@link ProviderError}. */
export async function verifyLogoutToken(peer: Peer, token: string): Promise<LogoutClaims> {
  const claims = checkLogoutClaims(peer.provider, token, peer.s.now());
  await verifySignature(peer, await metadataOf(peer), token, claims.issuer);
  return claims;
}

/** Checks everything but the signature. Throws {@link ProviderError}. */
export function checkLogoutClaims(provider: Provider, token: string, now: number): LogoutClaims {
  // It publishes no keys: anybody could have signed the token.
  if (provider.protocol.oauth) throw refused("is of a provider without OpenID Connect");
  if (token.split(".").length !== 3) throw refused("is no JWT");
  const { typ, crit } = headerOf(token);
  // Extensions that must be understood, and are not (RFC 7515, 4.1.11).
  if (crit !== undefined) throw refused("has a critical header");
  // Token confusion: an ID token is no logout token (RFC 8725, 3.11).
  if (typeof typ !== "string" || !/^(?:application\/)?logout\+jwt$/i.test(typ)) throw refused("has no type logout+jwt");
  const claims = partOf(token, 1);
  const { iss, aud, iat, exp, nbf, jti, events, sid } = claims;
  const issuer = issuerFor(provider, claims);
  if (iss !== issuer) throw refused("has another issuer");
  if (!(Array.isArray(aud) ? aud : [aud]).includes(provider.clientId)) throw refused("is for another client");
  if ("nonce" in claims) throw refused("has a nonce");
  if (typeof events !== "object" || events === null || !Object.hasOwn(events, event)) throw refused("has no logout event");
  if (typeof jti !== "string" || jti === "" || jti.length > 255) throw refused("has no jti");
  const seconds = now / 1_000;
  if (typeof iat !== "number" || iat > seconds + toleranceSeconds || iat < seconds - maxAgeSeconds)
    throw refused("was not issued just now");
  if (exp !== undefined && (typeof exp !== "number" || exp <= seconds - toleranceSeconds)) throw refused("has expired");
  if (nbf !== undefined && (typeof nbf !== "number" || nbf > seconds + toleranceSeconds)) throw refused("is not valid yet");
  if (sid !== undefined && !isIdentifier(sid)) throw refused("has a malformed sid");
  const subject = subjectOf(provider, claims);
  if (subject === undefined && sid === undefined) throw refused("names neither a user nor a session");
  return {
    issuer,
    jti,
    ...(subject === undefined ? {} : { subject }),
    ...(sid === undefined ? {} : { sid }),
    issuedAt: Math.floor(iat) * 1_000,
    // Until `iat` is too old, it must not be accepted twice.
    expiresAt: Math.ceil((iat + maxAgeSeconds + toleranceSeconds) * 1_000),
  };
}

/** In the form of the identity: of Microsoft, the object ID of the tenant. */
function subjectOf({ protocol }: Provider, claims: Readonly<Record<string, unknown>>): string | undefined {
  const parts = (protocol.subject ?? ["sub"]).map((name) => claims[name]);
  if (parts.some((part) => part !== undefined && !isIdentifier(part))) throw refused("has a malformed subject");
  return parts.includes(undefined) ? undefined : parts.join("/");
}

function refused(why: string): ProviderError {
  return new ProviderError("bad-answer", `The logout token ${why}.`);
}
