/** Renders error pages. */
import type { Translate } from "../i18n/translator.ts";
import type { messages } from "./error-page.messages.ts";
import { html } from "./html.ts";
import type { Page } from "./page.ts";

interface ErrorProps {
  readonly status: number;
  /** Describes the error in one sentence. */
  readonly message: string;
  /** Identifies the request in the log; shown for server errors. */
  readonly requestId: string;
  /** URL of the site's first page. */
  readonly frontUrl: string;
}

const titles = {
  400: "title400",
  401: "title401",
  403: "title403",
  404: "title404",
  405: "title405",
  409: "title409",
  413: "title413",
  415: "title415",
  429: "title429",
  500: "title500",
  503: "title503",
} as const;

export function errorPage({ status, message, requestId, frontUrl }: ErrorProps, t: Translate<(typeof messages)["texts"]>): Page {
  const title = t(status in titles ? titles[status as keyof typeof titles] : "titleOther");
  return {
    title,
    hasErrors: true,
    width: "narrow",
    body: html`<h1>${title}</h1>
<p>${message}</p>
${status >= 500 ? html`<p class="hint">${t("support", { requestId: html`<code>${requestId}</code>` })}</p>` : ""}
<p><a class="button secondary" href="${frontUrl}">${t("home")}</a></p>`,
  };
}
