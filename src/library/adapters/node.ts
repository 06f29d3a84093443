/** Latchkey in an app on Node's own `http`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Latchkey, LatchkeyUser } from "../latchkey.ts";
import { answer, connectionOf, type Demand, demanded, pathOf, toRequest } from "./web.ts";

export type { Demand } from "./web.ts";

/** Answers a request to one of our pages; false where the path is the app's own, and nothing was answered. */
export function latchkeyNode<Extra>(latchkey: Latchkey<Extra>): (req: IncomingMessage, res: ServerResponse) => Promise<boolean> {
  return async (req, res) => {
    if (!latchkey.serves(pathOf(req))) return false;
    await answer(res, await latchkey.handle(toRequest(req), connectionOf(req)));
    return true;
  };
}

/** Gives who is logged in; undefined where the visitor was answered instead, with the way to the login page. */
export function loginRequired<Extra>(
  latchkey: Latchkey<Extra>,
  demand?: Demand,
): (req: IncomingMessage, res: ServerResponse) => Promise<LatchkeyUser<Extra> | undefined> {
  return async (req, res) => {
    const guarded = await demanded(latchkey, toRequest(req, false), demand);
    if (guarded.ok) return guarded.user;
    await answer(res, guarded.response);
    return undefined;
  };
}
