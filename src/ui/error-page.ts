/** The page for what cannot be shown: what happened, and what to do next. */
import { html } from "./html.ts";
import type { Page } from "./page.ts";

interface ErrorProps {
  readonly status: number;
  /** A sentence that says what happened. */
  readonly message: string;
  /** Lets an operator find the request in the log; shown where the fault is ours. */
  readonly requestId: string;
  /** The site's first page, as it stands in a link. */
  readonly frontUrl: string;
}

const titles: Record<number, string> = {
  400: "That could not be read",
  403: "Not allowed",
  404: "Page not found",
  405: "This cannot be done here",
  413: "That is too large",
  415: "That could not be read",
  429: "Too many attempts",
  500: "Something went wrong",
  503: "Not available right now",
};

export function errorPage({ status, message, requestId, frontUrl }: ErrorProps): Page {
  const title = titles[status] ?? "That did not work";
  return {
    title,
    hasErrors: true,
    width: "narrow",
    body: html`<h1>${title}</h1>
<p>${message}</p>
${status >= 500 ? html`<p class="hint">If it keeps happening, tell whoever runs this site the request’s number: <code>${requestId}</code></p>` : ""}
<p><a class="button secondary" href="${frontUrl}">Go to the home page</a></p>`,
  };
}
