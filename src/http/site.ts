/** What is the same in every answer of one app, made once. */
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
  const assets = readAssets(s.custom.look.styleSheet);
  return {
    assets,
    headers: safetyHeaders(s),
    layout: createLayout({
      siteName: settings.siteName,
      signupIsOpen: settings.signup !== "closed",
      assetUrl: assets.url,
      mountPath: settings.mountPath,
      logo: s.custom.look.logo,
      isThemed: s.custom.look.styleSheet !== "",
    }),
  };
}
