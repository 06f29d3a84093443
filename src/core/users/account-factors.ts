/** Declares the factors and linked logins of an account that administrators see. */

/** Factors of an account, without secrets. Times are in milliseconds since 1970. */
export interface AccountFactors {
  /** When two-factor authentication was turned on; null if it is off. */
  readonly twoFactorSince: number | null;
  /** When a recovery by email that is under way can turn it off; null without one. */
  readonly recoveryUntil: number | null;
  readonly authenticators: readonly NamedFactor[];
  /** Number of unused recovery codes. */
  readonly recoveryCodes: number;
  /** Number of browsers in which the second step is skipped. */
  readonly trustedDevices: number;
  readonly passkeys: readonly ListedPasskey[];
}

/** An authenticator app. */
export interface NamedFactor {
  readonly id: string;
  /** Chosen by the user. */
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

export interface ListedPasskey extends NamedFactor {
  /** Site that it was created for. */
  readonly rpId: string;
  /** Whether it is synchronized between devices. */
  readonly isSynced: boolean;
}

/** An account at another provider that logs in to an account. Times are in milliseconds since 1970. */
export interface LinkedLogin {
  readonly id: string;
  /** ID of the provider, such as `google`. */
  readonly provider: string;
  readonly issuer: string;
  /** Identifies the user at the issuer. */
  readonly subject: string;
  /** As the provider named it last. */
  readonly email: string | null;
  /** Whether the provider vouches for the email. */
  readonly isEmailVouched: boolean;
  readonly createdAt: number;
  /** When its owner linked or confirmed it; null if it linked itself or was imported, and its own second factor doesn't count here. */
  readonly confirmedAt: number | null;
  readonly lastUsedAt: number | null;
}
