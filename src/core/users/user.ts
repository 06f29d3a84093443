/** Declares the user that pages, JSON and the library return. */

/** A user, without secrets. Times are in milliseconds since 1970. */
export interface User<Extra = Record<string, unknown>> {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  /** The username, until the user chooses another name. */
  readonly displayName: string;
  /** When the user verified the email; null until then. */
  readonly emailVerifiedAt: number | null;
  readonly createdAt: number;
  readonly lastLoginAt: number | null;
  /** The login before the last one. */
  readonly previousLoginAt: number | null;
  /** When the account will be deleted; null unless the user has requested it. */
  readonly eraseAt: number | null;
  readonly roles: readonly string[];
  /** Values of the option `extraUserFields`. */
  readonly extra: Extra;
  /** Language of the account (BCP 47), once it is chosen. */
  readonly locale: string | null;
  /** When two-factor authentication was turned on; null if it is off. */
  readonly twoFactorSince: number | null;
}

/** A user with the state of the account, for administrators. */
export interface UserDetails<Extra = Record<string, unknown>> extends User<Extra> {
  readonly disabledAt: number | null;
  readonly hasPassword: boolean;
  /** When too many failed logins locked the password. */
  readonly passwordLockedAt: number | null;
  /** When the user reported the account as compromised. */
  readonly compromisedAt: number | null;
}

/** Which users to list: all that match every given filter. */
export interface UserQuery {
  /** Part of a username, display name or email, or a whole ID. One or two characters find beginnings only. */
  readonly search?: string | undefined;
  /** Only accounts that are verified, not disabled and not due for deletion. */
  readonly active?: boolean | undefined;
  /** Only disabled accounts. */
  readonly disabled?: boolean | undefined;
  /** Only unverified emails. */
  readonly unverified?: boolean | undefined;
  /** Only locked passwords. */
  readonly locked?: boolean | undefined;
  /** Only accounts whose user has requested the deletion. */
  readonly deletionScheduled?: boolean | undefined;
  /** Only accounts where a recovery of two-factor authentication by email waits. */
  readonly recovering?: boolean | undefined;
  /** Only accounts with two-factor authentication. */
  readonly withTwoFactor?: boolean | undefined;
  /** Only accounts without two-factor authentication. */
  readonly withoutTwoFactor?: boolean | undefined;
  /** Only users with a role. */
  readonly withRoles?: boolean | undefined;
  /** Only users with this role. */
  readonly role?: string | undefined;
  /** `created` by default. */
  readonly sort?: "created" | "last-login" | "username" | "email" | undefined;
  /** By default for `created` and `last-login`. */
  readonly descending?: boolean | undefined;
  /** `next` of the previous page. */
  readonly after?: string | undefined;
  /** `previous` of the next page. */
  readonly before?: string | undefined;
  /** Users per page: 50 by default, 1,000 at most. */
  readonly count?: number | undefined;
}

/** A page of users. */
export interface UserPage<Extra = Record<string, unknown>> {
  readonly users: readonly UserDetails<Extra>[];
  /** Null on the last page. */
  readonly next: string | null;
  /** Null on the first page. */
  readonly previous: string | null;
  /** Number of all matches; null if they are more than 1,000. */
  readonly total: number | null;
  /** Position of the first user among all matches, from 1; null without `total`. */
  readonly position: number | null;
}
