/** Adds the origin of imported accounts. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  // By code points: what is the same, and what comes first, must not depend on a machine's language and its updates.
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  await db.schema
    .createTable("imports")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("digest", text, (c) => c.notNull())
    .addColumn("imported_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("imports_user_id").on("imports").column("user_id").execute();
}
