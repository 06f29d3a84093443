/** Renders the HTML part of emails for all mail clients. */
import type { EmailColors, EmailLook, EmailProps, EmailWords } from "./email-props.ts";
import { type Html, html } from "./html.ts";

/** The colors of `style.css`. */
export const defaultColors: { readonly light: EmailColors; readonly dark: EmailColors } = {
  light: {
    accent: "#1f5c57",
    "on-accent": "#ffffff",
    background: "#f7f7f5",
    surface: "#ffffff",
    text: "#16201f",
    muted: "#566260",
    line: "#e2e2dd",
  },
  dark: {
    accent: "#7fd1c7",
    "on-accent": "#0b2421",
    background: "#111416",
    surface: "#191d20",
    text: "#e9eeec",
    muted: "#a2aeab",
    line: "#2c3236",
  },
};

const systemFont = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";

/**
 * Styles are inline and light, since many mail clients drop the style sheet; it adds the dark scheme. Tables with `align` and `bgcolor`
 * are for clients without CSS layout, such as Outlook.
 */
export function emailHtml(props: EmailProps, words: EmailWords, look: EmailLook): string {
  const { subject, preheader } = props;
  const { light, dark } = look.colors ?? defaultColors;
  const frame = frameOf(words, look, light);
  return String(html`<!DOCTYPE html>
<html lang="${words.locale}" dir="${words.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>${subject}</title>
${styleSheet(dark)}
</head>
<body class="page" style="margin:0;padding:0;background-color:${light.background};-webkit-text-size-adjust:100%">
<div style="display:none;max-height:0;max-width:0;overflow:hidden;font-size:1px;line-height:1px;opacity:0;mso-hide:all">${preheader}${padding}</div>
<table role="presentation" class="page" dir="${words.direction}" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="${light.background}" style="background-color:${light.background}">
<tr><td align="center" style="padding:32px 16px">
<!--[if mso]><table role="presentation" width="560" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px">
<tr><td class="text" align="${frame.start}" style="padding:0 8px 20px;${frame.font(17)};font-weight:bold;color:${light.text}">${logo(look)}${props.siteName}</td></tr>
<tr><td class="card text" align="${frame.start}" bgcolor="${light.surface}" style="padding:32px;border:1px solid ${light.line};border-radius:${frame.radius};background-color:${light.surface};${frame.font(16)};color:${light.text}">
${cardContent(props, words, frame)}
</td></tr>
<tr><td class="muted" align="${frame.start}" style="padding:20px 8px 0;${frame.font(13)};color:${light.muted}">
${footer(props, frame)}
</td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr>
</table>
</body>
</html>`);
}

/** Clients show the text after a short preheader in their list, so invisible characters push it out. */
const padding = Array.from({ length: 80 }, () => html`&#847;&#8204;&nbsp;`);

interface Frame {
  readonly light: EmailColors;
  readonly radius: string;
  /** For `align`, which has no logical value. */
  readonly start: "left" | "right";
  readonly end: "left" | "right";
  readonly font: (pixels: number) => string;
}

function frameOf({ direction }: EmailWords, { radius = "10px", font = systemFont }: EmailLook, light: EmailColors): Frame {
  const [start, end] = direction === "rtl" ? (["right", "left"] as const) : (["left", "right"] as const);
  return { light, radius, start, end, font: (pixels) => `font-family:${font};font-size:${pixels}px;line-height:1.5;text-align:start` };
}

function logo({ logoUrl, darkLogoUrl }: EmailLook): Html | string {
  if (logoUrl === undefined) return "";
  const image = (url: string, name: string, hidden: string) =>
    html`<img class="${name}" src="${url}" alt="" height="28" style="${hidden}border:0;vertical-align:middle;margin-inline-end:8px">`;
  if (darkLogoUrl === undefined) return image(logoUrl, "logo", "");
  return html`${image(logoUrl, "light-logo", "")}${image(darkLogoUrl, "dark-logo", "display:none;")}`;
}

type Link = NonNullable<EmailProps["action"]>;
/** The last part of the card has no margin below it. */
type CardPart = (isLast: boolean) => Html;

function cardContent(props: EmailProps, words: EmailWords, frame: Frame): Html {
  const { subject, paragraphs, details = [], code, action, after = [], footer: link } = props;
  const parts: CardPart[] = [
    ...(words.greeting === "" ? [] : [paragraph(words.greeting)]),
    ...paragraphs.map(paragraph),
    ...(details.length === 0 ? [] : [detailTable(details, frame)]),
    ...(code ? [codeBox(code, frame)] : []),
    ...(action ? [() => button(action, frame)] : []),
    ...after.map(paragraph),
    ...(action ? [() => copyableLink(action, words, frame)] : []),
    ...(link && !action ? [() => secondaryButton(link, frame)] : []),
  ];
  return html`<h1 style="margin:0 0 16px;font-size:22px;line-height:1.3;font-weight:bold">${subject}</h1>
${parts.map((part, i) => part(i === parts.length - 1))}`;
}

