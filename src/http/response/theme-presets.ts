/** Holds the colors, corners and fonts of the ready themes. */
import type { Theme, ThemeColor, ThemePreset } from "../../core/customization.ts";

interface Preset extends Required<Pick<Theme, "radius" | "font">> {
  readonly colors: Readonly<Partial<Record<ThemeColor, { readonly light: string; readonly dark: string }>>>;
}

/** What they leave out is as in `style.css`, which is the theme `default`. */
export const presets: Readonly<Record<Exclude<ThemePreset, "default">, Preset>> = {
  ink: {
    colors: {
      accent: { light: "#111111", dark: "#ffffff" },
      "on-accent": { light: "#ffffff", dark: "#111111" },
      "accent-soft": { light: "#ececec", dark: "#2b2b2b" },
      background: { light: "#ffffff", dark: "#0b0b0b" },
      surface: { light: "#ffffff", dark: "#0b0b0b" },
      text: { light: "#111111", dark: "#f5f5f5" },
      muted: { light: "#595959", dark: "#ababab" },
      line: { light: "#cfcfcf", dark: "#3a3a3a" },
      "field-line": { light: "#6f6f6f", dark: "#8c8c8c" },
      focus: { light: "#1d4ed8", dark: "#8ab4ff" },
    },
    radius: "0",
    font: "Helvetica Neue, Helvetica, Arial, sans-serif",
  },
  clay: {
    colors: {
      accent: { light: "#a5421c", dark: "#f3a680" },
      "on-accent": { light: "#ffffff", dark: "#35160a" },
      "accent-soft": { light: "#fae5d8", dark: "#442b1d" },
      background: { light: "#fbf3ea", dark: "#1e1611" },
      surface: { light: "#fffdfa", dark: "#2a201a" },
      text: { light: "#33231a", dark: "#f6ebe1" },
      muted: { light: "#6c5749", dark: "#c6b0a0" },
      line: { light: "#ecdccb", dark: "#483729" },
      "field-line": { light: "#8d7768", dark: "#9a8472" },
      focus: { light: "#6b3fa0", dark: "#d3b1ff" },
    },
    radius: "18px",
    font: "ui-rounded, Hiragino Maru Gothic ProN, Quicksand, Nunito, Arial Rounded MT Bold, Calibri, system-ui, sans-serif",
  },
};
