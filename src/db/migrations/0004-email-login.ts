/** Creates the tables of logging in by email. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const bytes = isPostgres ? sql`bytea` : sql`blob`;
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  await db.schema
    .createTable("email_logins")
    .addColumn("token_hash", bytes, (c) => c.primaryKey())
    .addColumn("browser_hash", bytes, (c) => c.notNull())
    .addColumn("user_id", text, (c) => c.references("users.id").onDelete("cascade"))
    .addColumn("email", text, (c) => c.notNull())
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("code_hash", text, (c) => c.notNull())
    .addColumn("tries_left", "integer", (c) => c.notNull())
    .addColumn("proven_by", text)
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("email_logins_browser_hash").on("email_logins").column("browser_hash").execute();
  await db.schema.createIndex("email_logins_user_id").on("email_logins").column("user_id").execute();
  await db.schema.createIndex("email_logins_expires_at").on("email_logins").column("expires_at").execute();
  await db.schema
    .createTable("email_login_choices")
    .addColumn("user_id", text, (c) => c.primaryKey().references("users.id").onDelete("cascade"))
    .addColumn("is_off", "integer", (c) => c.notNull())
    .addColumn("changed_at", "bigint", (c) => c.notNull())
    .execute();
}
