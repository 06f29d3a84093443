/** Shows administrators the users, the audit log, failed emails and charts. */

import { setImmediate as yieldToOthers } from "node:timers/promises";
import { z } from "zod";
import { hasFactors } from "../../../core/account/factors.ts";
import { countByDay, searchEvents } from "../../../core/audit/log.ts";
import { listOutbox } from "../../../core/mail/outbox.ts";
import { findUser, listUsers, usernamesOf } from "../../../core/users/directory.ts";
import { listRoles } from "../../../core/users/roles.ts";
import { canFindParts } from "../../../db/user-search.ts";
import type { Context } from "../../../http/context.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./admin.messages.ts";
import { chartsPage, type Series } from "./charts.pages.ts";
import { auditLogPage, failedEmailsPage } from "./lists.pages.ts";
import { act, askToAct, isChecked, showUser } from "./user.ts";
import { anyRole, type Status, sorts, statuses, usersPage } from "./users.pages.ts";

const perPage = 50;
const days = 30;
const dayMs = 24 * 3_600_000;

/** Every page needs the role `admin` (ASVS 8.2.1) and recent authentication (ASVS 7.5.1). */
const adminsOnly = { access: { role: "admin" }, recentAuth: true } as const;

export const admin: Feature = {
  name: "admin",
  messages: [messages],
  translations: [{ de: () => import("./admin.messages.de.ts"), ar: () => import("./admin.messages.ar.ts") }],
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
    app.page("/admin/charts", showCharts, adminsOnly);
    app.form("/admin/user", {
      ...adminsOnly,
      fields: z.object({
        id: z.string().default(""),
        act: z.string().default(""),
        role: z.string().default(""),
        reason: z.string().default(""),
        passkeys: z.union([z.boolean(), z.string()]).default(false).transform(isChecked),
      }),
      keep: ["id", "act", "role", "reason", "passkeys"],
      show: showUser,
      submit: act,
    });
    app.page("/admin/user/confirm", askToAct, adminsOnly);
  },
};

async function showUsers(c: Context): Promise<Page> {
  const s = c.get("s");
  const text = (name: string) => c.req.query(name) ?? "";
  const search = text("search");
  const status = (Object.hasOwn(statuses, text("status")) ? text("status") : "all") as Status;
  const sort = sorts.find((each) => each === text("sort")) ?? "created";
  const isTime = sort === "created" || sort === "last-login";
  const isDescending = text("order") === "" ? isTime : text("order") === "desc";
  const role = text("role");
  const hasTwoFactor = hasFactors(s);
  const twoFactor = hasTwoFactor && (text("two-factor") === "on" || text("two-factor") === "off") ? text("two-factor") : "";
  const page = await listUsers(s, {
    ...statuses[status],
    ...(twoFactor === "" ? {} : twoFactor === "on" ? { withTwoFactor: true } : { withoutTwoFactor: true }),
    ...(role === anyRole ? { withRoles: true } : role === "" ? {} : { role }),
    ...{ search, sort, descending: isDescending, after: text("after"), before: text("before"), count: perPage },
  });
  const [roles, findsParts] = [await listRoles(s), await canFindParts(s.db)];
  return usersPage(c, { page, search, status, role, twoFactor, hasTwoFactor, sort, isDescending, roles, findsParts });
}

/** Denial of service: each day is a query, and other requests run in between. */
async function showCharts(c: Context): Promise<Page> {
  const s = c.get("s");
  const counts: Series[] = [];
  const today = Math.floor(s.now() / dayMs) * dayMs;
  for (const event of ["signed-up", "logged-in", "login-failed"] as const) {
    const perDay: number[] = [];
    for (let day = days - 1; day >= 0; day--) {
      perDay.push(await countByDay(s, event, today - day * dayMs));
      await yieldToOthers();
    }
    counts.push({ event, counts: perDay });
  }
  return chartsPage(c, counts, today);
}

async function showAuditLog(c: Context): Promise<Page> {
  const s = c.get("s");
  const [event, user] = [(c.req.query("event") ?? "").slice(0, 100), (c.req.query("user") ?? "").slice(0, 254)];
  const account = user.trim() === "" ? undefined : await findUser(s, user);
  const isUnknownUser = user.trim() !== "" && account === undefined;
  const { after, before } = cursorsIn(c);
  const found = isUnknownUser
    ? []
    : await searchEvents(s, { count: perPage + 1, after, before, userId: account?.id, event: event === "" ? undefined : event });
  const { shown, previous, next } = pageOf(found, { after, before });
  const names = await usernamesOf(
    s,
    shown.flatMap(({ userId, actor }) => [userId, actor]),
  );
  return auditLogPage(c, { events: shown, event, user, isUnknownUser, names, previous, next });
}

async function showFailedEmails(c: Context): Promise<Page> {
  const s = c.get("s");
  const { after, before } = cursorsIn(c);
  const found = await listOutbox(s, { failed: true, count: perPage + 1, after, before });
  const { shown, previous, next } = pageOf(found, { after, before });
  const names = await usernamesOf(
    s,
    shown.map(({ userId }) => userId),
  );
  return failedEmailsPage(c, { emails: shown, names, previous, next });
}

interface Cursors {
  /** ID of the last entry of the page before. */
  readonly after: string | undefined;
  /** ID of the first entry of the page after. */
  readonly before: string | undefined;
}

function cursorsIn(c: Context): Cursors {
  const after = idIn(c.req.query("after"));
  return { after, before: after === undefined ? idIn(c.req.query("before")) : undefined };
}

/** Splits entries, newest first, of which one more than a page was read on the far side. */
function pageOf<Entry extends { readonly id: string }>(
  found: readonly Entry[],
  { after, before }: Cursors,
): { shown: Entry[]; previous: string | null; next: string | null } {
  const hasMore = found.length > perPage;
  const shown = before === undefined ? found.slice(0, perPage) : found.slice(-perPage);
  const [hasPrevious, hasNext] = before === undefined ? [after !== undefined, hasMore] : [hasMore, true];
  return { shown, previous: hasPrevious ? (shown[0]?.id ?? null) : null, next: hasNext ? (shown.at(-1)?.id ?? null) : null };
}

function idIn(text: string | undefined): string | undefined {
  return /^[0-9a-f-]{36}$/.exec(text ?? "")?.[0];
}
