/** Adapts Latchkey to the App Router of Next.js. */
import type { Latchkey, Level, User } from "../latchkey.ts";

type RouteHandler = (request: Request) => Promise<Response>;

export interface LatchkeyNext<Extra> {
  /** For `app/auth/[[...path]]/route.ts` with `mountPath: "/auth"`: `export const { GET, POST, OPTIONS } = latchkeyNext(…)`. */
  readonly GET: RouteHandler;
  readonly POST: RouteHandler;
  /** Responds to preflight requests from `allowedOrigins`. */
  readonly OPTIONS: RouteHandler;
  /** Returns the logged-in user, in a server component or server action. */
  readonly currentUser: () => Promise<User<Extra> | undefined>;
  /** Requires a login; otherwise redirects to the login page and back to `path`. */
  readonly loginRequired: (path: string) => Promise<User<Extra>>;
  /** Like `loginRequired`, and requires a session of this level: 2 redirects to the second factor, and back to `path`. */
  readonly requireLevel: (level: Level, path: string) => Promise<User<Extra>>;
  /** For `proxy.ts` (`middleware.ts` before Next 16): undefined with a login, otherwise the response to send. */
  readonly proxy: (request: Request) => Promise<Response | undefined>;
}

/**
 * Pass a function to open Latchkey at the first request instead of in `next build`, which has no secret and no database. A failed opening is
 * retried at the next request.
 */
export function latchkeyNext<Extra>(latchkey: Latchkey<Extra> | (() => Promise<Latchkey<Extra>>)): LatchkeyNext<Extra> {
  const opened = typeof latchkey === "function" ? openedOnce(latchkey) : async () => latchkey;
  // Next doesn't expose the socket; `trustProxy` decides on the header of the proxy in front of it.
  const handle: RouteHandler = async (request) => (await opened()).handle(uncompressed(request), { remoteAddress: "127.0.0.1" });
  const currentUser = async () => {
    const { headers } = await import("next/headers.js");
    // Before opening: `headers()` marks the page as dynamic, so that the build doesn't render it.
    const request = { headers: await headers() };
    return (await opened()).currentUser(request);
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
      const guarded = await (await opened()).loginRequired(pageVisit(path));
      return redirect(guarded.ok ? path : (guarded.response.headers.get("location") ?? "/"));
    },
    requireLevel: async (level, path) => {
      const { headers } = await import("next/headers.js");
      const request = pageVisit(path, (await headers()).get("cookie"));
      const guarded = await (await opened()).requireLevel(request, level);
      if (guarded.ok) return guarded.user;
      const { redirect } = await import("next/navigation.js");
      return redirect(guarded.response.headers.get("location") ?? "/");
    },
    proxy: async (request) => {
      const guarded = await (await opened()).loginRequired(request);
      return guarded.ok ? undefined : guarded.response;
    },
  };
}

/**
 * Next removes `Content-Encoding` and compresses responses itself, which would corrupt a compressed body. Its request is a proxy object that
 * `new Request(request)` can't copy.
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

/** A page visit, as a server component has no request. */
function pageVisit(path: string, cookie: string | null = null): Request {
  return new Request(new URL(path, "http://app.invalid"), { headers: { accept: "text/html", ...(cookie === null ? {} : { cookie }) } });
}
