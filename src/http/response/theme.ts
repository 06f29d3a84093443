/** Computes theme colors with the contrast of WCAG 2.2 (1.4.3, 1.4.11). */
import { clampChroma, converter, formatHex, parse, wcagContrast } from "culori";
import type { Look, Theme, ThemeColor, ThemeColorValue } from "../../core/customization.ts";
import { style } from "./asset-files.ts";

const schemes = ["light", "dark"] as const;
type Scheme = (typeof schemes)[number];
type Palette = Record<ThemeColor, string>;

/** Foreground, background and minimum contrast. */
const rules: readonly (readonly [ThemeColor, ThemeColor, number])[] = [
  ["text", "background", 4.5],
  ["text", "surface", 4.5],
  ["muted", "background", 4.5],
  ["muted", "surface", 4.5],
  ["accent", "background", 4.5],
  ["accent", "surface", 4.5],
  ["on-accent", "accent", 4.5],
  ["field-line", "surface", 3],
  ["focus", "background", 3],
  ["focus", "surface", 3],
];
/** Above the minimum, because hovered buttons are darkened together with their text. */
const derivedContrast = 4.7;

const defaults: Readonly<Record<Scheme, Palette>> = { light: defaultsOf("light"), dark: defaultsOf("dark") };
const tints: Readonly<Record<Scheme, readonly string[]>> = { light: tintsOf("light"), dark: tintsOf("dark") };
const toOklch = converter("oklch");

/** Throws `TypeError` for invalid colors and for pairs with too little contrast. */
export function computeTheme({ colors = {}, radius, font, logo }: Theme): Look {
  const palettes = { light: paletteOf("light", colors), dark: paletteOf("dark", colors) };
  const declarations = [
    ...(Object.keys(defaults.light) as ThemeColor[])
      .filter((name) => schemes.some((scheme) => palettes[scheme][name] !== defaults[scheme][name]))
      .map((name) => `--latchkey-${name}:light-dark(${palettes.light[name]},${palettes.dark[name]});`),
    ...(radius === undefined ? [] : [`--latchkey-radius:${safeValue("radius", radius)};`]),
    ...(font === undefined ? [] : [`--latchkey-font:${safeValue("font", font)};`]),
  ];
  return {
    styleSheet: declarations.length === 0 ? "" : `:root{${declarations.join("")}}`,
    email: { colors: palettes, radius, font },
    logo,
  };
}

function paletteOf(scheme: Scheme, given: NonNullable<Theme["colors"]>): Palette {
  const palette = { ...defaults[scheme] };
  for (const [name, value] of Object.entries(given)) palette[name as ThemeColor] = hex(name, inScheme(scheme, value));
  const isPair = typeof given.accent === "object";
  if (!isPair) palette.accent = nearestReadable(palette.accent, [palette.background, palette.surface, ...tints[scheme]]) ?? palette.accent;
  if (given["on-accent"] === undefined && palette.accent !== defaults[scheme].accent) palette["on-accent"] = textColorOn(palette.accent);
  for (const [front, back, minContrast] of rules) {
    const contrast = wcagContrast(palette[front], palette[back]);
    if (contrast >= minContrast) continue;
    const shown = Math.floor(contrast * 100) / 100;
    throw new TypeError(
      `theme: in the ${scheme} scheme, ${front} (${palette[front]}) on ${back} (${palette[back]}) has a contrast of ${shown} to 1, but the minimum is ${minContrast}. Give one of them as { light, dark }, lighter or darker.`,
    );
  }
  return palette;
}

function inScheme(scheme: Scheme, value: ThemeColorValue): string {
  return typeof value === "string" ? value : value[scheme];
}

// CSS injection: colors are parsed and written as `#rrggbb`.
function hex(name: string, value: string): string {
  const color = typeof value === "string" ? parse(value) : undefined;
  if (!color) throw new TypeError(`theme: ${name} is no color, such as #7a1f5c or oklch(0.45 0.15 340).`);
  if ((color.alpha ?? 1) < 1) throw new TypeError(`theme: ${name} is transparent, so its contrast is unknown.`);
  return formatHex(clampChroma(color, "oklch"));
}

/** Returns the color with the nearest lightness that has enough contrast on all backgrounds; undefined if there is none. */
function nearestReadable(color: string, backgrounds: readonly string[]): string | undefined {
  const isReadable = (shade: string, minContrast: number) => backgrounds.every((back) => wcagContrast(shade, back) >= minContrast);
  if (isReadable(color, 4.5)) return color;
  const own = toOklch(color);
  const steps = Array.from({ length: 201 }, (_, step) => step / 200).sort(
    (a, b) => Math.abs(a - (own?.l ?? 0)) - Math.abs(b - (own?.l ?? 0)),
  );
  for (const l of steps) {
    const shade = formatHex(clampChroma({ mode: "oklch", l, c: own?.c ?? 0, h: own?.h ?? 0 }, "oklch"));
    if (isReadable(shade, derivedContrast)) return shade;
  }
  return undefined;
}

/** Returns white, a dark shade of the same hue, or black: white or black always has a contrast of 4.58 or more. */
function textColorOn(accent: string): string {
  const dark = formatHex(clampChroma({ mode: "oklch", l: 0.22, c: 0.04, h: toOklch(accent)?.h ?? 0 }, "oklch"));
  return ["#ffffff", dark, "#000000"].find((text) => wcagContrast(text, accent) >= 4.5) ?? "#000000";
}

function safeValue(name: string, value: string): string {
  if (!/^[\w#%.,()/ +-]+$/.test(value))
    throw new TypeError(`theme: ${name} may contain only letters, digits, spaces and # % . , ( ) / + -.`);
  return value;
}

/** Reads the default colors from `style.css`. */
function defaultsOf(scheme: Scheme): Palette {
  return Object.fromEntries(pairs(/--latchkey-([a-z-]+): light-dark\((#\w+), (#\w+)\)/g, scheme)) as Palette;
}

function tintsOf(scheme: Scheme): string[] {
  return pairs(/--latchkey-([a-z]+-soft): light-dark\((#\w+), (#\w+)\)/g, scheme).map(([, color]) => color);
}

function pairs(pattern: RegExp, scheme: Scheme): (readonly [string, string])[] {
  return [...style.matchAll(pattern)].map(([, name = "", light = "", dark = ""]) => [name, scheme === "light" ? light : dark] as const);
}
