/** Resolves the theme of the library's option or of the program's settings. */

import type { Settings } from "../../config/load.ts";
import type { LogoFile } from "../../config/logo-file.ts";
import { type Look, noCustomization, type Theme } from "../../core/customization.ts";

/** Throws `TypeError` for an unreadable theme. Loads the color library only for a theme. */
export async function lookOf(theme: Theme | undefined): Promise<Look> {
  if (theme === undefined) return noCustomization.look;
  const { computeTheme } = await import("./theme.ts");
  return computeTheme(theme);
}

export async function lookFromSettings(settings: Settings): Promise<Look> {
  const { theme: preset, themeAccent, themeLogo, themeLogoDark, themeRadius, themeFont, themeDensity: density, mountPath } = settings;
  const isDefault = preset === "default" && density === "comfortable" && themeAccent + themeRadius + themeFont === "";
  const theme: Theme = {
    preset,
    density,
    ...(themeAccent === "" ? {} : { colors: { accent: themeAccent } }),
    ...(themeRadius === "" ? {} : { radius: themeRadius }),
    ...(themeFont === "" ? {} : { font: themeFont }),
  };
  const look = await lookOf(isDefault ? undefined : theme);
  if (!themeLogo) return look;
  const pathOf = ({ name }: LogoFile) => `/assets/${name}`;
  const files = [themeLogo, ...(themeLogoDark ? [themeLogoDark] : [])].map((file) => ({ ...file, path: pathOf(file) }));
  const [light = "", dark] = files.map(({ path }) => mountPath + path);
  return { ...look, logo: { light, dark }, files };
}
