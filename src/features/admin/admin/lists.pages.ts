/** Renders the audit log and the list of failed emails. */
import type { RecordedEvent } from "../../../core/audit/log.ts";
import type { OutboxEntry } from "../../../core/mail/outbox.ts";
import type { Context } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./admin.messages.ts";
import { actorName, choice, eventTitle, heading, type Names, paging, table, timeOf, userLink } from "./parts.ts";

interface ListPage {
  readonly names: Names;
  readonly previous: string | null;
  readonly next: string | null;
}

interface AuditLogProps extends ListPage {
  readonly events: readonly RecordedEvent[];
  /** Filters as typed. */
  readonly event: string;
  readonly user: string;
  /** Whether `user` is no account. */
  readonly isUnknownUser: boolean;
}

export function auditLogPage(c: Context, { events, event, user, isUnknownUser, names, previous, next }: AuditLogProps): Page {
  const t = translator(c, messages);
  const isFiltered = event !== "" || user !== "";
  const choices = [...c.get("s").catalog.events.keys()].map((each) => [each, eventTitle(c, each)] as const);
  const sorted = choices.toSorted(([, one], [, other]) => one.localeCompare(other));
  return {
    title: t("auditLog"),
    width: "wide",
    hasErrors: isUnknownUser,
    json: { events, previous, next },
    body: html`${heading(c, "auditLog")}
<form method="get" action="${at("/admin/events")}" class="toolbar plain" role="search">
<div class="field${isUnknownUser ? " wrong" : ""}"><label for="user">${t("user")}</label>
<input id="user" name="user" type="search" autocomplete="off" autocapitalize="none" spellcheck="false" value="${user}" aria-describedby="user-hint"${isUnknownUser ? html` aria-invalid="true"` : ""}></div>
${choice({ name: "event", label: t("event"), value: event, choices: [["", t("allEvents")], ...sorted] })}
<button type="submit" class="button secondary">${t("filter")}</button>
</form>
<p class="${isUnknownUser ? "problem" : "hint"}" id="user-hint">${t(isUnknownUser ? "noSuchUser" : "userHint")}</p>
${
  events.length === 0
    ? html`<p>${isFiltered ? html`${t("noEventsMatch")} <a href="${at("/admin/events")}">${t("clearFilters")}</a>` : t("noEvents")}</p>`
    : table({
        label: t("auditLog"),
        columns: [t("event"), t("user"), t("ip"), t("when")],
        rows: events.map((each) => eventRow(c, each, names)),
      })
}
${paging({ path: "/admin/events", query: { user, event }, previous, next, words: [t("newer"), t("older")] })}`,
  };
}

function eventRow(c: Context, { event, userId, at, ip, actor }: RecordedEvent, names: Names): Html {
  const t = translator(c, messages);
  const by = actor === null ? "" : html`<br><span class="hint">${t("eventBy", { actor: actorName(c, actor, names) })}</span>`;
  return html`<tr><td>${eventTitle(c, event)}${by}</td><td>${userLink(userId, names)}</td><td>${ip}</td><td>${timeOf(c)(at)}</td></tr>
`;
}

interface FailedEmailsProps extends ListPage {
  readonly emails: readonly OutboxEntry[];
}

export function failedEmailsPage(c: Context, { emails, names, previous, next }: FailedEmailsProps): Page {
  const t = translator(c, messages);
  return {
    title: t("failedEmails"),
    width: "wide",
    json: {
      emails: emails.map(({ id, userId, attempts, createdAt, failedAt, failure }) => ({
        id,
        userId,
        attempts,
        createdAt,
        failedAt,
        failure,
      })),
      previous,
      next,
    },
    body: html`${heading(c, "failedEmails")}
${
  emails.length === 0
    ? html`<p>${t("noFailedEmails")}</p>`
    : html`<p class="hint">${t("failedIntroduction")}</p>
${table({
  label: t("failedEmails"),
  columns: [t("recipient"), t("reply"), t("attempts"), t("queued"), t("failed")],
  rows: emails.map((email) => failedEmailRow(c, email, names)),
})}`
}
${paging({ path: "/admin/failed-emails", query: {}, previous, next, words: [t("newer"), t("older")] })}`,
  };
}

function failedEmailRow(c: Context, { userId, attempts, createdAt, failedAt, failure }: OutboxEntry, names: Names): Html {
  const t = translator(c, messages);
  const time = timeOf(c);
  return html`<tr><td>${userId === null ? t("noRecipient") : userLink(userId, names)}</td><td>${failure ?? t("failedWithoutAnswer")}</td><td>${attempts}</td><td>${time(createdAt)}</td><td>${time(failedAt ?? createdAt)}</td></tr>
`;
}
