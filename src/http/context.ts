/** Defines the context that a request carries through the pipeline. */
import type { HttpBindings } from "@hono/node-server";
import type { Context as HonoContext } from "hono";
import type { Reservation } from "../core/rate-limits/rate-limits.ts";
import type { Services } from "../core/services.ts";
import type { FactorId } from "../core/sessions/factor-id.ts";
import type { Method } from "../core/sessions/methods.ts";
import type { SessionToken, Visitor } from "../core/sessions/session.ts";
import type { Enrolment } from "../core/two-factor/policy.ts";
import type { User } from "../core/users/user.ts";
import type { MessageReference } from "../i18n/messages.ts";
import type { BadgeKind } from "../ui/components.ts";
import type { Html } from "../ui/html.ts";
import type { IconName } from "../ui/icons.ts";
import type { Layout } from "../ui/layout.ts";

export interface Env {
  // Undefined when a test or another framework calls the app as a function.
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    s: Services;
    site: Site;
    /** Whether the URL may contain a token; the response is then sent with `Referrer-Policy: no-referrer` (ASVS 14.2.1). */
    hasTokenInUrl: boolean;
    /** Headers of this response in addition to the security headers. */
    addedHeaders: [name: string, value: string][] | undefined;
    /** Names of cookies of which this response expires every copy. */
    expiredCookies: readonly string[] | undefined;
    visitor: Visitor | undefined;
    /** Set if the visitor's account must still turn two-factor authentication on. */
    enrolment: Enrolment | undefined;
    /** The fields of a form, or the members of a JSON object, once read. */
    body: Readonly<Record<string, unknown>>;
    /** State of the form on this page, for pages that the host app renders. */
    form: FormState | undefined;
    /** The CSRF token of this response, once issued. */
    csrfToken: string | undefined;
    /** Whether `Authorization: Bearer` was sent; the session cookie is then ignored. */
    isBearer: boolean;
    /** Members that each JSON response adds to its body: the new token of a bearer session that was renewed. */
    renewedToken: { readonly token: SessionToken; readonly expiresAt: number } | undefined;
    /** Whether the request comes from a script of an origin in `ALLOWED_ORIGINS`. */
    isCrossOrigin: boolean;
    /** The CSRF nonce that this response sets as a cookie, if the request had none. */
    csrfNonce: string | undefined;
    /** The language of this response, once negotiated; see `localeOf`. */
    locale: string | undefined;
    /** All flashes to show, including those in the request's cookie; undefined until one is added. */
    flashes: readonly Flash[] | undefined;
  };
}

export type Context = HonoContext<Env>;

export type FlashKind = "success" | "info" | "warning" | "danger";

export interface Flash {
  readonly kind: FlashKind;
  /** In a sentence of the host app, `{name}` stands for the display name, which the cookie must not contain (ASVS 14.3.3). */
  readonly message: Sentence;
}

/** A message, translated when shown, or a sentence of the host app, shown unchanged. */
export type Sentence = MessageReference | string;

/** The state that a form is rendered with. */
export interface FormState {
  /** Value of the hidden field `csrf_token`. */
  readonly csrfToken: string;
  /** Submitted values of the fields that are kept. */
  readonly values: Readonly<Record<string, string>>;
  /** Error message by field. */
  readonly problems: Readonly<Record<string, string>>;
  /** Error message of the whole form. */
  readonly message?: string;
  /** Error code, such as `bad-credentials`. */
  readonly code?: string;
}

export type HeaderRecord = Readonly<Record<string, string>>;

/** Built once per site, because setting thirteen headers takes longer than rendering a page. */
export interface SecurityHeaders {
  readonly usual: HeaderRecord;
  /** For pages whose URL may hold a token (ASVS 14.2.1). */
  readonly noReferrer: HeaderRecord;
  readonly withoutTransport: HeaderRecord;
  /** All headers of a page whose forms may redirect to these origins too. */
  readonly page: (formTargets?: readonly string[]) => HeaderRecord;
}

export interface Assets {
  /** The URL of a file, such as `/assets/style.3f2a….css`. */
  readonly url: (name: string) => string;
  readonly serve: (serve: PublicRoute) => void;
}

export interface Site {
  /** Re-authentication methods of all features. */
  readonly reauthentication: readonly Reauthenticate[];
  /** What the page of the second step shows for the methods of other features. */
  readonly secondFactorPrompts: readonly SecondFactorPrompt[];
  readonly assets: Assets;
  readonly headers: SecurityHeaders;
  /** Lines at the top of pages, of the features whose notice is on. */
  readonly notices: readonly PageNotice["show"][];
  /** The pages of the settings that exist on this site. */
  readonly settingsPages: readonly SettingsPage[];
  /** Paths of links in the header and the settings menu that are not shown to this user. */
  readonly hiddenPaths: (user: User) => ReadonlySet<string>;
  /** The layout in a language. */
  readonly layoutOf: (locale: string) => Layout;
  /** URL of the site's first page, Latchkey's or the host app's. */
  readonly frontUrl: string;
  /** Path of the form that chooses a language; undefined with one language. */
  readonly languagePath: string | undefined;
  /** Whether a path is a page of Latchkey, which shows flashes, and not of the host app. */
  readonly isOwnPage: (path: string) => boolean;
}

