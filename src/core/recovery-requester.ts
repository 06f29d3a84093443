/** Names who asks for a recovery email. */

/**
 * `stranger`: anyone can request the email, so its link alone gives no password to an account that has given up its own. `owner`: the
 * user has authenticated, or an administrator has checked who asks.
 */
export type RecoveryRequester = "stranger" | "owner";
