/** Adapts Latchkey to `node:http`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Latchkey, Level, User } from "../latchkey.ts";
import { type AccessOptions, answer, connectionOf, pathOf, requireAccess, toRequest } from "./web.ts";

export type { AccessOptions } from "./web.ts";

/** Serves Latchkey's paths. Returns false for other paths, without responding. */
export function latchkeyNode<Extra>(latchkey: Latchkey<Extra>): (req: IncomingMessage, res: ServerResponse) => Promise<boolean> {
  return async (req, res) => {
    if (!latchkey.serves(pathOf(req))) return false;
    await answer(res, await latchkey.handle(toRequest(req), connectionOf(req)));
    return true;
  };
}

/** Returns the logged-in user. Otherwise sends the response (such as a redirect to the login page) and returns undefined. */
export function loginRequired<Extra>(
  latchkey: Latchkey<Extra>,
  access?: AccessOptions,
): (req: IncomingMessage, res: ServerResponse) => Promise<User<Extra> | undefined> {
  return async (req, res) => {
    const guarded = await requireAccess(latchkey, toRequest(req, false), access);
    if (guarded.ok) return guarded.user;
    await answer(res, guarded.response);
    return undefined;
  };
}

/** Like `loginRequired`, and requires a session of this level: 2 asks for the second factor. */
export function requireLevel<Extra>(
  latchkey: Latchkey<Extra>,
  level: Level,
  access?: AccessOptions,
): (req: IncomingMessage, res: ServerResponse) => Promise<User<Extra> | undefined> {
  return loginRequired(latchkey, { ...access, level });
}
