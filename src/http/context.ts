/** Defines the context that a request carries through the pipeline. */
import type { HttpBindings } from "@hono/node-server";
import type { Context as HonoContext } from "hono";
import type { Reservation } from "../core/rate-limits/rate-limits.ts";
import type { Services } from "../core/services.ts";
import type { Method } from "../core/sessions/methods.ts";
import type { Visitor } from "../core/sessions/session.ts";
import type { MessageReference } from "../i18n/messages.ts";
import type { Html } from "../ui/html.ts";
import type { Layout } from "../ui/layout.ts";

export interface Env {
  // Undefined when a test or another framework calls the app as a function.
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    s: Services;
    site: Site;
    /** Whether the URL may hold a token: no page it links to gets it as the referrer (ASVS 14.2.1). */
    hasTokenInUrl: boolean;
    /** Headers of this answer besides the usual ones. */
    addedHeaders: [name: string, value: string][] | undefined;
    /** Cookies of which this answer expires every copy. */
    droppedCookies: readonly string[] | undefined;
    visitor: Visitor | undefined;
    /** The fields of a form, or the members of a JSON object, once read. */
    body: Readonly<Record<string, unknown>>;
    /** The form on the page, for a page that the host app renders. */
    form: FormState | undefined;
    /** The CSRF token of this answer, once made. */
    csrfToken: string | undefined;
    /** Whether `Authorization: Bearer` was sent; the session cookie is then ignored. */
    isBearer: boolean;
    /** Whether the request comes from a script of an origin in `ALLOWED_ORIGINS`. */
    isCrossOrigin: boolean;
    /** The CSRF nonce that this answer sets in a browser that had none. */
    csrfNonce: string | undefined;
    /** The language of this answer, once it was asked for; see `localeOf`. */
    locale: string | undefined;
    /** Every message to show, those that came with the request included; undefined until one is added. */
    flashes: readonly Flash[] | undefined;
  };
}

export type Context = HonoContext<Env>;

export type FlashKind = "success" | "info" | "warning" | "danger";

export interface Flash {
  readonly kind: FlashKind;
  /** In a sentence of the host app, `{name}` is the display name, so that no cookie carries it. */
  readonly message: Sentence;
}

/** A message, shown in the reader's language, or a sentence of the host app, shown as it is. */
export type Sentence = MessageReference | string;

/** The state that a form is rendered with. */
export interface FormState {
  /** For the hidden field. */
  readonly csrfToken: string;
  /** What was sent before, for the fields that are kept. */
  readonly values: Readonly<Record<string, string>>;
  /** A sentence beside each invalid field. */
  readonly problems: Readonly<Record<string, string>>;
  /** A sentence about the form as a whole. */
  readonly message?: string;
  /** The code of the error after which the form is shown again. */
  readonly code?: string;
}

export type HeaderRecord = Readonly<Record<string, string>>;

/** Made once: setting thirteen headers on each answer takes longer than rendering it. */
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
  /** Ways to prove one's identity again. */
  readonly reauthentication: readonly Reauthenticate[];
  readonly assets: Assets;
  readonly headers: SecurityHeaders;
  /** By locale. */
  readonly layoutOf: (locale: string) => Layout;
  /** URL of the site's first page, Latchkey's or the host app's. */
  readonly frontUrl: string;
  /** Whether a path leads to a page of this app, which shows flashes. */
  readonly isOwnPage: (path: string) => boolean;
}

export type Handler = (c: Context) => Response | Promise<Response>;

/** Registers a route that needs no session and no CSRF check. */
export type PublicRoute = (path: string, answer: Handler) => void;

/** Why a form that was sent is shown again. */
export interface FormError {
  readonly status: 401 | 403 | 409 | 422 | 429;
  /** Error code, such as `bad-credentials`. */
  readonly code: string;
  readonly message?: Sentence;
  readonly problems?: Readonly<Record<string, Sentence>>;
  readonly retryAfterSeconds?: number;
}

/** A way to prove one's identity again, declared by the feature of its method. */
export interface Reauthenticate {
  readonly method: Method;
  /** Field that carries the proof, in the form and in JSON. */
  readonly field: string;
  /** Whether the visitor's account has this method. */
  readonly isEnrolled: (c: Context) => Promise<boolean>;
  /** The field in the form. */
  readonly input: (c: Context, state: FormState) => Html;
  /** Checks the proof, with the limits of its method. */
  readonly verify: (c: Context, value: unknown) => Promise<Verified>;
}

type Verified = { readonly ok: true; readonly attempt?: Reservation | undefined } | { readonly ok: false; readonly refusal: FormError };
