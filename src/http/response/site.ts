/** Prepares assets, headers and layouts once for all responses. */
import type { Services } from "../../core/services.ts";
import { createLayout } from "../../ui/layout.ts";
import type { Context, Site } from "../context.ts";
import { readAssets } from "./assets.ts";
import { securityHeaders } from "./security-headers.ts";

export function prepareSite(
  s: Services,
  isPage: (path: string) => boolean = () => false,
  reauthentication: Site["reauthentication"] = [],
): Site {
  const { settings, custom, translations } = s;
  const { mountPath } = settings;
  const assets = readAssets(mountPath, custom.look.styleSheet);
  const frontUrl = custom.without.has("home") ? settings.homeUrl : `${mountPath}/`;
  const createLayoutIn = (locale: string) =>
    createLayout({
      translator: translations.translator(locale),
      siteName: settings.siteName,
      signupIsOpen: settings.signup !== "closed",
      assetUrl: assets.url,
      mountPath,
      frontUrl,
      hasDashboard: !custom.without.has("dashboard"),
      logo: custom.look.logo,
      isThemed: custom.look.styleSheet !== "",
    });
  const [first, ...others] = translations.locales;
  const standard = createLayoutIn(first);
  const layouts = new Map(others.map((locale) => [locale, createLayoutIn(locale)]));
  return {
    assets,
    headers: securityHeaders(s),
    reauthentication,
    frontUrl,
    isOwnPage: (path) => isBelow(mountPath, path) && isPage(path.slice(mountPath.length).replace(/[?#].*/s, "")),
    layoutOf: (locale) => layouts.get(locale) ?? standard,
  };
}

/** Whether Latchkey has a page at this path, such as `/settings/sessions`; features can be left out. */
export function hasPage(c: Context, path: string): boolean {
  return c.get("site").isOwnPage(c.get("s").settings.mountPath + path);
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`);
}
