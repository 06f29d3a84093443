/** The frame around every page: title, navigation and messages. */
import { at, type Html, html, mounted } from "./html.ts";
import type { Page } from "./page.ts";

/** What is the same on every page of a site. */
export interface LayoutProps {
  /** BCP 47, such as `en`. */
  readonly locale: string;
  readonly siteName: string;
  readonly signupIsOpen: boolean;
  readonly assetUrl: (name: string) => string;
  /** The path that all of our addresses stand under; empty where it is the root. */
  readonly mountPath: string;
  /** Where the site's name leads: our own first page, or the app's. */
  readonly frontUrl: string;
  readonly hasDashboard: boolean;
  /** A picture instead of the key. */
  readonly logo?: string | undefined;
  /** Whether the site has colours of its own. */
  readonly isThemed: boolean;
}

/** What one page shows within it. */
interface FrameProps {
  readonly page: Page;
  readonly path: string;
  readonly flashes: readonly FlashProps[];
  readonly visitor?: { readonly username: string; readonly csrfToken: string };
}

interface FlashProps {
  readonly kind: "success" | "info" | "warning" | "danger";
  readonly text: string;
}

/** Gives the whole document for a page. */
export type Layout = (props: FrameProps) => string;

/** Puts together once what no page changes. */
export function createLayout(props: LayoutProps): Layout {
  const { siteName, assetUrl } = props;
  const documentStart = startOf(props.locale);
  const siteTitle = html` · ${siteName}`;
  const afterTitle = html`</title>
<link rel="stylesheet" href="${assetUrl("style.css")}">
${props.isThemed ? html`<link rel="stylesheet" href="${assetUrl("theme.css")}">\n` : ""}<link rel="icon" href="${assetUrl("icon.svg")}" type="image/svg+xml">
<script type="module" src="${assetUrl("forms.js")}"></script>
<script type="module" src="${assetUrl("password.js")}"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<div class="top-inner">
<a class="brand" href="${props.frontUrl}">${props.logo === undefined ? keyMark : html`<img class="mark" src="${props.logo}" alt="" height="28">`}<span>${siteName}</span></a>
<nav aria-label="Main">`;
  return ({ page, path, flashes, visitor }) =>
    mounted(
      html`${documentStart}${page.hasErrors ? "Error: " : ""}${page.title}${siteTitle}${afterTitle}${
        visitor ? visitorLinks(path, props, visitor) : strangerLinks(path, props)
      }</nav>
</div>
</header>
<main id="content" class="${page.width ?? "wide"}" tabindex="-1">
${flashes.map(flashMessage)}
${page.body}
</main>
</body>
</html>`,
      props.mountPath,
    ).toString();
}

const keyMark = html`<svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="8"/><circle cx="16" cy="11.5" r="4.5"/><path d="M16 16v9.5M16 20.5h4M16 24.5h3"/></svg>`;

const startOf = (locale: string) => html`<!DOCTYPE html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>`;

function strangerLinks(path: string, { signupIsOpen }: LayoutProps): Html {
  return html`${link("/login", "Log in", path)}${signupIsOpen ? link("/signup", "Sign up", path) : ""}`;
}

function visitorLinks(path: string, { hasDashboard }: LayoutProps, { username, csrfToken }: { username: string; csrfToken: string }): Html {
  return html`${hasDashboard ? link("/dashboard", "Dashboard", path) : ""}${link("/settings", "Settings", path)}
<form method="post" action="${at("/logout")}" class="inline">
<input type="hidden" name="csrf_token" value="${csrfToken}">
<button type="submit" class="quiet" title="Logged in as ${username}">Log out</button>
</form>`;
}

function link(href: string, text: string, path: string): Html {
  return path === href ? html`<a href="${at(href)}" aria-current="page">${text}</a>` : html`<a href="${at(href)}">${text}</a>`;
}

/** What went wrong interrupts a screen reader; good news waits its turn. */
function flashMessage({ kind, text }: FlashProps): Html {
  const role = kind === "danger" || kind === "warning" ? "alert" : "status";
  return html`<div class="flash ${kind}" role="${role}"><p>${text}</p></div>`;
}
