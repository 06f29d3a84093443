/** Adapts Latchkey to Fastify. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Latchkey, Level, User } from "../latchkey.ts";
import { type AccessOptions, connectionOf, pathOf, requireAccess, toRequest } from "./web.ts";

export type { AccessOptions } from "./web.ts";

/** The parts of Fastify's types that are used, independent of its type providers. */
interface FastifyLike {
  readonly addHook: (name: "onRequest", hook: (request: RequestLike, reply: ReplyLike) => Promise<unknown>) => unknown;
}
interface RequestLike {
  readonly raw: IncomingMessage;
}
interface ReplyLike {
  readonly raw: ServerResponse;
  readonly code: (status: number) => unknown;
  readonly header: (name: string, value: string) => unknown;
  readonly getHeader: (name: string) => unknown;
  readonly send: (payload?: unknown) => unknown;
}

/** A guarded request, with its user. */
export type AuthedRequest<Extra = Record<string, unknown>, Property extends string = "user"> = FastifyRequest & {
  readonly [Name in Property]: User<Extra>;
};

/** A guarded handler. */
export type AuthedHandler<Extra = Record<string, unknown>, Property extends string = "user"> = (
  request: AuthedRequest<Extra, Property>,
  reply: FastifyReply,
) => unknown;

/** A Fastify hook, or a handler with its guard. */
export type Guard = (request: RequestLike, reply: ReplyLike) => Promise<unknown>;

export interface LatchkeyFastifyOptions<Property extends string = "user"> {
  /** Name of the request property with the user. Default: `user`. */
  readonly userProperty?: Property;
}

/** A plugin for Latchkey's pages, and a route guard with typed extra fields. */
export interface LatchkeyFastify<Extra = Record<string, unknown>, Property extends string = "user"> {
  (app: FastifyLike): Promise<void>;
  /** A hook: `{ preHandler: auth.loginRequired() }`. With a handler, guards it, and the handler's request is typed. */
  readonly loginRequired: {
    (access?: AccessOptions): Guard;
    (handler: AuthedHandler<Extra, Property>): Guard;
    (access: AccessOptions, handler: AuthedHandler<Extra, Property>): Guard;
  };
  /** Like `loginRequired`, and requires a session of this level: 2 asks for the second factor. */
  readonly requireLevel: (level: Level, handler?: AuthedHandler<Extra, Property>) => Guard;
}

/** Serves Latchkey's paths: `app.register(latchkeyFastify(latchkey))`. Headers of earlier hooks are kept. */
export function latchkeyFastify<Extra, Property extends string = "user">(
  latchkey: Latchkey<Extra>,
  options: LatchkeyFastifyOptions<Property> = {},
): LatchkeyFastify<Extra, Property> {
  const plugin = async (app: FastifyLike): Promise<void> => {
    // `onRequest` runs before body parsers. The request isn't decorated, because another plugin may have decorated it.
    app.addHook("onRequest", async ({ raw }, reply) => {
      if (!latchkey.serves(pathOf(raw))) return undefined;
      return answer(reply, await latchkey.handle(toRequest(raw), connectionOf(raw)));
    });
  };
  const userProperty = options.userProperty ?? "user";
  const loginRequired = (first: AccessOptions | AuthedHandler<Extra, Property> = {}, second?: AuthedHandler<Extra, Property>): Guard =>
    typeof first === "function"
      ? guard(latchkey, {}, { userProperty, handler: first as unknown as Guard })
      : guard(latchkey, first, { userProperty, handler: second as unknown as Guard | undefined });
  // Applies to the whole app, not only to this plugin's scope.
  const asPlugin = { [Symbol.for("skip-override")]: true, [Symbol.for("fastify.display-name")]: "latchkey" };
  const requireLevel = (level: Level, handler?: AuthedHandler<Extra, Property>): Guard =>
    guard(latchkey, { level }, { userProperty, handler: handler as unknown as Guard | undefined });
  return Object.assign(plugin, asPlugin, {
    loginRequired: loginRequired as LatchkeyFastify<Extra, Property>["loginRequired"],
    requireLevel,
  });
}

/**
 * Requires a login and sets `request.user`: `{ preHandler: loginRequired(latchkey) }`. With a handler, guards it, and the handler's request
 * is typed: `app.get("/reports", loginRequired(latchkey, async ({ user }) => …))`.
 */
export function loginRequired<Extra>(latchkey: Latchkey<Extra>, access?: AccessOptions): Guard;
export function loginRequired<Extra>(latchkey: Latchkey<Extra>, handler: AuthedHandler<Extra>): Guard;
export function loginRequired<Extra>(latchkey: Latchkey<Extra>, access: AccessOptions, handler: AuthedHandler<Extra>): Guard;
export function loginRequired<Extra>(
  latchkey: Latchkey<Extra>,
  first: AccessOptions | AuthedHandler<Extra> = {},
  second?: AuthedHandler<Extra>,
): Guard {
  const bound = latchkeyFastify(latchkey).loginRequired;
  if (typeof first === "function") return bound(first);
  return second ? bound(first, second) : bound(first);
}

/** Like `loginRequired`, and requires a session of this level: 2 asks for the second factor. */
export function requireLevel<Extra>(latchkey: Latchkey<Extra>, level: Level, handler?: AuthedHandler<Extra>): Guard {
  return latchkeyFastify(latchkey).requireLevel(level, handler);
}

interface GuardedHandler {
  readonly userProperty: string;
  readonly handler: Guard | undefined;
}

function guard<Extra>(latchkey: Latchkey<Extra>, access: AccessOptions, { userProperty, handler }: GuardedHandler): Guard {
  return async (request, reply) => {
    const guarded = await requireAccess(latchkey, toRequest(request.raw, false), access);
    if (!guarded.ok) return answer(reply, guarded.response);
    (request as unknown as Record<string, unknown>)[userProperty] = guarded.user;
    return handler?.(request, reply);
  };
}

/** Uses Fastify's reply, which keeps the headers of other hooks. */
function answer(reply: ReplyLike, response: Response): unknown {
  reply.code(response.status);
  for (const [name, value] of response.headers) {
    const set = reply.getHeader(name);
    reply.header(name, name === "vary" && typeof set === "string" ? `${set}, ${value}` : value);
  }
  // Fastify would write null as JSON.
  reply.send(response.body === null ? undefined : Readable.fromWeb(response.body as ReadableStream));
  return reply;
}
