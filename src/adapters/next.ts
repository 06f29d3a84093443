/** Latchkey in a Next.js app, with its App Router. */
import type { Latchkey, LatchkeyUser } from "../library/latchkey.ts";

type RouteHandler = (request: Request) => Promise<Response>;

export interface LatchkeyNext<Extra> {
  /** For `app/auth/[[...path]]/route.ts`, where `mountPath` is `/auth`: `export const { GET, POST } = latchkeyNext(latchkey)`. */
  readonly GET: RouteHandler;
  readonly POST: RouteHandler;
  /** Who is logged in, in a server component or a server action. */
  readonly currentUser: () => Promise<LatchkeyUser<Extra> | undefined>;
  /** The same, where a stranger is sent to the login page and back to `path`. */
  readonly loginRequired: (path: string) => Promise<LatchkeyUser<Extra>>;
  /** For `proxy.ts` (`middleware.ts` before Next 16): the way to the login page for a stranger, undefined for who may go on. */
  readonly proxy: (request: Request) => Promise<Response | undefined>;
}

export function latchkeyNext<Extra>(latchkey: Latchkey<Extra>): LatchkeyNext<Extra> {
  // Next tells no socket; behind it stands a proxy whose header counts where `trustProxy` says so.
  const handle: RouteHandler = (request) => latchkey.handle(request, { remoteAddress: "127.0.0.1" });
  const currentUser = async () => {
    const { headers } = await import("next/headers.js");
    return latchkey.currentUser({ headers: await headers() });
  };
  return {
    GET: handle,
    POST: handle,
    currentUser,
    loginRequired: async (path) => {
      const user = await currentUser();
      if (user) return user;
      const { redirect } = await import("next/navigation.js");
      const guarded = await latchkey.loginRequired(new Request(new URL(path, "http://app.invalid")));
      return redirect(guarded.ok ? path : (guarded.response.headers.get("location") ?? "/"));
    },
    proxy: async (request) => {
      const guarded = await latchkey.loginRequired(request);
      return guarded.ok ? undefined : guarded.response;
    },
  };
}
