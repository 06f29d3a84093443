/** Renders the link back to the settings. */
import { at, type Html, html } from "../../ui/html.ts";
import type { Context } from "../context.ts";
import { translator } from "../request/locale.ts";
import { messages } from "./settings-link.messages.ts";

export function settingsLink(c: Context): Html {
  return html`<p class="after"><a href="${at("/settings")}">${translator(c, messages)("back")}</a></p>`;
}
