/** Defines providers, what they have proven, and why they are refused. */
import type { Provider } from "../../config/providers/provider.ts";

export type { Provider } from "../../config/providers/provider.ts";

/** What a provider has proven. The identity is the pair of issuer and subject, never an address. */
export interface ProvenIdentity {
  /** ID of the provider. */
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  readonly email?: string;
  /** Whether the provider says that the email is the user's, and is believed. */
  readonly isEmailVouched: boolean;
  readonly name?: string;
  readonly username?: string;
  /** Of the ID token and the user info, for roles. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Authentication methods of the provider (RFC 8176). */
  readonly amr: readonly string[];
  /** When the user has authenticated at the provider, in milliseconds since 1970. */
  readonly authTime?: number;
  /** Session at the provider, for its logout. */
  readonly sid?: string;
  /** When the ID token was issued, in milliseconds since 1970, by the provider's clock. */
  readonly issuedAt?: number;
}

/** One way to the provider and back; it belongs into a sealed cookie. */
export interface Attempt {
  readonly provider: string;
  readonly issuer: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** Tokens of the provider, for `PROVIDER_…_KEEP_TOKENS`. */
export interface ProviderTokens {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly idToken?: string;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
  readonly scope?: string;
}

/**
 * - `denied`: the user or the provider said no
 * - `expired`: the attempt is too old, or was already used
 * - `unreachable`: the provider is down or slow
 * - `clock`: the clocks of the provider and of this server differ by more than a minute
 * - `bad-answer`: the response is wrong, or forged
 * - `misconfigured`: the provider does not accept this site's client ID or secret
 * - `domain`: the address belongs to none of the domains
 */
export type ProviderRefusal = "denied" | "expired" | "unreachable" | "clock" | "bad-answer" | "misconfigured" | "domain";

/** How long an attempt may take. */
export const attemptLifetimeMs = 10 * 60_000;

/** Whether the domain rule of the provider allows this email. A subdomain is another domain. */
export function isAllowedDomain({ domains }: Pick<Provider, "domains">, email: string): boolean {
  return domains.length === 0 || domains.includes(email.slice(email.lastIndexOf("@") + 1).toLowerCase());
}

/** Where the site is. Not the settings: public types must not refer to their libraries. */
export interface SiteAddress {
  readonly baseUrl: string;
  readonly mountPath: string;
}

/** The URL to register at the provider. One for each, so that a response of one is never taken for another's (RFC 9700, 4.4.2.2). */
export function redirectUri({ baseUrl, mountPath }: SiteAddress, { id }: Pick<Provider, "id">): string {
  return `${baseUrl}${mountPath}/oauth/callback/${id}`;
}
