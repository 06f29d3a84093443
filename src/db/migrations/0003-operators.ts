/** Adds disabled accounts, roles and extra fields. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  await db.schema.alterTable("users").addColumn("disabled_at", "bigint").execute();
  await db.schema
    .alterTable("users")
    .addColumn("roles", text, (c) => c.notNull().defaultTo(""))
    .execute();
  await db.schema.alterTable("users").addColumn("extra", text).execute();
  await db.schema.alterTable("audit").addColumn("actor", text).execute();
  await db.schema.createIndex("users_created_at").on("users").columns(["created_at", "id"]).execute();
  await db.schema.createIndex("users_with_roles").on("users").column("id").where(sql<boolean>`roles <> ''`).execute();
}
