/** Names the factors of an account in its sessions. */

/** ID of an authenticator app, a passkey or a linked login, or {@link recoveryCodesId}. */
export type FactorId = string;

/** The recovery codes of an account, which replace a factor together. */
export const recoveryCodesId = "recovery-codes";
