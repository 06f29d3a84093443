/** Adds submitted forms and released usernames. */
import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("sent_forms")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("request", "text", (c) => c.notNull())
    .addColumn("answer", "text")
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("sent_forms_expires_at").on("sent_forms").column("expires_at").execute();
  await db.schema
    .createTable("resting_usernames")
    .addColumn("key_hash", "text", (c) => c.primaryKey())
    .addColumn("owner", "text", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("resting_usernames_expires_at").on("resting_usernames").column("expires_at").execute();
}