export type Handler = (c: Context) => Response | Promise<Response>;

/** Registers a route that needs no session and no CSRF check. */
export type PublicRoute = (path: string, handler: Handler) => void;

/** An error that is shown in the submitted form. */
export interface FormError {
  readonly status: 401 | 403 | 409 | 422 | 429;
  /** Error code, such as `bad-credentials`. */
  readonly code: string;
  readonly message?: Sentence;
  readonly problems?: Readonly<Record<string, Sentence>>;
  readonly retryAfterSeconds?: number;
}

/** Where the other ways to log in are shown. */
export interface SignInPlace {
  readonly place: "login" | "signup";
  /** Validated URL to return to. */
  readonly next: string | undefined;
  /** Whether the page has no form of its own. */
  readonly isAlone: boolean;
  /** Whether what is above is shown by the script of passkeys alone. */
  readonly isBelowPasskey?: boolean;
}

/** A line at the top of pages, declared by its feature. */
export interface PageNotice {
  /** Asked once, at the start: where it is off, no page asks again. */
  readonly isOn: (s: Services) => boolean;
  /** Undefined if there is nothing to say on this page. */
  readonly show: (c: Context) => Html | undefined;
}

/** A re-authentication method, declared by its feature. */
export interface Reauthenticate {
  readonly method: Method;
  /** Name of the field with the proof, in the form and in JSON. */
  readonly field: string;
  /** Schemas of its fields in JSON, for forms that require recent authentication; none where the site does not offer it. */
  readonly openapi?: (s: Services) => Readonly<Record<string, object>>;
  /** Whether the user has this method. */
  readonly isEnrolled: (c: Context) => Promise<boolean>;
  /** Renders the field. */
  readonly input: (c: Context, state: FormState) => Html | Promise<Html>;
  /** Text of the form's button, by default "Continue". `isAlone` is whether the page shows no other method. */
  readonly button?: (c: Context, isAlone: boolean) => Promise<MessageReference> | MessageReference | undefined;
  /** Whether the field sends the form itself, so that the page shows no button for it. */
  readonly sendsItself?: true;
  /** Whether it is links to somewhere else, and no field of a form. */
  readonly isLinks?: true;
  /** Renders what follows its form, such as a button that sends another code; `fields` are the hidden fields of its own form. */
  readonly after?: (c: Context, form: { readonly action: string; readonly fields: Html }) => Promise<Html | undefined>;
  /** Whether `verify` counts its attempts itself, as for passwords. By default all tries of an account count together. */
  readonly hasOwnLimit?: true;
  readonly verify: (c: Context, value: unknown) => Promise<Verified>;
}

/** Renders the way to use the methods of a feature; undefined if none of its methods is accepted. */
export type SecondFactorPrompt = (c: Context, accepted: readonly Method[]) => Html | undefined | Promise<Html | undefined>;

export type Verified =
  /** `methods` replaces the method of the declaration, where the proof says more than that. */
  | {
      readonly ok: true;
      readonly attempt?: Reservation | undefined;
      readonly methods?: readonly [Method, ...Method[]] | undefined;
      readonly factor?: FactorId | undefined;
    }
  | { readonly ok: false; readonly refusal: FormError };

/** An entry of a menu. */
interface Entry {
  readonly path: string;
  /** Also the page's heading and title. */
  readonly title: MessageReference | string;
  /** Whether it is shown to this user; by default to all. */
  readonly isFor?: (user: User) => boolean;
}

/** A link in the header of each page, for logged-in users. */
export type HeaderLink = Entry;

/** A page of the settings: an entry of their menu, and a row of their overview. */
export interface SettingsPage extends Entry {
  readonly group: "profile" | "security" | "data" | "more";
  readonly icon: IconName;
  /** Whether the page exists with these services; by default it does. */
  readonly isThere?: (s: Services) => boolean;
  /** The current value. */
  readonly value?: (c: Context) => MessageReference | Html | string;
  /** A sentence about the page, for one without a value. */
  readonly purpose?: MessageReference | string;
  /** The state beside the text, such as "Not verified". */
  readonly badge?: (c: Context) => StateBadge | undefined | Promise<StateBadge | undefined>;
  /** Text of the row's button. */
  readonly action: "change" | "review" | "download" | "open" | "delete";
  /** Its text while `badge` counts nothing. */
  readonly emptyAction?: "add";
  /** Markup without text at the end of the overview, such as data for a script. */
  readonly after?: (c: Context) => Promise<Html | undefined>;
  /** Replaces parts of the row that are untrue for this account, such as "Change" where nothing can be changed. */
  readonly instead?: (c: Context) => RowParts | undefined | Promise<RowParts | undefined>;
}

interface RowParts {
  readonly value?: MessageReference;
  readonly purpose?: MessageReference | undefined;
  /** `none` shows no button. */
  readonly action?: { readonly path: string | { readonly url: string }; readonly text: MessageReference } | "none";
}

interface StateBadge {
  readonly kind: BadgeKind;
  readonly text: MessageReference;
}
