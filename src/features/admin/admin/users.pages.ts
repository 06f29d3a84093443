/** Renders the table of users with its filters. */
import type { UserDetails, UserPage, UserQuery } from "../../../core/users/user.ts";
import type { Context } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { shownEmail } from "../../../http/response/account-rows.ts";
import { dateOf, recentTime } from "../../../http/response/times.ts";
import { badge } from "../../../ui/components.ts";
import { at, type Html, html, type Renderable } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./admin.messages.ts";
import { choice, clearFilters, emptyList, heading, hrefWith, listedUserHref, paging, table, textFilter } from "./parts.ts";

export type Status = "all" | "active" | "unverified" | "disabled" | "locked" | "deletion" | "recovery";
export type Sort = NonNullable<UserQuery["sort"]>;

/** By the value of the parameter `status`. */
export const statuses: Readonly<Record<Status, UserQuery>> = {
  all: {},
  active: { active: true },
  unverified: { unverified: true },
  disabled: { disabled: true },
  locked: { locked: true },
  deletion: { deletionScheduled: true },
  recovery: { recovering: true },
};

export const sorts: readonly Sort[] = ["username", "email", "created", "last-login"];

/** Value of the parameter `role` for users with any role; no role has this name. */
export const anyRole = "*";

export interface UsersProps {
  readonly page: UserPage;
  readonly search: string;
  readonly status: Status;
  /** Empty, a role, or `anyRole`. */
  readonly role: string;
  /** Empty, `on` or `off`. */
  readonly twoFactor: string;
  /** Whether a feature in use has second factors. */
  readonly hasTwoFactor: boolean;
  readonly sort: Sort;
  readonly isDescending: boolean;
  /** All roles that users have. */
  readonly roles: readonly string[];
  /** Whether a search finds more than beginnings. */
  readonly findsParts: boolean;
}

export function usersPage(c: Context, props: UsersProps): Page {
  const t = translator(c, messages);
  const { page, roles } = props;
  const { users, next, previous } = page;
  const query = parametersOf(props);
  return {
    title: t("users"),
    width: "wide",
    json: { ...page, roles },
    body: html`${heading(c, "users")}
${filters(c, props)}
${
  users.length === 0
    ? emptyList({ title: t("noMatchesTitle"), text: t("noMatches"), action: clearFilters(c, "/admin") })
    : table({
        label: t("users"),
        columns: [
          { label: t("user"), header: nameColumn(c, props) },
          { label: t("status") },
          ...(props.hasTwoFactor ? [{ label: t("twoFactor"), isLabelled: true }] : []),
          { label: t("roles") },
          { label: t("created"), header: sortColumn(c, "created", props), isLabelled: true },
          { label: t("lastLogin"), header: sortColumn(c, "last-login", props), isLabelled: true },
        ],
        rows: users.map((user) => cellsOf(c, user, props)),
      })
}
${users.length === 0 ? "" : paging({ path: "/admin", query, previous, next, words: [t("previous"), t("next")], text: shownOf(c, page) })}`,
  };
}

function parametersOf({ search, status, role, twoFactor, sort, isDescending }: UsersProps): Record<string, string> {
  return { search, status: status === "all" ? "" : status, role, "two-factor": twoFactor, sort, order: isDescending ? "desc" : "asc" };
}

function filters(c: Context, props: UsersProps): Html {
  const t = translator(c, messages);
  const { search, status, role, roles, sort, isDescending } = props;
  const { passwords, recoveryByEmailMs } = c.get("s").settings;
  const missing = [...(passwords === "on" ? [] : ["locked"]), ...(recoveryByEmailMs > 0 ? [] : ["recovery"])];
  const shown = (Object.keys(statuses) as Status[]).filter((each) => !missing.includes(each));
  const statusChoices = shown.map((each) => [each === "all" ? "" : each, t(`status.${each}`)] as const);
  const known = roles.includes(role) || role === "" || role === anyRole ? roles : [role, ...roles];
  const twoFactorChoices = (["any", "on", "off"] as const).map((each) => [each === "any" ? "" : each, t(`twoFactor.${each}`)] as const);
  const hint = t(props.findsParts ? "searchHint" : "searchHintBeginnings");
  const { field, note } = textFilter({ name: "search", label: t("searchLabel"), value: search, hint });
  return html`<form method="get" action="${at("/admin")}" class="toolbar plain" role="search">
${field}
${choice({ name: "status", label: t("statusLabel"), value: status, choices: statusChoices })}
${choice({ name: "role", label: t("roleLabel"), value: role, choices: [["", t("allRoles")], [anyRole, t("anyRole")], ...known.map((each) => [each, each] as const)] })}
${props.hasTwoFactor ? choice({ name: "two-factor", label: t("twoFactor"), value: props.twoFactor, choices: twoFactorChoices }) : ""}
<input type="hidden" name="sort" value="${sort}"><input type="hidden" name="order" value="${isDescending ? "desc" : "asc"}">
<button type="submit" class="button secondary">${t("filter")}</button>
</form>
${note}`;
}

