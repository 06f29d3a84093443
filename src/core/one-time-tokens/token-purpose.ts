/** Declares the purpose of a one-time token: lifetime, page, revocation. */

/** Changes of an account that can end tokens which were issued before. */
export type RevokingChange = "password-change" | "email-change" | "sessions-end";

export interface TokenPurpose {
  /** As stored, in kebab case. A token is valid for this purpose only. */
  readonly name: string;
  readonly lifetimeMs: number;
  /**
   * Page that the link in an email opens, added by the feature that redeems the token. Its URL never keeps the token, which moves into a
   * cookie (ASVS 14.2.1).
   */
  readonly landingPath?: string;
  /** Whether an account may hold several at once. Otherwise a new token ends the one before. */
  readonly manyAtOnce?: boolean;
  /** Whether a new token ends only earlier ones of the same browser. */
  readonly onePerBrowser?: boolean;
  /** Changes that end it. */
  readonly revokedBy?: readonly RevokingChange[];
  /**
   * Whether it outlives `revokeAllAccess`. Account takeover: an intruder who changes the email and then resets the password must not end the
   * link by which the owner takes the account back.
   */
  readonly survivesRevocation?: boolean;
  /**
   * Whether `revokeAllAccess` spares it in the account's own inbox too. Lockout: an intruder must not end the links of the notices about his
   * changes, nor the owner by resetting the password first.
   */
  readonly staysInInbox?: boolean;
  /** Whether it is issued for the email that an account changes away from, so that its creation time dates that change. */
  readonly marksEmailLeft?: boolean;
}
