/** Issues short-lived access tokens (JWT) for other services. */

import { randomUUID } from "node:crypto";
import type { Services } from "../services.ts";
import { rolesOf } from "../users/roles.ts";
import { amrOf, levelOf } from "./methods.ts";
import type { Visitor } from "./session.ts";
import { publicId } from "./session-list.ts";
import { requireSigningKey, tokenLifetimeMs } from "./signing-keys.ts";

export interface AccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/**
 * Issues a signed JWT (RFC 7519) for one of the allowed audiences (`TOKEN_AUDIENCES`). Token confusion: the type `at+jwt` keeps services from
 * accepting it as another kind of token (RFC 8725, 3.11).
 */
export async function issueAccessToken(s: Services, visitor: Visitor, audience: string): Promise<AccessToken> {
  const { importJWK, SignJWT } = await import("jose");
  const { id, algorithm, key } = await requireSigningKey(s, "EdDSA");
  const issuedAt = Math.floor(s.now() / 1_000);
  const expiresInSeconds = tokenLifetimeMs / 1_000;
  const token = await new SignJWT(claimsOf(visitor))
    .setProtectedHeader({ alg: algorithm, typ: "at+jwt", kid: id })
    .setIssuer(s.settings.baseUrl)
    .setSubject(visitor.user.id)
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + expiresInSeconds)
    .setJti(randomUUID())
    .sign(await importJWK(key, algorithm));
  return { token, expiresInSeconds };
}

function claimsOf({ user, session }: Visitor) {
  return {
    username: user.username,
    email: user.email,
    email_verified: user.emailVerifiedAt !== null,
    // Public id of the session, as in the session list: useless as a token.
    sid: publicId(session.tokenHash),
    amr: amrOf(session.methods),
    acr: `latchkey:${levelOf(session.methods)}`,
    auth_time: Math.floor(session.authenticatedAt / 1_000),
    roles: rolesOf(user),
  };
}
