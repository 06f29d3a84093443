/** Finds, lists and searches users for administrators, by index only. */
import { setImmediate as yieldToOthers } from "node:timers/promises";
import { trimTyped } from "../../platform/typed-text.ts";
import type { Services } from "../services.ts";
import type { UserDetails, UserPage, UserQuery } from "./user.ts";
import { idPattern, readFilter, type UserFilter } from "./user-filter.ts";
import { comparePlaces, cursorOf, type Order, opposite, orderOf, type Place, rangesBeyond, readCursor } from "./user-order.ts";
import { type AccountRow, findUserByEmail, findUserById, findUserByName, hasPassword, selectAccounts, toUser } from "./users.ts";

const maxCount = 1_000;
/** Up to so many matches are sorted by their keys; more are read in the order of an index. */
const maxSorted = 1_000;
const idsPerStep = 250;

/** Impersonation: text like an ID never matches a username, which a user can set to the ID of another account. */
export function findUser(s: Services, idEmailOrUsername: string): Promise<AccountRow | undefined> {
  const text = trimTyped(idEmailOrUsername);
  if (idPattern.test(text)) return findUserById(s, text.toLowerCase());
  return text.includes("@") ? findUserByEmail(s, text) : findUserByName(s, text);
}

/** A page of users, by keyset. An invalid cursor, or one of a deleted account, starts again. */
export async function listUsers(s: Services, query: UserQuery): Promise<UserPage> {
  const count = Math.max(1, Math.min(Math.trunc(query.count ?? 50) || 1, maxCount));
  const filter = await readFilter(s, query);
  if (!filter) return { users: [], next: null, previous: null, position: 1, total: 0 };
  const order = orderOf(query);
  const from = await readCursor(s, order, query.after || query.before || "");
  const isBackward = from !== undefined && !query.after;
  const sorted = await sortMatches(s, filter, order);
  const page = sorted ? sliceOf(sorted, order, { from, isBackward, count }) : await findPage(s, filter, order, { from, isBackward, count });
  const users = await findAccounts(s, page.places);
  const [first, last] = [page.places[0], page.places.at(-1)];
  return {
    users: users.map(toUserDetails),
    next: page.hasNext && last ? cursorOf(order, last) : null,
    previous: page.hasPrevious && first ? cursorOf(order, first) : null,
    position: page.position ?? null,
    total: sorted?.length ?? null,
  };
}

export function toUserDetails(row: AccountRow): UserDetails {
  return {
    ...toUser(row),
    disabledAt: row.disabled_at,
    hasPassword: hasPassword(row),
    passwordLockedAt: row.password_locked_at,
    compromisedAt: row.compromised_at,
  };
}

/** Usernames by account ID; IDs of deleted accounts are missing. */
export async function usernamesOf(s: Services, ids: readonly (string | null | undefined)[]): Promise<ReadonlyMap<string, string>> {
  const known = [...new Set(ids)].filter((id) => typeof id === "string");
  if (known.length === 0) return new Map();
  const rows = await s.db.selectFrom("users").select(["id", "username"]).where("id", "in", padded(known)).execute();
  return new Map(rows.map(({ id, username }) => [id, username]));
}

interface PageQuery {
  /** Undefined: from the start. */
  readonly from: Place | undefined;
  /** Whether the page ends before `from`. */
  readonly isBackward: boolean;
  readonly count: number;
}

