// Runs on one engine: it opens no database.
import { wcagContrast } from "culori";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultColors } from "../../ui/email-html.ts";
import { renderEmail } from "../../ui/message.ts";
import { style } from "./asset-files.ts";
import { computeTheme } from "./theme.ts";

/** Values of the CSS properties in both schemes, like a browser computes them. */
function palettes(styleSheet: string): { light: Record<string, string>; dark: Record<string, string> } {
  const read = (css: string) => [...css.matchAll(/--(?:latchkey-)?([a-z-]+):\s*light-dark\((#\w+),\s*(#\w+)\)/g)];
  const both = [...read(style), ...read(styleSheet)];
  return {
    light: Object.fromEntries(both.map(([, name = "", light = ""]) => [name, light])),
    dark: Object.fromEntries(both.map(([, name = "", , dark = ""]) => [name, dark])),
  };
}

const foregroundOnBackground = [
  ["accent", "background"],
  ["accent", "surface"],
  ["accent", "info-soft"],
  ["accent", "danger-soft"],
  ["on-accent", "accent"],
] as const;

const anyColor = fc.integer({ min: 0, max: 0xffffff }).map((number) => `#${number.toString(16).padStart(6, "0")}`);

describe("theme", () => {
  it("theme: any brand color gives links and buttons a contrast of 4.5 in both schemes", () => {
    fc.assert(
      fc.property(anyColor, (accent) => {
        const { light, dark } = palettes(computeTheme({ colors: { accent } }).styleSheet);
        for (const palette of [light, dark])
          for (const [front, back] of foregroundOnBackground)
            expect(wcagContrast(palette[front] ?? "", palette[back] ?? "")).toBeGreaterThanOrEqual(4.5);
      }),
    );
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
});
