/** Latchkey in a Fastify app. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Latchkey, LatchkeyUser } from "../latchkey.ts";
import { connectionOf, type Demand, demanded, pathOf, toRequest } from "./web.ts";

export type { Demand } from "./web.ts";

/** As much of Fastify's types as is used here, so that its type providers make no difference. */
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

/** A request behind a guard: its user is there. */
export type AuthedRequest<Extra = Record<string, unknown>, Property extends string = "user"> = FastifyRequest & {
  readonly [Name in Property]: LatchkeyUser<Extra>;
};

/** A handler behind a guard. */
export type AuthedHandler<Extra = Record<string, unknown>, Property extends string = "user"> = (
  request: AuthedRequest<Extra, Property>,
  reply: FastifyReply,
) => unknown;

/** A hook, or a handler with its guard, as Fastify calls them. */
export type Guard = (request: RequestLike, reply: ReplyLike) => Promise<unknown>;

export interface LatchkeyFastifyOptions<Property extends string = "user"> {
  /** What the user is called on the request, where another plugin has `user`. Default: `user`. */
  readonly userProperty?: Property;
}

/** A plugin that answers our pages, and the guards with the types of the extra fields. */
export interface LatchkeyFastify<Extra = Record<string, unknown>, Property extends string = "user"> {
  (app: FastifyLike): Promise<void>;
  /** A hook: `{ preHandler: auth.loginRequired() }`. With a handler, both in one, and the handler's request is typed. */
  readonly loginRequired: {
    (demand?: Demand): Guard;
    (handler: AuthedHandler<Extra, Property>): Guard;
    (demand: Demand, handler: AuthedHandler<Extra, Property>): Guard;
  };
}

/** A plugin that answers our pages: `app.register(latchkeyFastify(latchkey))`. Headers that hooks before it have set are kept. */
export function latchkeyFastify<Extra, Property extends string = "user">(
  latchkey: Latchkey<Extra>,
  options: LatchkeyFastifyOptions<Property> = {},
): LatchkeyFastify<Extra, Property> {
  const plugin = async (app: FastifyLike): Promise<void> => {
    // Before any parser: a body is read once, and here. The request is not decorated: another plugin may have done so.
    app.addHook("onRequest", async ({ raw }, reply) => {
      if (!latchkey.serves(pathOf(raw))) return undefined;
      return answer(reply, await latchkey.handle(toRequest(raw), connectionOf(raw)));
    });
  };
  const userProperty = options.userProperty ?? "user";
  const loginRequired = (first: Demand | AuthedHandler<Extra, Property> = {}, second?: AuthedHandler<Extra, Property>): Guard =>
    typeof first === "function"
      ? guard(latchkey, {}, { userProperty, handler: first as unknown as Guard })
      : guard(latchkey, first, { userProperty, handler: second as unknown as Guard | undefined });
  // For the whole app, and not only for what is registered beside it.
  const asPlugin = { [Symbol.for("skip-override")]: true, [Symbol.for("fastify.display-name")]: "latchkey" };
  return Object.assign(plugin, asPlugin, { loginRequired: loginRequired as LatchkeyFastify<Extra, Property>["loginRequired"] });
}

/**
 * A hook that lets through who is logged in, and puts them into `request.user`: `{ preHandler: loginRequired(latchkey) }`. With a
 * handler, both in one, and the handler's request is typed: `app.get("/reports", loginRequired(latchkey, async ({ user }) => …))`.
 */
export function loginRequired<Extra>(latchkey: Latchkey<Extra>, demand?: Demand): Guard;
export function loginRequired<Extra>(latchkey: Latchkey<Extra>, handler: AuthedHandler<Extra>): Guard;
export function loginRequired<Extra>(latchkey: Latchkey<Extra>, demand: Demand, handler: AuthedHandler<Extra>): Guard;
export function loginRequired<Extra>(
  latchkey: Latchkey<Extra>,
  first: Demand | AuthedHandler<Extra> = {},
  second?: AuthedHandler<Extra>,
): Guard {
  const bound = latchkeyFastify(latchkey).loginRequired;
  if (typeof first === "function") return bound(first);
  return second ? bound(first, second) : bound(first);
}

interface Guarding {
  readonly userProperty: string;
  readonly handler: Guard | undefined;
}

function guard<Extra>(latchkey: Latchkey<Extra>, demand: Demand, { userProperty, handler }: Guarding): Guard {
  return async (request, reply) => {
    const guarded = await demanded(latchkey, toRequest(request.raw, false), demand);
    if (!guarded.ok) return answer(reply, guarded.response);
    (request as unknown as Record<string, unknown>)[userProperty] = guarded.user;
    return handler?.(request, reply);
  };
}

/** By Fastify's own reply, so that what other hooks set and still add is kept. */
function answer(reply: ReplyLike, response: Response): unknown {
  reply.code(response.status);
  for (const [name, value] of response.headers) {
    const set = reply.getHeader(name);
    reply.header(name, name === "vary" && typeof set === "string" ? `${set}, ${value}` : value);
  }
  // Nothing is not null here: that would be written as JSON.
  reply.send(response.body === null ? undefined : Readable.fromWeb(response.body as ReadableStream));
  return reply;
}
