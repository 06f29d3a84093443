// Runs on one engine: it reads the style sheet.
import { readFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("style.css", import.meta.url), "utf8");
const rules = css.replaceAll(/\/\*[\s\S]*?\*\//g, "");
const declarations = [...rules.matchAll(/^\s*([a-z-]+):\s*([^;{}]+);/gm)].map(([, property = "", value = ""]) => ({ property, value }));

describe("style sheet", () => {
  it("style sheet: it has less than 12 KB after compression", () => {
    expect(brotliCompressSync(css).length).toBeLessThan(12_000);
  });

  it("style sheet: properties are logical, so that right-to-left pages are mirrored", () => {
    expect(declarations.length).toBeGreaterThan(300);
    const isPhysical = ({ property, value }: (typeof declarations)[number]) =>
      /^(?:(?:min-|max-)?(?:width|height)|top|right|bottom|left)$/.test(property) ||
      /^(?:margin|padding|border|inset|scroll-(?:margin|padding))-(?:top|right|bottom|left)\b/.test(property) ||
      /^border-(?:top|bottom)-(?:left|right)-radius$/.test(property) ||
      (/^(?:text-align|float|clear|caption-side)$/.test(property) && /\b(?:left|right)\b/.test(value)) ||
      // Four values that differ between left and right.
      (/^(?:margin|padding|inset|border-(?:width|style|color|radius))$/.test(property) && !isMirrored(value));
    expect(declarations.filter(isPhysical)).toEqual([]);
  });

  it("style sheet: colors are properties of the theme, shades of them, or system colors", () => {
    const outside = rules.replace(/:root \{[\s\S]*?\n\}/, "");
    expect(outside.match(/#[\da-f]{3,8}\b|\b(?:rgb|hsl|oklch|lab)a?\((?!0 0 0 \/)|:\s*(?:white|black|gr[ae]y|red)\b/gi) ?? []).toEqual([]);
    const known = new Set([...rules.matchAll(/^\s*(--[a-z-]+):/gm)].map(([, name]) => name));
    const used = [...rules.matchAll(/var\((--[a-z-]+)/g)].map(([, name]) => name);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });

  it("style sheet: nothing moves for people who ask for reduced motion", () => {
    const block = /@media \(prefers-reduced-motion: no-preference\) \{[\s\S]*?\n\}/g;
    expect(rules.match(block)?.join("")).toContain("transition");
    expect(rules.replaceAll(block, "")).not.toMatch(/\b(?:transition|animation|scroll-behavior|@keyframes)\b/);
  });

  it("style sheet: it loads nothing from elsewhere", () => {
    expect(rules).not.toMatch(/url\(|@import|@font-face/);
  });
});

function isMirrored(value: string): boolean {
  let text = value;
  while (/\([^()]*\)/.test(text)) text = text.replaceAll(/\([^()]*\)/g, "");
  const [, right, , left] = text.split("/")[0]?.trim().split(/\s+/) ?? [];
  return left === undefined || right === left;
}
