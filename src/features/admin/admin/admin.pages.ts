/** The lists among the operators' pages, and the small charts above them. */
import type { PeopleFilter, RecordedEvent } from "../../../core/users/admin-lists.ts";
import type { User } from "../../../core/users/users.ts";
import { instant } from "../../../ui/date-time.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { eventRow, type Names, personLink } from "./event-row.ts";

interface Series {
  readonly title: string;
  /** One a day, the oldest first. */
  readonly counts: readonly number[];
}

interface PeopleProps {
  readonly people: readonly (User & { readonly disabledAt: number | null })[];
  readonly search: string;
  readonly filter: PeopleFilter;
  readonly next: string | undefined;
  readonly counts: readonly Series[];
}

const filterWords: Readonly<Record<PeopleFilter, string>> = {
  all: "Everybody",
  disabled: "Shut accounts",
  unconfirmed: "Addresses not confirmed",
  "with-roles": "People with roles",
};

const links = html`<p class="admin-links"><a href="${at("/admin")}">People</a> · <a href="${at("/admin/events")}">Events</a> · <a href="${at("/admin/letters")}">Letters that failed</a></p>`;

export function peoplePage({ people, search, filter, next, counts }: PeopleProps): Page {
  const address = new URLSearchParams({ ...(search ? { search } : {}), ...(filter === "all" ? {} : { filter }), after: next ?? "" });
  return {
    title: "People",
    json: { people, next: next ?? null, counts },
    body: html`<h1>People</h1>
${links}
${counts.length === 0 ? "" : html`<div class="charts">${counts.map(chart)}</div>`}
<form method="get" action="${at("/admin")}" class="search" role="search">
<div class="field"><label for="search">User name, address or account ID</label>
<p class="hint" id="search-hint">The beginning is enough.</p>
<input id="search" name="search" type="search" autocomplete="off" autocapitalize="none" spellcheck="false" value="${search}" aria-describedby="search-hint"></div>
<div class="field"><label for="filter">Show</label>
<select id="filter" name="filter">${Object.entries(filterWords).map(([value, words]) => html`<option value="${value}"${value === filter ? html` selected` : ""}>${words}</option>`)}</select></div>
<button type="submit" class="button secondary">Search</button>
</form>
${people.length === 0 ? html`<p>Nobody was found.</p>` : html`<ul class="events">${people.map(personRow)}</ul>`}
${next === undefined ? "" : html`<p><a class="button secondary" href="${at(`/admin?${String(address)}`)}">More</a></p>`}`,
  };
}

function personRow({ id, username, email, emailVerifiedAt, createdAt, disabledAt, roles }: PeopleProps["people"][number]): Html {
  const tags = [
    ...(disabledAt === null ? [] : [html`<span class="tag shut">shut</span>`]),
    ...(emailVerifiedAt === null ? [html`<span class="tag waits">not confirmed</span>`] : []),
    ...roles.map((role) => html`<span class="tag">${role}</span>`),
  ];
  return html`<li><a href="${at(`/admin/person?id=${id}`)}"><strong class="name">${username}</strong></a><span class="hint"><span class="name">${email}</span> · since ${instant(createdAt)}</span>${tags.length === 0 ? "" : html`<span class="tags">${tags}</span>`}</li>`;
}

/** Bars without a script. The numbers stand in its label for those who do not see it. */
function chart({ title, counts }: Series): Html {
  const most = Math.max(1, ...counts);
  const [width, height] = [counts.length * 8, 48];
  const sum = counts.reduce((total, count) => total + count, 0);
  const label = `${title}: ${sum} in ${counts.length} days, ${counts.at(-1) ?? 0} today, ${most} on the busiest day`;
  return html`<figure class="chart"><figcaption>${title} <strong>${sum}</strong> <span class="hint">in ${counts.length} days</span></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" preserveAspectRatio="none">${counts.map((count, day) => {
    const bar = Math.round((count / most) * height);
    return html`<rect x="${day * 8}" y="${height - bar}" width="6" height="${Math.max(bar, 1)}"/>`;
  })}</svg></figure>`;
}

export function eventsPage(events: readonly RecordedEvent[], names: Names, next: string | undefined): Page {
  return {
    title: "Events",
    json: { events, next: next ?? null },
    body: html`<h1>Events</h1>
${links}
<ol class="events">${events.map((event) => eventRow(event, names, personLink(event.userId, names)))}</ol>
${events.length === 0 ? html`<p>Nothing more.</p>` : ""}
${next === undefined ? "" : html`<p><a class="button secondary" href="${at(`/admin/events?before=${next}`)}">Earlier</a></p>`}`,
  };
}

interface FailedLetter {
  readonly id: string;
  readonly user_id: string | null;
  readonly attempts: number;
  readonly created_at: number;
  readonly failed_at: number | null;
  readonly failure: string | null;
}

export function lettersPage(letters: readonly FailedLetter[], names: Names, next: string | undefined): Page {
  return {
    title: "Letters that failed",
    json: {
      letters: letters.map(({ id, user_id: userId, attempts, created_at: createdAt, failed_at: failedAt, failure }) => ({
        id,
        userId,
        attempts,
        createdAt,
        failedAt,
        failure,
      })),
      next: next ?? null,
    },
    body: html`<h1>Letters that failed</h1>
${links}
<p class="lead">They were tried for a day, or refused for good. What stood in them is gone, for it could open an account; whoever waits for one asks for another.</p>
${letters.length === 0 ? html`<p>None.</p>` : ""}
<ol class="events">${letters.map(
      ({ user_id, attempts, created_at, failed_at, failure }) =>
        html`<li><strong>${failure ?? "No answer"}</strong><span class="hint">${user_id === null ? "" : html`to ${personLink(user_id, names)} · `}written ${instant(created_at)}, given up ${instant(failed_at ?? created_at)} after ${attempts} attempts</span></li>`,
    )}</ol>
${next === undefined ? "" : html`<p><a class="button secondary" href="${at(`/admin/letters?before=${next}`)}">Earlier</a></p>`}`,
  };
}
