/** Renders parts of pages: panels, rows, badges and signs. */
import { at, type Html, html, type Renderable } from "./html.ts";
import { type IconName, icon } from "./icons.ts";

interface PanelProps {
  readonly title?: Renderable;
  readonly body: Renderable;
  /** Whether it holds what is hard to undo. */
  readonly isDanger?: boolean;
}

/** A card with a heading and rows, lists or text. */
export function panel({ title, body, isDanger }: PanelProps): Html {
  return html`<section class="panel${isDanger ? " danger" : ""}">
${title === undefined ? "" : html`<h2>${title}</h2>\n`}${body}
</section>`;
}

interface RowProps {
  readonly label?: Renderable;
  readonly value: Renderable;
  readonly hint?: Renderable;
  readonly action?: Html | undefined;
  /** A sign before the row. */
  readonly sign?: SignKind;
  /** An icon before the row, or another picture. */
  readonly icon?: IconName | Html;
  /** Whether wide screens show value and hint in one line. */
  readonly isLine?: boolean;
}

/** A line of a panel: label, current value with a hint below it, and an action at its end. */
export function row({ label, value, hint, action, sign, icon: before, isLine }: RowProps): Html {
  return html`<div class="row${sign === undefined && before === undefined ? "" : " with-sign"}${isLine ? " line" : ""}">
${sign && signs[sign]}${typeof before === "string" ? icon(before) : before}${label === undefined ? "" : html`<span class="label">${label}</span>\n`}<div class="value">${value}${hint === undefined ? "" : html`<p class="hint">${hint}</p>`}</div>
${action ?? ""}</div>`;
}

interface Fact {
  readonly label: Renderable;
  readonly value: Renderable;
}

/** Labels with values, such as the details of an account. */
export function facts(list: readonly Fact[]): Html {
  return html`<dl>
${list.map(({ label, value }) => html`<div class="row"><dt class="label">${label}</dt><dd class="value">${value}</dd></div>\n`)}</dl>`;
}

export type BadgeKind = "neutral" | "ok" | "warn" | "danger";

/** A state in one or two words, such as "Not verified". */
export function badge(kind: BadgeKind, text: Renderable): Html {
  return html`<span class="badge${kind === "neutral" ? "" : ` ${kind}`}">${text}</span>`;
}

interface LinkProps {
  /** A path of this app, or where a setting of the site leads to. */
  readonly path: string | { readonly url: string };
  readonly text: Renderable;
  readonly kind?: "primary" | "secondary" | "danger";
  /** What it concerns, for screen readers: a page may have many links with the same text. */
  readonly about?: Renderable;
}

/** A link that looks like a small button, for the end of a row. */
export function rowLink({ path, text, kind = "secondary", about }: LinkProps): Html {
  const style = kind === "primary" ? "" : ` ${kind}`;
  return html`<a class="button small${style}" href="${typeof path === "string" ? at(path) : path.url}">${text}${about === undefined ? "" : html`<span class="for-ears">: ${about}</span>`}</a>`;
}

/** `ok` is done, `warn` wants something, `info` says something. */
export type SignKind = "ok" | "warn" | "info";

const signs: Readonly<Record<SignKind, Html>> = {
  ok: html`<span class="sign ok">${icon("check")}</span>`,
  warn: html`<span class="sign warn">${icon("attention")}</span>`,
  info: html`<span class="sign info">${icon("information")}</span>`,
};
