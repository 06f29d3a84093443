/** Draws the icons of menus and signs, in the color of the text. */
import { type Html, html } from "./html.ts";

const paths = {
  activity: html`<path d="M3 12h4l3-8 4 16 3-8h4"/>`,
  at: html`<circle cx="12" cy="12" r="4"/><path d="M16 8v5a3 3 0 0 0 5-2v1a9 9 0 1 0-4 7"/>`,
  attention: html`<path d="M12 6v7m0 4v.5"/>`,
  check: html`<path d="m5 12.5 4.5 4.5L19 7.5"/>`,
  download: html`<path d="M12 4v11m-4-4 4 4 4-4M4 20h16"/>`,
  email: html`<rect x="3" y="5" width="18" height="14" rx="2"/><path d="m4 7 8 6 8-6"/>`,
  globe: html`<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c-5 5-5 13 0 18 5-5 5-13 0-18"/>`,
  information: html`<path d="M12 7v.5m0 3.5v6.5"/>`,
  key: html`<circle cx="8" cy="15" r="4"/><path d="m11 12 8-8m-3 3 3 3"/>`,
  menu: html`<path d="M4 7h16M4 12h16M4 17h16"/>`,
  note: html`<path d="M6 3h9l4 4v14H6zM9 12h7m-7 4h7"/>`,
  passkey: html`<circle cx="9" cy="8" r="4"/><path d="M2 20c1-4 4-5.5 7-5.5 1.5 0 2.5 .3 3.5 .8"/><circle cx="17.5" cy="12.5" r="2.5"/><path d="M17.5 15v6m0-3h2"/>`,
  phone: html`<rect x="7" y="3" width="10" height="18" rx="2"/><path d="M11 18h2"/>`,
  screen: html`<rect x="3" y="4" width="18" height="12" rx="2"/><path d="M8 20h8m-4-4v4"/>`,
  tablet: html`<rect x="4" y="3" width="16" height="18" rx="2"/><path d="M11 18h2"/>`,
  terminal: html`<rect x="3" y="4" width="18" height="16" rx="2"/><path d="m7 9 3 3-3 3m6 0h4"/>`,
  trash: html`<path d="M5 7h14M10 7V4h4v3m-7 0 1 13h8l1-13"/>`,
  user: html`<circle cx="12" cy="8" r="4"/><path d="M4 20c1.5-4 5-5 8-5s6.5 1 8 5"/>`,
} as const;

export type IconName = keyof typeof paths;

// Rendered once: a page has up to twenty.
const icons = Object.fromEntries(
  // Hidden from screen readers: the text beside an icon says the same.
  Object.entries(paths).map(([name, path]) => [name, html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${path}</svg>`]),
) as Readonly<Record<IconName, Html>>;

export function icon(name: IconName): Html {
  return icons[name];
}

/** Icons by kind of device. */
export const deviceIcons = { phone: "phone", tablet: "tablet", computer: "screen", program: "terminal" } as const;
