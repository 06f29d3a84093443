/** Renders emails as plain text and HTML for all mail clients. */
import type { Direction } from "../i18n/direction.ts";
import { type Html, html } from "./html.ts";

export interface EmailProps {
  readonly siteName: string;
  /** Short and clear without the body. */
  readonly subject: string;
  /** The display name; empty while the email is unverified. */
  readonly name: string;
  /** Whole sentences. */
  readonly paragraphs: readonly string[];
  /** The six-digit code. */
  readonly code?: string | undefined;
  readonly action?: { readonly text: string; readonly url: string } | undefined;
  /** Paragraphs after the code or the link. */
  readonly after?: readonly string[] | undefined;
  /** A secondary link at the end, such as "This wasn't me". */
  readonly footer?: { readonly text: string; readonly url: string } | undefined;
}

/** Texts common to all emails of a language. */
export interface EmailWords {
  /** BCP 47, such as `en`. */
  readonly locale: string;
  readonly direction: Direction;
  readonly greeting: string;
  /** The line below the button, for mail clients that do not render it. */
  readonly copyLink: (url: Html) => string | Html;
}

/** The site's theme; colors are hex. */
export interface EmailLook {
  readonly button?: { readonly background: string; readonly text: string } | undefined;
  /** An absolute URL. */
  readonly logoUrl?: string | undefined;
}

export function renderEmail(props: EmailProps, words: EmailWords, look: EmailLook = {}): { subject: string; text: string; html: string } {
  return { subject: oneLine(props.subject), text: asText(props, words), html: asHtml(props, words, look) };
}

/** Header injection: replaces line ends and control characters by spaces, except the isolates of right-to-left messages (ASVS 1.3.11). */
export function oneLine(text: string): string {
  return text.replaceAll(/(?:(?![\u2068\u2069])[\p{Cc}\p{Cf}\u2028\u2029])+/gu, " ");
}

function asText({ siteName, paragraphs, code, action, after = [], footer }: EmailProps, { greeting }: EmailWords): string {
  const parts = [
    greeting,
    ...paragraphs,
    ...(code ? [`    ${code}`] : []),
    ...(action ? [`${action.text}:\n${action.url}`] : []),
    ...after,
    ...(footer ? [`${footer.text}:\n${footer.url}`] : []),
    `— ${siteName}`,
  ];
  return `${parts.join("\n\n")}\n`;
}

/** Styles are inline: mail clients support few style sheets. */
function asHtml(props: EmailProps, words: EmailWords, look: EmailLook): string {
  const { siteName, subject, paragraphs, code, action, after = [], footer } = props;
  const { background, text: onBackground } = look.button ?? { background: "#1f5c57", text: "#ffffff" };
  const logo =
    look.logoUrl === undefined ? "" : html`<img src="${look.logoUrl}" alt="" height="28" style="vertical-align:middle;margin-right:8px">`;
  const paragraph = (text: string) => html`<p style="margin:0 0 16px">${text}</p>`;
  return String(html`<!DOCTYPE html>
<html lang="${words.locale}"${words.direction === "rtl" ? html` dir="rtl"` : ""}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${subject}</title></head>
<body style="margin:0;padding:24px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif">
<div style="max-width:520px;margin:0 auto">
<p style="margin:0 0 24px;font-weight:700">${logo}${siteName}</p>
${paragraph(words.greeting)}
${paragraphs.map(paragraph)}
${code ? html`<p style="margin:0 0 16px;font:700 28px/1.2 ui-monospace,Menlo,Consolas,monospace;letter-spacing:4px">${code}</p>` : ""}
${
  action
    ? html`<p style="margin:0 0 16px"><a href="${action.url}" style="display:inline-block;padding:12px 22px;border-radius:10px;background:${background};color:${onBackground};text-decoration:none;font-weight:650">${action.text}</a></p>
<p style="margin:0 0 16px;font-size:14px">${words.copyLink(html`<span style="word-break:break-all">${action.url}</span>`)}</p>`
    : ""
}
${after.map(paragraph)}
${footer ? html`<p style="margin:24px 0 0;padding-top:16px;border-top:1px solid #999999;font-size:14px"><a href="${footer.url}">${footer.text}</a></p>` : ""}
</div>
</body>
</html>`);
}
