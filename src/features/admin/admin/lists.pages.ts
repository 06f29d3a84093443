/** Renders the audit log and the list of failed emails. */
import type { RecordedEvent } from "../../../core/audit/log.ts";
import type { OutboxEntry } from "../../../core/mail/outbox.ts";
import type { Context } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { eventSentence, eventTitle, ipText } from "../../../http/response/account-rows.ts";
import { exactTime, recentTime } from "../../../http/response/times.ts";
import { at, type Html, html, type Renderable } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./admin.messages.ts";
import { actorName, choice, clearFilters, emptyList, heading, type Names, paging, table, textFilter, userLink } from "./parts.ts";

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
  const problem = isUnknownUser ? t("noSuchUser") : undefined;
  const { field, note } = textFilter({ name: "user", label: t("user"), value: user, hint: t("userHint"), problem });
  return {
    title: t("auditLog"),
    width: "wide",
    hasErrors: isUnknownUser,
    json: { events, previous, next },
    body: html`${heading(c, "auditLog")}
<form method="get" action="${at("/admin/events")}" class="toolbar plain" role="search">
${field}
${choice({ name: "event", label: t("event"), value: event, choices: [["", t("allEvents")], ...sorted] })}
<button type="submit" class="button secondary">${t("filter")}</button>
</form>
${note}
${
  events.length === 0
    ? noEvents(c, { isFiltered, isUnknownUser })
    : table({
        label: t("auditLog"),
        columns: [
          { label: t("event") },
          { label: t("user") },
          { label: t("ip"), isLabelled: true },
          { label: t("when"), isLabelled: true },
        ],
        rows: events.map((each) => eventCells(c, each, names)),
      })
}
${paging({ path: "/admin/events", query: { user, event }, previous, next, words: [t("newer"), t("older")] })}`,
  };
}

function noEvents(c: Context, { isFiltered, isUnknownUser }: { isFiltered: boolean; isUnknownUser: boolean }): Html {
  const t = translator(c, messages);
  const clear = clearFilters(c, "/admin/events");
  // The problem beside the field says why nothing is shown.
  if (isUnknownUser) return html`<p>${clear}</p>`;
  const title = t("noEventsTitle");
  return isFiltered ? emptyList({ title, text: t("noEventsMatch"), action: clear }) : emptyList({ title, text: t("noEvents") });
}

function eventCells(c: Context, { event, provider, userId, at: when, ip, actor }: RecordedEvent, names: Names): Renderable[] {
  const t = translator(c, messages);
  const by = actor === null ? "" : html`<br><span class="hint">${t("eventBy", { actor: actorName(c, actor, names) })}</span>`;
  return [html`${eventSentence(c, { event, provider })}${by}`, userLink(userId, names), ipText(c, ip), exactTime(c, when)];
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
    ? emptyList({ title: t("noFailedEmailsTitle"), text: t("noFailedEmails") })
    : html`<p class="hint">${t("failedIntroduction")}</p>
${table({
  label: t("failedEmails"),
  columns: [
    { label: t("recipient") },
    ...[t("reply"), t("attempts"), t("queued"), t("failed")].map((label) => ({ label, isLabelled: true })),
  ],
  rows: emails.map((email) => failedEmailCells(c, email, names)),
})}`
}
${paging({ path: "/admin/failed-emails", query: {}, previous, next, words: [t("newer"), t("older")] })}`,
  };
}

function failedEmailCells(c: Context, { userId, attempts, createdAt, failedAt, failure }: OutboxEntry, names: Names): Renderable[] {
  const t = translator(c, messages);
  return [
    userId === null ? t("noRecipient") : userLink(userId, names),
    failure ?? t("failedWithoutAnswer"),
    attempts,
    recentTime(c, createdAt),
    recentTime(c, failedAt ?? createdAt),
  ];
}
