/** Adds unverified accounts, and expiry of emails. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  // By code points: what is the same, and what comes first, must not depend on a machine's language and its updates.
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  await db.schema.alterTable("users").addColumn("must_confirm_since", "bigint").execute();
  await db.schema
    .createIndex("users_must_confirm_since")
    .on("users")
    .column("must_confirm_since")
    .where(sql.ref("must_confirm_since"), "is not", null)
    .execute();
  await db.schema.dropIndex("users_unconfirmed").execute();
  await db.schema.alterTable("outbox").addColumn("kind", text).execute();
  await db.schema.alterTable("outbox").addColumn("expires_at", "bigint").execute();
}
