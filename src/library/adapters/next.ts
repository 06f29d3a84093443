/** Latchkey in a Next.js app, with its App Router. */
import type { Latchkey, LatchkeyUser } from "../latchkey.ts";

type RouteHandler = (request: Request) => Promise<Response>;

export interface LatchkeyNext<Extra> {
  /** For `app/auth/[[...path]]/route.ts`, where `mountPath` is `/auth`: `export const { GET, POST, OPTIONS } = latchkeyNext(…)`. */
  readonly GET: RouteHandler;
  readonly POST: RouteHandler;
  /** Answers the preflight requests of `allowedOrigins`. */
  readonly OPTIONS: RouteHandler;
  /** Who is logged in, in a server component or a server action. */
  readonly currentUser: () => Promise<LatchkeyUser<Extra> | undefined>;
  /** The same, where a stranger is sent to the login page and back to `path`. */
  readonly loginRequired: (path: string) => Promise<LatchkeyUser<Extra>>;
  /** For `proxy.ts` (`middleware.ts` before Next 16): the way to the login page for a stranger, undefined for who may go on. */
  readonly proxy: (request: Request) => Promise<Response | undefined>;
}

/**
 * Given a function, opens Latchkey with the first request, and so not in `next build`, which loads every page but has no secret and
 * no database. An opening that failed is tried again by the next request.
 */
export function latchkeyNext<Extra>(latchkey: Latchkey<Extra> | (() => Promise<Latchkey<Extra>>)): LatchkeyNext<Extra> {
  const opened = typeof latchkey === "function" ? openedOnce(latchkey) : async () => latchkey;
  // Next tells no socket; behind it stands a proxy whose header counts where `trustProxy` says so.
  const handle: RouteHandler = async (request) => (await opened()).handle(uncompressed(request), { remoteAddress: "127.0.0.1" });
  const currentUser = async () => {
    const { headers } = await import("next/headers.js");
    // Before the opening: it tells Next that the page depends on the request, so that no build renders it.
    const asked = { headers: await headers() };
    return (await opened()).currentUser(asked);
  };
  return {
    GET: handle,
    POST: handle,
    OPTIONS: handle,
    currentUser,
    loginRequired: async (path) => {
      const user = await currentUser();
      if (user) return user;
      const { redirect } = await import("next/navigation.js");
      const guarded = await (await opened()).loginRequired(asVisit(path));
      return redirect(guarded.ok ? path : (guarded.response.headers.get("location") ?? "/"));
    },
    proxy: async (request) => {
      const guarded = await (await opened()).loginRequired(request);
      return guarded.ok ? undefined : guarded.response;
    },
  };
}

/**
 * Next takes `Content-Encoding` out of what a route answers, and compresses it itself: a body that is packed already would be garbage.
 * What Next hands over is a proxy around its request, which cannot be copied whole.
 */
function uncompressed(request: Request): Request {
  const headers = new Headers(request.headers);
  headers.delete("accept-encoding");
  const { url, method, body } = request;
  return new Request(url, body === null ? { method, headers } : ({ method, headers, body, duplex: "half" } as RequestInit));
}

function openedOnce<Extra>(open: () => Promise<Latchkey<Extra>>): () => Promise<Latchkey<Extra>> {
  let opening: Promise<Latchkey<Extra>> | undefined;
  return () => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
}

/** A server component is rendered for somebody who opens its page. */
function asVisit(path: string): Request {
  return new Request(new URL(path, "http://app.invalid"), { headers: { accept: "text/html" } });
}
