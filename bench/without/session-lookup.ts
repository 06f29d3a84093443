/** Looks up sessions through Kysely and promises, like any other query. */
import { type SelectQueryBuilder, sql } from "kysely";
import type { Database } from "../../src/db/database.ts";
import { type Placeholders, prepared } from "../../src/db/prepared.ts";

export function sessionLookup<Row>(
  key: "sessions.token_hash",
  select: (db: Database) => SelectQueryBuilder<never, never, Row>,
): (db: Database, value: Uint8Array) => Promise<Row | undefined> {
  const column = sql<Uint8Array>`${sql.ref(key)}`;
  const one = prepared((db, value: Placeholders<{ key: Uint8Array }>) => select(db).where(column, "=", value("key") as never));
  return async (db, value) => (await one(db, { key: value })).rows[0];
}
