/** Computes theme colors with the contrast of WCAG 2.2 (1.4.3, 1.4.11). */
import { clampChroma, converter, formatHex, parse, wcagContrast } from "culori";
import type { Logo, Look, Theme, ThemeColor, ThemeColorValue, ThemePreset } from "../../core/customization.ts";
import { style } from "./asset-files.ts";
import { presets } from "./theme-presets.ts";

const schemes = ["light", "dark"] as const;
type Scheme = (typeof schemes)[number];
type Palette = Record<ThemeColor, string>;
type Given = NonNullable<Theme["colors"]>;

const soft = ["accent-soft", "danger-soft", "success-soft", "warning-soft", "info-soft"] as const;
const onPages = ["background", "surface"] as const;

/** Pairs of foreground and background that pages and emails show, with the minimum contrast. */
const contrastRules: readonly (readonly [ThemeColor, ThemeColor, number])[] = [
  ...pairs(["text", "accent"], [...onPages, ...soft], 4.5),
  ...pairs(["muted"], [...onPages, "accent-soft"], 4.5),
  ...pairs(["danger", "success", "warning", "info"], onPages, 4.5),
  ["on-accent", "accent", 4.5],
  ["danger", "danger-soft", 4.5],
  ["success", "success-soft", 4.5],
  ["warning", "warning-soft", 4.5],
  ["info", "info-soft", 4.5],
  ...pairs(["field-line", "focus"], onPages, 3),
];
/** Above the minimum, because hovered buttons are darkened together with their text. */
const derivedContrast = 4.7;
/** Factor of the space in rows, fields and tables. */
export const densities = { comfortable: 1, compact: 0.6 };

const defaults: Readonly<Record<Scheme, Palette>> = { light: defaultsOf("light"), dark: defaultsOf("dark") };
const toOklch = converter("oklch");

/** Returns every property of a ready theme, to be loaded after another theme. */
export function wholeStyleSheet(preset: ThemePreset): string {
  const { email } = computeTheme({ preset });
  const { light, dark } = email?.colors ?? defaults;
  const colors = (Object.keys(light) as ThemeColor[]).map((name) => `--latchkey-${name}:light-dark(${light[name]},${dark[name]});`);
  const radius = email?.radius === "0" ? "0px" : (email?.radius ?? defaultOf("radius"));
  return `:root{${colors.join("")}--latchkey-radius:${radius};--latchkey-font:${email?.font ?? defaultOf("font")};}`;
}

/** Throws `TypeError` for invalid colors and for pairs with too little contrast. */
export function computeTheme({ preset = "default", colors = {}, density = "comfortable", logo, ...given }: Theme): Look {
  const base = preset === "default" ? undefined : presets[preset];
  const palettes = { light: paletteOf("light", colors, base?.colors), dark: paletteOf("dark", colors, base?.colors) };
  const radius = given.radius === undefined ? base?.radius : safeValue("radius", given.radius);
  const font = given.font === undefined ? base?.font : safeValue("font", given.font);
  const declarations = [
    ...(Object.keys(defaults.light) as ThemeColor[])
      .filter((name) => schemes.some((scheme) => palettes[scheme][name] !== defaults[scheme][name]))
      .map((name) => `--latchkey-${name}:light-dark(${palettes.light[name]},${palettes.dark[name]});`),
    // With a unit, because it is used in sums.
    ...(radius === undefined ? [] : [`--latchkey-radius:${radius === "0" ? "0px" : radius};`]),
    ...(font === undefined ? [] : [`--latchkey-font:${font};`]),
    ...(density === "comfortable" ? [] : [`--latchkey-density:${densities[density]};`]),
  ];
  return {
    styleSheet: declarations.length === 0 ? "" : `:root{${declarations.join("")}}`,
    email: { colors: palettes, radius, font },
    logo: logoOf(logo),
  };
}

function logoOf(logo: Theme["logo"]): Logo | undefined {
  return typeof logo === "string" ? { light: logo } : logo;
}

function paletteOf(scheme: Scheme, given: Given, preset: Given = {}): Palette {
  const base = withColors(scheme, defaults[scheme], preset);
  const palette = withColors(scheme, base, given);
  if (given.accent !== undefined && given["accent-soft"] === undefined)
    palette["accent-soft"] = softShadeOf(palette.accent, base["accent-soft"]);
  if (typeof given.accent !== "object") {
    const backgrounds = [...onPages, ...soft].map((name) => palette[name]);
    palette.accent = nearestReadable(palette.accent, backgrounds) ?? palette.accent;
  }
  if (given["on-accent"] === undefined && palette.accent !== base.accent) palette["on-accent"] = textColorOn(palette.accent);
  for (const [front, back, minContrast] of contrastRules) {
    const contrast = wcagContrast(palette[front], palette[back]);
    if (contrast >= minContrast) continue;
    const shown = Math.floor(contrast * 100) / 100;
    throw new TypeError(
      `theme: in the ${scheme} scheme, ${front} (${palette[front]}) on ${back} (${palette[back]}) has a contrast of ${shown} to 1, but the minimum is ${minContrast}. Give one of them as { light, dark }, lighter or darker.`,
    );
  }
  return palette;
}

function withColors(scheme: Scheme, palette: Palette, given: Given): Palette {
  const read = Object.entries(given).map(([name, value]) => [name, hex(name, inScheme(scheme, value))] as const);
  return { ...palette, ...Object.fromEntries(read) };
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

/** Returns a color as light or dark as `like`, in the hue of the accent. */
function softShadeOf(accent: string, like: string): string {
  const [own, { l = 0 } = {}] = [toOklch(accent), toOklch(like)];
  const c = Math.min((own?.c ?? 0) / 5, 0.03);
  return formatHex(clampChroma({ mode: "oklch", l, c, h: own?.h ?? 0 }, "oklch"));
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
  const found = [...style.matchAll(/--latchkey-([a-z-]+): light-dark\((#\w+), (#\w+)\)/g)];
  return Object.fromEntries(found.map(([, name = "", light = "", dark = ""]) => [name, scheme === "light" ? light : dark])) as Palette;
}

function defaultOf(name: "radius" | "font"): string {
  return new RegExp(`--latchkey-${name}: ([^;]+);`).exec(style)?.[1] ?? "";
}

function pairs(fronts: readonly ThemeColor[], backs: readonly ThemeColor[], contrast: number) {
  return fronts.flatMap((front) => backs.map((back) => [front, back, contrast] as const));
}
