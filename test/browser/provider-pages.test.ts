/** Tests the accessibility of the pages of logins with providers. */
// Runs end to end: it starts a browser.
// Runs with other programs: axe and html-validate check each page.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { HtmlValidate } from "html-validate";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wrongDigits } from "../codes.ts";
import { codeTo, type ProviderApp, providerApp } from "../provider-app.ts";
import { verifiesEmail } from "../two-factor.ts";
import { logIn, send } from "./acts.ts";
import { openBrowser } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const markup = new HtmlValidate({ extends: ["html-validate:recommended"] });

describe.each(["en", "ar"])("pages of logins with providers, in %s", (language) => {
  let app: ProviderApp;
  let browser: Browser;
  let page: Page;
  let sent = Promise.resolve("");
  beforeAll(async () => {
    app = await providerApp({ SIGNUP: "open", PROVIDER_WORK_LINK: "off", LANGUAGES: `${language},de` });
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 320, height: 800 } })).newPage();
    page.on("response", (response) => {
      if (response.frame() !== page.mainFrame() || !response.request().isNavigationRequest() || response.status() === 303) return;
      sent = response.text();
      sent.catch(() => undefined);
    });
    await verifiesEmail(app, await app.person({ username: "ada" }).isLoggedIn());
    await app.person({ username: "stranger" }).isLoggedIn();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  const comesBack = async (query = "") => {
    const started = await page.request.get(`${app.url}/oauth/start/work${query}`, { maxRedirects: 0 });
    const { url } = await app.peer.authorize(started.headers()["location"] ?? "");
    await page.goto(app.url + new URL(url).pathname + new URL(url).search);
  };
  const as = (sub: string, claims: object) => {
    app.peer.user = { sub, ...claims };
  };
  const states: readonly (readonly [name: string, reach: () => Promise<unknown>])[] = [
    ["login", () => page.goto(`${app.url}/login`)],
    ["sign-up", () => page.goto(`${app.url}/signup`)],
    [
      "refused login",
      async () => {
        app.peer.user = undefined;
        await comesBack();
      },
    ],
    [
      "existing account",
      async () => {
        as("existing", { email: "ada@example.com", email_verified: true });
        await comesBack();
      },
    ],
    [
      "claimed email",
      async () => {
        as("claims", { email: "stranger@example.com", email_verified: true });
        await comesBack();
      },
    ],
    [
      "unverified email",
      async () => {
        as("unverified", { email: "unverified@example.com", email_verified: false });
        await comesBack();
      },
    ],
    ["code", () => send(page)],
    [
      "wrong code",
      async () => {
        const sentCode = await codeTo(app, "unverified@example.com");
        expect(sentCode).not.toBe("");
        await page.fill("#code", wrongDigits(sentCode));
        await send(page);
      },
    ],
    [
      "username",
      async () => {
        as("named", { email: "named@example.com", email_verified: true, preferred_username: "ada" });
        await comesBack();
      },
    ],
    ["taken username", () => page.fill("#username", "ada").then(() => send(page))],
    [
      "link of two accounts",
      async () => {
        await logIn(page, app);
        as("linked", { email: "ada@work.example", email_verified: true, preferred_username: "ada.l" });
        await comesBack("?purpose=link");
      },
    ],
    ["linked logins", () => send(page)],
    ["unlinked login", () => page.locator("main a.danger").first().click()],
    [
      "confirmation",
      async () => {
        app.passes(16 * 60_000);
        await page.goto(`${app.url}/confirm-password?next=/settings`);
      },
    ],
    [
      "switch of accounts",
      async () => {
        as("switched", { email: "switched@example.com", email_verified: true });
        await comesBack();
      },
    ],
  ];

  it("provider pages: each passes axe in both schemes, has 44 px touch targets, fits 320 px, and has valid markup and no empty space in its cards", {
    timeout: 300_000,
  }, async () => {
    for (const [name, reach] of states) {
      await reach();
      await page.waitForLoadState();
      expect(await faultsIn(await sent), name).toEqual([]);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await violations(page), `${name}, ${colorScheme}`).toEqual([]);
      }
      const small = await page.evaluate(() =>
        [...document.querySelectorAll("main button, main .button, main input:not([type=hidden]):not([type=checkbox])")]
          .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 44)
          .map((element) => element.outerHTML),
      );
      expect(small, name).toEqual([]);
      expect(await emptySpace(page), name).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(320);
    }
  });
});

/** Faults of the markup that html-validate finds. */
async function faultsIn(text: string): Promise<string[]> {
  const { results } = await markup.validateString(text);
  return results.flatMap(({ messages }) => messages.map(({ ruleId, message, line }) => `${ruleId} ${message} ${line}`));
}

/** Violations that axe finds. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations: found } = await (globalThis as unknown as Axe).axe.run({ resultTypes: ["violations"] });
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

interface Axe {
  readonly axe: { readonly run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
}

/** Cards whose first or last text or control is farther from the edge than the padding of the card. */
function emptySpace(page: Page): Promise<unknown[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("main.narrow, main:not(.narrow) > form:not(.plain)")].flatMap((card) => {
      const rects = [...card.querySelectorAll("button, .button, input, img, .flash, .summary")]
        .filter((element) => element.checkVisibility() && !element.matches(".for-ears"))
        .map((element) => element.getBoundingClientRect());
      const texts = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const range = document.createRange();
        range.selectNodeContents(texts.currentNode);
        if (!texts.currentNode.parentElement?.closest(".for-ears")) rects.push(...range.getClientRects());
      }
      const seen = rects.filter(({ width, height }) => width > 1 && height > 1);
      const [box, style] = [card.getBoundingClientRect(), getComputedStyle(card)];
      const above = Math.min(...seen.map(({ top }) => top)) - box.top - Number.parseFloat(style.paddingTop);
      const below = box.bottom - Number.parseFloat(style.paddingBottom) - Math.max(...seen.map(({ bottom }) => bottom));
      // The height of a line is more than that of its letters.
      return above > 10 || below > 10 ? [{ card: card.outerHTML.slice(0, 200), above, below }] : [];
    }),
  );
}
