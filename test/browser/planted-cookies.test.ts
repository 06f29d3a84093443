/** Attack: cookie tossing by a sibling host in a real browser. */
// Runs end to end: it starts a browser.
// Runs on one engine: it tests the cookies of the browser.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../person.ts";
import { password } from "./acts.ts";
import { openBrowser } from "./browser.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

const hostOnly = "accounts.friends.test";
const shared = "login.team.test";
const sibling = (of: string) => `https://evil.${of.split(".").slice(1).join(".")}/`;

describe.skipIf(!hasOpenssl)("cookie tossing (skipped without `openssl`)", () => {
  const apps = new Map<string, TestApp>();
  const attackers = new Map<string, Person>();
  /** The `Cookie` header of the last request to each host. */
  const seen = new Map<string, string>();
  let planted: string[] = [];
  let folder: string;
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-planted-"));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    spawnSync("openssl", [..."req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test".split(" "), "-keyout", key, "-out", cert]);
    apps.set(hostOnly, await testApp({ BASE_URL: `https://${hostOnly}` }));
    apps.set(shared, await testApp({ BASE_URL: `https://${shared}`, COOKIE_DOMAIN: "team.test" }));
    for (const [host, app] of apps) {
      await app.person({ username: "grace", password }).signsUp();
      attackers.set(host, await app.person({ username: "mallory" }).isLoggedIn());
    }
    server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, answer);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const at = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await openBrowser({ "*.friends.test": at, "*.team.test": at });
  });
  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
    for (const app of apps.values()) await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Serves both sites and their siblings; requests are forwarded byte for byte. */
  function answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const host = incoming.headers.host ?? "";
    const app = apps.get(host);
    if (!app) {
      outgoing.writeHead(200, { "content-type": "text/html", "set-cookie": planted }).end("planted");
      return;
    }
    seen.set(host, incoming.headers.cookie ?? "");
    const onward = request(`${app.url}${incoming.url}`, { method: incoming.method, headers: incoming.headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 500, response.rawHeaders);
      response.pipe(outgoing);
    });
    onward.once("error", () => outgoing.destroy());
    incoming.pipe(onward);
  }

  async function logsIn(page: Page, host: string): Promise<void> {
    await page.goto(`https://${host}/login`);
    await page.locator("input[name=email]").fill("grace@example.com");
    await page.locator("input[name=password]").fill(password);
    await page.locator("main form button[type=submit]").click();
  }

  const newPage = async () => (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
  const loggedIn = async (page: Page) => (/Hello, (\w+)/.exec((await page.textContent("main")) ?? "") ?? [])[1];

  it("cookie tossing: cookie names with a leading byte are ignored", { tags: ["asvs-3.3.3"] }, async () => {
    const cookies = [...(attackers.get(hostOnly)?.cookies ?? [])];
    expect(cookies.map(([name]) => name)).toContain("__Host-latchkey_session");
    planted = cookies.flatMap(([name, value]) =>
      ["\xA0", "\x85", "\xC2\xA0", "\xEF\xBB\xBF"].map((byte) => `${byte}${name}=${value}; Domain=friends.test; Path=/; Secure`),
    );
    const page = await newPage();
    await page.goto(sibling(hostOnly));
    await page.goto(`https://${hostOnly}/dashboard`);
    expect(seen.get(hostOnly)).toContain("\xA0__Host-latchkey_session=");
    expect(new URL(page.url()).pathname).toBe("/login");
    await logsIn(page, hostOnly);
    expect(await loggedIn(page)).toBe("grace");
    await page.goto(sibling(hostOnly));
    await page.goto(`https://${hostOnly}/dashboard`);
    expect(seen.get(hostOnly)?.split("__Host-latchkey_session=").length).toBeGreaterThan(2);
    expect(await loggedIn(page)).toBe("grace");
  });

  it("cookie tossing: on a shared domain, duplicate session cookies are cleared, and a new login works", async () => {
    const token = attackers.get(shared)?.cookies.get("__Secure-latchkey_session");
    const page = await newPage();
    for (const where of ["Domain=team.test; Path=/dashboard", "Domain=team.test; Path=/; Partitioned", "Domain=team.test; Path=/login"]) {
      await logsIn(page, shared);
      await page.goto(`https://${shared}/dashboard`);
      expect(await loggedIn(page), where).toBe("grace");
      planted = [`__Secure-latchkey_session=${token}; Secure; ${where}`];
      await page.goto(sibling(shared));
      await page.goto(`https://${shared}/dashboard`);
      if (!where.includes("/login")) expect(new URL(page.url()).pathname, where).toBe("/login");
    }
    await logsIn(page, shared);
    await page.goto(`https://${shared}/login`);
    await page.goto(`https://${shared}/dashboard`);
    expect(await loggedIn(page)).toBe("grace");
  });
});
