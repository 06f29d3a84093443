/** Creates the tables of passkeys. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const bytes = isPostgres ? sql`bytea` : sql`blob`;
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  await db.schema
    .createTable("passkey_users")
    .addColumn("user_id", text, (c) => c.primaryKey().references("users.id").onDelete("cascade"))
    .addColumn("handle", bytes, (c) => c.notNull().unique())
    .addColumn("gave_up_password", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable("passkeys")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("credential_id", bytes, (c) => c.notNull().unique())
    .addColumn("public_key", bytes, (c) => c.notNull())
    .addColumn("rp_id", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("aaguid", text, (c) => c.notNull())
    .addColumn("transports", text, (c) => c.notNull())
    .addColumn("counter", "bigint", (c) => c.notNull())
    .addColumn("backup_eligible", "integer", (c) => c.notNull())
    .addColumn("backed_up", "integer", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("last_used_at", "bigint")
    .addColumn("last_used_ip", text)
    .addColumn("last_used_user_agent", text)
    .execute();
  await db.schema.createIndex("passkeys_user_id").on("passkeys").column("user_id").execute();
  await db.schema
    .createTable("used_challenges")
    .addColumn("challenge_hash", bytes, (c) => c.primaryKey())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("used_challenges_expires_at").on("used_challenges").column("expires_at").execute();
}
