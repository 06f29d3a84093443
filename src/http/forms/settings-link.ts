/** Renders the link back to where the visitor came from, or to the settings. */
import { at, type Html, html } from "../../ui/html.ts";
import type { Context } from "../context.ts";
import { translator } from "../request/locale.ts";
import { messages } from "./settings-link.messages.ts";

export function settingsLink(c: Context): Html {
  const t = translator(c, messages);
  const from = ownReferrer(c);
  return from === undefined
    ? html`<p class="after"><a href="${at("/settings")}">${t("back")}</a></p>`
    : html`<p class="after"><a href="${from}">${t("goBack")}</a></p>`;
}

/** Path and query of the page before, if it is another page of Latchkey. Open redirect: other sites' URLs are ignored. */
function ownReferrer(c: Context): string | undefined {
  const referrer = URL.parse(c.req.header("referer") ?? "");
  const { baseUrl, mountPath } = c.get("s").settings;
  if (referrer?.origin !== new URL(baseUrl).origin || !c.get("site").isOwnPage(referrer.pathname)) return undefined;
  return referrer.pathname === mountPath + c.req.path ? undefined : referrer.pathname + referrer.search;
}
