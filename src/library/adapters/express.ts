/** Adapts Latchkey to Express, before or after its body parsers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { NextFunction, Request, Response } from "express";
import { type Latchkey, LatchkeyError, type Level, type User } from "../latchkey.ts";
import { type AccessOptions, answer, connectionOf, type Incoming, pathOf, requireAccess, toRequest } from "./web.ts";

export type { AccessOptions } from "./web.ts";

/** An Express handler. */
export type Handler = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** A guarded request, with its user. */
export type AuthedRequest<Extra = Record<string, unknown>, Property extends string = "user"> = Request & {
  readonly [Name in Property]: User<Extra>;
};

/** A guarded handler. */
export type AuthedHandler<Extra = Record<string, unknown>, Property extends string = "user"> = (
  req: AuthedRequest<Extra, Property>,
  res: Response,
  next: NextFunction,
) => unknown;

export interface LatchkeyExpressOptions<Property extends string = "user"> {
  /** Name of the request property with the user. Default: `user`. */
  readonly userProperty?: Property;
}

/** `loginRequired()` guards the handlers after it; `loginRequired(handler)` guards one handler, whose request is typed. */
export interface LoginGuard<Extra = Record<string, unknown>, Property extends string = "user"> {
  (access?: AccessOptions): Handler;
  (handler: AuthedHandler<Extra, Property>): Handler;
  (access: AccessOptions, handler: AuthedHandler<Extra, Property>): Handler;
}

/** A handler for Latchkey's pages, and route guards with typed extra fields. */
export interface LatchkeyExpress<Extra = Record<string, unknown>, Property extends string = "user"> extends Handler {
  readonly loginRequired: LoginGuard<Extra, Property>;
  /** Like `loginRequired`, and requires authentication within `reauthenticateAfter`. */
  readonly recentAuthRequired: (handler?: AuthedHandler<Extra, Property>) => Handler;
  /** Like `loginRequired`, and requires the role. */
  readonly roleRequired: (role: string, handler?: AuthedHandler<Extra, Property>) => Handler;
  /** Like `loginRequired`, and requires a session of this level: 2 asks for the second factor. */
  readonly requireLevel: (level: Level, handler?: AuthedHandler<Extra, Property>) => Handler;
  /** Sets the user on the request, without requiring a login. */
  readonly currentUser: () => Handler;
}

interface Attachment {
  readonly latchkey: Latchkey<unknown>;
  readonly userProperty: string;
}

const attached = Symbol("latchkey");

/** The request, or the app on which Latchkey is mounted. */
interface Carrier {
  [attached]?: Attachment;
  readonly parent?: Carrier;
}

/** Serves Latchkey's paths, and binds the route guards of this module to this instance: `app.use(latchkeyExpress(latchkey))`. */
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
  // Below a path, the handler sees no other requests. Express emits `mount` to apps only, so this object has the members of an app.
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
  const loginRequired = (first: AccessOptions | AuthedHandler<Extra, Property> = {}, second?: AuthedHandler<Extra, Property>): Handler =>
    typeof first === "function" ? guard(find, {}, first as unknown as Handler) : guard(find, first, second as unknown as Handler);
  return {
    loginRequired: loginRequired as LoginGuard<Extra, Property>,
    recentAuthRequired: (handler?: AuthedHandler<Extra, Property>) => guard(find, { recentAuth: true }, handler as unknown as Handler),
    roleRequired: (role: string, handler?: AuthedHandler<Extra, Property>) => guard(find, { role }, handler as unknown as Handler),
    requireLevel: (level: Level, handler?: AuthedHandler<Extra, Property>) => guard(find, { level }, handler as unknown as Handler),
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

/** Requires a login and sets `req.user`. */
export const loginRequired: LoginGuard = unbound.loginRequired;

/** Like `loginRequired`, and requires authentication within `reauthenticateAfter`. */
export function recentAuthRequired(handler?: AuthedHandler): Handler {
  return unbound.recentAuthRequired(handler);
}

/** Like `loginRequired`, and requires the role. */
export function roleRequired(role: string, handler?: AuthedHandler): Handler {
  return unbound.roleRequired(role, handler);
}

/** Like `loginRequired`, and requires a session of this level: 2 asks for the second factor. */
export function requireLevel(level: Level, handler?: AuthedHandler): Handler {
  return unbound.requireLevel(level, handler);
}

/** Sets `req.user`, without requiring a login. */
export function currentUser(): Handler {
  return unbound.currentUser();
}

function guard(find: (req: IncomingMessage) => Attachment, access: AccessOptions, handler?: Handler): Handler {
  const pass = async (...[req, res, next]: Parameters<Handler>): Promise<unknown> => {
    const { latchkey, userProperty } = find(req);
    const guarded = await requireAccess(latchkey, toRequest(req, false), access);
    if (!guarded.ok) return answer(res, guarded.response);
    setUser(req, userProperty, guarded.user);
    return handler ? handler(req, res, next) : next();
  };
  return (req, res, next) => void pass(req, res, next).catch(next);
}

function setUser(req: IncomingMessage, userProperty: string, user: User<unknown> | undefined): void {
  (req as unknown as Record<string, unknown>)[userProperty] = user;
}

function attachmentOf(req: IncomingMessage & { readonly app?: Carrier }): Attachment {
  let carrier: Carrier | undefined = req.app;
  while (carrier && !carrier[attached]) carrier = carrier.parent;
  const attachment = (req as Carrier)[attached] ?? carrier?.[attached];
  if (!attachment) throw new LatchkeyError("invalid", "Call app.use(latchkeyExpress(latchkey)) before guarded routes.");
  return attachment;
}

/** Detects `app.use("/auth", …)` without the option `mountPath`. */
function mountProblem(latchkey: Pick<Latchkey, "serves">, req: Incoming & { readonly baseUrl?: string }): LatchkeyError | undefined {
  const { baseUrl = "" } = req;
  if (baseUrl === "" || !latchkey.serves(pathOf({ url: req.url } as Incoming))) return undefined;
  const message = `mountPath must be ${JSON.stringify(baseUrl)}, the path of app.use(${JSON.stringify(baseUrl)}, latchkeyExpress(…)).`;
  return new LatchkeyError("invalid", message, { option: "mountPath" });
}
