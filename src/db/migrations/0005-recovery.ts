/** Creates the table of recoveries of two-factor authentication. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  await db.schema
    .createTable("two_factor_recoveries")
    .addColumn("user_id", text, (c) => c.primaryKey().references("users.id").onDelete("cascade"))
    .addColumn("security_version", "integer", (c) => c.notNull())
    .addColumn("started_at", "bigint", (c) => c.notNull())
    .addColumn("due_at", "bigint", (c) => c.notNull())
    .addColumn("next_email_at", "bigint", (c) => c.notNull())
    .addColumn("link_sent", "integer", (c) => c.notNull())
    .addColumn("locale", text)
    .execute();
  await db.schema.createIndex("two_factor_recoveries_next_email_at").on("two_factor_recoveries").column("next_email_at").execute();
}
