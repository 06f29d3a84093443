/** Adds the indexes of the admin pages. */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex("users_disabled").on("users").column("id").where(sql.ref("disabled_at"), "is not", null).execute();
  await db.schema.createIndex("users_unconfirmed_id").on("users").column("id").where(sql.ref("email_confirmed_at"), "is", null).execute();
  await db.schema.createIndex("audit_event").on("audit").columns(["event", "happened_at"]).execute();
  await db.schema.createIndex("outbox_failed").on("outbox").column("id").where(sql.ref("failed_at"), "is not", null).execute();
}
