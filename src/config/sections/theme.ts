/** Settings of the theme: colors, logo, corners, font and density. */
import { z } from "zod";
import { asLogoFile } from "../logo-file.ts";
import type { Section } from "../setting.ts";

export const theme = {
  theme: {
    env: "THEME",
    default: "default",
    schema: z.enum(["default", "ink", "clay"]),
    format: "default, ink or clay",
    description:
      "Look of pages and emails. `default`: teal. `ink`: black and white with square corners. `clay`: warm and round. The settings below change parts of it (docs/guides/theming.md).",
  },
  themeAccent: {
    env: "THEME_ACCENT",
    default: "",
    schema: z.string().regex(/^(?:#(?:[\da-f]{3}|[\da-f]{6}))?$/i),
    format: "a color such as #7a1f5c",
    description:
      "Brand color of links and buttons. Its lightness is changed where it would be hard to read, in light or in dark mode. Empty: that of `THEME`.",
  },
  themeLogo: {
    env: "THEME_LOGO",
    default: "",
    schema: z.string().transform(asLogoFile),
    format: "the path of a .png, .jpg, .webp or .svg file of 256 KiB at most",
    description: "Logo beside the name on pages and in emails. Most mail programs show no SVG. Empty: the key on pages, none in emails.",
  },
  themeLogoDark: {
    env: "THEME_LOGO_DARK",
    default: "",
    schema: z.string().transform(asLogoFile),
    format: "the path of a .png, .jpg, .webp or .svg file of 256 KiB at most",
    description: "Logo in dark mode. Empty: `THEME_LOGO`.",
  },
  themeRadius: {
    env: "THEME_RADIUS",
    default: "",
    schema: z.string().regex(/^(?:0|\d{1,2}px|\d(?:\.\d{1,3})?rem)?$/),
    format: "0, or a length such as 6px or 0.5rem",
    description: "Radius of corners. Empty: that of `THEME`.",
  },
  themeFont: {
    env: "THEME_FONT",
    default: "",
    schema: z.string().regex(/^[\w .,()/+-]{0,200}$/),
    format: "font families without quotes, such as Georgia, serif",
    description: "Fonts that the visitors' devices have; none is loaded. Empty: those of `THEME`.",
  },
  themeDensity: {
    env: "THEME_DENSITY",
    default: "comfortable",
    schema: z.enum(["comfortable", "compact"]),
    format: "comfortable or compact",
    description: "`compact` brings rows, fields and tables closer together. On touch screens, buttons and fields keep their height.",
  },
} satisfies Section;
