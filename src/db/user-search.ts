/** Finds users by any part of a name or email: FTS5 on SQLite, pg_trgm on PostgreSQL. */
import { setImmediate as yieldToOthers } from "node:timers/promises";
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from "kysely";
import { type Database, isPostgres } from "./database.ts";
import type { Schema } from "./schema.ts";

/** Text to find, folded like the keys that it is compared with. */
export interface SearchedPart {
  /** Part of a username or display name. */
  readonly name: string;
  readonly email: string;
}

/** Shortest text that the indexes can find inside of a name. */
export const minPartLength = 3;

/** Tables of the migration that only its triggers write. */
type SearchTables = {
  readonly users_search: { rowid: number; text: string };
  readonly users_search_rows: { number: number; user_id: string };
};

/** Whether parts are indexed: PostgreSQL may lack pg_trgm. */
export async function canFindParts(db: Database): Promise<boolean> {
  if (!isPostgres(db)) return true;
  const { rows } = await sql<{ found: boolean }>`select to_regclass('users_search') is not null as found`.execute(db);
  return rows[0]?.found === true;
}

/** IDs of users who may have this part, in chunks. Requires {@link canFindParts}; {@link containsPart} decides. */
export function findByPart(db: Database, part: SearchedPart, limit: number): AsyncGenerator<string[]> {
  return isPostgres(db) ? findByLike(db, part, limit) : findByTrigrams(db, part, limit);
}

/** Whether a row of `users` has this part. */
export function containsPart(
  db: Database,
  { name, email }: SearchedPart,
): (users: ExpressionBuilder<Schema, "users">) => Expression<SqlBool> {
  const contains = (column: string, text: string) =>
    isPostgres(db) ? sql<SqlBool>`strpos(${sql.ref(column)}, ${text}) > 0` : sql<SqlBool>`instr(${sql.ref(column)}, ${text}) > 0`;
  return (users) =>
    users.or([
      // The placeholder of an unverified account contains its ID.
      users.and([contains("users.username_key", name), users("users.username_key", "not like", ":%")]),
      contains("users.email_key", email),
      contains("users.display_name_key", name),
    ]);
}

async function* findByLike(db: Database, { name, email }: SearchedPart, limit: number): AsyncGenerator<string[]> {
  const text = sql`(replace(username_key, ':' || id, '') || chr(10) || email_key || chr(10) || coalesce(display_name_key, ''))`;
  const like = (part: string) => sql<SqlBool>`${text} like ${`%${part.replaceAll(/[\\%_]/g, "\\$&")}%`}`;
  const rows = await db
    .selectFrom("users")
    .select("id")
    .where((users) => users.or([like(name), ...(email === name ? [] : [like(email)])]))
    .limit(limit)
    .execute();
  for (let from = 0; from < rows.length; from += idsPerChunk) yield rows.slice(from, from + idsPerChunk).map(({ id }) => id);
}

export const idsPerChunk = 250;
/** Rows of the index that one statement covers: a rare combination of common trigrams must not hold the event loop. */
const rowsPerStep = 50_000;

async function* findByTrigrams(db: Database, { name, email }: SearchedPart, limit: number): AsyncGenerator<string[]> {
  const search = db.withTables<SearchTables>();
  const newest = await search
    .selectFrom("users_search_rows")
    .select((rows) => rows.fn.max("number").as("number"))
    .executeTakeFirst();
  const last = Number(newest?.number ?? 0);
  const parts = email === name ? trigramsOf(name) : `(${trigramsOf(name)}) OR (${trigramsOf(email)})`;
  let left = limit;
  for (let from = 0; from < last && left > 0; ) {
    const until = from + rowsPerStep;
    const count = Math.min(left, idsPerChunk);
    const rows = await search
      .selectFrom("users_search")
      .innerJoin("users_search_rows", "users_search_rows.number", "users_search.rowid")
      .select(["user_id", "users_search.rowid as row"])
      .where(sql<SqlBool>`users_search match ${parts}`)
      .where("users_search.rowid", ">", from)
      .where("users_search.rowid", "<=", until)
      .orderBy("users_search.rowid")
      .limit(count)
      .execute();
    if (rows.length > 0) yield rows.map(({ user_id }) => user_id);
    left -= rows.length;
    from = rows.length < count ? until : Number(rows.at(-1)?.row);
    await yieldToOthers();
  }
}

/** Nested expressions are limited to a depth of 256. */
const maxTrigrams = 16;

/**
 * Trigrams that cover the text; overlapping ones would find hardly less, and cost as much each. Query injection: each is a quoted string
 * of FTS5, in which only quotes are special.
 */
function trigramsOf(text: string): string {
  const characters = [...text];
  const last = characters.length - 3;
  const starts = [...characters.keys()].filter((start) => start % 3 === 0 && start < last).slice(0, maxTrigrams);
  const trigrams = [...starts, last].map((start) => characters.slice(start, start + 3).join(""));
  return [...new Set(trigrams)].map((trigram) => `"${trigram.replaceAll('"', '""')}"`).join(" AND ");
}
