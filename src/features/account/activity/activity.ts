/** Lists an account's audit events, newest first. */

import { listEvents } from "../../../core/audit/log.ts";
import { deviceName } from "../../../core/device-name.ts";
import { placeName } from "../../../core/place-name.ts";
import { pageWith } from "../../../core/services.ts";
import { findUserById, hasPassword } from "../../../core/users/users.ts";
import type { Context } from "../../../http/context.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { localeOf, say, translator } from "../../../http/request/locale.ts";
import { deviceOf, eventList, eventRow, ipText } from "../../../http/response/account-rows.ts";
import { recentTime } from "../../../http/response/times.ts";
import { message } from "../../../i18n/messages.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./activity.messages.ts";

const perPage = 25;

export const activity: Feature = {
  name: "activity",
  messages: [messages],
  translations: [{ de: () => import("./activity.messages.de.ts"), ar: () => import("./activity.messages.ar.ts") }],
  openapi: {
    "/settings/activity": {
      get: {
        summary: "List the audit events of the account, newest first; pass `next` as `?before=` for the next page",
        response: schema.object({ events: { type: "array", items: schema.ref("Event") }, next: schema.nullable(schema.text) }),
      },
    },
  },
  settingsPage: {
    group: "security",
    icon: "activity",
    action: "review",
    path: "/settings/activity",
    title: message(messages, "title"),
    value: (c) => {
      const { lastLoginAt } = requireVisitor(c).user;
      return lastLoginAt === null ? "" : html`${translator(c, messages)("check.title", { when: recentTime(c, lastLoginAt) })}`;
    },
    purpose: message(messages, "card.text"),
  },
  securityCheck: async (c) => {
    const { user, session } = requireVisitor(c);
    const { lastLoginAt, previousLoginAt } = user;
    if (lastLoginAt === null) return undefined;
    const t = translator(c, messages);
    // A later login has another session; its device is in the list of activity.
    const isHere = session.createdAt >= lastLoginAt;
    const from = isHere ? await deviceHere(c) : undefined;
    const before = previousLoginAt === null ? undefined : t("check.previous", { when: recentTime(c, previousLoginAt) });
    return {
      state: "info",
      title: html`${t(isHere ? "check.title" : "check.elsewhere", { when: recentTime(c, lastLoginAt) })}`,
      hint: html`${from ?? ""}${from && before ? html`<br>` : ""}${before ?? ""}`,
      action: { path: "/settings/activity", text: t("check.action") },
    };
  },
  routes: (app) => {
    app.page("/settings/activity", activityPage);
  },
};

/** Device and IP of this request. */
async function deviceHere(c: Context): Promise<string | Html> {
  const { userAgent, ip } = requestInfo(c);
  const device = say(c, await deviceName(userAgent));
  return translator(c, messages)("check.device", { device, ip: ipText(c, ip) });
}

async function activityPage(c: Context): Promise<Page> {
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  // Paged by the last event's key: a page costs the same however many events there are.
  const before = /^[0-9a-f-]{36}$/.exec(c.req.query("before") ?? "")?.[0];
  const found = await listEvents(c.get("s"), user.id, perPage + 1, before);
  const shown = await Promise.all(
    found.slice(0, perPage).map(async (record) => {
      const device = await deviceOf(c, record.userAgent);
      return { ...record, ...device, place: placeName(c.get("s"), record.ip, localeOf(c)) ?? null };
    }),
  );
  const rows = shown.map((record) => eventRow(c, record));
  const last = found.length > perPage ? shown.at(-1)?.id : undefined;
  return {
    title: t("title"),
    width: "account",
    json: {
      events: shown.map(({ id, event, provider = null, at, ip, place, device }) => ({ id, event, provider, at, ip, place, device })),
      next: last ?? null,
    },
    body: html`<h1>${t("title")}</h1>
${await advice(c)}
${shown.length === 0 ? html`<p>${t("empty")}</p>` : html`<section class="panel">${eventList(rows)}</section>`}
${last === undefined ? "" : html`<p><a class="button secondary" href="${at(`/settings/activity?before=${last}`)}">${t("older")}</a></p>`}`,
  };
}

/** What to do about an event of someone else: an account without a password ends its other sessions. */
async function advice(c: Context): Promise<Html | ""> {
  const s = c.get("s");
  const t = translator(c, messages);
  const account = await findUserById(s, requireVisitor(c).user.id);
  const [passwordChange, sessions] = [pageWith(s, "password-change"), pageWith(s, "sessions")];
  if (passwordChange !== undefined && account && hasPassword(account))
    return html`<p class="lead">${t("lead", { link: html`<a href="${at(passwordChange)}">${t("changePassword")}</a>` })}</p>`;
  return sessions === undefined
    ? ""
    : html`<p class="lead">${t("leadSessions", { link: html`<a href="${at(sessions)}">${t("endSessions")}</a>` })}</p>`;
}
