/** Declares the library's public types. */

import type { EmailProps, Markup, OwnEmail, PageForm, PageProps, Theme } from "../core/customization.ts";
import type { ProviderTokens } from "../core/providers/provider.ts";
import type { AccountFactors, LinkedLogin } from "../core/users/account-factors.ts";
import type { User, UserDetails, UserPage, UserQuery } from "../core/users/user.ts";
import type { EmailKind, LatchkeyEventName } from "./names.ts";
import type { SettingOptions } from "./options.ts";

export type { User, UserDetails, UserPage, UserQuery } from "../core/users/user.ts";

export type { Duration, Limit } from "./options.ts";

/** A logged-in device. Times are in milliseconds since 1970. */
export interface LatchkeySession {
  /** For `sessions.end`. Not a secret: it can't be used to log in. */
  readonly id: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  /** The IP address of the login. */
  readonly ip: string;
  readonly userAgent: string;
}

/** An audit event, passed to listeners after commit. */
export interface LatchkeyEvent {
  readonly event: LatchkeyEventName;
  /** Null without an account, such as a login with an unknown email. */
  readonly userId: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The IP address; empty for actions of administrators, commands and the library. */
  readonly ip: string;
  readonly userAgent: string;
  /** The provider that it was with, as in the option `providers`: that of a login, for example. */
  readonly provider?: string | undefined;
}

/** An account to create. */
export interface NewAccount<Extra = Record<string, unknown>> {
  readonly username: string;
  readonly email: string;
  /** Plain text. Without it, the user sets one with "Forgot your password?". */
  readonly password?: string;
  /** Whether the email counts as verified. Default: false. */
  readonly emailVerified?: boolean;
  readonly extra?: Extra;
}

/** A zod object, or another schema with `shape` and `safeParse`. The sign-up form has its fields, each as text. */
export interface ExtraFields<Extra> {
  readonly shape: Readonly<Record<string, unknown>>;
  readonly safeParse: (data: unknown) => ExtraFieldsRead<Extra>;
}

type ExtraFieldsRead<Extra> =
  | { readonly success: true; readonly data: Extra }
  | {
      readonly success: false;
      readonly error: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] };
    };

/** Options of `createLatchkey`: each setting in camel case, and options that need code. */
export interface LatchkeyOptions<Extra = Record<string, unknown>> extends SettingOptions {
  /** Replaces pages, by path. Returns the markup inside the layout. */
  readonly pages?: Readonly<Record<string, (props: PageProps) => Markup>>;
  /** Replaces emails, by kind. */
  readonly emails?: Readonly<Partial<Record<EmailKind, (props: EmailProps) => OwnEmail>>>;
  /** Colors, corners, font, density and logo. */
  readonly theme?: Theme;
  /** Other sites that users can log in with, by name: `{ github: { clientId: "…", secret: "…" } }`. */
  readonly providers?: Readonly<Record<string, ProviderOptions>>;
  /**
   * Turns features off or on, by name: `{ "delete-account": false }`. `home` (`/`) and `dashboard` are off by default, because apps have
   * their own pages there.
   */
  readonly features?: Readonly<Record<string, boolean>>;
  /** Additional fields of an account, shown in the sign-up form. */
  readonly extraUserFields?: ExtraFields<Extra>;
  /** Additional pages and forms. */
  readonly ownFeatures?: readonly OwnFeature[];
  /**
   * Texts by language (BCP 47) and by key, such as `{ fr: { "login.title": "Connexion" } }`: adds languages for `languages`, or replaces texts.
   * `npx latchkey messages` lists the keys. Missing texts are in English.
   */
  readonly translations?: Readonly<Record<string, Readonly<Record<string, LatchkeyText>>>>;
  /** A logger such as pino. Default: errors only, to standard error. */
  readonly log?: LatchkeyLog;
}

