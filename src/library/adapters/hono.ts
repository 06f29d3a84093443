/** Adapts Latchkey to Hono, on runtimes with Node's modules. */
import type { Context, MiddlewareHandler } from "hono";
import type { Connection, Latchkey, Level, User } from "../latchkey.ts";
import { type AccessOptions, requireAccess } from "./web.ts";

export type { AccessOptions } from "./web.ts";

/** Variables that `loginRequired` sets: `new Hono<{ Variables: LatchkeyVariables }>()` types `c.get("user")` in the whole app. */
export interface LatchkeyVariables<Extra = Record<string, unknown>> {
  user: User<Extra>;
}

/** Serves Latchkey's paths: `app.use(latchkeyHono(latchkey))`. */
export function latchkeyHono<Extra>(latchkey: Latchkey<Extra>): MiddlewareHandler {
  return async (c, next) => {
    if (latchkey.serves(c.req.path)) return answer(c, await latchkey.handle(c.req.raw, connectionOf(c.env)));
    await next();
    return undefined;
  };
}

/** Requires a login and sets `user`. */
export function loginRequired<Extra>(
  latchkey: Latchkey<Extra>,
  access?: AccessOptions,
): MiddlewareHandler<{ Variables: LatchkeyVariables<Extra> }> {
  return async (c, next) => {
    const guarded = await requireAccess(latchkey, c.req.raw, access);
    if (!guarded.ok) return answer(c as unknown as Context, guarded.response);
    c.set("user", guarded.user);
    await next();
    return undefined;
  };
}

/** Like `loginRequired`, and requires a session of this level: 2 asks for the second factor. */
export function requireLevel<Extra>(
  latchkey: Latchkey<Extra>,
  level: Level,
  access?: AccessOptions,
): MiddlewareHandler<{ Variables: LatchkeyVariables<Extra> }> {
  return loginRequired(latchkey, { ...access, level });
}

/** Merges the response with headers and cookies that the app has set; Hono alone would drop one or the other. */
function answer(c: Context, response: Response): Response {
  const vary = c.newResponse(null).headers.get("vary");
  const whole = c.newResponse(response.body as ReadableStream | null, response);
  if (vary !== null && response.headers.has("vary")) whole.headers.set("vary", `${vary}, ${response.headers.get("vary")}`);
  c.res = undefined;
  c.res = whole;
  return whole;
}

/** The socket, from the bindings of Hono's adapter for Node. */
function connectionOf(env: unknown): Connection {
  const incoming = (env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming;
  return { remoteAddress: incoming?.socket?.remoteAddress };
}
