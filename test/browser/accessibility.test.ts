/** Every page and state, reached once, in both colour schemes and on every size of screen: axe, touch targets, width, markup. */
// Runs on one engine: it is about what the browser does.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { HtmlValidate } from "html-validate";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../person.ts";
import { openBrowser } from "./browser.ts";
import { states } from "./states.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const markup = new HtmlValidate({ extends: ["html-validate:recommended"] });

const looks = [
  ["light", 390],
  ["dark", 390],
  ["light", 1_280],
  ["dark", 1_280],
] as const;

describe("every page and state", () => {
  let app: TestApp;
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it("has no fault that axe finds in any look, targets of 44 pixels for a finger, and room at 320 pixels", {
    timeout: 600_000,
  }, async () => {
    await inEachState({}, async (page, name) => {
      await page.evaluate(axe);
      for (const [colorScheme, width] of looks) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        const faults = await page.evaluate(async () => {
          const { violations } = await (globalThis as unknown as Axe).axe.run();
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
        });
        expect(faults, `${name}, ${colorScheme}, ${width}`).toEqual([]);
      }
      await page.setViewportSize({ width: 320, height: 800 });
      const small = await page.evaluate(() =>
        [...document.querySelectorAll("button, input:not([type=hidden]):not([type=checkbox]), nav a, .button, .brand")]
          .filter((element) => element.getBoundingClientRect().height < 44)
          .map((element) => element.outerHTML),
      );
      expect(small, name).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(320);
    });
  });

  it("is well-formed markup", async () => {
    await inEachState({ javaScriptEnabled: false }, async (_, name, sent) => {
      const { results } = await markup.validateString(await sent());
      expect(
        results.flatMap(({ messages }) => messages.map(({ ruleId, message, line }) => `${ruleId} ${message} ${line}`)),
        name,
      ).toEqual([]);
    });
  });

  async function inEachState(options: BrowserContextOptions, check: Check): Promise<void> {
    app = await testApp({ TOKEN_AUDIENCES: "https://api.example.com", FORWARD_AUTH_HOSTS: "localhost:3000" });
    await app.person({ username: "ada" }).signsUp();
    const context = await browser.newContext({ ...options, viewport: { width: 390, height: 800 } });
    const page = await context.newPage();
    let sent = Promise.resolve("");
    page.on("response", (response) => {
      if (response.request().isNavigationRequest() && response.status() !== 303) {
        sent = response.text();
        // Of a page that was left before it was read, nobody asks.
        sent.catch(() => undefined);
      }
    });
    for (const { name, reach } of states) {
      await reach(page, app);
      await check(page, name, () => sent);
    }
    await context.close();
    await app.close();
  }
});

/** `sent` gives the markup of the page as it was sent, before the browser mended it. */
type Check = (page: Page, name: string, sent: () => Promise<string>) => Promise<void>;

interface Axe {
  readonly axe: { readonly run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
}
