/** Renders the administrators' lists and charts. */
import type { RecordedEvent } from "../../../core/audit/log.ts";
import type { OutboxEntry } from "../../../core/mail/outbox.ts";
import type { UserDetails, UserQuery } from "../../../core/users/user.ts";
import type { Context } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./admin.messages.ts";
import { eventRow, type Names, timeOf, userLink } from "./event-row.ts";

interface Series {
  readonly event: "signed-up" | "logged-in" | "login-failed";
  /** One per day, oldest first. */
  readonly counts: readonly number[];
}

interface UsersProps {
  readonly users: readonly UserDetails[];
  readonly search: string;
  readonly filter: UserFilter;
  readonly next: string | null;
  readonly counts: readonly Series[];
}

type UserFilter = "all" | "disabled" | "unverified" | "locked" | "admin" | "with-roles";

/** By the value of the parameter `filter`. */
export const filters: Readonly<Record<UserFilter, UserQuery>> = {
  all: {},
  disabled: { disabled: true },
  unverified: { unverified: true },
  locked: { locked: true },
  admin: { role: "admin" },
  "with-roles": { withRoles: true },
};

export const filterNames = Object.keys(filters) as readonly UserFilter[];

function links(c: Context): Html {
  const t = translator(c, messages);
  return html`<p class="admin-links"><a href="${at("/admin")}">${t("users")}</a> · <a href="${at("/admin/events")}">${t("auditLog")}</a> · <a href="${at("/admin/failed-emails")}">${t("failedEmails")}</a></p>`;
}

export function usersPage(c: Context, { users, search, filter, next, counts }: UsersProps): Page {
  const t = translator(c, messages);
  const query = new URLSearchParams({ ...(search ? { search } : {}), ...(filter === "all" ? {} : { filter }), after: next ?? "" });
  return {
    title: t("users"),
    json: { users, next, counts },
    body: html`<h1>${t("users")}</h1>
${links(c)}
${counts.length === 0 ? "" : html`<div class="charts">${counts.map((series) => chart(c, series))}</div>`}
<form method="get" action="${at("/admin")}" class="search" role="search">
<div class="field"><label for="search">${t("searchLabel")}</label>
<p class="hint" id="search-hint">${t("searchHint")}</p>
<input id="search" name="search" type="search" autocomplete="off" autocapitalize="none" spellcheck="false" value="${search}" aria-describedby="search-hint"></div>
<div class="field"><label for="filter">${t("filterLabel")}</label>
<select id="filter" name="filter">${filterNames.map((value) => html`<option value="${value}"${value === filter ? html` selected` : ""}>${t(`filter.${value}`)}</option>`)}</select></div>
<button type="submit" class="button secondary">${t("search")}</button>
</form>
${users.length === 0 ? html`<p>${t("noUsers")}</p>` : html`<ul class="events">${users.map((user) => userRow(c, user))}</ul>`}
${next === null ? "" : html`<p><a class="button secondary" href="${at(`/admin?${String(query)}`)}">${t("nextPage")}</a></p>`}`,
  };
}

function userRow(c: Context, { id, username, email, emailVerifiedAt, createdAt, disabledAt, passwordLockedAt, roles }: UserDetails): Html {
  const t = translator(c, messages);
  const tags = [
    ...(disabledAt === null ? [] : [html`<span class="tag shut">${t("tag.disabled")}</span>`]),
    ...(emailVerifiedAt === null ? [html`<span class="tag waits">${t("tag.unverified")}</span>`] : []),
    ...(passwordLockedAt === null ? [] : [html`<span class="tag shut">${t("tag.locked")}</span>`]),
    ...roles.map((role) => html`<span class="tag">${role}</span>`),
  ];
  const hint = t("userSince", { email: html`<span class="name">${email}</span>`, when: timeOf(c)(createdAt) });
  return html`<li><a href="${at(`/admin/user?id=${id}`)}"><strong class="name">${username}</strong></a><span class="hint">${hint}</span>${tags.length === 0 ? "" : html`<span class="tags">${tags}</span>`}</li>`;
}

/** Bars in SVG, without a script; the label has the numbers for screen readers. */
function chart(c: Context, { event, counts }: Series): Html {
  const t = translator(c, messages);
  const highest = Math.max(0, ...counts);
  const [width, height, days] = [counts.length * 8, 48, counts.length];
  const sum = counts.reduce((total, count) => total + count, 0);
  const title = t(`chart.${event}`);
  const label = t("chartLabel", { title, sum, days, today: counts.at(-1) ?? 0, highest });
  return html`<figure class="chart"><figcaption>${title} <strong>${sum}</strong> <span class="hint">${t("chartDays", { days })}</span></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" preserveAspectRatio="none">${counts.map((count, day) => {
    const bar = Math.round((count / Math.max(1, highest)) * height);
    return html`<rect x="${day * 8}" y="${height - bar}" width="6" height="${Math.max(bar, 1)}"/>`;
  })}</svg></figure>`;
}

export function auditLogPage(c: Context, events: readonly RecordedEvent[], names: Names, next: string | undefined): Page {
  const t = translator(c, messages);
  return {
    title: t("auditLog"),
    json: { events, next: next ?? null },
    body: html`<h1>${t("auditLog")}</h1>
${links(c)}
${events.length === 0 ? html`<p>${t("noEvents")}</p>` : html`<ol class="events">${events.map((event) => eventRow(c, event, names, userLink(event.userId, names)))}</ol>`}
${next === undefined ? "" : html`<p><a class="button secondary" href="${at(`/admin/events?before=${next}`)}">${t("older")}</a></p>`}`,
  };
}

export function failedEmailsPage(c: Context, emails: readonly OutboxEntry[], names: Names, next: string | undefined): Page {
  const t = translator(c, messages);
  return {
    title: t("failedEmails"),
    json: {
      emails: emails.map(({ id, userId, attempts, createdAt, failedAt, failure }) => ({
        id,
        userId,
        attempts,
        createdAt,
        failedAt,
        failure,
      })),
      next: next ?? null,
    },
    body: html`<h1>${t("failedEmails")}</h1>
${links(c)}
<p class="lead">${t("failedIntroduction")}</p>
${emails.length === 0 ? html`<p>${t("noFailedEmails")}</p>` : html`<ol class="events">${emails.map((email) => failedEmailRow(c, email, names))}</ol>`}
${next === undefined ? "" : html`<p><a class="button secondary" href="${at(`/admin/failed-emails?before=${next}`)}">${t("older")}</a></p>`}`,
  };
}

function failedEmailRow(c: Context, { userId, attempts: count, createdAt, failedAt, failure }: OutboxEntry, names: Names): Html {
  const t = translator(c, messages);
  const time = timeOf(c);
  const attempts = t("failedAttempts", { attempts: count, created: time(createdAt), failed: time(failedAt ?? createdAt) });
  const user = userLink(userId, names);
  return html`<li><strong>${failure ?? t("failedWithoutAnswer")}</strong><span class="hint">${user === "" ? attempts : t("failedTo", { user, attempts })}</span></li>`;
}
