/** Renders parts of the administrators' pages: tabs, tables, paging, times. */

import type { Context } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { exactTime } from "../../../http/response/times.ts";
import { panel } from "../../../ui/components.ts";
import { at, type Html, html, type Renderable } from "../../../ui/html.ts";
import { messages } from "./admin.messages.ts";

const tabPaths = {
  users: "/admin",
  auditLog: "/admin/events",
  failedEmails: "/admin/failed-emails",
  charts: "/admin/charts",
} as const;

type Tab = keyof typeof tabPaths;

/** The way back from a user to the list, as it was searched and sorted there. */
export function breadcrumb(c: Context): Html {
  const t = translator(c, messages);
  return html`<nav class="crumb" aria-label="${t("breadcrumb")}"><ol><li><a href="${at(listPath(c))}">${t("users")}</a></li></ol></nav>`;
}

/** Parameters of the list of users, without which a user was not chosen from a list. */
const listParameters = ["search", "status", "role", "two-factor", "sort", "order", "after", "before"];

function parametersIn(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(listParameters.map((name) => [name, query.get(name) ?? ""]));
}

/** A link from the list to a user, which keeps the way back. */
export function listedUserHref(c: Context, id: string): Html {
  return hrefWith("/admin/user", { id, list: queryOf(parametersIn(new URL(c.req.url).searchParams)) });
}

/** Parameters of the list that this user was chosen from; empty without one. */
export function listQuery(c: Context): string {
  return queryOf(parametersIn(new URLSearchParams(c.req.query("list"))));
}

/** The list that this user was chosen from. */
export function listPath(c: Context): string {
  return pathWith("/admin", parametersIn(new URLSearchParams(c.req.query("list"))));
}

/** A user's page, or the action of a form on it: the ID is in the path for the language choice, which returns by GET. */
export function userPath(c: Context, id: string): string {
  return pathWith("/admin/user", { id, list: listQuery(c) });
}

/** The heading of a page and the tabs of all. */
export function heading(c: Context, current: Tab): Html {
  const t = translator(c, messages);
  return html`<h1>${t(current)}</h1>
${tabs(c, current, "page")}`;
}

/** `is`: whether this page is that of the current tab, or one below it. */
export function tabs(c: Context, current: Tab, is: "page" | "true"): Html {
  const t = translator(c, messages);
  const names = Object.keys(tabPaths) as Tab[];
  return html`<nav class="tabs" aria-label="${t("sections")}">${names.map(
    (name) => html`<a href="${at(tabPaths[name])}"${name === current ? html` aria-current="${is}"` : ""}>${t(name)}</a>`,
  )}</nav>`;
}

interface Column {
  readonly label: string;
  /** The header cell, if it is more than the label. */
  readonly header?: Html;
  /** Whether a phone, which shows rows as blocks, shows the label before the value. */
  readonly isLabelled?: boolean;
}

interface TableProps {
  /** Names the table for screen readers. */
  readonly label: string;
  readonly columns: readonly Column[];
  /** The cells of each row. */
  readonly rows: readonly (readonly Renderable[])[];
}

/** A table. What is too wide scrolls within it, by keyboard too. */
export function table({ label, columns, rows }: TableProps): Html {
  const cell = (value: Renderable, i: number) =>
    html`<td${columns[i]?.isLabelled ? html` data-label="${columns[i].label}"` : ""}>${value}</td>`;
  return html`<section class="table-wrap" aria-label="${label}" tabindex="0"><table>
<thead><tr>${columns.map((column) => column.header ?? html`<th scope="col">${column.label}</th>`)}</tr></thead>
<tbody>
${rows.map((cells) => html`<tr>${cells.map(cell)}</tr>\n`)}</tbody>
</table></section>`;
}

interface EmptyProps {
  readonly title: string;
  readonly text: string;
  readonly action?: Html;
}

/** What a list shows without entries. */
export function emptyList({ title, text, action }: EmptyProps): Html {
  return panel({
    body: html`<div><h2>${title}</h2>\n<p class="hint">${text}</p>${action === undefined ? "" : html`\n<p>${action}</p>`}</div>`,
  });
}

/** A link to a list without its filters. */
export function clearFilters(c: Context, path: string): Html {
  return html`<a href="${at(path)}">${translator(c, messages)("clearFilters")}</a>`;
}

interface PagingProps {
  readonly path: string;
  /** Filters and order, which the links keep. */
  readonly query: Readonly<Record<string, string>>;
  readonly previous: string | null;
  readonly next: string | null;
  readonly words: readonly [previous: string, next: string];
  /** What is shown, such as "1–50 of 137". */
  readonly text?: Renderable;
}

/** The line below a table: what it shows, and links to the pages before and after. */
export function paging({ path, query, previous, next, words: [before, after], text }: PagingProps): Html | "" {
  if (previous === null && next === null && text === undefined) return "";
  const link = (name: string, cursor: string | null, rel: string, word: string) =>
    cursor === null
      ? ""
      : html`<a class="button small secondary" rel="${rel}" href="${hrefWith(path, { ...query, [name]: cursor })}">${word}</a> `;
  return html`<div class="table-foot"><span>${text ?? ""}</span><span>${link("before", previous, "prev", before)}${link("after", next, "next", after)}</span></div>`;
}

/** A link with the parameters that are not empty. */
export function hrefWith(path: string, query: Readonly<Record<string, string>>): Html {
  return at(pathWith(path, query));
}

function pathWith(path: string, query: Readonly<Record<string, string>>): string {
  const parameters = queryOf(query);
  return parameters === "" ? path : `${path}?${parameters}`;
}

function queryOf(query: Readonly<Record<string, string>>): string {
  return String(new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")));
}

interface TextFilterProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly hint: string;
  readonly problem?: string | undefined;
}

/** A text field of a toolbar; the hint or problem is below the toolbar, so that its fields stay in line. */
export function textFilter({ name, label, value, hint, problem }: TextFilterProps): { readonly field: Html; readonly note: Html } {
  return {
    field: html`<div class="field${problem ? " wrong" : ""}"><label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="search" autocomplete="off" autocapitalize="none" spellcheck="false" value="${value}" aria-describedby="${name}-note"${problem ? html` aria-invalid="true"` : ""}></div>`,
    note: html`<p class="${problem ? "problem" : "hint"}" id="${name}-note">${problem ?? hint}</p>`,
  };
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, label: string])[];
}

/** A select box of a filter; its first choice filters nothing. */
export function choice({ name, label, value, choices }: ChoiceProps): Html {
  const options = choices.map(([each, text]) => html`<option value="${each}"${each === value ? html` selected` : ""}>${text}</option>`);
  return html`<div class="field"><label for="${name}">${label}</label>
<select id="${name}" name="${name}">${options}</select></div>`;
}

/** Usernames by account ID. */
export type Names = ReadonlyMap<string, string>;

/** A link to an account, by its username, or by its ID once the account is deleted. */
export function userLink(userId: string | null, names: Names): Html | "" {
  return userId === null ? "" : html`<a class="name" href="${at(`/admin/user?id=${userId}`)}">${names.get(userId) ?? userId}</a>`;
}

/** An administrator's username; actions without one come from the command line or the host app. */
export function actorName(c: Context, actor: string, names: Names): Html {
  const t = translator(c, messages);
  if (actor === "command line") return html`${t("commandLine")}`;
  return html`<span class="name">${actor === "app" ? t("app") : (names.get(actor) ?? actor)}</span>`;
}

/** Date and time in the language of this response, for "since …". */
export function timeOf(c: Context): (ms: number) => Html {
  return (ms) => exactTime(c, ms);
}
