/** Latchkey in an Express app, before or behind its body parsers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { NextFunction, Request, Response } from "express";
import { type Latchkey, LatchkeyError, type LatchkeyUser } from "../latchkey.ts";
import { answer, connectionOf, type Demand, demanded, type Incoming, pathOf, toRequest } from "./web.ts";

export type { Demand } from "./web.ts";

/** A handler as Express calls it. */
export type Handler = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** A request behind a guard: its user is there. */
export type AuthedRequest<Extra = Record<string, unknown>, Property extends string = "user"> = Request & {
  readonly [Name in Property]: LatchkeyUser<Extra>;
};

/** A handler behind a guard. */
export type AuthedHandler<Extra = Record<string, unknown>, Property extends string = "user"> = (
  req: AuthedRequest<Extra, Property>,
  res: Response,
  next: NextFunction,
) => unknown;

export interface LatchkeyExpressOptions<Property extends string = "user"> {
  /** What the user is called on the request, where another plugin has `user`. Default: `user`. */
  readonly userProperty?: Property;
}

/** Alone, a guard for the handlers after it: `loginRequired()`. With a handler, both in one, and the handler's request is typed. */
export interface LoginGuard<Extra = Record<string, unknown>, Property extends string = "user"> {
  (demand?: Demand): Handler;
  (handler: AuthedHandler<Extra, Property>): Handler;
  (demand: Demand, handler: AuthedHandler<Extra, Property>): Handler;
}

/** Our pages as one handler, and the guards with the types of the extra fields. */
export interface LatchkeyExpress<Extra = Record<string, unknown>, Property extends string = "user"> extends Handler {
  readonly loginRequired: LoginGuard<Extra, Property>;
  /** The same, where the password was given in the last 15 minutes. */
  readonly freshLoginRequired: (handler?: AuthedHandler<Extra, Property>) => Handler;
  /** The same, where the person has the role. */
  readonly roleRequired: (role: string, handler?: AuthedHandler<Extra, Property>) => Handler;
  /** Puts whoever is logged in on the request, and lets everybody through. */
  readonly currentUser: () => Handler;
}

interface Attachment {
  readonly latchkey: Latchkey<unknown>;
  readonly userProperty: string;
}

const attached = Symbol("latchkey");

/** Where guards look: on the request, and on the app that our pages were mounted on. */
interface Carrier {
  [attached]?: Attachment;
  readonly parent?: Carrier;
}

/** Answers our pages, and lets the guards below know which Latchkey is meant. */
export function latchkeyExpress<Extra, Property extends string = "user">(
  latchkey: Latchkey<Extra>,
  options: LatchkeyExpressOptions<Property> = {},
): LatchkeyExpress<Extra, Property> {
  const attachment: Attachment = { latchkey: latchkey as Latchkey<unknown>, userProperty: options.userProperty ?? "user" };
  const pages: Handler = (req, res, next) => {
    (req as Carrier)[attached] = attachment;
    if (!latchkey.serves(pathOf(req))) {
      next(mountProblem(latchkey, req));
      return;
    }
    latchkey
      .handle(toRequest(req), connectionOf(req))
      .then((response) => answer(res, response))
      .catch(next);
  };
  // Mounted below a path, the pages never see other requests. Express tells an app that it mounts where it is mounted, so we look like one.
  const asApp = {
    handle: pages,
    set: () => undefined,
    emit: (_: "mount", parent: Carrier) => {
      parent[attached] ??= attachment;
    },
  };
  return Object.assign(
    (...call: Parameters<Handler>) => pages(...call),
    asApp,
    guardsOf<Extra, Property>(() => attachment),
  );
}

function guardsOf<Extra, Property extends string>(find: (req: IncomingMessage) => Attachment) {
  const loginRequired = (first: Demand | AuthedHandler<Extra, Property> = {}, second?: AuthedHandler<Extra, Property>): Handler =>
    typeof first === "function" ? guard(find, {}, first as unknown as Handler) : guard(find, first, second as unknown as Handler);
  return {
    loginRequired: loginRequired as LoginGuard<Extra, Property>,
    freshLoginRequired: (handler?: AuthedHandler<Extra, Property>) => guard(find, { fresh: true }, handler as unknown as Handler),
    roleRequired: (role: string, handler?: AuthedHandler<Extra, Property>) => guard(find, { role }, handler as unknown as Handler),
    currentUser: (): Handler => {
      const visit = async (req: IncomingMessage): Promise<void> => {
        const { latchkey, userProperty } = find(req);
        setUser(req, userProperty, await latchkey.currentUser(toRequest(req, false)));
      };
      return (req, _res, next) => void visit(req).then(() => next(), next);
    },
  };
}

const unbound = guardsOf<Record<string, unknown>, "user">(attachmentOf);

/** Lets through who is logged in, and puts them into `req.user`; with a handler, calls it with them. */
export const loginRequired: LoginGuard = unbound.loginRequired;

/** The same, where the password was given in the last 15 minutes. */
export function freshLoginRequired(handler?: AuthedHandler): Handler {
  return unbound.freshLoginRequired(handler);
}

/** The same, where the person has the role. */
export function roleRequired(role: string, handler?: AuthedHandler): Handler {
  return unbound.roleRequired(role, handler);
}

/** Puts whoever is logged in into `req.user`, and lets everybody through. */
export function currentUser(): Handler {
  return unbound.currentUser();
}

function guard(find: (req: IncomingMessage) => Attachment, demand: Demand, handler?: Handler): Handler {
  const pass = async (...[req, res, next]: Parameters<Handler>): Promise<unknown> => {
    const { latchkey, userProperty } = find(req);
    const guarded = await demanded(latchkey, toRequest(req, false), demand);
    if (!guarded.ok) return answer(res, guarded.response);
    setUser(req, userProperty, guarded.user);
    return handler ? handler(req, res, next) : next();
  };
  return (req, res, next) => void pass(req, res, next).catch(next);
}

function setUser(req: IncomingMessage, userProperty: string, user: LatchkeyUser<unknown> | undefined): void {
  (req as unknown as Record<string, unknown>)[userProperty] = user;
}

function attachmentOf(req: IncomingMessage & { readonly app?: Carrier }): Attachment {
  let carrier: Carrier | undefined = req.app;
  while (carrier && !carrier[attached]) carrier = carrier.parent;
  const attachment = (req as Carrier)[attached] ?? carrier?.[attached];
  if (!attachment) throw new LatchkeyError("invalid", "app.use(latchkeyExpress(latchkey)) must stand before the pages that it guards.");
  return attachment;
}

/** Below `app.use("/auth", …)`, a path that would be ours without `/auth` means that Latchkey was not told where it lives. */
function mountProblem(latchkey: Pick<Latchkey, "serves">, req: Incoming & { readonly baseUrl?: string }): LatchkeyError | undefined {
  const { baseUrl = "" } = req;
  if (baseUrl === "" || !latchkey.serves(pathOf({ url: req.url } as Incoming))) return undefined;
  const message = `mountPath must be ${JSON.stringify(baseUrl)}, the path of app.use(${JSON.stringify(baseUrl)}, latchkeyExpress(…)).`;
  return new LatchkeyError("invalid", message, { option: "mountPath" });
}
