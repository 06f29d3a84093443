/** Drives a browser through all states of a sample site, and takes pictures of each. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, CDPSession, Page } from "playwright-core";
import { languages } from "../../src/config/sections/site.ts";
import { features } from "../../src/features/index.ts";
import { openBrowser } from "../../test/browser/browser.ts";
import { appWithProviders } from "../../test/browser/provider-states.ts";
import { stateSettings, states } from "../../test/browser/states.ts";
import { everyKind } from "../../test/mail/every-kind.ts";
import type { TestApp } from "../../test/person.ts";
import { fontFaces, fontFamilies } from "./fonts.ts";
import type { Picture } from "./index-page.ts";

export interface Taken {
  readonly pictures: readonly Picture[];
  /** Pages without a picture, pages that failed, and pages wider than the screen. */
  readonly faults: readonly string[];
}

/** A language that is written from left to right, and one from right to left. */
export const pictureLanguages: readonly string[] = ["en", "ar"].filter((language) => languages.includes(language));

const schemes = ["light", "dark"] as const;
const widths = [1_280, 390] as const;
const now = Date.UTC(2026, 10, 30, 9, 41);
/** GET routes without a page of their own: redirects, data for scripts, and documents in frames. The way to a provider has none either. */
const withoutPage: ReadonlySet<string> = new Set([
  "/.well-known/change-password",
  "/dev/mailbox/message",
  "/dev/theme/email",
  "/passkeys/options",
  "/settings/change-password/set",
  "/settings/passkeys/later",
  "/settings/passkeys/options",
  "/settings/two-factor/recovery/download",
  "/signup/passkey/options",
]);

/** Every feature has its pages with these, and the default language is this one. */
function siteSettings(language: string): Record<string, string> {
  return {
    ...stateSettings,
    SITE_NAME: "Example",
    TERMS_URL: "/terms",
    PRIVACY_URL: "/privacy",
    THEME_FONT: fontFamilies,
    LANGUAGES: [...new Set([language, ...languages])].join(","),
  };
}

/** A site with one account, "ada", and a browser at its pages. */
interface Studio {
  readonly app: TestApp;
  readonly page: Page;
  readonly camera: CDPSession;
  readonly close: () => Promise<void>;
}

/** In every width and color scheme. */
export async function takePictures(language: string, folder: string): Promise<Taken> {
  const browser = await openBrowser();
  const { app, page, camera, close } = await openStudio(browser, language);
  const [pictures, faults, seen]: [Picture[], string[], Set<string>] = [[], [], new Set()];
  page.on("response", (response) => {
    if (response.status() >= 500) faults.push(`${language}: ${response.url()} answered ${response.status()}`);
  });
  const takeEach = async (state: string) => {
    for (const width of widths) {
      await resize(page, width);
      for (const scheme of schemes) {
        await page.emulateMedia({ colorScheme: scheme });
        const path = `${language}/${state}-${width}-${scheme}.png`;
        writeFileSync(join(folder, path), await capture(page, camera));
        pictures.push({ state, language, width, scheme, path });
      }
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (excess > 0) faults.push(`${language}: ${state} is ${excess} px wider than ${width} px`);
    }
  };
  for (const { name, reach } of states) {
    await reach(page, app);
    seen.add(new URL(page.url()).pathname);
    await takeEach(name);
  }
  for (const [kind, { html }] of await everyKind({ startsAt: now }, siteSettings(language))) {
    await showEmail(page, html);
    await takeEach(`email-${kind}`);
  }
  const missing = pagesOf(app).filter((path) => !seen.has(path) && !withoutPage.has(path) && !path.startsWith("/oauth/"));
  faults.push(...missing.map((path) => `${language}: no state in test/browser/states.ts shows ${path}`));
  await close();
  await browser.close();
  return { pictures, faults };
}

export async function openStudio(browser: Browser, language: string): Promise<Studio> {
  const app = await appWithProviders(siteSettings(language), { startsAt: now, styleSheet: fontFaces() });
  await app.person({ username: "ada" }).signsUp();
  // The policy of pages allows no fonts.
  const context = await browser.newContext({ locale: language, timezoneId: "Europe/Berlin", bypassCSP: true, reducedMotion: "reduce" });
  await context.clock.setFixedTime(now);
  const page = await context.newPage();
  const close = async () => {
    await context.close();
    await app.close();
  };
  return { app, page, camera: await context.newCDPSession(page), close };
}

export async function resize(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: width < 600 ? 844 : 800 });
}

type Format = { readonly format: "webp"; readonly quality: number } | { readonly optimizeForSpeed: true };

/** The whole page, however long. Playwright's own screenshots take twice the time to compress. */
export async function capture(page: Page, camera: CDPSession, format: Format = { optimizeForSpeed: true }): Promise<Buffer> {
  const { width, height, hasFrames } = await page.evaluate(async () => {
    await document.fonts.ready;
    const hasFrames = document.querySelector("iframe") !== null;
    return { width: innerWidth, height: Math.max(innerHeight, document.documentElement.scrollHeight), hasFrames };
  });
  // Browsers draw no frame below the window.
  if (hasFrames) await page.setViewportSize({ width, height });
  const clip = { x: 0, y: 0, width, height, scale: 1 };
  const { data } = await camera.send("Page.captureScreenshot", { clip, captureBeyondViewport: true, ...format });
  return Buffer.from(data, "base64");
}

export async function showEmail(page: Page, html: string): Promise<void> {
  await page.goto("about:blank");
  await page.setContent(html);
  await page.addStyleTag({ content: fontFaces() });
}

/** Paths of all pages and forms. */
function pagesOf({ s }: TestApp): string[] {
  const paths: string[] = [];
  const add = (path: string) => void paths.push(path);
  for (const feature of features) feature.routes({ page: add, form: add, endpoint: () => undefined }, s, features);
  return paths;
}
