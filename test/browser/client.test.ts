/** The client as apps use it: in a real browser on the same site, in one on another, and in Node. */
// Runs on one engine: it is about what the browser does.
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
let [site, elsewhere] = ["", ""];

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  let pages: ReturnType<typeof latchkeyNode> | undefined;
  site = await serve(async (req, res) => (await pages?.(req, res)) ?? false, "127.0.0.1");
  elsewhere = await serve(async () => false, "localhost");
  kit = await createTestLatchkey({ baseUrl: site, allowedOrigins: elsewhere });
  pages = latchkeyNode(kit);
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
  await kit.close();
});

/** An app's own server: its page, its script, and whatever else it passes on. */
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

/** Runs a client in the page: `use` gets it, and gives what is to be told. */
async function inPage(page: Page, options: object, use: string): Promise<unknown> {
  const told = await page.evaluate(
    `(async () => {
      const { createClient } = await import("/client.js");
      window.client ??= createClient(${JSON.stringify(options)});
      try { return await (${use})(window.client); }
      catch (error) { return { code: error.code, status: error.status, fields: error.fields, message: String(error) }; }
    })()`,
  );
  return told;
}

describe("the client", () => {
  it("signs up, logs in, changes and logs out in a browser on the same site, by a cookie that it cannot read", async () => {
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
    // The token for forms is another session's by now, and is fetched anew.
    expect(await run(`(c) => c.changePassword({ currentPassword: "${password}", password: "nine grey herons" })`)).toMatchObject({
      username: "ada",
    });
    expect(await run("async (c) => (await c.logOut(), c.currentUser())")).toBeNull();
    await page.close();
  });

  it("works by a token on a site that is listed, and from no other", async () => {
    await kit.users.create(account);
    const page = await browser.newPage();
    await page.goto(`${elsewhere}/app`);
    const run = (use: string) => inPage(page, { baseUrl: site, useToken: true }, use);
    expect(await run(`(c) => c.logIn({ email: "ada@example.com", password: "${password}" })`)).toMatchObject({
      ok: true,
      user: { username: "ada" },
    });
    expect(await run(`(c) => c.changeDisplayName("From elsewhere")`)).toMatchObject({ displayName: "From elsewhere" });
    expect(await run("async (c) => (await c.logOut(), c.token() ?? null)")).toBeNull();
    await page.goto(`${elsewhere.replace("localhost", "127.0.0.1")}/app`);
    expect(
      await inPage(page, { baseUrl: site, useToken: true }, `(c) => c.logIn({ email: "ada@example.com", password: "${password}" })`),
    ).toMatchObject({
      message: expect.stringContaining("Failed to fetch"),
    });
    await page.close();
  });

  it("works in Node by a token, which can be kept", async () => {
    const client = createClient({ baseUrl: site, useToken: true });
    await client.signUp(account);
    await client.logIn({ email: account.email, password });
    const again = createClient({ baseUrl: site, token: client.token() ?? "" });
    expect((await again.currentUser())?.username).toBe("ada");
    expect((await again.changeUsername("ada.lovelace")).username).toBe("ada.lovelace");
    expect(await again.deleteAccount("ada.lovelace")).toBeGreaterThan(Date.now());
    expect(await again.currentUser()).toBeNull();
  });

  it("says how long to wait", async () => {
    const client = createClient({ baseUrl: site, useToken: true });
    let error: unknown;
    for (let i = 0; i < 12; i++)
      error = await client.logIn({ email: "nobody@example.com", password: "wrong wrong" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ClientError);
    expect(error).toMatchObject({ status: 429, code: "too-many-attempts", retryAfterSeconds: expect.any(Number) });
  });
});
