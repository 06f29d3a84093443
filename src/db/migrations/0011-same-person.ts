/** What an import knows an account again by, beside its id, which a database may give to somebody else. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  await db.schema.alterTable("imports").addColumn("source_email_digest", text).execute();
  await db.schema.alterTable("imports").addColumn("given_email_digest", text).execute();
  await db.schema.alterTable("imports").addColumn("source_created_at", "bigint").execute();
  await db.schema.alterTable("imports").addColumn("format", text).execute();
  await db.schema.alterTable("imports").addColumn("disabled_at", "bigint").execute();
}