/** A provider of "Continue with …". `docs/providers.md` says what each needs. */
export interface ProviderOptions {
  readonly clientId: string;
  readonly secret?: string | undefined;
  /** A preset for a name of your own, such as `github` for a GitHub Enterprise beside github.com. */
  readonly preset?: string | undefined;
  /** URL of an OpenID Connect issuer, for names that are no preset; of your own GitLab or GitHub Enterprise. */
  readonly issuer?: string | undefined;
  /** Of Microsoft: `common` (default), `organizations`, `consumers` or a tenant ID. */
  readonly tenant?: string | undefined;
  /** Of Apple: path of the `.p8` file, its ID, and the ID of the team. */
  readonly keyFile?: string | undefined;
  readonly keyId?: string | undefined;
  readonly teamId?: string | undefined;
  /** The name on buttons. */
  readonly name?: string | undefined;
  readonly scopes?: string | readonly string[] | undefined;
  /** Only emails of these domains. */
  readonly domains?: string | readonly string[] | undefined;
  /** Whether new users can sign up with it. Default: `on`. */
  readonly signup?: "on" | "off" | undefined;
  /** Whether it logs in to the account with the same verified email. Default: `verified`. */
  readonly link?: "off" | "verified" | undefined;
  /** Such as `groups:admins>admin`: users with this value of a claim get the role. */
  readonly roles?: string | readonly string[] | undefined;
  /** Whether its second factor counts as the second step, of logins that their owner has linked or confirmed. Default: `off`. */
  readonly trustAmr?: "on" | "off" | undefined;
  /** Whether its tokens are stored, encrypted. Default: `off`. */
  readonly keepTokens?: "on" | "off" | undefined;
}

/** A text with `{parameters}`, or one text for each plural category or choice: `{ plural: "count", one: "…", other: "…" }`. */
export type LatchkeyText =
  | string
  | { readonly plural: string; readonly other: string; readonly [category: string]: string }
  | { readonly select: string; readonly [choice: string]: string };

/** Additional pages and forms, with the layout, CSRF tokens and route guards of Latchkey. */
export interface OwnFeature {
  /** Lowercase letters, digits and hyphens, starting with a letter. */
  readonly name: string;
  readonly pages?: readonly OwnPageRoute[];
  readonly forms?: readonly OwnForm[];
  /** An entry of the settings menu, and a row of the settings page. Give its page the width `account`. */
  readonly settingsPage?: { readonly path: string; readonly title: string; readonly text: string };
}

interface OwnRoute {
  /** Such as `/greeting`, without `mountPath`. */
  readonly path: string;
  /** Whether it works without a login. Default: false. */
  readonly isPublic?: boolean;
}

/** A page on GET. */
export interface OwnPageRoute extends OwnRoute {
  readonly show: (visit: Visit) => OwnPage | Promise<OwnPage>;
}

/** A form on GET, submitted on POST. Put `form.csrfToken` into a hidden field `csrf_token`. */
export interface OwnForm extends OwnRoute {
  /** Names of the fields; other fields are ignored, and missing ones are empty. */
  readonly fields: readonly string[];
  /** Fields whose values are kept when the form is shown again. Never include a password. */
  readonly keep?: readonly string[];
  /** Whether it requires re-authentication within `reauthenticateAfter`. Default: false. */
  readonly recentAuth?: boolean;
  readonly show: (visit: Visit, form: PageForm) => OwnPage | Promise<OwnPage>;
  readonly submit: (visit: Visit, data: Readonly<Record<string, string>>) => Submitted | Promise<Submitted>;
}

/** A page, rendered inside the layout. */
export interface OwnPage {
  readonly title: string;
  readonly body: Markup;
  /** The response to a JSON request. */
  readonly data?: object;
  /** `narrow` for forms, `wide` for text. Default: `wide`. */
  readonly width?: "narrow" | "wide" | "account";
}

/** Redirects to `goTo`, a path without `mountPath`, and shows `message` there once; JSON requests get `data`. Else shows the form again. */
export type Submitted =
  | { readonly ok: true; readonly goTo: string; readonly message?: string; readonly data?: object }
  | { readonly ok: false; readonly problems?: Readonly<Record<string, string>>; readonly message?: string };

