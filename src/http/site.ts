/** What is the same in every answer of one app, made once. */
import type { Theme } from "../core/custom.ts";
import type { Services } from "../core/services.ts";
import { createLayout, type Layout } from "../ui/layout.ts";
import { type Assets, readAssets } from "./assets.ts";
import { type SafetyHeaders, safetyHeaders } from "./headers.ts";

export interface Site {
  readonly assets: Assets;
  readonly headers: SafetyHeaders;
  readonly layout: Layout;
}

export function prepareSite(s: Services): Site {
  const { settings } = s;
  const assets = readAssets(themeStyle(s.custom.theme));
  return {
    assets,
    headers: safetyHeaders(s),
    layout: createLayout({
      siteName: settings.siteName,
      signupIsOpen: settings.signup !== "closed",
      assetUrl: assets.url,
      mountPath: settings.mountPath,
      logo: s.custom.theme.logo,
      isThemed: themeStyle(s.custom.theme) !== "",
    }),
  };
}

/** The site's colours as a style sheet of their own. Throws where one could end its declaration and begin another (CSS injection). */
function themeStyle({ colors = {}, darkColors = {} }: Theme): string {
  const light = declarations(colors);
  const dark = declarations(darkColors);
  return `${light === "" ? "" : `:root {${light}}`}${dark === "" ? "" : `@media (prefers-color-scheme: dark) { :root {${dark}} }`}`;
}

function declarations(colors: Readonly<Record<string, string>>): string {
  return Object.entries(colors)
    .map(([name, value]) => {
      if (!/^[a-z][a-z0-9-]*$/.test(name) || !/^[\w#%.,()/ +-]+$/.test(value)) throw new TypeError(`theme: ${name} is no colour.`);
      return `--latchkey-${name}:${value};`;
    })
    .join("");
}
