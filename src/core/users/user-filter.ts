/** Reads filters and searches of user lists: their conditions, and their few matches by index. */
import { setImmediate as yieldToOthers } from "node:timers/promises";
import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { Schema } from "../../db/schema.ts";
import { canFindParts, containsPart, findByPart, idsPerChunk, minPartLength, type SearchedPart } from "../../db/user-search.ts";
import { trimTyped } from "../../platform/typed-text.ts";
import { emailKey } from "../mail/email-key.ts";
import type { Services } from "../services.ts";
import { hasRoles, isRole, listRoleSets } from "./roles.ts";
import type { UserQuery } from "./user.ts";
import { usernameKey } from "./users.ts";

export interface UserFilter {
  readonly conditions: readonly Condition[];
  readonly indexes: readonly UserIndex[];
}

/** Finds users who may match. */
interface UserIndex {
  /** Their IDs in chunks, at most `limit`; the same ID may come twice. */
  readonly find: (limit: number) => AsyncGenerator<string[]>;
  /** How many it may be asked for: one statement finds all users of a state, and those of a search are found in chunks. */
  readonly most: number;
}

const mostOfSearch = 100_000;
const mostOfState = 5_000;

type Condition = (users: ExpressionBuilder<Schema, "users">) => Expression<SqlBool>;

const maxSearchLength = 254;
export const idPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** All filters of a query; undefined if no user can match. */
export async function readFilter(s: Services, query: UserQuery): Promise<UserFilter | undefined> {
  // Rows that are left after the setting was turned off are of no use.
  if (query.recovering === true && s.settings.recoveryByEmailMs === 0) return undefined;
  const search = readSearch(query.search ?? "");
  const filters: (UserFilter | undefined)[] = [...(search === "" ? [] : [await searchFilter(s, search)]), ...stateFilters(s, query)];
  if (query.role !== undefined || query.withRoles === true) filters.push(await roleFilter(s, query.role));
  if (filters.includes(undefined)) return undefined;
  const all = filters.filter((filter) => filter !== undefined);
  return {
    conditions: all.flatMap(({ conditions }) => conditions),
    // Without any condition, a small site is listed like the matches of a filter.
    indexes:
      all.length === 0 ? [{ find: (limit) => idsWhere(s, undefined, limit), most: mostOfState }] : all.flatMap(({ indexes }) => indexes),
  };
}

/** Without control and formatting characters, such as direction marks around copied text. */
function readSearch(text: string): string {
  const cleaned = text.slice(0, 10 * maxSearchLength).toWellFormed();
  return [...trimTyped(cleaned.replaceAll(/\p{Cc}|\p{Default_Ignorable_Code_Point}/gu, ""))].slice(0, maxSearchLength).join("");
}

async function searchFilter(s: Services, search: string): Promise<UserFilter> {
  if (idPattern.test(search)) {
    const id = search.toLowerCase();
    return { conditions: [(users) => users("users.id", "=", id)], indexes: [{ find: () => chunkOf(id), most: 1 }] };
  }
  const email = search.includes("@") ? emailKey(search) : search.replaceAll(/[A-Z]/g, (upper) => upper.toLowerCase());
  const part: SearchedPart = { name: usernameKey(search), email };
  const isLong = Math.min([...part.name].length, [...part.email].length) >= minPartLength;
  if (isLong && (await canFindParts(s.db)))
    return { conditions: [containsPart(s.db, part)], indexes: [{ find: (limit) => findByPart(s.db, part, limit), most: mostOfSearch }] };
  return prefixFilter(s, part);
}

/** Above every character of a key. */
const lastCharacter = "\u{10ffff}";

/** Beginnings only: one or two characters are inside of most names. */
function prefixFilter(s: Services, { name, email }: SearchedPart): UserFilter {
  const begins = [
    ["username_key", name],
    ["email_key", email],
    ["display_name_key", name],
  ] as const;
  const conditions = begins.map(
    ([column, prefix]): Condition =>
      (users) =>
        users.and([users(column, ">=", prefix), users(column, "<", prefix + lastCharacter)]),
  );
  const find = async function* (limit: number) {
    for (const [column, prefix] of begins) yield* keysFrom(s, column, prefix, limit);
  };
  return { conditions: [(users) => users.or(conditions.map((condition) => condition(users)))], indexes: [{ find, most: mostOfSearch }] };
}

type KeyColumn = "username_key" | "email_key" | "display_name_key";