/** The request of a page or form. */
export interface Visit {
  /** Undefined without a login. */
  readonly user: User | undefined;
  /** Language of the response (BCP 47). */
  readonly locale: string;
  /** A parameter of the query string. */
  readonly query: (name: string) => string | undefined;
  /** Adds `mountPath` to a path, for links: `url("/settings")`. */
  readonly url: (path: string) => string;
  /** Shows a message once, on this page or after a redirect. `{name}` in it becomes the display name. */
  readonly flash: (kind: "success" | "info" | "warning" | "danger", text: string) => void;
}

/** A logger, such as pino. */
export interface LatchkeyLog {
  readonly debug: (...line: readonly unknown[]) => void;
  readonly info: (...line: readonly unknown[]) => void;
  readonly warn: (...line: readonly unknown[]) => void;
  readonly error: (...line: readonly unknown[]) => void;
}

/** The socket of a request, for rate limits and the audit log. */
export interface Connection {
  readonly remoteAddress?: string | undefined;
}

/** Result of a route guard: the user, or the response to send instead of the page. */
export type Guarded<Extra> = { readonly ok: true; readonly user: User<Extra> } | { readonly ok: false; readonly response: Response };

/** Options of a route guard. */
export interface GuardOptions {
  /** Skips the origin check (CSRF), for routes that check a token themselves. Default: false. */
  readonly anyOrigin?: boolean;
  /** Requires a session of this level in addition, as `requireLevel` does. Default: 1. */
  readonly level?: Level;
  /** Requires authentication within `reauthenticateAfter` (15 minutes) in addition, as `recentAuthRequired` does. Default: false. */
  readonly recentAuth?: boolean;
}

/** 1: one factor, or a second step skipped in a trusted browser. 2: two steps, or a passkey that verified its user. */
export type Level = 1 | 2;

/** A `Request`, or any object with its `headers`. */
export interface WithHeaders {
  readonly headers: { readonly get: (name: string) => string | null };
}

/** The login system, as `createLatchkey` returns it. */
export interface Latchkey<Extra = Record<string, unknown>> {
  /** Handles a request to a path that `serves` accepts, in HTML or JSON. */
  readonly handle: (request: Request, connection?: Connection) => Promise<Response>;
  /** Whether Latchkey has a route at this path (with `mountPath`). */
  readonly serves: (path: string) => boolean;
  /** Returns the logged-in user, or undefined. Costs one indexed read. */
  readonly currentUser: (request: WithHeaders) => Promise<User<Extra> | undefined>;
  /**
   * Requires a login. Otherwise responds with 303 to the login page for page visits, and 401 for other requests. CSRF: requests from other
   * origins get 403 `foreign-origin`, except GET, HEAD and OPTIONS.
   */
  readonly loginRequired: (request: Request, options?: GuardOptions) => Promise<Guarded<Extra>>;
  /** Like `loginRequired`, and requires authentication within `reauthenticateAfter` (15 minutes). */
  readonly recentAuthRequired: (request: Request, options?: GuardOptions) => Promise<Guarded<Extra>>;
  /** Like `loginRequired`, and requires the role; otherwise responds with 403. */
  readonly roleRequired: (request: Request, role: string, options?: GuardOptions) => Promise<Guarded<Extra>>;
  /**
   * Like `loginRequired`, and requires a session of this level. An account with two-factor authentication is led to confirm it with its
   * second factor, and any other account to turn it on; requests other than page visits get 403.
   */
  readonly requireLevel: (request: Request, level: Level, options?: GuardOptions) => Promise<Guarded<Extra>>;
  readonly users: LatchkeyUsers<Extra>;
  readonly sessions: LatchkeySessions;
  /** Calls `listener` after each event. Returns a function that removes the listener. Errors of listeners are logged. */
  readonly on: (event: LatchkeyEventName | "any", listener: (event: LatchkeyEvent) => void | Promise<void>) => () => void;
  /** Stops background jobs and closes the database. */
  readonly close: () => Promise<void>;
}

