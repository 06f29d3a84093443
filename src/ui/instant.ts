/** A moment in words, with the exact one for machines. */
import { html } from "hono/html";
import type { Html } from "./page.ts";

const words = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });

export function instant(ms: number): Html {
  return html`<time datetime="${new Date(ms).toISOString()}">${instantInWords(ms)}</time>`;
}

export function instantInWords(ms: number): string {
  return `${words.format(ms)} UTC`;
}
