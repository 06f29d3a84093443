/** Creates the tables of logins with other providers. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const bytes = isPostgres ? sql`bytea` : sql`blob`;
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  await db.schema
    .createTable("identities")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("provider", text, (c) => c.notNull())
    .addColumn("issuer", text, (c) => c.notNull())
    .addColumn("subject", text, (c) => c.notNull())
    .addColumn("email", text)
    .addColumn("email_vouched", "integer", (c) => c.notNull().defaultTo(0))
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("confirmed_at", "bigint")
    .addColumn("last_used_at", "bigint")
    .addColumn("tokens", text)
    .execute();
  await db.schema.createIndex("identities_issuer_subject").on("identities").columns(["issuer", "subject"]).unique().execute();
  await db.schema.createIndex("identities_user_id").on("identities").column("user_id").execute();
  await db.schema
    .createTable("unlinked_issuers")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("issuer", text, (c) => c.notNull())
    .addColumn("unlinked_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("unlinked_issuers_user_id_issuer").on("unlinked_issuers").columns(["user_id", "issuer"]).unique().execute();
  await db.schema
    .createTable("provider_proofs")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.references("users.id").onDelete("cascade"))
    .addColumn("issuer", text, (c) => c.notNull())
    .addColumn("subject", text, (c) => c.notNull())
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("stage", text, (c) => c.notNull())
    .addColumn("payload", text, (c) => c.notNull())
    .addColumn("email", text, (c) => c.notNull())
    .addColumn("code_hash", text)
    .addColumn("tries_left", "integer", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("provider_proofs_user_id").on("provider_proofs").column("user_id").execute();
  await db.schema.createIndex("provider_proofs_issuer_subject").on("provider_proofs").columns(["issuer", "subject"]).execute();
  await db.schema.createIndex("provider_proofs_expires_at").on("provider_proofs").column("expires_at").execute();
  for (const [table, key] of [
    ["used_states", "state_hash"],
    ["used_logout_tokens", "token_hash"],
  ] as const) {
    await db.schema
      .createTable(table)
      .addColumn(key, bytes, (c) => c.primaryKey())
      .addColumn("expires_at", "bigint", (c) => c.notNull())
      .execute();
    await db.schema.createIndex(`${table}_expires_at`).on(table).column("expires_at").execute();
  }
  await db.schema
    .createTable("provider_logouts")
    .addColumn("key_hash", bytes, (c) => c.primaryKey())
    .addColumn("logged_out_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("provider_logouts_expires_at").on("provider_logouts").column("expires_at").execute();
  await db.schema.alterTable("sessions").addColumn("identity_id", text).execute();
  await db.schema.alterTable("sessions").addColumn("sid", text).execute();
  await db.schema
    .createIndex("sessions_identity_id")
    .on("sessions")
    .column("identity_id")
    .where(sql.ref("identity_id"), "is not", null)
    .execute();
}
