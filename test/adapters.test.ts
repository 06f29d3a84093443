/** Tests the adapters for Express, Fastify, Hono, Next and node:http. */
// Runs on one engine: adapters do not access the database.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  currentUser,
  loginRequired as expressGuard,
  requireLevel as expressLevel,
  latchkeyExpress,
  recentAuthRequired,
  roleRequired,
} from "../src/library/adapters/express.ts";
import { loginRequired as fastifyGuard, requireLevel as fastifyLevel, latchkeyFastify } from "../src/library/adapters/fastify.ts";
import { loginRequired as honoGuard, requireLevel as honoLevel, latchkeyHono } from "../src/library/adapters/hono.ts";
import { latchkeyNext } from "../src/library/adapters/next.ts";
import { latchkeyNode, loginRequired as nodeGuard, requireLevel as nodeLevel } from "../src/library/adapters/node.ts";
import { createTestLatchkey, type TestLatchkey } from "../src/testing.ts";
import { sendRequest } from "./http-request.ts";

const sibling = "https://sibling.example.test";
const ada = { username: "ada", email: "ada@example.com", password: "a harbour at dusk" };

let kit: TestLatchkey;
let bearer = "";
let cookie = "";
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  kit = await createTestLatchkey({ allowedOrigins: sibling });
  await kit.users.create({ ...ada, emailVerified: true });
  const login = await kit.handle(
    new Request("http://localhost/login", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ email: ada.email, password: ada.password, session: "token" }),
    }),
  );
  bearer = ((await login.json()) as { token: string }).token;
  ({ cookie } = await kit.loginAs("ada"));
});
afterAll(async () => {
  for (const close of closers) await close();
  await kit.close();
});

