/** Shows administrators the users, the audit log and failed emails. */

import { z } from "zod";
import { countByDay, keyOf, listAllEvents, listFailedLetters, listPeople, usernamesOf } from "../../../core/users/admin-lists.ts";
import { toUser } from "../../../core/users/users.ts";
import type { Context } from "../../../http/context.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./admin.messages.ts";
import { auditLogPage, failedEmailsPage, filters, usersPage } from "./admin.pages.ts";
import { act, userPage } from "./user.ts";

const perPage = 50;
const days = 30;

/** Every page needs the role `admin` (ASVS 8.2.1) and recent authentication (ASVS 7.5.1). */
const adminsOnly = { access: { role: "admin" }, recentAuth: true } as const;

export const admin: Feature = {
  name: "admin",
  messages: [messages],
  events: eventsIn(messages),
  settingsCard: {
    path: "/admin",
    title: message(messages, "card.title"),
    text: () => message(messages, "card.text"),
    isFor: (user) => user.roles.includes("admin"),
  },
  routes: (app) => {
    app.page("/admin", showUsers, adminsOnly);
    app.page("/admin/events", showAuditLog, adminsOnly);
    app.page("/admin/failed-emails", showFailedEmails, adminsOnly);
    app.form("/admin/user", {
      ...adminsOnly,
      fields: z.object({ id: z.string().default(""), act: z.string().default(""), role: z.string().default("") }),
      keep: ["id", "act", "role"],
      show: userPage,
      submit: act,
    });
  },
};

async function showUsers(c: Context): Promise<Page> {
  const s = c.get("s");
  const search = trimTyped(c.req.query("search") ?? "").slice(0, 254);
  const filter = filters.find((each) => each === c.req.query("filter")) ?? "all";
  const after = (c.req.query("after") ?? "").replaceAll("\0", "").slice(0, 300);
  const found = await listPeople(s, { search, filter, after, count: perPage + 1 });
  const shown = found.slice(0, perPage);
  const lastShown = shown.at(-1);
  const next = found.length > perPage && lastShown ? keyOf(search, lastShown) : undefined;
  // Charts are shown on the first page only: each count is a query per day.
  const counts = search === "" && after === "" && filter === "all" ? await countEvents(c) : [];
  return usersPage(c, { users: shown.map((row) => ({ ...toUser(row), disabledAt: row.disabled_at })), search, filter, next, counts });
}

async function countEvents(c: Context) {
  const s = c.get("s");
  return [
    { event: "signed-up", counts: await countByDay(s, "signed-up", days) },
    { event: "logged-in", counts: await countByDay(s, "logged-in", days) },
    { event: "login-failed", counts: await countByDay(s, "login-failed", days) },
  ] as const;
}

async function showAuditLog(c: Context): Promise<Page> {
  const found = await listAllEvents(c.get("s"), { count: perPage + 1, before: idIn(c.req.query("before")) });
  const shown = found.slice(0, perPage);
  const names = await usernamesOf(
    c.get("s"),
    shown.flatMap(({ userId, actor }) => [userId, actor]),
  );
  return auditLogPage(c, shown, names, found.length > perPage ? shown.at(-1)?.id : undefined);
}

async function showFailedEmails(c: Context): Promise<Page> {
  const found = await listFailedLetters(c.get("s"), perPage + 1, idIn(c.req.query("before")));
  const shown = found.slice(0, perPage);
  const names = await usernamesOf(
    c.get("s"),
    shown.map(({ user_id }) => user_id),
  );
  return failedEmailsPage(c, shown, names, found.length > perPage ? shown.at(-1)?.id : undefined);
}

function idIn(text: string | undefined): string | undefined {
  return /^[0-9a-f-]{36}$/.exec(text ?? "")?.[0];
}
