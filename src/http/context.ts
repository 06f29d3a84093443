/** What every request of ours carries along. */
import type { HttpBindings } from "@hono/node-server";
import type { Context as HonoContext } from "hono";
import type { Services } from "../core/services.ts";
import type { Visitor } from "../core/sessions.ts";
import type { Assets } from "./assets.ts";
import type { Flash } from "./flashes.ts";

export interface Env {
  // The bindings are there when Node serves, and not when a test or another framework calls.
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    s: Services;
    assets: Assets;
    visitor: Visitor | undefined;
    /** What was sent, once it has been read: the fields of a form, or the members of a JSON object. */
    body: Readonly<Record<string, unknown>>;
    /** The nonce that this very answer gives to a browser which had none. */
    csrfNonce: string | undefined;
    /** Every message to show, those that came with the request included; undefined until one is added. */
    flashes: readonly Flash[] | undefined;
  };
}

export type Context = HonoContext<Env>;
