/** Adds how a session was authenticated, and what a one-time token carries. */
import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("sessions")
    .addColumn("methods", "text", (c) => c.notNull().defaultTo(""))
    .execute();
  await db.schema.alterTable("tokens").addColumn("payload", "text").execute();
}