function paragraph(text: string): CardPart {
  return (isLast) => html`<p style="margin:0 0 ${isLast ? 0 : 16}px">${text}</p>\n`;
}

/** Without space characters in the code: a double click selects it, and where `user-select` is supported a click does. */
function codeBox(code: string, { light, radius }: Frame): CardPart {
  return (isLast) =>
    html`<p class="code" dir="ltr" align="center" style="margin:0 0 ${isLast ? 0 : 20}px;padding:18px 0;border-radius:${radius};background-color:${light.background};font-family:ui-monospace,Menlo,Consolas,monospace;font-size:32px;line-height:1.2;font-weight:bold;text-align:center"><span style="padding-left:8px;letter-spacing:8px;-webkit-user-select:all;user-select:all">${code}</span></p>\n`;
}

/** Outlook ignores the padding of a link, so the cell has it there. */
function button({ text, url }: Link, { light, radius }: Frame): Html {
  return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 20px"><tr><td class="button" align="center" bgcolor="${light.accent}" style="border-radius:${radius};background-color:${light.accent};mso-padding-alt:12px 22px"><a class="label" href="${url}" style="display:inline-block;padding:12px 22px;border-radius:${radius};color:${light["on-accent"]};font-weight:bold;text-decoration:none">${text}</a></td></tr></table>\n`;
}

/** For what most recipients need not do, so it is quieter. */
function secondaryButton({ text, url }: Link, { light, radius }: Frame): Html {
  return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 0"><tr><td class="secondary" align="center" bgcolor="${light.surface}" style="border:1px solid ${light.muted};border-radius:${radius};background-color:${light.surface};mso-padding-alt:12px 22px"><a class="text" href="${url}" style="display:inline-block;padding:12px 22px;border-radius:${radius};color:${light.text};font-weight:bold;text-decoration:none">${text}</a></td></tr></table>\n`;
}

function copyableLink({ url }: Link, words: EmailWords, { light }: Frame): Html {
  const copied = html`<span dir="ltr" style="display:block;word-break:break-all">${url}</span>`;
  return html`<p class="muted line" style="margin:24px 0 0;padding:16px 0 0;border-top:1px solid ${light.line};font-size:13px;color:${light.muted}">${words.copyLink(copied)}</p>\n`;
}

function detailTable(details: NonNullable<EmailProps["details"]>, { light, start, end }: Frame): CardPart {
  const row = ({ label, value }: { label: string; value: string }) =>
    html`<tr><th class="muted" scope="row" align="${start}" valign="top" style="padding:3px 0;padding-${end}:20px;font-weight:normal;text-align:start;white-space:nowrap;color:${light.muted}">${label}</th><td align="${start}" valign="top" style="padding:3px 0;overflow-wrap:anywhere">${inItsDirection(value)}</td></tr>\n`;
  return (isLast) =>
    html`<table cellpadding="0" cellspacing="0" border="0" style="margin:0 0 ${isLast ? 0 : 20}px;font-size:15px">\n${details.map(row)}</table>\n`;
}

/** A sentence with isolated parts has the direction of the email: `bdi` would take that of its first part, and "Chrome on Linux" would run from left to right. */
function inItsDirection(value: string): Html | string {
  return value.includes("\u2068") ? value : html`<bdi>${value}</bdi>`;
}

function footer({ action, footer: link, reason, postalAddress, siteName }: EmailProps, { light }: Frame): Html {
  return html`${link && action ? html`<p style="margin:0 0 12px;font-size:15px"><a class="link" href="${link.url}" style="color:${light.accent};font-weight:bold">${link.text}</a></p>\n` : ""}<p style="margin:0 0 12px">${reason}</p>
<p style="margin:0">${postalAddress ? linesOf(postalAddress) : siteName}</p>`;
}

function linesOf(text: string): Html[] {
  return text.split(/\r?\n/).map((line, i) => html`${i === 0 ? "" : html`<br>`}${line}`);
}

/** Two sheets: a client that drops one for a rule that it cannot read, as Gmail does, keeps the other. */
function styleSheet(dark: EmailColors): Html {
  return html`<style>:root{color-scheme:light dark;supported-color-schemes:light dark}</style>
<style>
@media (max-width:480px){.card{padding:24px 20px!important}}
@media (prefers-color-scheme:dark){
.page,.code{background-color:${dark.background}!important}
.card{background-color:${dark.surface}!important;border-color:${dark.line}!important}
.text{color:${dark.text}!important}
.muted{color:${dark.muted}!important}
.line{border-color:${dark.line}!important}
.link{color:${dark.accent}!important}
.button{background-color:${dark.accent}!important}
.secondary{background-color:${dark.surface}!important;border-color:${dark.muted}!important}
.label{color:${dark["on-accent"]}!important}
.light-logo{display:none!important}
.dark-logo{display:inline-block!important}
}
</style>`;
}