interface FoundPage {
  readonly places: readonly Place[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
  /** Of its first user in the list, from 1. */
  readonly position?: number;
}

/** All matches in order, if an index finds that they are few. */
async function sortMatches(s: Services, { conditions, indexes }: UserFilter, order: Order): Promise<Place[] | undefined> {
  for (const index of indexes) {
    const ids = await idsOf(index, maxSorted + 1);
    if (ids.size > maxSorted) continue;
    const found = await placesOf(s, [...ids], conditions, order);
    return found.sort((one, other) => comparePlaces(order, one, other));
  }
  return undefined;
}

/** In parts: each user is elsewhere in the file, so many in one statement would hold the event loop. */
async function placesOf(s: Services, ids: readonly string[], conditions: UserFilter["conditions"], order: Order): Promise<Place[]> {
  const found: Place[] = [];
  for (let from = 0; from < ids.length; from += idsPerStep) {
    const rows = await s.db
      .selectFrom("users")
      .select(["users.id", `users.${order.column} as key`])
      .where("users.id", "in", padded(ids.slice(from, from + idsPerStep)))
      .where((users) => users.and(conditions.map((condition) => condition(users))))
      .execute();
    found.push(...rows);
    await yieldToOthers();
  }
  return found;
}

function sliceOf(sorted: readonly Place[], order: Order, { from, isBackward, count }: PageQuery): FoundPage {
  const start = from === undefined ? 0 : startOf(sorted, order, { from, isBackward, count });
  const places = sorted.slice(start, start + count);
  return { places, hasPrevious: start > 0, hasNext: start + count < sorted.length, position: start + 1 };
}

/** The user of the cursor may not match any more, so its place is compared. */
function startOf(sorted: readonly Place[], order: Order, { from, isBackward, count }: PageQuery & { from: Place }): number {
  const isAtOrBeyond = (place: Place) => comparePlaces(order, place, from) > 0 || (isBackward && place.id === from.id);
  const found = sorted.findIndex(isAtOrBeyond);
  const end = found < 0 ? sorted.length : found;
  return isBackward ? Math.max(0, end - count) : end;
}

async function findPage(s: Services, filter: UserFilter, order: Order, { from, isBackward, count }: PageQuery): Promise<FoundPage> {
  // One more, to find out whether there is another page.
  const found = await findBeyond(s, filter, isBackward ? opposite(order) : order, { from, count: count + 1 });
  const hasMore = found.length > count;
  const places = found.slice(0, count);
  if (!isBackward) return { places, hasPrevious: from !== undefined, hasNext: hasMore };
  if (hasMore) return { places: places.reverse(), hasPrevious: true, hasNext: true };
  // A first page is always full.
  return findPage(s, filter, order, { from: undefined, isBackward: false, count });
}

interface Wanted {
  readonly from: Place | undefined;
  readonly count: number;
}

/** Users that a walk reads before the indexes of the filters are read further. */
const maxWalked = 10_000;

/** Matches of common filters soon fill a page, unless they are rare together, or far away in this order. */
async function findBeyond(s: Services, { conditions, indexes }: UserFilter, order: Order, wanted: Wanted): Promise<Place[]> {
  const found = await walk(s, conditions, order, { ...wanted, maxSteps: maxWalked / usersPerStep });
  if (found) return found;
  // Those of states first: they have fewer entries at most.
  for (const index of indexes.toSorted((one, other) => one.most - other.most)) {
    const ids = await idsOf(index, index.most);
    if (ids.size < index.most) return selectFirst(s, [...ids], { conditions, order, wanted });
  }
  return (await walk(s, conditions, order, { ...wanted, maxSteps: Number.POSITIVE_INFINITY })) ?? [];
}

interface Selection {
  readonly conditions: UserFilter["conditions"];
  readonly order: Order;
  readonly wanted: Wanted;
}

/** The first matches beyond a place; keeps only these while it reads. */
async function selectFirst(
  s: Services,
  ids: readonly string[],
  { conditions, order, wanted: { from, count } }: Selection,
): Promise<Place[]> {
  let first: Place[] = [];
  for (let start = 0; start < ids.length; start += idsPerStep) {
    const places = await placesOf(s, ids.slice(start, start + idsPerStep), conditions, order);
    const beyond = places.filter((place) => from === undefined || comparePlaces(order, place, from) > 0);
    if (beyond.length > 0) first = [...first, ...beyond].sort((one, other) => comparePlaces(order, one, other)).slice(0, count);
  }
  return first;
}

async function idsOf({ find }: UserFilter["indexes"][number], limit: number): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const chunk of find(limit)) for (const id of chunk) ids.add(id);
  return ids;
}

/** Users that one statement reads: an index finds none of many, so each is tested. */
const usersPerStep = 500;

/**
 * Denial of service: reads a bounded number of users per statement, and lets other requests run in between. Returns undefined if
 * `maxSteps` do not fill the page.
 */
async function walk(
  s: Services,
  conditions: UserFilter["conditions"],
  order: Order,
  { from, count, maxSteps }: Wanted & { readonly maxSteps: number },
): Promise<Place[] | undefined> {
  const limit = conditions.length === 0 ? count : usersPerStep;
  const found: Place[] = [];
  let ranges = rangesBeyond(order, from);
  let steps = 0;
  for (let range = ranges.shift(); range && found.length < count; range = ranges.shift()) {
    if (++steps > maxSteps) return undefined;
    const { where, by } = range;
    const rows = await by
      .reduce(
        (query, column) => query.orderBy(column, order.isDescending ? "desc" : "asc"),
        s.db
          .selectFrom("users")
          .select(["users.id", `users.${order.column} as key`])
          .where(where),
      )
      .select((users) =>
        users
          .case()
          .when(users.and(conditions.map((condition) => condition(users))))
          .then(1)
          .else(0)
          .end()
          .as("matches"),
      )
      .limit(limit)
      .execute();
    for (const { id, key, matches } of rows) if (Number(matches) === 1 && found.length < count) found.push({ id, key });
    const last = rows.at(-1);
    if (last && rows.length === limit) ranges = rangesBeyond(order, last);
    await yieldToOthers();
  }
  return found;
}

/** In the order of the places; accounts that were deleted in the meantime are missing. */
async function findAccounts(s: Services, places: readonly Place[]): Promise<AccountRow[]> {
  if (places.length === 0) return [];
  const ids = places.map(({ id }) => id);
  const rows = await selectAccounts(s.db).where("id", "in", padded(ids)).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Repeats the last ID up to a power of two: each length is a statement of its own, which the engines keep prepared. */
function padded(ids: readonly string[]): string[] {
  const length = 2 ** Math.ceil(Math.log2(ids.length));
  return Array.from({ length }, (_, i) => ids[Math.min(i, ids.length - 1)] as string);
}
