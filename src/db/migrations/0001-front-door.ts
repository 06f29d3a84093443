/** Creates users, sessions and rate limits. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const bytes = isPostgres ? sql`bytea` : sql`blob`;
  // By code points: what is the same, and what comes first, must not depend on a machine's language and its updates.
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  await db.schema
    .createTable("users")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("username", text, (c) => c.notNull())
    .addColumn("username_key", text, (c) => c.notNull().unique())
    .addColumn("email", text, (c) => c.notNull())
    .addColumn("email_key", text, (c) => c.notNull().unique())
    .addColumn("password_hash", text, (c) => c.notNull())
    .addColumn("hash_scheme", text)
    .addColumn("password_changed_at", "bigint", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("last_login_at", "bigint")
    .addColumn("previous_login_at", "bigint")
    .execute();
  await db.schema
    .createIndex("users_hash_scheme")
    .on("users")
    .column("hash_scheme")
    .where(sql.ref("hash_scheme"), "is not", null)
    .execute();

  await db.schema
    .createTable("sessions")
    .addColumn("token_hash", bytes, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("remembered", "integer", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("last_seen_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("sessions_user_id").on("sessions").column("user_id").execute();
  await db.schema.createIndex("sessions_expires_at").on("sessions").column("expires_at").execute();

  await db.schema
    .createTable("limits")
    .addColumn("budget", text, (c) => c.primaryKey())
    .addColumn("hits", "integer", (c) => c.notNull())
    .addColumn("resets_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("limits_resets_at").on("limits").column("resets_at").execute();
}
