/** Declares the tables of logins with other providers. Instants are whole milliseconds since 1970 (UTC). */

import type { Generated } from "kysely";

export interface ProviderTables {
  identities: IdentityTable;
  unlinked_issuers: UnlinkedIssuerTable;
  provider_proofs: ProviderProofTable;
  used_states: UsedStateTable;
  used_logout_tokens: UsedLogoutTokenTable;
  provider_logouts: ProviderLogoutTable;
}

/** An account at another provider that logs in to an account here. Issuer and subject are the identity; an email never is. */
interface IdentityTable {
  id: string;
  user_id: string;
  /** The provider's ID in `PROVIDERS`. */
  provider: string;
  issuer: string;
  subject: string;
  /** As the provider named it last, for the user to tell accounts apart. Never used to find an account. */
  email: string | null;
  /** 1 if the provider vouched for the email when it named it last. */
  email_vouched: Generated<number>;
  created_at: number;
  /** When its owner linked or confirmed it; null if it linked itself or was imported: then its factors don't count here. */
  confirmed_at: number | null;
  last_used_at: number | null;
  /** The provider's tokens as JSON, encrypted; null unless `PROVIDER_…_KEEP_TOKENS` is on. */
  tokens: string | null;
}

interface UnlinkedIssuerTable {
  id: string;
  user_id: string;
  /** No identity of this issuer is linked by an email. */
  issuer: string;
  unlinked_at: number;
}

/** A login that a provider has proven, while the user is asked for something. */
interface ProviderProofTable {
  /** Its `id` in base64url is the SHA-256 of the secret in the browser's cookie. */
  id: string;
  /** The account that it opens, that it may be linked to, or that loses its email to a sign-up; null for other sign-ups. */
  user_id: string | null;
  issuer: string;
  subject: string;
  /** Of the account when the proof was stored: any change of a credential ends the proof. */
  version: number;
  /** What is asked for. */
  stage: "email" | "code" | "username" | "link" | "claim" | "switch";
  /** What the provider has told, as JSON, encrypted. */
  payload: string;
  /** The email that the code went to, or that is proven; empty without one. */
  email: string;
  /** Keyed hash of the code; null without one. */
  code_hash: string | null;
  tries_left: number;
  created_at: number;
  expires_at: number;
}

/** States of logins that have succeeded (replay). */
interface UsedStateTable {
  state_hash: Uint8Array;
  expires_at: number;
}

/** Logout tokens of providers that were received (replay). */
interface UsedLogoutTokenTable {
  /** SHA-256 of issuer and `jti`. */
  token_hash: Uint8Array;
  expires_at: number;
}

/** The last logout of each user and session at a provider. */
interface ProviderLogoutTable {
  /** SHA-256 of the issuer and the user or session. */
  key_hash: Uint8Array;
  /** By the provider's clock; 0 while there is none. */
  logged_out_at: number;
  expires_at: number;
}
