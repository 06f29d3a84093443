/** Latchkey in an Express app, before or behind its body parsers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Latchkey, LatchkeyUser } from "../library/latchkey.ts";
import { answer, connectionOf, type Demand, demanded, pathOf, toRequest } from "./web.ts";

declare global {
  namespace Express {
    interface Request {
      /** Who is logged in, behind `loginRequired()` or `currentUser()`. */
      user?: LatchkeyUser | undefined;
    }
  }
}

/** A handler as Express calls it. */
export type Handler = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

const attached = Symbol("latchkey");
type Attached = IncomingMessage & { [attached]?: Latchkey<unknown>; user?: LatchkeyUser | undefined };

/** Answers our pages, and lets the guards below know which Latchkey is meant. */
export function latchkeyExpress<Extra>(latchkey: Latchkey<Extra>): Handler {
  return (req, res, next) => {
    (req as Attached)[attached] = latchkey as Latchkey<unknown>;
    if (!latchkey.serves(pathOf(req))) {
      next();
      return;
    }
    latchkey
      .handle(toRequest(req), connectionOf(req))
      .then((response) => answer(res, response))
      .catch(next);
  };
}

/** Lets through who is logged in, and puts them into `req.user`. */
export function loginRequired(demand?: Demand): Handler {
  return (req, res, next) => {
    demanded(of(req), toRequest(req, false), demand)
      .then(async (guarded) => {
        if (!guarded.ok) return answer(res, guarded.response);
        (req as Attached).user = guarded.user as LatchkeyUser;
        next();
        return undefined;
      })
      .catch(next);
  };
}

/** The same, where the password was given in the last 15 minutes. */
export function freshLoginRequired(): Handler {
  return loginRequired({ fresh: true });
}

/** The same, where the person has the role. */
export function roleRequired(role: string): Handler {
  return loginRequired({ role });
}

/** Puts whoever is logged in into `req.user`, and lets everybody through. */
export function currentUser(): Handler {
  return (req, _res, next) => {
    of(req)
      .currentUser(toRequest(req, false))
      .then((user) => {
        (req as Attached).user = user as LatchkeyUser | undefined;
        next();
      })
      .catch(next);
  };
}

function of(req: IncomingMessage): Latchkey<unknown> {
  const latchkey = (req as Attached)[attached];
  if (!latchkey) throw new Error("app.use(latchkeyExpress(latchkey)) must stand before the pages that it guards.");
  return latchkey;
}
