/** Shows administrators the users, the audit log and failed emails. */

import { z } from "zod";
import { countByDay, searchEvents } from "../../../core/audit/log.ts";
import { listOutbox } from "../../../core/mail/outbox.ts";
import { listUsers, usernamesOf } from "../../../core/users/directory.ts";
import type { Context } from "../../../http/context.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./admin.messages.ts";
import { auditLogPage, failedEmailsPage, filterNames, filters, usersPage } from "./admin.pages.ts";
import { act, userPage } from "./user.ts";

const perPage = 50;
const days = 30;

/** Every page needs the role `admin` (ASVS 8.2.1) and recent authentication (ASVS 7.5.1). */
const adminsOnly = { access: { role: "admin" }, recentAuth: true } as const;

export const admin: Feature = {
  name: "admin",
  messages: [messages],
  events: eventsIn(messages),
  headerLink: {
    path: "/admin",
    title: message(messages, "header"),
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
  const [search, after] = [c.req.query("search") ?? "", c.req.query("after") ?? ""];
  const filter = filterNames.find((each) => each === c.req.query("filter")) ?? "all";
  const { users, next } = await listUsers(s, { ...filters[filter], search, after, count: perPage });
  // Charts are shown on the first page only: each count is a query per day.
  const counts = search === "" && after === "" && filter === "all" ? await countEvents(c) : [];
  return usersPage(c, { users, search, filter, next, counts });
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
  const found = await searchEvents(c.get("s"), { count: perPage + 1, after: idIn(c.req.query("before")) });
  const shown = found.slice(0, perPage);
  const names = await usernamesOf(
    c.get("s"),
    shown.flatMap(({ userId, actor }) => [userId, actor]),
  );
  return auditLogPage(c, shown, names, found.length > perPage ? shown.at(-1)?.id : undefined);
}

async function showFailedEmails(c: Context): Promise<Page> {
  const found = await listOutbox(c.get("s"), { failed: true, count: perPage + 1, after: idIn(c.req.query("before")) });
  const shown = found.slice(0, perPage);
  const names = await usernamesOf(
    c.get("s"),
    shown.map(({ userId }) => userId),
  );
  return failedEmailsPage(c, shown, names, found.length > perPage ? shown.at(-1)?.id : undefined);
}

function idIn(text: string | undefined): string | undefined {
  return /^[0-9a-f-]{36}$/.exec(text ?? "")?.[0];
}
