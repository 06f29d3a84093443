/** Renders the page layout: title, navigation and flash messages. */
import type { Translate, Translator } from "../i18n/translator.ts";
import { messages as fieldMessages } from "./fields.messages.ts";
import { fieldWords } from "./fields.ts";
import { at, complete, type Html, html } from "./html.ts";
import { type IconName, icon } from "./icons.ts";
import { languageForm } from "./language-form.ts";
import { messages } from "./layout.messages.ts";
import type { Page } from "./page.ts";

/** Properties of all pages of a site in one language. */
export interface LayoutProps {
  readonly translator: Translator;
  readonly siteName: string;
  /** Undefined if sign-up is closed. */
  readonly signupPath?: string | undefined;
  /** Undefined if home belongs to the host app. */
  readonly homePath?: string | undefined;
  readonly assetUrl: (name: string) => string;
  /** The path below which this app is mounted; empty for the root. */
  readonly mountPath: string;
  /** URL of the site's first page, Latchkey's or the host app's. */
  readonly frontUrl: string;
  /** URLs of an image that replaces Latchkey's logo, in light and in dark mode. */
  readonly logo?: { readonly light: string; readonly dark?: string | undefined } | undefined;
  /** Whether the site has its own colors. */
  readonly isThemed: boolean;
  /** Languages to choose from, and the path of the form; undefined without a choice. */
  readonly languages?: { readonly path: string; readonly locales: readonly string[] } | undefined;
  /** Links in the header for logged-in users, besides home and the settings. */
  readonly headerLinks: readonly LayoutLink[];
  /** Groups of the settings menu. */
  readonly settingsGroups: readonly SettingsGroup[];
  /** Links in the footer, such as terms and privacy. */
  readonly footerLinks: readonly { readonly url: string; readonly text: string }[];
}

interface LayoutLink {
  readonly path: string;
  readonly text: string;
}

interface SettingsGroup {
  readonly title: string;
  readonly entries: readonly (LayoutLink & { readonly icon: IconName })[];
}

/** Properties of one page. */
interface RenderProps {
  readonly page: Page;
  readonly path: string;
  readonly flashes: readonly FlashProps[];
  readonly visitor?: VisitorProps;
  /** Of the form that chooses a language: its token and the path to return to. */
  readonly choice?: { readonly csrfToken: string; readonly next: string };
}

interface VisitorProps {
  readonly username: string;
  readonly displayName: string;
  readonly csrfToken: string;
  /** Paths of links that are not shown to this visitor: one set for each combination. */
  readonly hiddenPaths: ReadonlySet<string>;
}

interface FlashProps {
  readonly kind: "success" | "info" | "warning" | "danger";
  readonly text: string | Html;
}

export interface Layout {
  /** The whole document of a page. */
  readonly render: (props: RenderProps) => string;
  /** Replaces the placeholders of links and words, for a page that the host app renders. */
  readonly complete: (markup: Html) => Html;
}

