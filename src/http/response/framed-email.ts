/** Shows the HTML of an email in a frame of a development page. */
import { at, type Html, html } from "../../ui/html.ts";
import type { Context } from "../context.ts";
import { noStore, respond } from "./security-headers.ts";

const sandbox = "allow-popups allow-popups-to-escape-sandbox";

/** `path` answers with `answerFramedEmail`; the page around the frame needs `allowFrames`. */
export function emailFrame(path: string, title: string): Html {
  return html`<iframe src="${at(path)}" title="${title}" sandbox="${sandbox}"></iframe>`;
}

/** Every other page has no frames. */
export function allowFrames(response: Response): Response {
  const policy = response.headers.get("content-security-policy") ?? "";
  response.headers.set("content-security-policy", policy.replace("default-src 'none';", "$& frame-src 'self';"));
  return response;
}

/**
 * XSS by a template of the site: the document has an origin of its own, runs no script and loads nothing but styles and images of this
 * site.
 */
export function answerFramedEmail(c: Context, markup: string): Response {
  return respond(c, withLinksInNewTabs(markup), 200, {
    ...noStore,
    "content-type": "text/html; charset=UTF-8",
    "content-security-policy": `default-src 'none'; style-src 'unsafe-inline'; img-src 'self' ${c.get("s").settings.baseUrl} data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox ${sandbox}`,
    "referrer-policy": "no-referrer",
    "x-frame-options": "SAMEORIGIN",
  });
}

/** Pages of this app refuse to be framed. */
function withLinksInNewTabs(markup: string): string {
  const base = '<base target="_blank">';
  return /<head(?:\s[^>]*)?>/i.test(markup) ? markup.replace(/<head(?:\s[^>]*)?>/i, (head) => head + base) : base + markup;
}
