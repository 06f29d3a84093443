/** Latchkey in a Fastify app. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type {} from "fastify";
import type { Latchkey, LatchkeyUser } from "../library/latchkey.ts";
import { answer, connectionOf, type Demand, demanded, pathOf, toRequest } from "./web.ts";

/** As much of Fastify's types as is used here, so that they need not be installed. */
interface FastifyLike {
  readonly addHook: (name: "onRequest", hook: (request: RequestLike, reply: ReplyLike) => Promise<unknown>) => unknown;
  readonly decorateRequest: (name: string, value: null) => unknown;
}
interface RequestLike {
  readonly raw: IncomingMessage;
}
interface ReplyLike {
  readonly raw: ServerResponse;
  readonly hijack: () => unknown;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Who is logged in, behind `loginRequired(latchkey)`. */
    user: LatchkeyUser | null;
  }
}

/** A plugin that answers our pages: `app.register(latchkeyFastify(latchkey))`. */
export function latchkeyFastify<Extra>(latchkey: Latchkey<Extra>) {
  const plugin = async (app: FastifyLike): Promise<void> => {
    app.decorateRequest("user", null);
    // Before any parser: a body is read once, and here.
    app.addHook("onRequest", async ({ raw }, reply) => {
      if (!latchkey.serves(pathOf(raw))) return;
      reply.hijack();
      await answer(reply.raw, await latchkey.handle(toRequest(raw), connectionOf(raw)));
    });
  };
  // For the whole app, and not only for what is registered beside it.
  return Object.assign(plugin, { [Symbol.for("skip-override")]: true, [Symbol.for("fastify.display-name")]: "latchkey" });
}

/** A hook that lets through who is logged in, and puts them into `request.user`: `{ preHandler: loginRequired(latchkey) }`. */
export function loginRequired<Extra>(latchkey: Latchkey<Extra>, demand?: Demand) {
  return async (request: RequestLike, reply: ReplyLike): Promise<void> => {
    const guarded = await demanded(latchkey, toRequest(request.raw, false), demand);
    if (guarded.ok) {
      (request as RequestLike & { user: unknown }).user = guarded.user;
      return;
    }
    reply.hijack();
    await answer(reply.raw, guarded.response);
  };
}