/** IDs of users whose key begins with a text, along the index of the key. */
async function* keysFrom(s: Services, column: KeyColumn, prefix: string, limit: number): AsyncGenerator<string[]> {
  let left = limit;
  for (let from: [">" | ">=", string] | undefined = [">=", prefix]; from && left > 0; ) {
    const count = Math.min(left, idsPerChunk);
    const rows = await s.db
      .selectFrom("users")
      .select(["id", `${column} as key`])
      .where(column, ...from)
      .where(column, "<", prefix + lastCharacter)
      .orderBy(column)
      .limit(count)
      .execute();
    if (rows.length > 0) yield rows.map(({ id }) => id);
    left -= rows.length;
    const last = rows.at(-1)?.key;
    from = rows.length === count && last ? [">", last] : undefined;
    await yieldToOthers();
  }
}

function stateFilters(s: Services, query: UserQuery): UserFilter[] {
  const { active, disabled, unverified, locked, deletionScheduled, withTwoFactor, withoutTwoFactor } = query;
  const filters: UserFilter[] = [];
  const add = (condition: Condition) =>
    filters.push({ conditions: [condition], indexes: [{ find: (limit) => idsWhere(s, condition, limit), most: mostOfState }] });
  if (disabled === true) add((users) => users("disabled_at", "is not", null));
  if (unverified === true) add((users) => users("email_verified_at", "is", null));
  if (deletionScheduled === true) add((users) => users("erase_at", "is not", null));
  if (withTwoFactor === true) add((users) => users("two_factor_since", "is not", null));
  if (withoutTwoFactor === true) add((users) => users("two_factor_since", "is", null));
  if (locked === true) filters.push(lockedFilter(s));
  if (query.recovering === true) filters.push(recoveringFilter(s));
  // Without an index: most accounts are active.
  if (active === true)
    filters.push({
      conditions: [
        (users) => users("disabled_at", "is", null),
        (users) => users("email_verified_at", "is not", null),
        (users) => users("erase_at", "is", null),
      ],
      indexes: [],
    });
  return filters;
}

function lockedFilter(s: Services): UserFilter {
  const find = async function* (limit: number) {
    const rows = await s.db
      .selectFrom("passwords")
      .select("user_id")
      .where("locked_at", "is not", null)
      .orderBy("user_id")
      .limit(limit)
      .execute();
    yield rows.map(({ user_id }) => user_id);
  };
  const condition: Condition = (users) =>
    users.exists(
      users
        .selectFrom("passwords")
        .select("passwords.user_id")
        .whereRef("passwords.user_id", "=", "users.id")
        .where("passwords.locked_at", "is not", null),
    );
  return { conditions: [condition], indexes: [{ find, most: mostOfState }] };
}

/** Without recoveries that a login or a change of a credential has ended, and that the next job removes. */
function recoveringFilter(s: Services): UserFilter {
  const find = async function* (limit: number) {
    const rows = await s.db.selectFrom("two_factor_recoveries").select("user_id").orderBy("user_id").limit(limit).execute();
    yield rows.map(({ user_id }) => user_id);
  };
  const condition: Condition = (users) =>
    users.and([
      users("two_factor_since", "is not", null),
      users.exists(
        users
          .selectFrom("two_factor_recoveries as recovery")
          .select("recovery.user_id")
          .whereRef("recovery.user_id", "=", "users.id")
          .whereRef("recovery.security_version", "=", "users.security_version")
          .where((row) =>
            row.or([row("users.last_login_at", "is", null), row("users.last_login_at", "<", row.ref("recovery.started_at"))]),
          ),
      ),
    ]);
  return { conditions: [condition], indexes: [{ find, most: mostOfState }] };
}

async function roleFilter(s: Services, role: string | undefined): Promise<UserFilter | undefined> {
  if (role === undefined)
    return { conditions: [() => hasRoles], indexes: [{ find: (limit) => idsWhere(s, () => hasRoles, limit), most: mostOfState }] };
  if (!isRole(role)) return undefined;
  const sets = (await listRoleSets(s)).filter((set) => set.split(",").includes(role));
  if (sets.length === 0) return undefined;
  const condition: Condition = (users) => users.and([hasRoles, users("roles", "in", sets)]);
  return { conditions: [condition], indexes: [{ find: (limit) => idsWhere(s, condition, limit), most: mostOfState }] };
}

async function* idsWhere(s: Services, condition: Condition | undefined, limit: number): AsyncGenerator<string[]> {
  const users = s.db.selectFrom("users").select("users.id");
  const rows = await (condition ? users.where(condition) : users.orderBy("users.id")).limit(limit).execute();
  await yieldToOthers();
  yield rows.map(({ id }) => id);
}

async function* chunkOf(id: string): AsyncGenerator<string[]> {
  yield [id];
}
