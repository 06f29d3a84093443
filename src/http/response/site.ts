/** Prepares assets, headers and layouts once for all responses. */
import { pageWith, type Services } from "../../core/services.ts";
import { createLayout } from "../../ui/layout.ts";
import type { HeaderLink, PageNotice, SecondFactorPrompt, SettingsPage, Site } from "../context.ts";
import { readAssets } from "./assets.ts";
import { securityHeaders } from "./security-headers.ts";
import { messages } from "./site.messages.ts";

/** Groups of the settings, in their order. */
export const settingsGroups = ["profile", "security", "data", "more"] as const;

/** What the features declare for the site. */
interface SiteParts {
  readonly isPage: (path: string) => boolean;
  readonly reauthentication: Site["reauthentication"];
  readonly secondFactorPrompts: readonly SecondFactorPrompt[];
  readonly settingsPages: readonly SettingsPage[];
  readonly headerLinks: readonly HeaderLink[];
  readonly pageNotices: readonly PageNotice[];
}

const noParts: SiteParts = {
  isPage: () => false,
  reauthentication: [],
  secondFactorPrompts: [],
  settingsPages: [],
  headerLinks: [],
  pageNotices: [],
};

export function prepareSite(s: Services, parts: SiteParts = noParts): Site {
  const { isPage, reauthentication, secondFactorPrompts, settingsPages, headerLinks, pageNotices } = parts;
  const { settings, custom, translations } = s;
  const { mountPath } = settings;
  const assets = readAssets(mountPath, custom.look.styleSheet, custom.look.files);
  const front = pageWith(s, "front");
  const frontUrl = front === undefined ? settings.homeUrl : mountPath + front;
  const languagePath = translations.locales.length > 1 ? pageWith(s, "language") : undefined;
  const pages = settingsPages.filter(({ isThere }) => isThere?.(s) ?? true);
  const restricted = [...headerLinks, ...pages].filter(({ isFor }) => isFor !== undefined);
  const hidden = new Map<string, ReadonlySet<string>>();
  const createLayoutIn = (locale: string) => {
    const translator = translations.translator(locale);
    const t = translator.messages(messages);
    const said = ({ title }: HeaderLink | SettingsPage) =>
      typeof title === "string" ? title : (translations.render(locale, title, undefined) ?? "");
    return createLayout({
      translator,
      headerLinks: headerLinks.map((each) => ({ path: each.path, text: said(each) })),
      settingsGroups: settingsGroups.map((group) => ({
        title: t(group),
        entries: pages.filter((each) => each.group === group).map((each) => ({ path: each.path, text: said(each), icon: each.icon })),
      })),
      footerLinks: [
        { url: settings.termsUrl, text: t("terms") },
        { url: settings.privacyUrl, text: t("privacy") },
        { url: settings.contactUrl, text: t("contact") },
      ].flatMap(({ url, text }) => (url === undefined ? [] : [{ url, text }])),
      siteName: settings.siteName,
      signupPath: pageWith(s, "signup"),
      homePath: pageWith(s, "home"),
      assetUrl: assets.url,
      mountPath,
      frontUrl,
      logo: custom.look.logo,
      isThemed: custom.look.styleSheet !== "",
      languages: languagePath === undefined ? undefined : { path: languagePath, locales: translations.locales },
    });
  };
  const [first, ...others] = translations.locales;
  const standard = createLayoutIn(first);
  const layouts = new Map(others.map((locale) => [locale, createLayoutIn(locale)]));
  return {
    assets,
    headers: securityHeaders(s),
    reauthentication,
    secondFactorPrompts,
    notices: pageNotices.flatMap(({ isOn, show }) => (isOn(s) ? show : [])),
    frontUrl,
    languagePath,
    isOwnPage: (path) => isBelow(mountPath, path) && isPage(path.slice(mountPath.length).replace(/[?#].*/s, "")),
    settingsPages: pages,
    hiddenPaths: (user) => {
      let key = "";
      for (const { isFor } of restricted) key += isFor?.(user) ? "+" : "-";
      const known = hidden.get(key);
      if (known) return known;
      const paths = new Set(restricted.filter((_, i) => key[i] === "-").map(({ path }) => path));
      hidden.set(key, paths);
      return paths;
    },
    layoutOf: (locale) => layouts.get(locale) ?? standard,
  };
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`);
}
