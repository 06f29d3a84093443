/** Prepares assets, headers and layouts once for all responses. */
import { pageWith, type Services } from "../../core/services.ts";
import { createLayout } from "../../ui/layout.ts";
import type { PageNotice, Reauthenticate, Site } from "../context.ts";
import { readAssets } from "./assets.ts";
import { securityHeaders } from "./security-headers.ts";

export function prepareSite(s: Services, isPage: (path: string) => boolean = () => false, features: readonly SiteParts[] = []): Site {
  const { settings, custom, translations } = s;
  const { mountPath } = settings;
  const assets = readAssets(mountPath, custom.look.styleSheet);
  const front = pageWith(s, "front");
  const frontUrl = front === undefined ? settings.homeUrl : mountPath + front;
  const createLayoutIn = (locale: string) =>
    createLayout({
      translator: translations.translator(locale),
      siteName: settings.siteName,
      signupPath: pageWith(s, "signup"),
      homePath: pageWith(s, "home"),
      assetUrl: assets.url,
      mountPath,
      frontUrl,
      logo: custom.look.logo,
      isThemed: custom.look.styleSheet !== "",
    });
  const [first, ...others] = translations.locales;
  const standard = createLayoutIn(first);
  const layouts = new Map(others.map((locale) => [locale, createLayoutIn(locale)]));
  return {
    assets,
    headers: securityHeaders(s),
    reauthentication: features.flatMap(({ reauthenticate }) => reauthenticate ?? []),
    notices: features.flatMap(({ pageNotice }) => (pageNotice?.isOn(s) ? pageNotice.show : [])),
    frontUrl,
    isOwnPage: (path) => isBelow(mountPath, path) && isPage(path.slice(mountPath.length).replace(/[?#].*/s, "")),
    layoutOf: (locale) => layouts.get(locale) ?? standard,
  };
}

/** The parts of a feature that belong to the site as a whole. */
interface SiteParts {
  readonly reauthenticate?: Reauthenticate;
  readonly pageNotice?: PageNotice;
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`);
}
