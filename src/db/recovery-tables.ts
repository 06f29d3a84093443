/** Declares the table of recoveries of two-factor authentication. Instants are whole milliseconds since 1970 (UTC). */

/** A recovery of two-factor authentication by email that waits. One for each account. */
export interface TwoFactorRecoveryTable {
  user_id: string;
  /** Of the account at the start: any change of a credential ends the recovery. */
  security_version: number;
  started_at: number;
  /** End of the wait. */
  due_at: number;
  /** When the next email is sent; after the last one, when the recovery ends. */
  next_email_at: number;
  /** 1: the link that turns two-factor authentication off was sent. */
  link_sent: number;
  /** Language of the request that started it (BCP 47). */
  locale: string | null;
}
