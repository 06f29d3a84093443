// Runs on one engine: the theme is independent of the database.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApp } from "../../../test/person.ts";
import { readSettings } from "../../config/load.ts";
import { noCustomization } from "../../core/customization.ts";
import { lookFromSettings } from "./look.ts";

const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>';

describe("theme settings", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-logo-"));
    writeFileSync(join(folder, "logo.svg"), svg);
    writeFileSync(join(folder, "dark.PNG"), "dark");
    writeFileSync(join(folder, "large.png"), Buffer.alloc(256 * 1_024 + 1));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const lookWith = (env: Record<string, string>) => lookFromSettings(readSettings(env));

  it("theme settings: without them, pages load no second style sheet", async () => {
    expect(await lookWith({})).toBe(noCustomization.look);
    const app = await testApp();
    expect((await app.person().opens("/login")).html).not.toContain("theme.");
    await app.close();
  });

  it("theme settings: each is in the style sheet of every page", async () => {
    const app = await testApp({
      THEME: "ink",
      THEME_ACCENT: "#7a1f5c",
      THEME_RADIUS: "6px",
      THEME_FONT: "Georgia, serif",
      THEME_DENSITY: "compact",
    });
    const [url = ""] = /\/assets\/theme\.\w+\.css/.exec((await app.person().opens("/login")).html) ?? [];
    const css = (await app.person().opens(url)).html;
    for (const part of ["accent:light-dark(#7a1f5c,", "background:light-dark(#ffffff,#0b0b0b)", "radius:6px", "font:Georgia, serif"])
      expect(css).toContain(`--latchkey-${part};`.replace(",;", ","));
    expect(css).toContain("--latchkey-density:0.6;");
    await app.close();
  });

  it("theme settings: the logos are served, shown by color scheme, and readable from web mail", async () => {
    const app = await testApp({
      MOUNT_PATH: "/auth",
      THEME_LOGO: join(folder, "logo.svg"),
      THEME_LOGO_DARK: join(folder, "dark.PNG"),
    });
    const { html } = await app.person().opens("/auth/login");
    const [, dark = "", light = ""] =
      /<picture><source srcset="([^"]+)" media="\(prefers-color-scheme: dark\)"><img class="mark" src="([^"]+)" alt=""/.exec(html) ?? [];
    const answers = await Promise.all([light, dark].map((path) => app.person().opens(path)));
    expect(answers.map((answer) => [answer.status, answer.html, answer.headers.get("content-type")])).toEqual([
      [200, svg, "image/svg+xml"],
      [200, "dark", "image/png"],
    ]);
    expect(answers.map(({ headers }) => headers.get("cross-origin-resource-policy"))).toEqual(["cross-origin", "cross-origin"]);
    // Scripts in an SVG never run.
    expect(answers[0]?.headers.get("content-security-policy")).toContain("default-src 'none'");
    await app.person().fillsIn("/auth/signup", {
      username: "ada",
      email: "ada@example.com",
      password: "a harbour at dusk",
      confirm_password: "a harbour at dusk",
    });
    expect((await app.emails())[0]?.html).toContain(`src="http://localhost:5050${light}"`);
    await app.close();
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ THEME: "inc" }, /^THEME must be default, ink or clay/],
    [{ THEME_ACCENT: "reddish" }, /^THEME_ACCENT must be a color such as #7a1f5c/],
    [{ THEME_ACCENT: "#12" }, /^THEME_ACCENT must be/],
    [{ THEME_RADIUS: "calc(1px)" }, /^THEME_RADIUS must be/],
    [{ THEME_FONT: "x;} body{display:none" }, /^THEME_FONT must be/],
    [{ THEME_DENSITY: "dense" }, /^THEME_DENSITY must be/],
    [{ THEME_LOGO: "/etc/passwd" }, /^THEME_LOGO must be/],
    [{ THEME_LOGO: "/no/such/logo.png" }, /^THEME_LOGO is invalid: \/no\/such\/logo\.png cannot be read \(ENOENT\)\.$/],
    [{ THEME_LOGO: "large.png" }, /^THEME_LOGO is invalid: .*large\.png is larger than 256 KiB\.$/],
    [{ THEME_LOGO_DARK: "logo.svg" }, /^THEME_LOGO must be set if THEME_LOGO_DARK is set\.$/],
  ])("theme settings: %j is refused by its name", async (env, message) => {
    const files = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, /^(?:large|logo)\./.test(value) ? join(folder, value) : value]),
    );
    await expect((async () => lookWith(files))()).rejects.toThrow(message);
  });
});
