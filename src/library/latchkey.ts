/** The login system as a library: what an app calls, in interfaces that name nobody else's types. */

import type { LetterProps, Markup, OwnLetter, PageForm, PageProps, Theme } from "../core/customization.ts";
import type { LatchkeyEventName, LetterKind } from "./names.ts";
import type { SettingOptions } from "./options.ts";

export type { Duration, Limit } from "./options.ts";

/** Whoever has an account, as pages and apps may know them. Instants are milliseconds since 1970. */
export interface LatchkeyUser<Extra = Record<string, unknown>> {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly displayName: string;
  /** Null until the person has proved that the address is theirs. */
  readonly emailVerifiedAt: number | null;
  readonly createdAt: number;
  readonly lastLoginAt: number | null;
  readonly previousLoginAt: number | null;
  readonly eraseAt: number | null;
  readonly roles: readonly string[];
  /** The fields of `extraUserFields`. */
  readonly extra: Extra;
  /** Language of the account (BCP 47), once it is chosen. */
  readonly locale: string | null;
}

export interface LatchkeySession {
  /** Names the session to end it; it opens nothing. */
  readonly id: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly ip: string;
  readonly userAgent: string;
}

/** Something that happened to an account, told once it is on the disk. */
export interface LatchkeyEvent {
  readonly event: LatchkeyEventName;
  /** Null where it happened to nobody's account, such as a login with an unknown address. */
  readonly userId: string | null;
  readonly at: number;
  readonly ip: string;
  readonly userAgent: string;
}

export interface NewAccount<Extra = Record<string, unknown>> {
  readonly username: string;
  readonly email: string;
  /** As typed; without one, the account is opened by "Forgot your password?". */
  readonly password?: string;
  /** Whether the address counts as proved. */
  readonly emailVerified?: boolean;
  readonly extra?: Extra;
}

/** A zod object, or whatever has these two: the fields that are asked at sign-up, each as text. */
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

/** The settings by their names in camel case, and what only code can say. */
export interface LatchkeyOptions<Extra = Record<string, unknown>> extends SettingOptions {
  /** Pages of your own, by their paths: each gets what ours is made of, and gives what stands within the layout. */
  readonly pages?: Readonly<Record<string, (props: PageProps) => Markup>>;
  /** Letters of your own, by what they are about. */
  readonly letters?: Readonly<Partial<Record<LetterKind, (props: LetterProps) => OwnLetter>>>;
  readonly theme?: Theme;
  /**
   * Flows to leave out, by the names of their folders and docs, such as `{ "delete-account": false }`. `home` (`/`) and `dashboard` are left out
   * unless they are asked for: an app has pages of its own there.
   */
  readonly features?: Readonly<Record<string, boolean>>;
  readonly extraUserFields?: ExtraFields<Extra>;
  /** Flows of your own, behind ours. */
  readonly ownFeatures?: readonly OwnFeature[];
  /** Where log lines go; pino is one. Without it, nothing is logged but errors, to standard error. */
  readonly log?: LatchkeyLog;
}

/** A flow of an app's own: pages and forms with our layout, tokens and guards. */
export interface OwnFeature {
  /** Lower-case letters, digits and hyphens. */
  readonly name: string;
  readonly pages?: readonly OwnPageRoute[];
  readonly forms?: readonly OwnForm[];
  /** A card on the settings page. */
  readonly settingsCard?: { readonly path: string; readonly title: string; readonly text: string };
}

interface OwnRoute {
  readonly path: string;
  /** Whether strangers may come; else only who is logged in. */
  readonly isPublic?: boolean;
}

export interface OwnPageRoute extends OwnRoute {
  readonly show: (visit: Visit) => OwnPage | Promise<OwnPage>;
}

/** A form on GET, and what becomes of it on POST. Put `form.csrfToken` into a hidden field `csrf_token`. */
export interface OwnForm extends OwnRoute {
  readonly fields: readonly string[];
  /** Fields that stand in the form again after a refusal. Never a password. */
  readonly keep?: readonly string[];
  /** Whether the password is asked for again where it was last given too long ago. */
  readonly isFresh?: boolean;
  readonly show: (visit: Visit, form: PageForm) => OwnPage | Promise<OwnPage>;
  readonly submit: (visit: Visit, data: Readonly<Record<string, string>>) => Submitted | Promise<Submitted>;
}

export interface OwnPage {
  readonly title: string;
  readonly body: Markup;
  /** What the same page tells a program. */
  readonly data?: object;
  /** `narrow` suits a form, `wide` what is read. */
  readonly width?: "narrow" | "wide";
}

/** `goTo` is a path of Latchkey's, counted from where it lives; `message` is shown there once. A program gets `data`. */
export type Submitted =
  | { readonly ok: true; readonly goTo: string; readonly message?: string; readonly data?: object }
  | { readonly ok: false; readonly problems?: Readonly<Record<string, string>>; readonly message?: string };

/** Who came, and with what. */
export interface Visit {
  readonly user: LatchkeyUser | undefined;
  readonly query: (name: string) => string | undefined;
  /** A path of Latchkey's as it stands in a link, wherever that lives: `url("/settings")`. */
  readonly url: (path: string) => string;
  /** Shows a message once: on this page, or after a redirect on the next one. */
  readonly flash: (kind: "success" | "info" | "warning" | "danger", text: string) => void;
}

