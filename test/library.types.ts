/** Type tests of the library beside packages that also declare `user`; never run. */
/// <reference types="passport" />
import "@fastify/jwt";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { z } from "zod";
import { createLatchkey, type User, type UserDetails } from "../src/index.ts";
import { latchkeyExpress, loginRequired } from "../src/library/adapters/express.ts";
import { loginRequired as fastifyGuard, latchkeyFastify } from "../src/library/adapters/fastify.ts";
import { loginRequired as honoGuard, latchkeyHono } from "../src/library/adapters/hono.ts";
import type { latchkeyNext } from "../src/library/adapters/next.ts";
import { loginRequired as nodeGuard } from "../src/library/adapters/node.ts";
import { createTestLatchkey } from "../src/testing.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <A, B>(same: Same<A, B>) => same;

const extraUserFields = z.object({
  company: z.string(),
  plan: z.enum(["free", "team"]),
  news: z.boolean(),
  desk: z.coerce.number().optional(),
});
type Extra = z.output<typeof extraUserFields>;

export async function extraFieldsAreTyped(): Promise<void> {
  const latchkey = await createLatchkey({ extraUserFields });
  const found = await latchkey.users.find({ username: "ada" });
  is<typeof found, UserDetails<Extra> | undefined>(true);
  const guarded = await latchkey.loginRequired(new Request("http://x.test"));
  if (guarded.ok) is<typeof guarded.user.extra.plan, "free" | "team">(true);
  is<Awaited<ReturnType<typeof latchkey.currentUser>>, User<Extra> | undefined>(true);
  is<Awaited<ReturnType<ReturnType<typeof latchkeyNext<Extra>>["loginRequired"]>>, User<Extra>>(true);
  const user = await nodeGuard(latchkey)(undefined as never, undefined as never);
  is<typeof user, User<Extra> | undefined>(true);
  await latchkey.users.create({ username: "ada", email: "ada@example.com", extra: { company: "Acme", plan: "team", news: true } });
  // @ts-expect-error unknown choice
  await latchkey.users.create({ username: "ada", email: "ada@example.com", extra: { company: "Acme", plan: "gold", news: true } });
  const kit = await createTestLatchkey({ extraUserFields });
  is<Awaited<ReturnType<typeof kit.loginAs>>["user"], User<Extra>>(true);
}

export async function expressGuardTypesTheUser(): Promise<void> {
  const latchkey = await createLatchkey({ extraUserFields });
  const auth = latchkeyExpress(latchkey, { userProperty: "account" });
  const app = express();
  app.use(auth);
  app.use("/auth", latchkeyExpress(latchkey));
  app.use("/private", loginRequired(), auth.loginRequired({ recentAuth: true }));
  app.get(
    "/reports/:id",
    auth.loginRequired((req, res) => {
      is<typeof req.account, User<Extra>>(true);
      res.send(req.account.extra.company + String(req.params["id"]));
    }),
    auth.roleRequired("editor", (req) => req.account.extra.plan),
    auth.recentAuthRequired(),
    auth.requireLevel(2, (req) => req.account.extra.plan),
    auth.currentUser(),
  );
  app.get(
    "/plain",
    loginRequired({ role: "editor" }, (req) => {
      req.user.username.trim();
      req.user.roles.includes("editor");
    }),
  );
  // Passport's declaration of `user` is unchanged.
  app.get("/passport", (req, res) => {
    is<typeof req.user, Express.User | undefined>(true);
    // @ts-expect-error no such property without the guard
    res.send(req.account);
  });
}

export async function fastifyGuardTypesTheUser(): Promise<void> {
  const latchkey = await createLatchkey({ extraUserFields });
  const auth = latchkeyFastify(latchkey, { userProperty: "account" });
  const app = Fastify();
  app.register(auth);
  app.register(latchkeyFastify(latchkey));
  app.get("/hook", { preHandler: [auth.loginRequired(), fastifyGuard(latchkey, { role: "editor" })] }, async () => "");
  app.get(
    "/reports",
    auth.loginRequired({ recentAuth: true }, async (request, reply) => {
      is<typeof request.account, User<Extra>>(true);
      return reply.send(request.account.extra.plan);
    }),
  );
  app.get(
    "/plain",
    fastifyGuard(latchkey, async (request) => request.user.username),
  );
}

export async function honoGuardTypesTheUser(): Promise<void> {
  const latchkey = await createLatchkey({ extraUserFields });
  const app = new Hono();
  app.use(latchkeyHono(latchkey));
  app.get("/reports", honoGuard(latchkey), (c) => {
    const user = c.get("user");
    is<typeof user, User<Extra>>(true);
    return c.text(user.extra.company + c.var.user.username);
  });
}

export async function invalidOptionsDoNotCompile(): Promise<void> {
  await createLatchkey({ signup: "open", sessionIdle: "30m", limitLoginPerAccount: "10/1m", databaseConnections: 5, deleteAfter: 0 });
  await createLatchkey({ allowedOrigins: ["https://a.example"], secretKey: ["a key", "another"], passwordRules: "none" });
  // @ts-expect-error misspelt
  await createLatchkey({ signup: "opne" });
  // @ts-expect-error no unit
  await createLatchkey({ sessionIdle: "30" });
  // @ts-expect-error unknown unit
  await createLatchkey({ sessionIdle: "30 minutes" });
  // @ts-expect-error not a number
  await createLatchkey({ databaseConnections: "5" });
  // @ts-expect-error no duration
  await createLatchkey({ limitLoginPerAccount: "10" });
  // @ts-expect-error number instead of string
  await createLatchkey({ siteName: 5 });
  // @ts-expect-error unknown option
  await createLatchkey({ signUp: "open" });
  // @ts-expect-error an option of the program only
  await createLatchkey({ port: 5050 });
}
