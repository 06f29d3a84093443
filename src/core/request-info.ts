/** Describes the requester: IP, network, user agent, known device, actor. */

export interface RequestInfo {
  /** The full IP address: `unknown` if it could not be read, empty without a request. */
  readonly ip: string;
  /** The part of the IP that rate limits count: an IPv4 address or an IPv6 /64. Undefined without a request: no limit per network applies. */
  readonly network: string | undefined;
  readonly userAgent: string;
  /** Language of the page that the request came from (BCP 47); undefined for commands and the library. */
  readonly locale?: string | undefined;
  /**
   * The id of this browser for an account that it has logged in to before; undefined for any other account. With a second step, it must also
   * have passed that since two-factor authentication was turned on.
   */
  readonly knownDevice: (user: DeviceOwner, step?: "second-step") => string | undefined;
  /** Tokens of accounts that trust this browser, see `redeemTrust`. Read for accounts with two-factor authentication only. */
  readonly trustedTokens?: (() => readonly string[]) | undefined;
  /** Null for the account's own user; else an administrator's user id, `command line` (imports too) or `app` (the library). */
  readonly actor: string | null;
}

/** The columns of an account that its device cookies are bound to. */
export interface DeviceOwner {
  readonly id: string;
  /** Null without a password. */
  readonly password_changed_at: number | null;
  /** Null without two-factor authentication. */
  readonly two_factor_since: number | null;
}

/** For an action by an administrator, a command or the library: no IP or user agent is recorded. */
export function actingAs(actor: string): RequestInfo {
  return { ip: "", network: undefined, userAgent: "", knownDevice: () => undefined, actor };
}
