/** The frame around every page: title, navigation, messages, footer. */
import { html } from "hono/html";
import type { Html, Page } from "./page.ts";

export interface LayoutProps {
  readonly page: Page;
  readonly siteName: string;
  readonly path: string;
  readonly signupIsOpen: boolean;
  readonly flashes: readonly FlashProps[];
  readonly assetUrl: (name: string) => string;
  readonly visitor?: { readonly username: string; readonly csrfToken: string };
}

interface FlashProps {
  readonly kind: "success" | "info" | "warning" | "danger";
  readonly text: string;
}

export function layout(props: LayoutProps): Html {
  const { page, siteName, assetUrl } = props;
  const title = `${page.hasErrors ? "Error: " : ""}${page.title} · ${siteName}`;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="${assetUrl("style.css")}">
<link rel="icon" href="${assetUrl("icon.svg")}" type="image/svg+xml">
<script type="module" src="${assetUrl("password.js")}"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<div class="top-inner">
<a class="brand" href="/">${keyMark}<span>${siteName}</span></a>
<nav aria-label="Main">${navigation(props)}</nav>
</div>
</header>
<main id="content" class="${page.width ?? "wide"}" tabindex="-1">
${props.flashes.map(flashMessage)}
${page.body}
</main>
</body>
</html>`;
}

function navigation({ visitor, path, signupIsOpen }: LayoutProps): Html {
  if (!visitor) {
    return html`${link("/login", "Log in", path)}${signupIsOpen ? link("/signup", "Sign up", path) : ""}`;
  }
  return html`${link("/dashboard", "Dashboard", path)}${link("/settings", "Settings", path)}
<form method="post" action="/logout" class="inline">
<input type="hidden" name="csrf_token" value="${visitor.csrfToken}">
<button type="submit" class="quiet" title="Logged in as ${visitor.username}">Log out</button>
</form>`;
}

function link(href: string, text: string, path: string): Html {
  return path === href ? html`<a href="${href}" aria-current="page">${text}</a>` : html`<a href="${href}">${text}</a>`;
}

/** What went wrong interrupts a screen reader; good news waits its turn. */
function flashMessage({ kind, text }: FlashProps): Html {
  const role = kind === "danger" || kind === "warning" ? "alert" : "status";
  return html`<div class="flash ${kind}" role="${role}"><p>${text}</p></div>`;
}

const keyMark = html`<svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="8"/><circle cx="16" cy="11.5" r="4.5"/><path d="M16 16v9.5M16 20.5h4M16 24.5h3"/></svg>`;
