/** What every request of ours carries along. */
import type { HttpBindings } from "@hono/node-server";
import type { Context as HonoContext } from "hono";
import type { Services } from "../core/services.ts";
import type { Visitor } from "../core/sessions.ts";
import type { Flash } from "./flashes.ts";
import type { FormState } from "./form.ts";
import type { Site } from "./site.ts";

export interface Env {
  // The bindings are there when Node serves, and not when a test or another framework calls.
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    s: Services;
    site: Site;
    /** Whether the address may have held a token: what it was is told to no other page. */
    isSecretAddress: boolean;
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
    /** Every message to show, those that came with the request included; undefined until one is added. */
    flashes: readonly Flash[] | undefined;
  };
}

export type Context = HonoContext<Env>;