export interface LatchkeyLog {
  readonly debug: (...line: readonly unknown[]) => void;
  readonly info: (...line: readonly unknown[]) => void;
  readonly warn: (...line: readonly unknown[]) => void;
  readonly error: (...line: readonly unknown[]) => void;
}

/** Where a request came from, for limits and the record: the address of its socket. */
export interface Connection {
  readonly remoteAddress?: string | undefined;
}

/** What a guard found: somebody, or the answer to give instead of the page. */
export type Guarded<Extra> =
  | { readonly ok: true; readonly user: LatchkeyUser<Extra> }
  | { readonly ok: false; readonly response: Response };

export interface GuardOptions {
  /** Lets requests that change something come from any site: for a route that makes sure of its sender itself, as by a token. */
  readonly anyOrigin?: boolean;
}

/** Anything that carries a request's headers: a `Request`, or `{ headers }` of one. */
export interface WithHeaders {
  readonly headers: { readonly get: (name: string) => string | null };
}

export interface Latchkey<Extra = Record<string, unknown>> {
  /** Answers a request to one of our pages, in HTML or JSON. */
  readonly handle: (request: Request, connection?: Connection) => Promise<Response>;
  /** Whether a path is one of ours, so that an app passes it on. */
  readonly serves: (path: string) => boolean;
  /** Who is logged in, by one indexed read; undefined for a stranger. */
  readonly currentUser: (request: WithHeaders) => Promise<LatchkeyUser<Extra> | undefined>;
  /**
   * Who is logged in, or the way to the login page and back: 303 to a browser, 401 to a program. A cookie from another site's page changes
   * nothing: but for GET, HEAD and OPTIONS, the answer to it is 403 with the code `foreign-origin`.
   */
  readonly loginRequired: (request: Request, options?: GuardOptions) => Promise<Guarded<Extra>>;
  /** The same, where the password was given in the last 15 minutes (`reauthenticateAfter`). */
  readonly freshLoginRequired: (request: Request, options?: GuardOptions) => Promise<Guarded<Extra>>;
  /** The same, where the person has the role; 403 to those who have not. */
  readonly roleRequired: (request: Request, role: string, options?: GuardOptions) => Promise<Guarded<Extra>>;
  readonly users: LatchkeyUsers<Extra>;
  readonly sessions: LatchkeySessions;
  /** Calls `listener` after each such event. Gives what stops it. A listener that throws is logged, and stops nobody. */
  readonly on: (event: LatchkeyEventName | "any", listener: (event: LatchkeyEvent) => void | Promise<void>) => () => void;
  /** Ends work in the background and closes the database. */
  readonly close: () => Promise<void>;
}

export interface LatchkeyUsers<Extra = Record<string, unknown>> {
  /** Throws {@link LatchkeyError} `invalid` or `taken`. */
  readonly create: (account: NewAccount<Extra>) => Promise<LatchkeyUser<Extra>>;
  /** By id, user name or e-mail address. */
  readonly find: (
    who: { readonly id: string } | { readonly username: string } | { readonly email: string },
  ) => Promise<LatchkeyUser<Extra> | undefined>;
  /** In the order of their ids, a page at a time: `after` is the last id of the page before. */
  readonly list: (page?: { readonly after?: string; readonly count?: number }) => Promise<readonly LatchkeyUser<Extra>[]>;
  /** Replaces the password and ends every session and every link in a letter. Throws {@link LatchkeyError} `invalid` or `not-found`. */
  readonly setPassword: (id: string, password: string) => Promise<void>;
  /** Each gives whether anything changed. */
  readonly confirm: (id: string) => Promise<boolean>;
  readonly disable: (id: string) => Promise<boolean>;
  readonly enable: (id: string) => Promise<boolean>;
  readonly grant: (id: string, role: string) => Promise<boolean>;
  readonly revoke: (id: string, role: string) => Promise<boolean>;
  /** Erases the account at once. */
  readonly delete: (id: string) => Promise<boolean>;
}

export interface LatchkeySessions {
  readonly list: (userId: string) => Promise<readonly LatchkeySession[]>;
  /** Ends one, by its id. Gives whether it was there. */
  readonly end: (userId: string, sessionId: string) => Promise<boolean>;
  /** Ends all. Gives how many there were. */
  readonly endAll: (userId: string) => Promise<number>;
}

/**
 * `invalid`: an option, or what was given for an account, is not right; `taken`: a name or an address is somebody's; `not-found`: there is
 * no such account; `closed`: the library was closed; `unavailable`: the database cannot be opened or reached; `schema`: its tables are
 * not those of this version, or not Latchkey's.
 */
export type LatchkeyErrorCode = "invalid" | "taken" | "not-found" | "closed" | "unavailable" | "schema";

/** What the library throws. */
export class LatchkeyError extends Error {
  override name = "LatchkeyError";
  readonly code: LatchkeyErrorCode;
  /** The option of `createLatchkey` that is to be changed, where it is one. */
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
