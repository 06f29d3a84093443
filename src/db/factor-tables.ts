/** Declares the tables of second factors and passkeys. */
import type { Generated } from "kysely";

/** An authenticator app (TOTP, RFC 6238). */
export interface AuthenticatorTable {
  id: string;
  user_id: string;
  /** Chosen by the user. */
  name: string;
  /** The secret in base32, encrypted. */
  secret: string;
  /** SHA-256 of the token of the session that sets it up; null once it is in use. */
  session_hash: Generated<Uint8Array | null>;
  /** Time step of the last accepted code: it and earlier ones are refused (replay). */
  last_step: Generated<number>;
  /** Time step of the last code that was too early or too late: it stays refused when its time comes. */
  refused_step: Generated<number | null>;
  created_at: number;
  /** When its first code was accepted; null: not in use yet, and removed after ten minutes. */
  confirmed_at: Generated<number | null>;
  last_used_at: Generated<number | null>;
}

export interface RecoveryCodeTable {
  /** Keyed hash of the account and the code; begins with the key's id. */
  code_hash: string;
  user_id: string;
  created_at: number;
  used_at: Generated<number | null>;
}

/** A browser in which the second step is skipped. */
export interface TrustedDeviceTable {
  id: string;
  user_id: string;
  /** SHA-256 of the token in the cookie. */
  token_hash: Uint8Array;
  /** SHA-256 of the token before the last rotation, accepted for a short time: two tabs may log in at once. */
  previous_hash: Uint8Array | null;
  rotated_at: number;
  created_at: number;
  last_used_at: number;
  expires_at: number;
  /** Of the last use. */
  ip: string;
  user_agent: string;
}

/** A factor or a linked login that its user removed, until it is restored or erased. It authenticates nobody. */
export interface RemovedFactorTable {
  /** That of the factor. */
  id: string;
  user_id: string;
  kind: "authenticator" | "passkey" | "recovery-codes" | "two-factor" | "identity";
  /** Of a passkey. */
  credential_id: Uint8Array | null;
  /** Its row as JSON, encrypted. */
  content: string;
  /** When it was added to the account. */
  added_at: number;
  removed_at: number;
}

/** The user handle of an account's passkeys (WebAuthn, 5.4.3): 32 random bytes, so that authenticators do not learn the user id. */
export interface PasskeyUserTable {
  user_id: string;
  handle: Uint8Array;
  /** 1: its owner has removed the password, for ways to log in that the inbox does not open. */
  gave_up_password: Generated<number>;
}

export interface PasskeyTable {
  id: string;
  user_id: string;
  credential_id: Uint8Array;
  /** COSE key. */
  public_key: Uint8Array;
  /** The RP ID that it was created for. */
  rp_id: string;
  /** Chosen by the user. */
  name: string;
  /** Model of the authenticator, as it says itself: unverified, for names only. */
  aaguid: string;
  /** Separated by commas; may be empty. */
  transports: string;
  /** Signature counter; 0 for authenticators without one. */
  counter: number;
  /** 1: can be synchronised between devices (flag BE). */
  backup_eligible: number;
  /** 1: is synchronised (flag BS). */
  backed_up: number;
  created_at: number;
  last_used_at: number | null;
  last_used_ip: string | null;
  last_used_user_agent: string | null;
}

/** A challenge of a passkey that has had its effect, until it expires. */
export interface UsedChallengeTable {
  /** SHA-256 of the challenge. */
  challenge_hash: Uint8Array;
  expires_at: number;
}