/** Manages accounts. Actions are recorded in the audit log with the actor `app`. */
export interface LatchkeyUsers<Extra = Record<string, unknown>> {
  /** Throws {@link LatchkeyError} `invalid` or `taken`. */
  readonly create: (account: NewAccount<Extra>) => Promise<UserDetails<Extra>>;
  /** Finds an account by ID, username or email. */
  readonly find: (
    key: { readonly id: string } | { readonly username: string } | { readonly email: string },
  ) => Promise<UserDetails<Extra> | undefined>;
  /** Lists users a page at a time, newest first, or by username or email if searched for. */
  readonly list: (query?: UserQuery) => Promise<UserPage<Extra>>;
  /** Changes the password, and ends all sessions and emailed links. Throws {@link LatchkeyError} `invalid` or `not-found`. */
  readonly setPassword: (id: string, password: string) => Promise<void>;
  /** Returns the second factors and passkeys of an account, without secrets; undefined if it does not exist. */
  readonly factors: (id: string) => Promise<AccountFactors | undefined>;
  /** Lists the accounts at other providers that log in to an account. */
  readonly logins: (id: string) => Promise<readonly LinkedLogin[]>;
  /** Unlinks one of them and ends its sessions, but never the last way to log in. Returns whether it was unlinked. The owner gets an email. */
  readonly unlink: (id: string, loginId: string) => Promise<boolean>;
  /** Returns the tokens of the account at a provider, which are kept with `keepTokens`; undefined if there are none. They may have expired. */
  readonly providerTokens: (id: string, provider: string) => Promise<ProviderTokens | undefined>;
  /** Marks the email as verified. Returns whether anything changed. */
  readonly verifyEmail: (id: string) => Promise<boolean>;
  /**
   * Removes authenticator apps, recovery codes and trusted browsers, with `passkeys` also passkeys, and ends all sessions and emailed links.
   * The owner gets an email with the reason. Returns whether anything changed.
   */
  readonly resetTwoFactor: (id: string, reset: { readonly reason: string; readonly passkeys?: boolean }) => Promise<boolean>;
  /** Disables the account and ends its sessions. Returns whether anything changed. */
  readonly disable: (id: string) => Promise<boolean>;
  /** Enables a disabled account. Returns whether anything changed. */
  readonly enable: (id: string) => Promise<boolean>;
  /** Unlocks an account that was reported as compromised; a password stays locked. Returns whether anything changed. */
  readonly unlock: (id: string) => Promise<boolean>;
  /** Adds a role: 1–40 lowercase letters, digits and hyphens. Returns whether anything changed. Throws {@link LatchkeyError} `invalid`. */
  readonly grant: (id: string, role: string) => Promise<boolean>;
  /** Removes a role. Returns whether anything changed. */
  readonly revoke: (id: string, role: string) => Promise<boolean>;
  /** Deletes the account immediately. Returns whether it existed. */
  readonly delete: (id: string) => Promise<boolean>;
}

/** Manages the sessions of an account. */
export interface LatchkeySessions {
  /** Lists the active sessions. */
  readonly list: (userId: string) => Promise<readonly LatchkeySession[]>;
  /** Ends a session. Returns whether it existed. */
  readonly end: (userId: string, sessionId: string) => Promise<boolean>;
  /** Ends all sessions. Returns their number. */
  readonly endAll: (userId: string) => Promise<number>;
}

/**
 * - `invalid`: an option or an argument is invalid
 * - `taken`: the username or email belongs to another account
 * - `not-found`: no account has this ID
 * - `closed`: `close` was called
 * - `unavailable`: the database can't be opened or reached
 * - `schema`: the tables belong to another version or another program
 */
export type LatchkeyErrorCode = "invalid" | "taken" | "not-found" | "closed" | "unavailable" | "schema";

/** The error that the library throws. */
export class LatchkeyError extends Error {
  override name = "LatchkeyError";
  readonly code: LatchkeyErrorCode;
  /** The option of `createLatchkey` to change, if there is one. */
  readonly option: string | undefined;
  constructor(
    code: LatchkeyErrorCode,
    message: string,
    { option, ...options }: ErrorOptions & { readonly option?: string | undefined } = {},
  ) {
    super(message, options);
    this.code = code;
    this.option = option;
  }
}
