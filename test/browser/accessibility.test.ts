/** Every page and state, reached once, in both colour schemes and on every size of screen: axe, touch targets, width, markup. */
// Runs with other programs: axe and html-validate read every page in every look, for as long as fifty other files take.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { HtmlValidate } from "html-validate";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../person.ts";
import { openBrowser } from "./browser.ts";
import { states } from "./states.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const markup = new HtmlValidate({ extends: ["html-validate:recommended"] });

/** Both schemes and both widths are seen whole; the other two pairs are asked for what depends on both, which is contrast. */
const looks = [
  ["light", 390, undefined],
  ["dark", 390, ["color-contrast", "link-in-text-block"]],
  ["light", 1_280, ["color-contrast", "link-in-text-block"]],
  ["dark", 1_280, undefined],
] as const;

describe("every page and state", () => {
  let app: TestApp;
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it("has no fault that axe finds in any look, targets of 44 pixels for a finger, room at 320 pixels, and well-formed markup", {
    timeout: 600_000,
  }, async () => {
    await inEachState(async (page, name, sent) => {
      const { results } = await markup.validateString(await sent());
      expect(
        results.flatMap(({ messages }) => messages.map(({ ruleId, message, line }) => `${ruleId} ${message} ${line}`)),
        name,
      ).toEqual([]);
      await page.evaluate(axe);
      for (const [colorScheme, width, rules] of looks) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        const faults = await page.evaluate(async (runOnly) => {
          const { violations } = await (globalThis as unknown as Axe).axe.run({ resultTypes: ["violations"], ...(runOnly && { runOnly }) });
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
        }, rules);
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

  async function inEachState(check: Check): Promise<void> {
    app = await testApp({ TOKEN_AUDIENCES: "https://api.example.com", FORWARD_AUTH_HOSTS: "localhost:3000" });
    await app.person({ username: "ada" }).signsUp();
    const context = await browser.newContext({ viewport: { width: 390, height: 800 } });
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
  readonly axe: { readonly run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
}
