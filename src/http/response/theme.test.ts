// Runs on one engine: it opens no database.
import { wcagContrast } from "culori";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultColors } from "../../ui/email-html.ts";
import { renderEmail } from "../../ui/message.ts";
import { style } from "./asset-files.ts";
import { computeTheme } from "./theme.ts";

/** Values of the CSS properties in both schemes, like a browser computes them. */
function palettes(styleSheet: string): Record<"light" | "dark", Record<string, string>> {
  const read = (css: string) => [...css.matchAll(/--latchkey-([a-z-]+):\s*light-dark\((#\w+),\s*(#\w+)\)/g)];
  const both = [...read(style), ...read(styleSheet)];
  return {
    light: Object.fromEntries(both.map(([, name = "", light = ""]) => [name, light])),
    dark: Object.fromEntries(both.map(([, name = "", , dark = ""]) => [name, dark])),
  };
}

/** Returns the pairs with too little contrast. Written out, so that a rule that is lost is noticed. */
function unreadable(styleSheet: string): string[] {
  const tones = ["danger", "success", "warning", "info"];
  const backgrounds = ["background", "surface", "accent-soft", ...tones.map((tone) => `${tone}-soft`)];
  const pairs: (readonly [front: string, back: string, minContrast: number])[] = [
    ...["text", "accent"].flatMap((front) => backgrounds.map((back) => [front, back, 4.5] as const)),
    ...["background", "surface", "accent-soft"].map((back) => ["muted", back, 4.5] as const),
    ...tones.flatMap((tone) => ["background", "surface", `${tone}-soft`].map((back) => [tone, back, 4.5] as const)),
    ["on-accent", "accent", 4.5],
    ["surface", "danger", 4.5],
    ...["field-line", "focus"].flatMap((front) => ["background", "surface"].map((back) => [front, back, 3] as const)),
  ];
  return Object.entries(palettes(styleSheet)).flatMap(([scheme, colors]) =>
    pairs
      .filter(([front, back, minContrast]) => wcagContrast(colors[front] ?? "", colors[back] ?? "") < minContrast)
      .map(([front, back]) => `${scheme}: ${front} ${colors[front]} on ${back} ${colors[back]}`),
  );
}

const presets = ["default", "ink", "clay"] as const;

const anyColor = fc.integer({ min: 0, max: 0xffffff }).map((number) => `#${number.toString(16).padStart(6, "0")}`);

describe("theme", () => {
  it.each(presets)("theme: every pair of colors of the theme %s has the contrast of WCAG AA in both schemes", (preset) => {
    expect(unreadable(computeTheme({ preset }).styleSheet)).toEqual([]);
  });

  it.each(presets)("theme: any brand color in the theme %s has the contrast of WCAG AA in both schemes", (preset) => {
    fc.assert(
      fc.property(anyColor, (accent) => {
        expect(unreadable(computeTheme({ preset, colors: { accent } }).styleSheet)).toEqual([]);
      }),
    );
  });

  it("theme: the ready themes differ in every neutral color, the accent, corners and font", () => {
    const [own, ink, clay] = presets.map((preset) => computeTheme({ preset }).email);
    for (const name of ["accent", "text", "muted", "line", "background"] as const)
      for (const scheme of ["light", "dark"] as const)
        expect(new Set([own, ink, clay].map((theme) => theme?.colors[scheme][name])).size, `${name} ${scheme}`).toBe(3);
    expect(new Set([own, ink, clay].map((theme) => theme?.radius)).size).toBe(3);
    expect(new Set([own, ink, clay].map((theme) => theme?.font)).size).toBe(3);
  });

  it("theme: density, corners and font are properties of the style sheet, and what is not given is that of the preset", () => {
    expect(computeTheme({ density: "compact" }).styleSheet).toBe(":root{--latchkey-density:0.6;}");
    expect(computeTheme({ density: "comfortable", preset: "default" }).styleSheet).toBe("");
    const { styleSheet } = computeTheme({ preset: "clay", radius: "0", font: "Georgia, serif" });
    expect(styleSheet).toContain("--latchkey-radius:0px;--latchkey-font:Georgia, serif;");
    expect(styleSheet).toContain("--latchkey-background:light-dark(#fbf3ea,#1e1611);");
  });

  it("theme: a brand color with enough contrast is not changed", () => {
    expect(palettes(computeTheme({ colors: { accent: "#7a1f5c" } }).styleSheet).light["accent"]).toBe("#7a1f5c");
    expect(computeTheme({}).styleSheet).toBe("");
  });

  it("theme: pairs of colors have enough contrast, or the error names the color, the scheme and the contrast", () => {
    const pair = fc.record({ light: anyColor, dark: anyColor });
    const color = fc.oneof(anyColor, pair);
    fc.assert(
      fc.property(fc.record({ accent: pair, background: color, text: color }, { requiredKeys: ["accent"] }), (colors) => {
        let styleSheet: string;
        try {
          ({ styleSheet } = computeTheme({ colors }));
        } catch (error) {
          expect(String(error)).toMatch(
            /theme: in the (?:light|dark) scheme, [a-z-]+ \(#\w+\) on [a-z-]+ \(#\w+\) has a contrast of [\d.]+ to 1/,
          );
          return;
        }
        const { light, dark } = palettes(styleSheet);
        for (const palette of [light, dark])
          for (const [front, back] of [
            ["text", "background"],
            ["accent", "surface"],
            ["on-accent", "accent"],
          ] as const)
            expect(wcagContrast(palette[front] ?? "", palette[back] ?? "")).toBeGreaterThanOrEqual(4.5);
      }),
    );
  });

  it("theme: color names, hsl(), oklch() and rgb() are accepted", () => {
    for (const accent of ["rebeccapurple", "hsl(210 80% 40%)", "oklch(0.45 0.15 340)", "rgb(0, 90, 160)"])
      expect(computeTheme({ colors: { accent } }).styleSheet).toMatch(/^:root\{--latchkey-accent:light-dark\(#\w{6},#\w{6}\)/);
  });

  it("theme: emails have its colors in both schemes, its corners, font and logo", () => {
    const { email } = computeTheme({ colors: { accent: "#ffcc00" }, radius: "3px", font: "Georgia, serif" });
    const action = { text: "Go", url: "https://room.example/x" };
    const props = { siteName: "Room", subject: "S", name: "", preheader: "S", paragraphs: [], action, reason: "R" };
    const words = { locale: "en", direction: "ltr", greeting: "", copyLink: () => "Or copy this link" } as const;
    const { html } = renderEmail(props, words, { ...email, logoUrl: "https://room.example/logo.png" });
    const { light, dark } = email?.colors ?? {};
    expect(html).toContain(`bgcolor="${light?.accent}"`);
    expect(html).toContain(`.button{background-color:${dark?.accent}!important}`);
    expect(html).toContain("border-radius:3px");
    expect(html).toContain("font-family:Georgia, serif;");
    expect(html).toMatch(/<img class="logo" src="https:\/\/room\.example\/logo\.png" alt="" [^>]*>Room/);
  });

  it("theme: without one, emails have the colors of the style sheet", () => {
    const { colors } = computeTheme({}).email ?? {};
    for (const scheme of ["light", "dark"] as const) expect(colors?.[scheme]).toMatchObject(defaultColors[scheme]);
  });

  it("theme: emails get the colors of both schemes, the corners and the font of the pages", () => {
    const { styleSheet, email } = computeTheme({ colors: { accent: "#ffcc00" }, radius: "4px" });
    const { light, dark } = palettes(styleSheet);
    expect(email).toEqual({ colors: { light, dark }, radius: "4px", font: undefined });
  });
});
