/** Tests the client in a browser, same-origin and cross-origin, and in Node. */
// Runs end to end: it starts a browser.
// Runs on one engine: it tests the behavior of the browser.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ClientError, createClient } from "../../src/client.ts";
import { latchkeyNode } from "../../src/library/adapters/node.ts";
import { createTestLatchkey, type TestLatchkey } from "../../src/testing.ts";
import { openBrowser } from "./browser.ts";

const code = stripTypeScriptTypes(readFileSync(new URL("../../src/client.ts", import.meta.url), "utf8"));
const password = "a harbour at dusk";
const account = { username: "ada", email: "ada@example.com", password };

let browser: Browser;
let kit: TestLatchkey;
const servers: Server[] = [];
let [site, listedOrigin] = ["", ""];

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  let pages: ReturnType<typeof latchkeyNode> | undefined;
  site = await serve(async (req, res) => (await pages?.(req, res)) ?? false, "127.0.0.1");
  listedOrigin = await serve(async () => false, "localhost");
  kit = await createTestLatchkey({ baseUrl: site, allowedOrigins: listedOrigin });
  pages = latchkeyNode(kit);
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
  await kit.close();
});

/** Starts the server of an app: a page, the client's script, and a handler for other paths. */
async function serve(
  passOn: (req: Parameters<ReturnType<typeof latchkeyNode>>[0], res: Parameters<ReturnType<typeof latchkeyNode>>[1]) => Promise<boolean>,
  name: string,
) {
  const server = createServer(async (req, res) => {
    if (req.url === "/app") res.setHeader("content-type", "text/html").end("<!DOCTYPE html><title>An app</title>");
    else if (req.url === "/client.js") res.setHeader("content-type", "text/javascript").end(code);
    else if (!(await passOn(req, res))) res.writeHead(404).end();
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://${name}:${(server.address() as AddressInfo).port}`;
}

/** Calls a function with the client of a page; returns its result or error. */
async function inPage(page: Page, options: object, use: string): Promise<unknown> {
  const result = await page.evaluate(
    `(async () => {
      const { createClient } = await import("/client.js");
      window.client ??= createClient(${JSON.stringify(options)});
      try { return await (${use})(window.client); }
      catch (error) { return { code: error.code, status: error.status, fields: error.fields, message: String(error) }; }
    })()`,
  );
  return result;
}

describe("client", () => {
  it("client: all operations work on the same site with an HttpOnly cookie", async () => {
    const page = await browser.newPage();
    await page.goto(`${site}/app`);
    const run = (use: string) => inPage(page, {}, use);
    expect(await run("(c) => c.currentUser()")).toBeNull();
    expect(await run(`(c) => c.signUp({ ...${JSON.stringify(account)}, password: "short" })`)).toMatchObject({
      status: 422,
      fields: { password: expect.any(String) },
    });
    expect(await run(`(c) => c.signUp(${JSON.stringify(account)})`)).toMatchObject({ username: "ada" });
    expect(await run(`(c) => c.logIn({ email: "ada@example.com", password: "not this one" })`)).toMatchObject({
      status: 401,
      code: "bad-credentials",
    });
    expect(await run(`(c) => c.logIn({ email: "ada@example.com", password: "${password}" })`)).toMatchObject({
      ok: true,
      user: { username: "ada" },
    });
    expect(await page.evaluate("document.cookie")).toBe("");
    expect(await run(`(c) => c.changeDisplayName("Ada Lovelace")`)).toMatchObject({ displayName: "Ada Lovelace" });
    expect(await run("(c) => c.sessions()")).toMatchObject([{ isThis: true }]);
    expect(await run("async (c) => (await c.events()).events.map(({ event }) => event)")).toContain("logged-in");
    // The CSRF token of the old session is replaced automatically.
    expect(await run(`(c) => c.changePassword({ currentPassword: "${password}", password: "nine grey herons" })`)).toMatchObject({
      username: "ada",
    });
    expect(await run("async (c) => (await c.logOut(), c.currentUser())")).toBeNull();
    await page.close();
  });

  it("client: a listed origin works with a token, and others are blocked", async () => {
    await kit.users.create(account);
    const page = await browser.newPage();
    await page.goto(`${listedOrigin}/app`);
    const run = (use: string) => inPage(page, { baseUrl: site, useToken: true }, use);
    expect(await run(`(c) => c.logIn({ email: "ada@example.com", password: "${password}" })`)).toMatchObject({
      ok: true,
      user: { username: "ada" },
    });
    expect(await run(`(c) => c.changeDisplayName("From elsewhere")`)).toMatchObject({ displayName: "From elsewhere" });
    expect(await run("async (c) => (await c.logOut(), c.token() ?? null)")).toBeNull();
    await page.goto(`${listedOrigin.replace("localhost", "127.0.0.1")}/app`);
    expect(
      await inPage(page, { baseUrl: site, useToken: true }, `(c) => c.logIn({ email: "ada@example.com", password: "${password}" })`),
    ).toMatchObject({
      message: expect.stringContaining("Failed to fetch"),
    });
    await page.close();
  });

  it("client: works in Node with a token, also with a stored one", async () => {
    const client = createClient({ baseUrl: site, useToken: true });
    await client.signUp(account);
    await client.logIn({ email: account.email, password });
    const again = createClient({ baseUrl: site, token: client.token() ?? "" });
    expect((await again.currentUser())?.username).toBe("ada");
    expect((await again.changeUsername("ada.lovelace")).username).toBe("ada.lovelace");
    expect(await again.deleteAccount("ada.lovelace")).toBeGreaterThan(Date.now());
    expect(await again.currentUser()).toBeNull();
  });

  it("client: the error of a rate limit has the time to wait", async () => {
    const client = createClient({ baseUrl: site, useToken: true });
    let error: unknown;
    for (let i = 0; i < 12; i++)
      error = await client.logIn({ email: "nobody@example.com", password: "wrong wrong" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ClientError);
    expect(error).toMatchObject({ status: 429, code: "too-many-attempts", retryAfterSeconds: expect.any(Number) });
  });
});
