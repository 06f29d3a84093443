/** What happened: the account's own record, newest first. */

import { type AuditRecord, listEvents } from "../../../core/audit/log.ts";
import { deviceName } from "../../../core/device-name.ts";
import type { Context } from "../../../http/context.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { say } from "../../../http/request/locale.ts";
import { hasPage } from "../../../http/response/site.ts";
import { message } from "../../../i18n/messages.ts";
import { instant } from "../../../ui/date-time.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./activity.messages.ts";

const perPage = 25;

export const activity: Feature = {
  name: "activity",
  messages: [messages],
  openapi: {
    "/settings/activity": {
      get: {
        summary: "What happened to the account, newest first; `?before=` with `next` gives the page after",
        gives: schema.object({ events: { type: "array", items: schema.ref("Event") }, next: schema.nullable(schema.text) }),
      },
    },
  },
  settingsCard: {
    path: "/settings/activity",
    title: message(messages, "card.title"),
    text: () => message(messages, "card.text"),
  },
  routes: (app) => {
    app.page("/settings/activity", activityPage);
  },
};

async function activityPage(c: Context): Promise<Page> {
  const { user } = requireVisitor(c);
  // Paged by the key of the last record seen, so that a page costs the same however many there are.
  const before = /^[0-9a-f-]{36}$/.exec(c.req.query("before") ?? "")?.[0];
  const found = await listEvents(c.get("s"), user.id, perPage + 1, before);
  const shown = await Promise.all(
    found.slice(0, perPage).map(async (record) => ({ ...record, device: say(c, await deviceName(record.userAgent)) })),
  );
  const last = found.length > perPage ? shown.at(-1)?.id : undefined;
  return {
    title: "What happened",
    json: { events: shown.map(({ id, event, at, ip, device }) => ({ id, event, at, ip, device })), next: last ?? null },
    body: html`<h1>What happened</h1>
${hasPage(c, "/settings/change-password") ? html`<p class="lead">Something that was not you? <a href="${at("/settings/change-password")}">Change your password</a>: it logs out every other device.</p>` : ""}
<ol class="events">${shown.map((record) => eventRow(record, sentenceOf(c, record.event)))}</ol>
${shown.length === 0 ? html`<p>Nothing more.</p>` : ""}
${last === undefined ? "" : html`<p><a class="button secondary" href="${at(`/settings/activity?before=${last}`)}">Earlier</a></p>`}
<p><a href="${at("/settings")}">Back to the settings</a></p>`,
  };
}

function eventRow({ at, ip, device }: AuditRecord & { device: string }, sentence: string) {
  // What an operator does comes from no device of the reader's.
  const whence = ip === "" ? "" : html` · ${device} · from ${ip}`;
  return html`<li><strong>${sentence}</strong><span class="hint">${instant(at)}${whence}</span></li>`;
}

function sentenceOf(c: Context, event: string): string {
  const declared = c.get("s").catalog.events.get(event);
  return declared ? say(c, declared) : nameInWords(event);
}

/** For an event whose feature is left out by now: `login-failed` as "Login failed". */
function nameInWords(event: string): string {
  return event.charAt(0).toUpperCase() + event.slice(1).replaceAll("-", " ");
}
