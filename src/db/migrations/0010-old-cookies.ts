/** Adds spent cookies of other applications. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const bytes = isPostgres ? sql`bytea` : sql`blob`;
  await db.schema
    .createTable("spent_cookies")
    .addColumn("cookie_hash", bytes, (c) => c.primaryKey())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("spent_cookies_expires_at").on("spent_cookies").column("expires_at").execute();
  await db.schema.alterTable("imports").addColumn("remember_spent_at", "bigint").execute();
  await db.schema.alterTable("imports").addColumn("sessions_ended_at", "bigint").execute();
}
