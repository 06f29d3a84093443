/** One event as an operator sees it, in a list of anybody's or of one person's. */

import { instant } from "../../../ui/date-time.ts";
import { at, type Html, html } from "../../../ui/html.ts";

interface Shown {
  readonly event: string;
  readonly at: number;
  readonly ip: string;
  readonly actor?: string | null;
}

/** User names by account ID. */
export type Names = ReadonlyMap<string, string>;

/** `whom` stands behind what happened, where the list does not say it already. */
export function eventRow({ event, at, ip, actor }: Shown, names: Names, whom: Html | "" = ""): Html {
  const from = ip === "" ? "" : ` · from ${ip}`;
  const by = actor ? html` · by <span class="name">${names.get(actor) ?? actor}</span>` : "";
  return html`<li><span><strong>${inWords(event)}</strong>${whom === "" ? "" : html` · ${whom}`}</span><span class="hint">${instant(at)}${from}${by}</span></li>`;
}

/** A link to somebody, by name where there still is one. */
export function personLink(userId: string | null, names: Names): Html | "" {
  return userId === null ? "" : html`<a class="name" href="${at(`/admin/person?id=${userId}`)}">${names.get(userId) ?? userId}</a>`;
}

/** `login-failed` as “Login failed”. */
function inWords(event: string): string {
  return event.charAt(0).toUpperCase() + event.slice(1).replaceAll("-", " ");
}
