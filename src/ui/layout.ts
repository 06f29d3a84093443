/** Renders the page layout: title, navigation and flash messages. */
import type { Translate, Translator } from "../i18n/translator.ts";
import { messages as fieldMessages } from "./fields.messages.ts";
import { fieldWords } from "./fields.ts";
import { at, complete, type Html, html } from "./html.ts";
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
  /** URL of an image that replaces Latchkey's logo. */
  readonly logo?: string | undefined;
  /** Whether the site has its own colors. */
  readonly isThemed: boolean;
}

/** Properties of one page. */
interface RenderProps {
  readonly page: Page;
  readonly path: string;
  readonly flashes: readonly FlashProps[];
  readonly visitor?: VisitorProps;
}

interface VisitorProps {
  readonly username: string;
  readonly csrfToken: string;
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
  const documentStart = startOf(translator.locale);
  const siteTitle = html` · ${siteName}`;
  const afterTitle = html`</title>
<link rel="stylesheet" href="${assetUrl("style.css")}">
${props.isThemed ? html`<link rel="stylesheet" href="${assetUrl("theme.css")}">\n` : ""}<link rel="icon" href="${assetUrl("icon.svg")}" type="image/svg+xml">
<script type="module" src="${assetUrl("forms.js")}"></script>
<script type="module" src="${assetUrl("password.js")}"></script>
</head>
<body>
<a class="skip" href="#content">${t("skip")}</a>
<header class="top">
<div class="top-inner">
<a class="brand" href="${props.frontUrl}">${props.logo === undefined ? keyMark : html`<img class="mark" src="${props.logo}" alt="" height="28">`}<span>${siteName}</span></a>
<nav aria-label="${t("mainNavigation")}">`;
  // Completed once: for each page, only the body is completed.
  const loggedOutLinksAt = atEachPath(["/login", ...optional(signupPath)], (path) => completeAll(loggedOutLinks(t, path, signupPath)));
  const loggedInLinksAt = atEachPath([...optional(homePath), "/settings"], (path) => completeAll(loggedInLinks(t, path, homePath)));
  const afterToken = html`">\n<button type="submit" class="quiet" title="`;
  const afterTooltip = html`">${t("logOut")}</button>\n</form>`;
  const navigation = (path: string, visitor: VisitorProps | undefined) =>
    visitor === undefined
      ? loggedOutLinksAt(path)
      : html`${loggedInLinksAt(path)}${visitor.csrfToken}${afterToken}${t("loggedInAs", { username: visitor.username })}${afterTooltip}`;
  const render = ({ page, path, flashes, visitor }: RenderProps) =>
    html`${documentStart}${page.hasErrors ? t("errorTitle", { title: page.title }) : page.title}${siteTitle}${afterTitle}${navigation(path, visitor)}</nav>
</div>
</header>
<main id="content" class="${page.width ?? "wide"}" tabindex="-1">
${flashes.map(flashMessage)}
${completeAll(page.body)}
</main>
</body>
</html>`.toString();
  return { render, complete: completeAll };
}

type T = Translate<typeof messages.texts>;

const keyMark = html`<svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="8"/><circle cx="16" cy="11.5" r="4.5"/><path d="M16 16v9.5M16 20.5h4M16 24.5h3"/></svg>`;

const startOf = (locale: string) => html`<!DOCTYPE html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>`;

function optional(path: string | undefined): string[] {
  return path === undefined ? [] : [path];
}

function loggedOutLinks(t: T, path: string, signupPath: string | undefined): Html {
  return html`${link("/login", t("logIn"), path)}${signupPath === undefined ? "" : link(signupPath, t("signUp"), path)}`;
}

/** Ends before the CSRF token of the logout form. */
function loggedInLinks(t: T, path: string, homePath: string | undefined): Html {
  return html`${homePath === undefined ? "" : link(homePath, t("dashboard"), path)}${link("/settings", t("settings"), path)}
<form method="post" action="${at("/logout")}" class="inline">
<input type="hidden" name="csrf_token" value="`;
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
