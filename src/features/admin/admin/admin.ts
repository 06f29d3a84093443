/** The operators' pages: people, what happened, letters that failed, counts. For the role `admin`, behind a fresh login. */

import { z } from "zod";
import {
  countByDay,
  keyOf,
  listAllEvents,
  listFailedLetters,
  listPeople,
  type PeopleFilter,
  usernamesOf,
} from "../../../core/users/admin-lists.ts";
import { toUser } from "../../../core/users/users.ts";
import type { Context } from "../../../http/context.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./admin.messages.ts";
import { eventsPage, lettersPage, peoplePage } from "./admin.pages.ts";
import { act, personPage } from "./person.ts";

const perPage = 50;
const days = 30;
const filters: readonly PeopleFilter[] = ["all", "disabled", "unconfirmed", "with-roles"];

/** ASVS 8.2.1: every page below needs the role, and authentication not long ago (7.5.1). */
const forAdmins = { access: { role: "admin" }, recentAuth: true } as const;

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
    app.page("/admin", showPeople, forAdmins);
    app.page("/admin/events", showEvents, forAdmins);
    app.page("/admin/letters", showLetters, forAdmins);
    app.form("/admin/person", {
      ...forAdmins,
      fields: z.object({ id: z.string().default(""), act: z.string().default(""), role: z.string().default("") }),
      keep: ["id", "act", "role"],
      show: personPage,
      submit: act,
    });
  },
};

async function showPeople(c: Context): Promise<Page> {
  const s = c.get("s");
  const search = trimTyped(c.req.query("search") ?? "").slice(0, 254);
  const filter = filters.find((each) => each === c.req.query("filter")) ?? "all";
  const after = (c.req.query("after") ?? "").replaceAll("\0", "").slice(0, 300);
  const found = await listPeople(s, { search, filter, after, count: perPage + 1 });
  const shown = found.slice(0, perPage);
  const lastShown = shown.at(-1);
  const next = found.length > perPage && lastShown ? keyOf(search, lastShown) : undefined;
  // Counted on the first page only, which is where an operator looks.
  const counts = search === "" && after === "" && filter === "all" ? await counted(c) : [];
  return peoplePage({ people: shown.map((row) => ({ ...toUser(row), disabledAt: row.disabled_at })), search, filter, next, counts });
}

async function counted(c: Context) {
  const s = c.get("s");
  return [
    { title: "Signed up", counts: await countByDay(s, "signed-up", days) },
    { title: "Logged in", counts: await countByDay(s, "logged-in", days) },
    { title: "Wrong passwords", counts: await countByDay(s, "login-failed", days) },
  ];
}

async function showEvents(c: Context): Promise<Page> {
  const found = await listAllEvents(c.get("s"), { count: perPage + 1, before: idIn(c.req.query("before")) });
  const shown = found.slice(0, perPage);
  const names = await usernamesOf(
    c.get("s"),
    shown.flatMap(({ userId, actor }) => [userId, actor]),
  );
  return eventsPage(shown, names, found.length > perPage ? shown.at(-1)?.id : undefined);
}

async function showLetters(c: Context): Promise<Page> {
  const found = await listFailedLetters(c.get("s"), perPage + 1, idIn(c.req.query("before")));
  const shown = found.slice(0, perPage);
  const names = await usernamesOf(
    c.get("s"),
    shown.map(({ user_id }) => user_id),
  );
  return lettersPage(shown, names, found.length > perPage ? shown.at(-1)?.id : undefined);
}

function idIn(text: string | undefined): string | undefined {
  return /^[0-9a-f-]{36}$/.exec(text ?? "")?.[0];
}
