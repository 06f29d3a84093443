/** Adds verified emails, the outbox, one-time tokens and the audit log. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const bytes = isPostgres ? sql`bytea` : sql`blob`;
  // By code points: what is the same, and what comes first, must not depend on a machine's language and its updates.
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  await db.schema.alterTable("users").addColumn("display_name", text).execute();
  await db.schema.alterTable("users").addColumn("email_confirmed_at", "bigint").execute();
  await db.schema
    .alterTable("users")
    .addColumn("password_failures", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable("users").addColumn("password_set_aside_at", "bigint").execute();
  await db.schema.alterTable("users").addColumn("reported_at", "bigint").execute();
  await db.schema.alterTable("users").addColumn("erase_at", "bigint").execute();
  await db.schema.createIndex("users_erase_at").on("users").column("erase_at").where(sql.ref("erase_at"), "is not", null).execute();
  await db.schema
    .createIndex("users_unconfirmed")
    .on("users")
    .column("created_at")
    .where(sql.ref("email_confirmed_at"), "is", null)
    .execute();

  await db.schema
    .alterTable("sessions")
    .addColumn("authenticated_at", "bigint", (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable("sessions")
    .addColumn("address", text, (c) => c.notNull().defaultTo(""))
    .execute();
  await db.schema
    .alterTable("sessions")
    .addColumn("user_agent", text, (c) => c.notNull().defaultTo(""))
    .execute();

  await db.schema.createIndex("sessions_last_seen_at").on("sessions").columns(["remembered", "last_seen_at"]).execute();

  await db.schema
    .createTable("tokens")
    .addColumn("token_hash", bytes, (c) => c.primaryKey())
    .addColumn("purpose", text, (c) => c.notNull())
    .addColumn("user_id", text, (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("email", text, (c) => c.notNull())
    .addColumn("code_hash", bytes)
    .addColumn("code_expires_at", "bigint", (c) => c.notNull())
    .addColumn("tries_left", "integer", (c) => c.notNull())
    .addColumn("browser_hash", bytes)
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("tokens_user").on("tokens").columns(["user_id", "purpose"]).execute();
  await db.schema.createIndex("tokens_expires_at").on("tokens").column("expires_at").execute();

  await db.schema
    .createTable("outbox")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.references("users.id").onDelete("cascade"))
    .addColumn("letter", text)
    .addColumn("attempts", "integer", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("due_at", "bigint")
    .addColumn("failed_at", "bigint")
    .addColumn("failure", text)
    .execute();
  await db.schema.createIndex("outbox_due_at").on("outbox").column("due_at").where(sql.ref("due_at"), "is not", null).execute();
  await db.schema.createIndex("outbox_kept").on("outbox").column("created_at").where(sql.ref("due_at"), "is", null).execute();
  await db.schema.createIndex("outbox_user_id").on("outbox").column("user_id").execute();

  await db.schema
    .createTable("audit")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("user_id", text)
    .addColumn("event", text, (c) => c.notNull())
    .addColumn("address", text, (c) => c.notNull())
    .addColumn("user_agent", text, (c) => c.notNull())
    .addColumn("happened_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("audit_user_id").on("audit").columns(["user_id", "id"]).execute();
  await db.schema.createIndex("audit_happened_at").on("audit").column("happened_at").execute();
}
