/** The keys that sign access tokens. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  // By code points: what is the same, and what comes first, must not depend on a machine's language and its updates.
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  await db.schema
    .createTable("token_keys")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("number", "integer", (c) => c.notNull().unique())
    .addColumn("public_key", text, (c) => c.notNull())
    .addColumn("private_key", text, (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("signs_from", "bigint", (c) => c.notNull())
    .addColumn("published_until", "bigint")
    .execute();
  await db.schema
    .createIndex("token_keys_published_until")
    .on("token_keys")
    .column("published_until")
    .where(sql.ref("published_until"), "is not", null)
    .execute();
}
