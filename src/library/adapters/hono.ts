/** Latchkey in a Hono app, on any of its runtimes that has Node's modules. */
import type { Context, MiddlewareHandler } from "hono";
import type { Connection, Latchkey, LatchkeyUser } from "../latchkey.ts";
import { type Demand, demanded } from "./web.ts";

export type { Demand } from "./web.ts";

/** The type of what `loginRequired` sets. Behind it, `c.get("user")` has it by itself; `new Hono<{ Variables: LatchkeyVariables }>()` has it everywhere. */
export interface LatchkeyVariables<Extra = Record<string, unknown>> {
  user: LatchkeyUser<Extra>;
}

/** Answers our pages: `app.use(latchkeyHono(latchkey))`. */
export function latchkeyHono<Extra>(latchkey: Latchkey<Extra>): MiddlewareHandler {
  return async (c, next) => {
    if (latchkey.serves(c.req.path)) return answer(c, await latchkey.handle(c.req.raw, connectionOf(c.env)));
    await next();
    return undefined;
  };
}

/** Lets through who is logged in, and sets `user`. */
export function loginRequired<Extra>(
  latchkey: Latchkey<Extra>,
  demand?: Demand,
): MiddlewareHandler<{ Variables: LatchkeyVariables<Extra> }> {
  return async (c, next) => {
    const guarded = await demanded(latchkey, c.req.raw, demand);
    if (!guarded.ok) return answer(c as unknown as Context, guarded.response);
    c.set("user", guarded.user);
    await next();
    return undefined;
  };
}

/** With the headers and cookies that the app has set so far. Hono itself would drop them, or our cookies in favour of the app's. */
function answer(c: Context, response: Response): Response {
  const vary = c.newResponse(null).headers.get("vary");
  const whole = c.newResponse(response.body as ReadableStream | null, response);
  if (vary !== null && response.headers.has("vary")) whole.headers.set("vary", `${vary}, ${response.headers.get("vary")}`);
  c.res = undefined;
  c.res = whole;
  return whole;
}

/** Hono's adapter for Node puts the incoming message there. */
function connectionOf(env: unknown): Connection {
  const incoming = (env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming;
  return { remoteAddress: incoming?.socket?.remoteAddress };
}