async function listen(server: Server): Promise<string> {
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** One app per framework: sets a cookie and headers, guards `/reports`, and accepts any origin at `/hook`. */
const apps: Record<string, () => Promise<string>> = {
  express: () => {
    const app = express();
    app.use((_req, res, next) => {
      res.cookie("own", "1");
      res.set("x-request-id", "7").set("vary", "X-Own");
      next();
    });
    app.use(latchkeyExpress(kit));
    app.all("/reports", expressGuard(), (req, res) => void res.send((req as unknown as { user: { username: string } }).user.username));
    app.all(
      "/hook",
      expressGuard({ anyOrigin: true }, (req, res) => res.send(req.user.username)),
    );
    return listen(createServer(app));
  },
  fastify: async () => {
    const app = Fastify();
    app.addHook("onRequest", async (_request, reply) => {
      reply.header("set-cookie", "own=1").header("x-request-id", "7").header("vary", "X-Own");
    });
    app.addHook("onSend", async (_request, reply) => {
      reply.header("x-sent", "1");
    });
    app.register(latchkeyFastify(kit));
    app.route({
      method: ["GET", "POST", "PUT", "DELETE"],
      url: "/reports",
      preHandler: fastifyGuard(kit),
      handler: async (request) => (request as unknown as { user: { username: string } }).user.username,
    });
    app.post(
      "/hook",
      fastifyGuard(kit, { anyOrigin: true }, async ({ user }) => user.username),
    );
    closers.push(() => app.close());
    return app.listen({ port: 0, host: "127.0.0.1" });
  },
  hono: () => {
    const app = new Hono();
    app.use(async (c, next) => {
      c.header("set-cookie", "own=1");
      c.header("x-request-id", "7");
      c.header("vary", "X-Own");
      await next();
    });
    app.use(latchkeyHono(kit));
    app.all("/reports", honoGuard(kit), (c) => c.text(c.get("user").username));
    app.all("/hook", honoGuard(kit, { anyOrigin: true }), (c) => c.text(c.get("user").username));
    return listen(createAdaptorServer({ fetch: app.fetch }) as Server);
  },
  "hono, with response headers already set": () => {
    const app = new Hono();
    app.use(async (c, next) => {
      c.res.headers.append("set-cookie", "own=1");
      c.res.headers.set("x-request-id", "7");
      c.res.headers.set("vary", "X-Own");
      await next();
    });
    app.use(latchkeyHono(kit));
    app.all("/reports", honoGuard(kit), (c) => c.text(c.get("user").username));
    app.all("/hook", honoGuard(kit, { anyOrigin: true }), (c) => c.text(c.get("user").username));
    return listen(createAdaptorServer({ fetch: app.fetch }) as Server);
  },
  "node:http": () => {
    const pages = latchkeyNode(kit);
    const server = createServer(async (req, res) => {
      res.setHeader("set-cookie", "own=1").setHeader("x-request-id", "7").setHeader("vary", "X-Own");
      if (await pages(req, res)) return;
      const user = await nodeGuard(kit, req.url === "/hook" ? { anyOrigin: true } : {})(req, res);
      if (user) res.end(user.username);
    });
    return listen(server);
  },
};

const cookiesOf = (response: Response) => response.headers.getSetCookie().map((line) => line.split("=")[0]);

describe.each(Object.entries(apps))("adapter: %s", (name, start) => {
  let url = "";
  beforeAll(async () => {
    url = await start();
  });

  const send = (path: string, headers: Record<string, string>, method = "POST") =>
    sendRequest(url + path, { method, headers: { accept: "application/json", ...headers } });

  it("guard: page requests are redirected to the login, and all others get 401", async () => {
    const html = "text/html,application/xhtml+xml,*/*;q=0.8";
    const visits: [string, Record<string, string>][] = [
      ["GET", { accept: html }],
      ["HEAD", { accept: html }],
      ["GET", { accept: html, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }],
      ["GET", { accept: html, "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }],
    ];
    for (const [method, headers] of visits) {
      const { status, headers: responseHeaders } = await send("/reports", headers, method);
      expect([status, responseHeaders.get("location")], JSON.stringify(headers)).toEqual([303, "/login?next=%2Freports"]);
    }
    const others: [string, Record<string, string>][] = [
      ["GET", { accept: "*/*" }],
      ["GET", { accept: "application/vnd.api+json" }],
      ["GET", { accept: "text/event-stream", "sec-fetch-mode": "cors" }],
      ["GET", { accept: html, "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }],
      ["GET", { accept: html, "sec-fetch-dest": "empty" }],
      ["GET", { accept: "image/*", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }],
      ["GET", { accept: "application/json, text/html;q=0" }],
      ["GET", { accept: html, authorization: "Bearer latchkey_none" }],
      ["PUT", { accept: html, "sec-fetch-site": "same-origin" }],
      ["DELETE", { accept: html, "sec-fetch-site": "same-origin" }],
      ["POST", { accept: html, "sec-fetch-site": "same-origin" }],
    ];
    for (const [method, headers] of others) {
      const { status, headers: responseHeaders } = await send("/reports", headers, method);
      expect(
        [status, responseHeaders.get("location"), responseHeaders.get("www-authenticate")?.split(" ")[0]],
        JSON.stringify([method, headers]),
      ).toEqual([401, null, "Bearer"]);
    }
  });

  it("adapter: headers and cookies set by the app are sent with Latchkey's pages", async () => {
    const page = await send("/login", { accept: "text/html" }, "GET");
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('action="/login"');
    expect(cookiesOf(page)).toEqual(["own", "latchkey_csrf"]);
    expect(page.headers.get("x-request-id")).toBe("7");
    expect(page.headers.get("vary")).toMatch(/X-Own.*Origin/);
    if (name === "fastify") expect(page.headers.get("x-sent")).toBe("1");
    const head = await send("/login", { accept: "text/html" }, "HEAD");
    expect([head.status, head.headers.get("x-request-id")]).toEqual([200, "7"]);
  });

  it("guard: headers and cookies set by the app are sent with the guard's responses", async () => {
    const refused = await send("/reports", {}, "GET");
    expect([refused.status, refused.headers.get("x-request-id")]).toEqual([401, "7"]);
    expect(await refused.json()).toMatchObject({ error: { code: "login-required" } });
    const redirected = await send("/reports", { accept: "text/html", "sec-fetch-mode": "navigate" }, "GET");
    expect([redirected.status, redirected.headers.get("location")]).toEqual([303, "/login?next=%2Freports"]);
    expect(cookiesOf(redirected)).toEqual(["own", "latchkey_flash"]);
  });

  it("guard: cross-site requests with the session cookie get 403, and no others", { tags: ["asvs-3.5.1"] }, async () => {
    const evil = "https://evil.example";
    const refused: Record<string, string>[] = [
      { origin: evil },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "same-site", origin: "https://other.example.test" },
      { "sec-fetch-site": "same-origin", origin: evil },
      {},
    ];
    for (const headers of refused) {
      const response = await send("/reports", { cookie, ...headers });
      expect([response.status, await response.json()], JSON.stringify(headers)).toMatchObject([403, { error: { code: "foreign-origin" } }]);
    }
    expect((await send("/reports", { cookie, origin: evil }, "DELETE")).status).toBe(403);
    expect((await send("/reports", { cookie, origin: evil, accept: "text/html" })).status).toBe(403);
    const passed: Record<string, string>[] = [
      { cookie, origin: url },
      { cookie, "sec-fetch-site": "same-origin" },
      { cookie, "sec-fetch-site": "same-origin", origin: url },
      { cookie, "sec-fetch-site": "same-site", origin: sibling },
      { authorization: `Bearer ${bearer}`, origin: evil },
      { authorization: `Bearer ${bearer}` },
    ];
    for (const headers of passed) expect((await send("/reports", headers)).status, JSON.stringify(headers)).toBe(200);
    expect((await send("/reports", { cookie, origin: evil }, "GET")).status).toBe(200);
    expect((await send("/hook", { cookie, origin: evil })).status).toBe(200);
    expect((await send("/hook", { origin: evil })).status).toBe(401);
  });
});

describe("Express", () => {
  it("Express: guards protect pages outside the mount path", async () => {
    const mounted = await createTestLatchkey({ mountPath: "/auth" });
    closers.push(mounted.close);
    const login = await mounted.loginAs("ada");
    const app = express();
    app.use("/auth", latchkeyExpress(mounted));
    app.get("/reports", expressGuard(), (_req, res) => void res.send("reports"));
    app.get(
      "/who",
      currentUser(),
      (req, res) => void res.send((req as unknown as { user?: { username: string } }).user?.username ?? "anonymous"),
    );
    app.get("/edit", roleRequired("editor"), (_req, res) => void res.send("edit"));
    app.get(
      "/pay",
      recentAuthRequired((req, res) => res.send(req.user.username)),
    );
    app.get(
      "/boom",
      expressGuard(() => {
        throw new Error("handler error");
      }),
    );
    const inner = express();
    inner.get("/reports", expressGuard(), (_req, res) => void res.send("inner"));
    app.use("/inner", inner);
    app.use((_error: unknown, _req: unknown, res: express.Response, _next: unknown) => void res.status(500).send("boom"));
    const url = await listen(createServer(app));
    const open = async (path: string, headers: Record<string, string> = { cookie: login.cookie }) => {
      const response = await sendRequest(url + path, { headers: { accept: "text/html", ...headers } });
      return [response.status, response.headers.get("location") ?? (await response.text())];
    };
    expect((await open("/auth/login", {}))[0]).toBe(200);
    expect(await open("/reports", {})).toEqual([303, "/auth/login?next=%2Freports"]);
    expect(await open("/reports")).toEqual([200, "reports"]);
    expect(await open("/inner/reports")).toEqual([200, "inner"]);
    expect(await open("/who")).toEqual([200, "ada"]);
    expect(await open("/who", {})).toEqual([200, "anonymous"]);
    expect((await open("/edit"))[0]).toBe(403);
    expect(await open("/pay")).toEqual([200, "ada"]);
    expect(await open("/boom")).toEqual([500, "boom"]);
  });

  it("Express: mounting below a path without `mountPath` returns an error that names the option", async () => {
    const app = express();
    app.use("/auth", latchkeyExpress(kit));
    app.use((error: unknown, _req: unknown, res: express.Response, _next: unknown) => void res.status(500).json(error));
    const url = await listen(createServer(app));
    expect(await (await fetch(`${url}/auth/login`)).json()).toMatchObject({ code: "invalid", option: "mountPath" });
  });

  it("Express: with `userProperty`, `user` keeps the value of another plugin", async () => {
    const auth = latchkeyExpress(kit, { userProperty: "account" });
    const app = express();
    app.use((req, _res, next) => {
      (req as unknown as { user: string }).user = "other";
      next();
    });
    app.use(auth);
    app.get(
      "/reports",
      auth.loginRequired((req, res) => res.send(`${String((req as unknown as { user: string }).user)} ${req.account.username}`)),
    );
    app.get("/plain", expressGuard(), (req, res) => void res.send((req as unknown as { account: { username: string } }).account.username));
    const url = await listen(createServer(app));
    expect(await (await fetch(`${url}/reports`, { headers: { cookie } })).text()).toBe("other ada");
    expect(await (await fetch(`${url}/plain`, { headers: { cookie } })).text()).toBe("ada");
  });

  it("Express: TRACE returns 405", async () => {
    const app = express();
    app.use(latchkeyExpress(kit));
    const url = await listen(createServer(app));
    const { request } = await import("node:http");
    const status = await new Promise((done) => request(`${url}/login`, { method: "TRACE" }, (res) => done(res.resume().statusCode)).end());
    expect(status).toBe(405);
  });
});

describe("Fastify", () => {
  it("Fastify: registers before or after a plugin that decorates `user`, and twice", async () => {
    const { default: jwt } = await import("@fastify/jwt");
    const other = await createTestLatchkey({ mountPath: "/other" });
    closers.push(other.close);
    for (const isFirst of [true, false]) {
      const auth = latchkeyFastify(kit, { userProperty: "account" });
      const app = Fastify();
      if (isFirst) await app.register(jwt, { secret: "x".repeat(32) });
      await app.register(auth);
      await app.register(latchkeyFastify(other));
      if (!isFirst) await app.register(jwt, { secret: "x".repeat(32) });
      app.get("/reports", { preHandler: auth.loginRequired() }, async (request) => ({
        latchkeyUser: (request as unknown as { account: { username: string } }).account.username,
        jwtUser: request.user,
      }));
      app.get(
        "/typed",
        auth.loginRequired(async (request) => request.account.username),
      );
      expect((await app.inject({ url: "/reports", headers: { cookie } })).json()).toEqual({ latchkeyUser: "ada", jwtUser: null });
      expect((await app.inject({ url: "/typed", headers: { cookie } })).body).toBe("ada");
      expect((await app.inject({ url: "/other/login" })).statusCode).toBe(200);
      await app.close();
    }
  });
});

describe("requireLevel", () => {
  it("requireLevel: each adapter admits a session of level 2, and leads one of level 1 to its second factor", async () => {
    const onExpress = express();
    onExpress.use(latchkeyExpress(kit));
    onExpress.get(
      "/payouts",
      expressLevel(2, (req, res) => res.send(req.user.username)),
    );
    const onFastify = Fastify();
    await onFastify.register(latchkeyFastify(kit));
    onFastify.get(
      "/payouts",
      { preHandler: fastifyLevel(kit, 2) },
      async (request) => (request as unknown as { user: { username: string } }).user.username,
    );
    closers.push(() => onFastify.close());
    const onHono = new Hono();
    onHono.get("/payouts", honoLevel(kit, 2), (c) => c.text(c.get("user").username));
    const urls = {
      express: await listen(createServer(onExpress)),
      fastify: await onFastify.listen({ port: 0, host: "127.0.0.1" }),
      hono: await listen(createAdaptorServer({ fetch: onHono.fetch }) as Server),
      node: await listen(
        createServer(async (req, res) => {
          const user = await nodeLevel(kit, 2)(req, res);
          if (user) res.end(user.username);
        }),
      ),
    };
    const [one, two] = [await kit.loginAs("ada"), await kit.loginAs("ada", { level: 2 })];
    for (const [name, url] of Object.entries(urls)) {
      const visit = async (headers: Record<string, string>) => {
        const response = await sendRequest(`${url}/payouts`, { method: "GET", headers });
        return [name, response.status, response.headers.get("location") ?? (await response.text())];
      };
      expect(await visit({ cookie: two.cookie, accept: "text/html" })).toEqual([name, 200, "ada"]);
      expect(await visit({ cookie: one.cookie, accept: "text/html" })).toEqual([name, 303, "/confirm-password?level=2&next=%2Fpayouts"]);
      expect((await visit({ cookie: one.cookie, accept: "application/json" }))[2]).toContain("second-factor-required");
    }
  });
});

describe("Next", () => {
  it("Next: the proxy rejects a cross-site request before it reaches the app", { tags: ["asvs-3.5.1"] }, async () => {
    const { proxy } = latchkeyNext(kit);
    const send = (headers: Record<string, string>) => proxy(new Request("http://localhost/reports", { method: "POST", headers }));
    expect((await send({ cookie, origin: "https://evil.example" }))?.status).toBe(403);
    expect((await send({ cookie, "sec-fetch-site": "same-origin" }))?.status).toBeUndefined();
  });
});