const sortNames = { username: "username", email: "email", created: "created", "last-login": "lastLogin" } as const;

/** Username and email are one column with two orders. */
function nameColumn(c: Context, props: UsersProps): Html {
  const isSorted = props.sort === "username" || props.sort === "email";
  return html`<th scope="col"${isSorted ? ariaSort(props) : ""}>${sortLink(c, "username", props)} · ${sortLink(c, "email", props)}</th>`;
}

function sortColumn(c: Context, sort: Sort, props: UsersProps): Html {
  return html`<th scope="col"${props.sort === sort ? ariaSort(props) : ""}>${sortLink(c, sort, props)}</th>`;
}

function ariaSort({ isDescending }: UsersProps): Html {
  return html` aria-sort="${isDescending ? "descending" : "ascending"}"`;
}

/** Sorts by a column; a second time, in the opposite order. The newest come first. */
function sortLink(c: Context, sort: Sort, props: UsersProps): Html {
  const t = translator(c, messages);
  const isCurrent = props.sort === sort;
  const isDescending = isCurrent ? !props.isDescending : sort === "created" || sort === "last-login";
  const query = parametersOf({ ...props, sort, isDescending });
  const arrow = html` <span aria-hidden="true">${props.isDescending ? "↓" : "↑"}</span><span class="for-ears">, ${t(props.isDescending ? "sortedDescending" : "sortedAscending")}</span>`;
  return html`<a href="${hrefWith("/admin", query)}">${t(sortNames[sort])}${isCurrent ? arrow : ""}</a>`;
}

function cellsOf(c: Context, user: UserDetails, { hasTwoFactor }: UsersProps): Renderable[] {
  const { id, username, email, createdAt, lastLoginAt, roles } = user;
  return [
    html`<a class="name" href="${listedUserHref(c, id)}">${username}</a><br><span class="hint">${shownEmail(c, email)}</span>`,
    badges(c, user),
    ...(hasTwoFactor ? [translator(c, messages)(user.twoFactorSince === null ? "twoFactor.off" : "twoFactor.on")] : []),
    roles.map((role, i) => html`${i > 0 ? " " : ""}${badge("neutral", role)}`),
    dateOf(c, createdAt),
    lastLoginAt === null ? translator(c, messages)("never") : recentTime(c, lastLoginAt),
  ];
}

/** All states that need attention; else, that the account is active. */
export function badges(c: Context, { disabledAt, emailVerifiedAt, passwordLockedAt, compromisedAt, eraseAt }: UserDetails): Html {
  const t = translator(c, messages);
  const shown = [
    disabledAt !== null && badge("danger", t("status.disabled")),
    emailVerifiedAt === null && badge("warn", t("status.unverified")),
    passwordLockedAt !== null && badge("danger", t("status.locked")),
    compromisedAt !== null && badge("danger", t("status.compromised")),
    eraseAt !== null && badge("warn", t("status.deletion")),
  ].filter((each) => each !== false);
  return html`${(shown.length > 0 ? shown : [badge("ok", t("status.active"))]).map((each) => html`${each} `)}`;
}

function shownOf(c: Context, { users, total, position, next, previous }: UserPage): string {
  const t = translator(c, messages);
  if (total !== null && position !== null) return t("range", { first: position, last: position + users.length - 1, total });
  return next !== null && previous === null ? t("manyUsers") : t("someUsers", { users: users.length });
}
