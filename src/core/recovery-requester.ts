/** Names who asks for a recovery email. */

export interface RecoveryEmailOptions {
  /**
   * `stranger`, the default: anyone can request the email, so its link alone gives no password to an account that has given up its own.
   * `owner`: the user has authenticated, or an administrator has checked who asks.
   */
  readonly by?: "stranger" | "owner";
  /** Whether the user has just pressed "This wasn't me", and requested nothing. */
  readonly isAfterReport?: boolean;
}
