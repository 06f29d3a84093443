/** A moment in words, with the exact one for machines. */
import { html } from "hono/html";
import type { Html } from "./page.ts";

const words = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });

export function instant(ms: number): Html {
  const date = new Date(ms);
  return html`<time datetime="${date.toISOString()}">${words.format(date)} UTC</time>`;
}