/** Renders the parts common to all pages once. */
export function createLayout(props: LayoutProps): Layout {
  const { siteName, assetUrl, translator, signupPath, homePath } = props;
  const t = translator.messages(messages);
  const words = fieldWords(translator.messages(fieldMessages));
  const completeAll = (markup: Html) => complete(markup, props.mountPath, words);
  const documentStart = startOf(translator);
  const siteTitle = html` · ${siteName}`;
  const afterTitle = html`</title>
<link rel="stylesheet" href="${assetUrl("style.css")}">
${props.isThemed ? html`<link rel="stylesheet" href="${assetUrl("theme.css")}">\n` : ""}<link rel="icon" href="${assetUrl("icon.svg")}" type="image/svg+xml">
<script type="module" src="${assetUrl("page.js")}"></script>
<script type="module" src="${assetUrl("password.js")}"></script>
</head>
<body>
<a class="skip" href="#content">${t("skip")}</a>
<header class="top">
<div class="top-inner">
<a class="brand" href="${props.frontUrl}">${props.logo === undefined ? keyMark : logoImage(props.logo)}<span>${siteName}</span></a>
`;
  // Completed once: for each page, only the body is completed.
  const loggedOutLinksAt = atEachPath(["/login", ...optional(signupPath)], (path) => completeAll(loggedOutLinks(t, path, signupPath)));
  const { headerLinks, settingsGroups } = props;
  const inHeader = [...optional(homePath), "/settings", ...headerLinks.map(({ path }) => path)].map((path) => ({ path }));
  const headerEntry = finderOf(inHeader);
  const headerAt = cachedByLinks(headerLinks, (path, links) => completeAll(loggedInLinks(t, path, { homePath, links })));
  const entries = settingsGroups.flatMap((group) => group.entries);
  const settingsEntry = finderOf(entries);
  const settingsMenuAt = cachedByLinks(entries, (path, shown) => completeAll(settingsMenu(t, path, { groups: settingsGroups, shown })));
  const afterToken = html`">\n<button type="submit" class="quiet" title="`;
  const afterTooltip = html`">${t("logOut")}</button>\n</form>\n</nav>\n<span class="me" aria-hidden="true">`;
  const navigation = (path: string, visitor: VisitorProps | undefined) =>
    visitor === undefined
      ? loggedOutLinksAt(path)
      : html`${headerAt(headerEntry(path), visitor.hiddenPaths)}${visitor.csrfToken}${afterToken}${t("loggedInAs", { username: visitor.username })}${afterTooltip}${initialOf(visitor.displayName)}</span>`;
  const afterHeader = html`
</div>
</header>
`;
  const footer = completeAll(footerOf(props.footerLinks));
  const { languages } = props;
  const label = t("language");
  /** The footer of a site with several languages. */
  const footerWith = (choice: NonNullable<RenderProps["choice"]>, { path, locales }: NonNullable<typeof languages>) =>
    completeAll(footerOf(props.footerLinks, languageForm({ ...choice, action: path, locales, current: translator.locale, label })));
  const render = ({ page, path, flashes, visitor, choice }: RenderProps) => {
    const isAccount = page.width === "account" && visitor !== undefined;
    return html`${documentStart}${page.hasErrors ? t("errorTitle", { title: page.title }) : page.title}${siteTitle}${afterTitle}${navigation(path, visitor)}${afterHeader}${isAccount ? settingsMenuAt(settingsEntry(path), visitor.hiddenPaths) : ""}<main id="content"${isAccount ? "" : html` class="${page.width === "narrow" ? "narrow" : "wide"}"`} tabindex="-1">
${isAccount && path !== "/settings" ? breadcrumb(path) : ""}${flashes.map(flashMessage)}
${completeAll(page.body)}
</main>${isAccount ? html`\n</div>` : ""}${languages && choice ? footerWith(choice, languages) : footer}
</body>
</html>`.toString();
  };
  const [crumbStart, crumbEnd] = breadcrumbAround(t, completeAll);
  const crumbTo = new Map(
    entries.map((entry) => [entry.path, completeAll(html`<li><a href="${at(entry.path)}">${entry.text}</a></li>${crumbEnd}`)]),
  );
  /** The pages above this one; its own title follows as the heading. */
  const breadcrumb = (path: string) => {
    const entry = settingsEntry(path);
    const parent = entry === path ? undefined : crumbTo.get(entry);
    return html`${crumbStart}${parent ?? crumbEnd}`;
  };
  return { render, complete: completeAll };
}

type T = Translate<typeof messages.texts>;

/** The name beside it says whose it is. */
function logoImage({ light, dark }: NonNullable<LayoutProps["logo"]>): Html {
  const image = html`<img class="mark" src="${light}" alt="" height="28">`;
  return dark === undefined ? image : html`<picture><source srcset="${dark}" media="(prefers-color-scheme: dark)">${image}</picture>`;
}

const keyMark = html`<svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect width="32" height="32" rx="8"/><circle cx="16" cy="11.5" r="4.5"/><path d="M16 16v9.5M16 20.5h4M16 24.5h3"/></svg>`;

const startOf = ({ locale, direction }: Translator) => html`<!DOCTYPE html>
<html lang="${locale}"${direction === "rtl" ? html` dir="rtl"` : ""}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>`;

function optional(path: string | undefined): string[] {
  return path === undefined ? [] : [path];
}

function loggedOutLinks(t: T, path: string, signupPath: string | undefined): Html {
  return html`<nav aria-label="${t("mainNavigation")}">${link("/login", t("logIn"), path)}${signupPath === undefined ? "" : link(signupPath, t("signUp"), path)}</nav>`;
}

