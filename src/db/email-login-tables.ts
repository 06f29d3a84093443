/** Declares the tables of logging in by email. */

/** A login by email that waits for the code or the link of its email. */
export interface EmailLoginTable {
  /** SHA-256 of the token in the link. */
  token_hash: Uint8Array;
  /** SHA-256 of the secret in the cookie of the requesting browser. */
  browser_hash: Uint8Array;
  /** Null without an account. */
  user_id: string | null;
  /** The exact email that it is sent to; empty for an unknown username. */
  email: string;
  /** The account's security version when the email was sent. */
  version: number;
  /** Keyed hash of the code. */
  code_hash: string;
  tries_left: number;
  /** How the inbox was proven, once it was: the sign-up then waits for a username. */
  proven_by: "email-code" | "email-link" | null;
  created_at: number;
  expires_at: number;
}

/** Whether an account has refused logins by email; without a row it has not. */
export interface EmailLoginChoiceTable {
  user_id: string;
  /** 1: refused. */
  is_off: number;
  changed_at: number;
}
