/** What an operator sees of everybody: people, events, letters, counts. Each query reads an index, and no more rows than it shows. */

import { setImmediate as turn } from "node:timers/promises";
import type { SelectQueryBuilder } from "kysely";
import { columns } from "../../db/columns.ts";
import type { Schema } from "../../db/schema.ts";
import { emailKey } from "../mail/email-key.ts";
import type { Services } from "../services.ts";
import { findUserById, type UserRow, usernameKey } from "./users.ts";

/** Above every character that a key can hold. */
const last = "\u{10ffff}";

export type PeopleFilter = "all" | "disabled" | "unconfirmed" | "with-roles";

export interface PeopleQuery {
  /** The beginning of a user name or, where it has an `@`, of an address; or a whole id. Empty for everybody. */
  readonly search: string;
  readonly filter: PeopleFilter;
  /** The key of the last one of the page before. */
  readonly after: string;
  readonly count: number;
}

/** A page of accounts: everybody newest first, what was searched for in the order of its key. */
export async function listPeople(s: Services, { search, filter, after, count }: PeopleQuery): Promise<UserRow[]> {
  if (search === "") return newest(s, filter, after, count);
  const byId = /^[0-9a-f-]{36}$/.test(search) && (await findUserById(s, search));
  if (byId) return ofKind(s, filter).where("id", "=", byId.id).execute();
  const column = search.includes("@") ? "email_key" : "username_key";
  // No key holds a NUL, and PostgreSQL takes no text that does.
  const from = column === "email_key" ? emailKey(search) : usernameKey(search).replaceAll("\0", "");
  const range: Range = { column, from, after };
  return filter === "all" ? within(ofKind(s, filter), range).limit(count).execute() : searchByStep(s, filter, range, count);
}

interface Range {
  readonly column: "email_key" | "username_key";
  readonly from: string;
  readonly after: string;
  /** The last key that counts, where there is one. */
  readonly upTo?: string | undefined;
}

/** With one bound at each end: of two, the engine may begin at the lower one and read through to the higher. */
function within<Row>(query: SelectQueryBuilder<Schema, "users", Row>, { column, from, after, upTo }: Range) {
  // All that begin so lie behind `from`, and so does the last one of the page before.
  const begun = after.startsWith(from) && after !== "" ? query.where(column, ">", after) : query.where(column, ">=", from);
  return (upTo === undefined ? begun.where(column, "<", from + last) : begun.where(column, "<=", upTo)).orderBy(column);
}

/** How many accounts are looked at in one go: few enough that nobody waits for it. */
const perStep = 2_000;

/**
 * Few of those whose name begins so may be of the kind, and no index knows both. So it looks at some at a time, and everybody else has
 * a turn in between.
 */
async function searchByStep(s: Services, filter: PeopleFilter, { column, from, after: first }: Range, count: number): Promise<UserRow[]> {
  const people: UserRow[] = [];
  for (let after = first; ; ) {
    const rest = s.db.selectFrom("users").select(column);
    const end = await within(rest, { column, from, after })
      .limit(1)
      .offset(perStep - 1)
      .executeTakeFirst();
    const upTo = end?.[column];
    const some = within(ofKind(s, filter), { column, from, after, upTo }).limit(count - people.length);
    people.push(...(await some.execute()));
    if (people.length >= count || upTo === undefined) return people;
    after = upTo;
    await turn();
  }
}

/** What `after` is for the page behind this account. */
export function keyOf(search: string, user: UserRow): string {
  if (search === "") return user.id;
  return search.includes("@") ? user.email_key : user.username_key;
}

function newest(s: Services, filter: PeopleFilter, after: string, count: number): Promise<UserRow[]> {
  return ofKind(s, filter)
    .$if(after !== "", (query) => query.where("id", "<", after))
    .orderBy("id", "desc")
    .limit(count)
    .execute();
}

function ofKind(s: Services, filter: PeopleFilter) {
  return s.db
    .selectFrom("users")
    .select(columns.users)
    .$if(filter === "disabled", (query) => query.where("disabled_at", "is not", null))
    .$if(filter === "unconfirmed", (query) => query.where("email_verified_at", "is", null))
    .$if(filter === "with-roles", (query) => query.where("roles", "<>", ""));
}

export interface RecordedEvent {
  readonly id: string;
  readonly userId: string | null;
  readonly event: string;
  readonly at: number;
  readonly ip: string;
  readonly userAgent: string;
  readonly actor: string | null;
}

export interface EventsQuery {
  readonly count: number;
  /** The id of the last one of the page before. */
  readonly before?: string | undefined;
  readonly userId?: string | undefined;
  readonly event?: string | undefined;
}

/** Everybody's events, or one account's, newest first, a page at a time. */
export async function listAllEvents(s: Services, { count, before, userId, event: only }: EventsQuery): Promise<RecordedEvent[]> {
  const rows = await s.db
    .selectFrom("audit")
    .select(columns.audit)
    .$if(before !== undefined, (query) => query.where("id", "<", before ?? ""))
    .$if(userId !== undefined, (query) => query.where("user_id", "=", userId ?? ""))
    .$if(only !== undefined, (query) => query.where("event", "=", only ?? ""))
    .orderBy("id", "desc")
    .limit(count)
    .execute();
  return rows.map(({ id, user_id, event, happened_at, ip, user_agent, actor }) => ({
    id,
    userId: user_id,
    event,
    at: happened_at,
    ip,
    userAgent: user_agent,
    actor,
  }));
}

/** What the accounts with these ids are called; those that are gone, and what is no id, are left out. */
export async function usernamesOf(s: Services, ids: readonly (string | null | undefined)[]): Promise<ReadonlyMap<string, string>> {
  const known = [...new Set(ids)].filter((id) => typeof id === "string");
  if (known.length === 0) return new Map();
  const rows = await s.db.selectFrom("users").select(["id", "username"]).where("id", "in", known).execute();
  return new Map(rows.map(({ id, username }) => [id, username]));
}

/** Letters that were given up, newest first. What stood in them is gone. */
export function listFailedLetters(s: Services, count: number, before?: string) {
  return s.db
    .selectFrom("outbox")
    .select(["id", "user_id", "attempts", "created_at", "failed_at", "failure"])
    .where("failed_at", "is not", null)
    .$if(before !== undefined, (query) => query.where("id", "<", before ?? ""))
    .orderBy("id", "desc")
    .limit(count)
    .execute();
}

const dayMs = 24 * 3_600_000;
/** Past so many, the exact count is no longer worth the time. */
const mostCounted = 10_000;

/** How often something happened on each of the last days, the oldest first; at most ten thousand a day. */
export async function countByDay(s: Services, event: string, days: number): Promise<number[]> {
  const tomorrow = Math.floor(s.now() / dayMs) * dayMs + dayMs;
  const counts: number[] = [];
  for (let day = days; day > 0; day--) {
    const from = tomorrow - day * dayMs;
    const { count } = await s.db
      .selectFrom((query) =>
        query
          .selectFrom("audit")
          .select("event")
          .where("event", "=", event)
          .where("happened_at", ">=", from)
          .where("happened_at", "<", from + dayMs)
          .limit(mostCounted)
          .as("some"),
      )
      .select((column) => column.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    counts.push(Number(count));
  }
  return counts;
}