/** Ends before the CSRF token of the logout form. Without JavaScript, the button opens the menu on phones (`popover`). */
function loggedInLinks(t: T, path: string, { homePath, links }: { homePath: string | undefined; links: readonly LayoutLink[] }): Html {
  return html`<button type="button" class="button secondary small menu-button" popovertarget="menu">${icon("menu")}${t("menu")}</button>
<nav id="menu" class="menu" popover aria-label="${t("mainNavigation")}">
${homePath === undefined ? "" : link(homePath, t("dashboard"), path)}${link("/settings", t("settings"), path)}${links.map((each) => link(each.path, each.text, path))}
<form method="post" action="${at("/logout")}" class="inline">
<input type="hidden" name="csrf_token" value="`;
}

/** The menu beside the settings; on phones it opens from a button (`popover`). */
function settingsMenu(t: T, path: string, { groups, shown }: { groups: readonly SettingsGroup[]; shown: readonly LayoutLink[] }): Html {
  const sections = groups
    .map(({ title, entries }) => ({ title, entries: entries.filter((entry) => shown.includes(entry)) }))
    .filter(({ entries }) => entries.length > 0)
    .map(
      ({ title, entries }) =>
        html`<h2>${title}</h2>\n${entries.map((entry) => html`<a href="${at(entry.path)}"${entry.path === path ? html` aria-current="page"` : ""}>${icon(entry.icon)}${entry.text}</a>\n`)}`,
    );
  return html`<div class="area">
<nav id="settings-menu" class="side menu" popover aria-label="${t("settings")}">
${sections}</nav>
`;
}

/** The way back to the settings on phones, before and after its last entry. */
function breadcrumbAround(t: T, completeAll: (markup: Html) => Html): readonly [Html, Html] {
  return [
    completeAll(html`<nav class="crumb" aria-label="${t("breadcrumb")}"><ol><li><a href="${at("/settings")}">${t("settings")}</a></li>`),
    html`</ol><button type="button" class="button secondary small" popovertarget="settings-menu">${icon("menu")}${t("settingsMenu")}</button></nav>\n`,
  ];
}

function footerOf(links: LayoutProps["footerLinks"], languages?: Html): Html {
  if (links.length === 0 && languages === undefined) return html``;
  return html`
<footer class="bottom">${links.map(({ url, text }) => html`<a href="${url}">${text}</a>`)}${languages}</footer>`;
}

/** Returns the linked page that a path belongs to: `/settings/change-email` for `/settings/change-email/confirm`; else an empty text. */
function finderOf(entries: readonly Pick<LayoutLink, "path">[]): (path: string) => string {
  const paths = new Set(entries.map(({ path }) => path));
  const folders = [...paths].map((path) => `${path}/`);
  return (path) => (paths.has(path) ? path : (folders.find((folder) => path.startsWith(folder))?.slice(0, -1) ?? ""));
}

function initialOf(name: string): string {
  const [first = ""] = name;
  return first.toUpperCase();
}

/** Caches markup by the hidden links, of which each combination is one set, and by linked page. */
function cachedByLinks<Link extends LayoutLink>(
  links: readonly Link[],
  render: (path: string, shown: readonly Link[]) => Html,
): (path: string, hidden: ReadonlySet<string>) => Html {
  const cache = new WeakMap<ReadonlySet<string>, Map<string, Html>>();
  return (path, hidden) => {
    const byPath = cache.get(hidden) ?? new Map<string, Html>();
    const cached = byPath.get(path);
    if (cached) return cached;
    const rendered = render(
      path,
      links.filter((each) => !hidden.has(each.path)),
    );
    cache.set(hidden, byPath.set(path, rendered));
    return rendered;
  };
}

/** Caches the navigation of each linked path, and one for all other paths. */
function atEachPath(paths: readonly string[], render: (path: string) => Html): (path: string) => Html {
  const linked = new Map(paths.map((path) => [path, render(path)]));
  const other = render("");
  return (path) => linked.get(path) ?? other;
}

function link(href: string, text: string, path: string): Html {
  return path === href ? html`<a href="${at(href)}" aria-current="page">${text}</a>` : html`<a href="${at(href)}">${text}</a>`;
}

/** Errors and warnings interrupt a screen reader; other messages do not. */
function flashMessage({ kind, text }: FlashProps): Html {
  const role = kind === "danger" || kind === "warning" ? "alert" : "status";
  return html`<div class="flash ${kind}" role="${role}"><p>${text}</p></div>`;
}
