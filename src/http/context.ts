/** What every request of ours carries along. */

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
  // The bindings are there when Node serves, and not when a test or another framework calls.
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    s: Services;
    site: Site;
    /** Whether the address may have held a token: what it was is told to no other page. */
    hasTokenInUrl: boolean;
    /** What this answer's headers have beside the usual ones. */
    addedHeaders: [name: string, value: string][] | undefined;
    /** Cookies whose every copy this answer makes the browser forget. */
    droppedCookies: readonly string[] | undefined;
    visitor: Visitor | undefined;
    /** What was sent, once it has been read: the fields of a form, or the members of a JSON object. */
    body: Readonly<Record<string, unknown>>;
    /** The form that the page shows, for a site that has a page of its own. */
    form: FormState | undefined;
    /** The token for this answer's forms, once one has asked for it. */
    csrfToken: string | undefined;
    /** Whether the visitor, if there is one, came with a token in `Authorization` and not with a cookie. */
    isBearer: boolean;
    /** Whether a script of a site in `ALLOWED_ORIGINS` asks. */
    isCrossOrigin: boolean;
    /** The nonce that this very answer gives to a browser which had none. */
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
  /** A message of a feature, or a sentence of an app's own page, in which `{name}` is the display name: no cookie carries it. */
  readonly message: MessageReference | string;
}

/** What a form is shown with. */
export interface FormState {
  /** For the hidden field. */
  readonly csrfToken: string;
  /** What was typed before, for the fields that are kept. */
  readonly values: Readonly<Record<string, string>>;
  /** A sentence beside each field that is not right. */
  readonly problems: Readonly<Record<string, string>>;
  /** A sentence about the form as a whole. */
  readonly message?: string;
}

export type HeaderRecord = Readonly<Record<string, string>>;

/** Made once: to set thirteen headers on each answer takes longer than to render it. */
export interface SafetyHeaders {
  readonly usual: HeaderRecord;
  /** For pages whose address may have held a token (ASVS 14.2.1). */
  readonly noReferrer: HeaderRecord;
  readonly withoutTransport: HeaderRecord;
  /** The usual ones of a page, whole. */
  readonly page: HeaderRecord;
  /** The login's, whose form may lead on to a host that is listed. */
  readonly loginPage: HeaderRecord;
}

export interface Assets {
  /** Where a file of ours is served, such as `/assets/style.3f2a….css`. */
  readonly url: (name: string) => string;
  readonly serve: (serve: PublicRoute) => void;
}

export interface Site {
  /** Ways to prove one's identity again. */
  readonly reauthentication: readonly Reauthenticate[];
  readonly assets: Assets;
  readonly headers: SafetyHeaders;
  /** By locale. */
  readonly layoutOf: (locale: string) => Layout;
  /** The first page of the site, ours or the app's. */
  readonly frontUrl: string;
  /** Whether a path is that of a page of ours, which shows what was to be told. */
  readonly isOurs: (path: string) => boolean;
}

export type Handler = (c: Context) => Response | Promise<Response>;

/** Serves what everybody may have, without asking who they are. */
export type PublicRoute = (path: string, answer: Handler) => void;

/** Why a form that was sent is shown again. */
export interface FormError {
  readonly status: 401 | 403 | 409 | 422 | 429;
  /** One word for programs, such as `bad-credentials`. */
  readonly code: string;
  readonly message?: string;
  readonly problems?: Readonly<Record<string, string>>;
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
