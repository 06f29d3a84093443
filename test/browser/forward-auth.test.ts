/** Tests forward auth in a real browser. */
// Runs end to end: it starts a browser.
// Runs on one engine: it tests the behavior of the browser.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendRequest } from "../http-request.ts";
import { type TestApp, testApp } from "../person.ts";
import { addsPhone } from "../two-factor.ts";
import { password } from "./acts.ts";
import { openBrowser } from "./browser.ts";

const accounts = "http://accounts.friends.test";
const guarded = "http://app.friends.test";

describe("forward auth in a browser", () => {
  let latchkey: TestApp;
  let app: Server;
  let browser: Browser;

  beforeAll(async () => {
    latchkey = await testApp({ BASE_URL: accounts, COOKIE_DOMAIN: "friends.test", FORWARD_AUTH_HOSTS: "app.friends.test" });
    await latchkey.person({ username: "grace", password }).signsUp();
    app = createServer((request, response) => {
      answerAsProxy(latchkey.url, request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    await new Promise<void>((done) => app.listen(0, "127.0.0.1", done));
    const { port } = app.address() as AddressInfo;
    browser = await openBrowser({ "accounts.friends.test": new URL(latchkey.url).host, "app.friends.test": `127.0.0.1:${port}` });
  });
  afterAll(async () => {
    await browser.close();
    app.closeAllConnections();
    app.close();
    await latchkey.close();
  });

  it.each([
    ["with scripts", true],
    ["without scripts", false],
  ])("forward auth: the login returns to the requested page, %s", { tags: ["asvs-3.7.2"] }, async (_, javaScriptEnabled) => {
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    const cspErrors: string[] = [];
    // Over http the console has other warnings; only the CSP matters here.
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) cspErrors.push(message.text());
    });
    await page.goto(`${guarded}/reports?kind=a&note=%26`);
    expect(page.url()).toBe(`${accounts}/login?next=${encodeURIComponent(`${guarded}/reports?kind=a&note=%26`)}`);
    expect(await page.locator("main").textContent()).toContain("Log in to continue to app.friends.test.");
    await page.getByLabel("Email").fill("grace@example.com");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL(`${guarded}/**`);
    expect([page.url(), await page.textContent("body")]).toEqual([`${guarded}/reports?kind=a&note=%26`, "Hello, grace"]);
    await page.goto(`${accounts}/logout`);
    await page.getByRole("button", { name: "Log out" }).last().click();
    await page.waitForURL(`${accounts}/login`);
    await page.goto(guarded);
    expect(page.url()).toContain(`${accounts}/login?next=`);
    expect(cspErrors).toEqual([]);
    await context.close();
  });

  it.each([
    ["with scripts", "ida", true],
    ["without scripts", "joan", false],
  ])("forward auth: the second step returns to the requested page, %s", async (_, username, javaScriptEnabled) => {
    const person = await latchkey.person({ username, email: `${username}@example.com`, password }, { origin: accounts }).isLoggedIn();
    const phone = await addsPhone(latchkey, person);
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    await page.goto(`${guarded}/reports`);
    await page.getByLabel("Email").fill(`${username}@example.com`);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Log in", exact: true }).click();
    await page.getByLabel("Code or recovery code").fill(phone.code());
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL(`${guarded}/reports`);
    expect(await page.textContent("body")).toBe(`Hello, ${username}`);
    await context.close();
  });
});

/** Acts like Caddy and Traefik: forwards rejections as they are, and the username to the app. */
async function answerAsProxy(
  latchkey: string,
  { headers, method = "GET", url = "/" }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = await sendRequest(`${latchkey}/forward-auth`, {
    headers: {
      cookie: headers.cookie ?? "",
      accept: headers.accept ?? "",
      ...(headers["sec-fetch-mode"] === undefined ? {} : { "sec-fetch-mode": String(headers["sec-fetch-mode"]) }),
      "sec-fetch-dest": String(headers["sec-fetch-dest"] ?? ""),
      "x-forwarded-host": headers.host ?? "",
      "x-forwarded-proto": "http",
      "x-forwarded-method": method,
      "x-forwarded-uri": url,
    },
  });
  if (answer.status === 204) response.end(`Hello, ${answer.headers.get("remote-user")}`);
  else response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
}
