/** Binds a proven login to this browser by a cookie, and remembers the last provider. */
import { randomBytes } from "node:crypto";
import { findProof, type Proof, proofLifetimeMs } from "../../../core/identities/proofs.ts";
import type { Context } from "../../../http/context.ts";
import { expireCookie, readCookie, writeCookie } from "../../../http/request/cookies.ts";

export function newProofSecret(): string {
  return randomBytes(32).toString("base64url");
}

export function keepProofSecret(c: Context, secret: string): void {
  writeCookie(c, "proof", secret, proofLifetimeMs / 1_000);
}

/** The secret in the cookie of this browser. */
export function proofSecret(c: Context): string | undefined {
  const secret = readCookie(c, "proof");
  return secret !== undefined && /^[\w-]{43}$/.test(secret) ? secret : undefined;
}

/** The login that a provider has proven for this browser. */
export async function currentProof(c: Context): Promise<Proof | undefined> {
  const secret = proofSecret(c);
  return secret === undefined ? undefined : findProof(c.get("s"), secret);
}

export function forgetProof(c: Context): void {
  if (readCookie(c, "proof") !== undefined) expireCookie(c, "proof");
}

const yearSeconds = 365 * 86_400;

/** For the mark on the login page. */
export function rememberProvider(c: Context, id: string): void {
  writeCookie(c, "provider", id, yearSeconds);
}

export function lastProvider(c: Context): string | undefined {
  return readCookie(c, "provider");
}
