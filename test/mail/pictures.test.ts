/** Compares how every kind of email looks with committed pictures, in both schemes, on phones and from right to left. */
// Runs end to end: it renders emails in Chromium.
// Runs on one engine: what it tests does not touch the database.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import axe from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "../browser/browser.ts";
import { differenceTo } from "../compare-picture.ts";
import { declaredKinds, everyKind, type KindOfEmail } from "./every-kind.ts";

type Scheme = "light" | "dark";

/** A code with a button, a notice with a button and a link below it, and one whose only button is that link. */
const inAllSizes = ["verify-email", "email-left", "username-changed"];
const { resolve } = createRequire(import.meta.url);

describe("pictures of emails", () => {
  let browser: Browser;
  let emails: ReadonlyMap<string, KindOfEmail>;
  beforeAll(async () => {
    [browser, emails] = await Promise.all([openBrowser(), everyKind()]);
  });
  afterAll(() => browser.close());

  it.each(declaredKinds())("email %s: looks as in its picture, in light", async (kind) => {
    expect(differenceTo(`emails/${kind}-600-light`, await picture(kind, 600, "light"))).toBeUndefined();
  });

  it.each(inAllSizes)("email %s: looks as in its pictures, in dark and on phones", async (kind) => {
    expect(differenceTo(`emails/${kind}-600-dark`, await picture(kind, 600, "dark"))).toBeUndefined();
    expect(differenceTo(`emails/${kind}-390-light`, await picture(kind, 390, "light"))).toBeUndefined();
    expect(differenceTo(`emails/${kind}-390-dark`, await picture(kind, 390, "dark"))).toBeUndefined();
  });

  it("email verify-email: in Arabic it looks as in its pictures, from right to left", async () => {
    const translated = await everyKind({}, { LANGUAGES: "ar" });
    const inArabic = [...translated].map(([kind, email]) => [`${kind}-ar`, email] as const);
    emails = new Map([...emails, ...inArabic]);
    for (const width of [600, 390]) {
      expect(differenceTo(`emails/verify-email-ar-${width}-light`, await picture("verify-email-ar", width, "light"))).toBeUndefined();
    }
  });

  it.each<Scheme>(["light", "dark"])("every email: axe finds nothing in %s", async (scheme) => {
    const found: unknown[] = [];
    // They contain every part of an email.
    for (const kind of inAllSizes) {
      const page = await shown(kind, 390, scheme);
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() =>
        // @ts-expect-error The line above defines axe.
        globalThis.axe.run({ rules: { region: { enabled: false }, "landmark-one-main": { enabled: false } } }),
      );
      found.push(
        ...violations.map(({ id, nodes }: { id: string; nodes: { html: string }[] }) => [kind, id, nodes.map(({ html }) => html)]),
      );
      await page.context().close();
    }
    expect(found).toEqual([]);
  });

  it("every email: nothing is wider than a phone of 320 pixels", async () => {
    const page = await shown("verify-email", 320, "light");
    const overflow: [kind: string, pixels: unknown][] = [];
    for (const [kind, { html }] of emails) {
      await page.setContent(withoutChance(html));
      overflow.push([kind, await page.evaluate("document.documentElement.scrollWidth - innerWidth")]);
    }
    expect(overflow.filter(([, pixels]) => pixels !== 0)).toEqual([]);
    await page.context().close();
  });

  it("every email: without its style sheet it is light and looks the same", async () => {
    const page = await shown("verify-email", 600, "dark", (html) => html.replaceAll(/<style>[\s\S]*?<\/style>/g, ""));
    const color = (selector: string) => page.evaluate(`getComputedStyle(document.querySelector("${selector}")).backgroundColor`);
    expect(await color(".card")).toBe("rgb(255, 255, 255)");
    await page.context().close();
  });

  it("code: a double click selects all of its digits and nothing else", async () => {
    const page = await shown("verify-email", 390, "light");
    await page.locator(".code span").dblclick();
    expect(await page.evaluate("getSelection().toString()")).toBe("123456");
    await page.context().close();
  });

  async function picture(kind: string, width: number, scheme: Scheme): Promise<Uint8Array> {
    const page = await shown(kind, width, scheme);
    const taken = await page.screenshot({ fullPage: true });
    await page.context().close();
    return taken;
  }

  async function shown(kind: string, width: number, scheme: Scheme, change = (html: string) => html) {
    const context = await browser.newContext({ viewport: { width, height: 400 }, colorScheme: scheme });
    const page = await context.newPage();
    // No other host answers, and the fonts are in the page.
    await page.route("**/*", (route) => route.abort());
    await page.setContent(withFixedFonts(change(withoutChance(emails.get(kind)?.html ?? ""))));
    await page.evaluate("document.fonts.ready");
    return page;
  }
});

/** Replaces tokens, codes and times, which differ each time. */
function withoutChance(html: string): string {
  return html
    .replaceAll(/token=[\w-]{43}/g, `token=${"0123456789abcdefghijk".repeat(3).slice(0, 43)}`)
    .replaceAll(/>\d{6}(?=<| )/g, ">123456")
    .replaceAll(/\d{1,2} \w+ \d{4} at \d\d:\d\d UTC/g, "28 November 2026 at 16:58 UTC");
}

/** The fonts come from npm, so that the pictures do not depend on the machine's. */
function withFixedFonts(html: string): string {
  const file = (name: string, weight: number) => {
    const path = resolve(`@fontsource/${name.replace(/-(?:latin|arabic)$/, "")}/files/${name}-${weight}-normal.woff2`);
    return `@font-face{font-family:Fixed;font-weight:${weight};src:url(data:font/woff2;base64,${readFileSync(path).toString("base64")})${ranges[name]}}`;
  };
  const faces = Object.keys(ranges).flatMap((name) => [file(name, 400), file(name, 700)]);
  return html.replace("</head>", () => `<style>${faces.join("")}*{font-family:Fixed!important}</style></head>`);
}

const ranges: Readonly<Record<string, string>> = {
  "noto-sans-latin": ";unicode-range:U+0000-05FF,U+1E00-23FF",
  "noto-sans-arabic-arabic": ";unicode-range:U+0600-06FF,U+FB50-FEFF",
};
