/** Latchkey in a Hono app, on any of its runtimes that has Node's modules. */
import type { Connection, Latchkey, LatchkeyUser } from "../library/latchkey.ts";
import { type Demand, demanded } from "./web.ts";

/** As much of Hono's context as is used here, so that its version is the app's own affair. */
interface ContextLike {
  readonly req: { readonly raw: Request; readonly path: string };
  readonly env: unknown;
  readonly set: (key: "user", user: never) => void;
}

/** The type of what `loginRequired` sets, for `new Hono<{ Variables: LatchkeyVariables }>()`. */
export interface LatchkeyVariables<Extra = Record<string, unknown>> {
  user: LatchkeyUser<Extra>;
}

type Middleware = (c: ContextLike, next: () => Promise<void>) => Promise<Response | undefined>;

/** Answers our pages: `app.use(latchkeyHono(latchkey))`. */
export function latchkeyHono<Extra>(latchkey: Latchkey<Extra>): Middleware {
  return async (c, next) => {
    if (latchkey.serves(c.req.path)) return latchkey.handle(c.req.raw, connectionOf(c.env));
    await next();
    return undefined;
  };
}

/** Lets through who is logged in, and sets `user`. */
export function loginRequired<Extra>(latchkey: Latchkey<Extra>, demand?: Demand): Middleware {
  return async (c, next) => {
    const guarded = await demanded(latchkey, c.req.raw, demand);
    if (!guarded.ok) return guarded.response;
    c.set("user", guarded.user as never);
    await next();
    return undefined;
  };
}

/** Hono's adapter for Node puts the incoming message there. */
function connectionOf(env: unknown): Connection {
  const incoming = (env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming;
  return { remoteAddress: incoming?.socket?.remoteAddress };
}
