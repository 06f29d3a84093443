/** Tests the accessibility of every page: axe, touch targets, width, markup. */
// Runs end to end: it starts a browser.
// Runs with other programs: axe and html-validate check every page, which takes minutes.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { HtmlValidate } from "html-validate";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestApp } from "../person.ts";
import { openBrowser } from "./browser.ts";
import { appWithProviders } from "./provider-states.ts";
import { stateSettings, states } from "./states.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const markup = new HtmlValidate({ extends: ["html-validate:recommended"] });

/** Both color schemes and widths; two combinations check the contrast only. */
const displayModes = [
  ["light", 390, undefined],
  ["dark", 390, ["color-contrast", "link-in-text-block"]],
  ["light", 1_280, ["color-contrast", "link-in-text-block"]],
  ["dark", 1_280, undefined],
] as const;

describe("accessibility", () => {
  let app: TestApp;
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it("accessibility: every page in Arabic passes axe and has valid markup", { timeout: 600_000 }, async () => {
    const check: Check = async (page, name, sent) => {
      expect(await page.evaluate(() => document.documentElement.dir), name).toBe("rtl");
      expect(await faultsIn(await sent()), name).toEqual([]);
      expect(await violations(page), name).toEqual([]);
    };
    await inEachState(check, { LANGUAGES: "ar,en" });
  });

  it("accessibility: every page passes axe, has 44 px touch targets, fits 320 px, and has valid markup", {
    timeout: 600_000,
  }, async () => {
    await inEachState(async (page, name, sent) => {
      expect(await faultsIn(await sent()), name).toEqual([]);
      for (const [colorScheme, width, rules] of displayModes) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        expect(await violations(page, rules), `${name}, ${colorScheme}, ${width}`).toEqual([]);
      }
      await page.setViewportSize({ width: 320, height: 800 });
      const smallTargets = await page.evaluate(() =>
        [...document.querySelectorAll("button, input:not([type=hidden]):not([type=checkbox]), nav a, .button, .brand")]
          .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 44)
          .map((element) => element.outerHTML),
      );
      expect(smallTargets, name).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(320);
    });
  });

  async function inEachState(check: Check, settings: Record<string, string> = {}): Promise<void> {
    app = await appWithProviders({ ...stateSettings, ...settings });
    await app.person({ username: "ada" }).signsUp();
    const context = await browser.newContext({ viewport: { width: 390, height: 800 } });
    const page = await context.newPage();
    let sent = Promise.resolve("");
    page.on("response", (response) => {
      if (response.frame() === page.mainFrame() && response.request().isNavigationRequest() && response.status() !== 303) {
        sent = response.text();
        // The body of a page that was left early is not needed.
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

/** Faults of the markup that html-validate finds. */
async function faultsIn(sent: string): Promise<string[]> {
  const { results } = await markup.validateString(sent);
  return results.flatMap(({ messages }) => messages.map(({ ruleId, message, line }) => `${ruleId} ${message} ${line}`));
}

/** Violations that axe finds, by these rules or all. */
async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async (runOnly) => {
    const { violations } = await (globalThis as unknown as Axe).axe.run({ resultTypes: ["violations"], ...(runOnly && { runOnly }) });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  }, rules);
}

/** `sent` returns the markup as sent, before the browser corrects it. */
type Check = (page: Page, name: string, sent: () => Promise<string>) => Promise<void>;

interface Axe {
  readonly axe: { readonly run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
}
