/** Creates the tables of two-factor authentication. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const bytes = isPostgres ? sql`bytea` : sql`blob`;
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  await db.schema.alterTable("users").addColumn("two_factor_since", "bigint").execute();
  await db.schema.createIndex("users_two_factor").on("users").column("id").where(sql.ref("two_factor_since"), "is not", null).execute();
  await db.schema.alterTable("imports").addColumn("factors_version", "integer").execute();
  // For administrators of sites where few accounts are without: the list reads no other account.
  await db.schema.createIndex("users_without_two_factor").on("users").column("id").where(sql.ref("two_factor_since"), "is", null).execute();
  await db.schema
    .createTable("authenticators")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("secret", text, (c) => c.notNull())
    // The set-up follows its session to a new token, and ends with it.
    .addColumn("session_hash", bytes, (c) => c.references("sessions.token_hash").onUpdate("cascade").onDelete("cascade"))
    .addColumn("last_step", "bigint", (c) => c.notNull().defaultTo(0))
    .addColumn("refused_step", "bigint")
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("confirmed_at", "bigint")
    .addColumn("last_used_at", "bigint")
    .execute();
  await db.schema.createIndex("authenticators_user_id").on("authenticators").column("user_id").execute();
  await db.schema
    .createIndex("authenticators_session_hash")
    .unique()
    .on("authenticators")
    .column("session_hash")
    .where(sql.ref("session_hash"), "is not", null)
    .execute();
  await db.schema
    .createIndex("authenticators_unconfirmed")
    .on("authenticators")
    .column("created_at")
    .where(sql.ref("confirmed_at"), "is", null)
    .execute();
  await db.schema
    .createTable("recovery_codes")
    .addColumn("code_hash", text, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("used_at", "bigint")
    .execute();
  await db.schema.createIndex("recovery_codes_user_id").on("recovery_codes").column("user_id").execute();
  await db.schema
    .createTable("trusted_devices")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("token_hash", bytes, (c) => c.notNull().unique())
    .addColumn("previous_hash", bytes)
    .addColumn("rotated_at", "bigint", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("last_used_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .addColumn("ip", text, (c) => c.notNull())
    .addColumn("user_agent", text, (c) => c.notNull())
    .execute();
  await db.schema.createIndex("trusted_devices_user_id").on("trusted_devices").column("user_id").execute();
  await db.schema.createIndex("trusted_devices_expires_at").on("trusted_devices").column("expires_at").execute();
  await db.schema.alterTable("sessions").addColumn("factor_id", text).execute();
  await db.schema
    .createTable("removed_factors")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("kind", text, (c) => c.notNull())
    .addColumn("credential_id", bytes)
    .addColumn("content", text, (c) => c.notNull())
    .addColumn("added_at", "bigint", (c) => c.notNull())
    .addColumn("removed_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("removed_factors_user_id").on("removed_factors").column("user_id").execute();
  await db.schema.createIndex("removed_factors_removed_at").on("removed_factors").column("removed_at").execute();
  await db.schema
    .createIndex("removed_factors_credential_id")
    .on("removed_factors")
    .column("credential_id")
    .where(sql.ref("credential_id"), "is not", null)
    .execute();
  await db.schema
    .createTable("site_facts")
    .addColumn("name", text, (c) => c.primaryKey())
    .addColumn("value", text, (c) => c.notNull())
    .addColumn("since", "bigint", (c) => c.notNull())
    .execute();
}
