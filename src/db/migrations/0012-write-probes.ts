/** Adds the rows of the write probe. */
import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("write_probes")
    .addColumn("id", "integer", (c) => c.primaryKey())
    .addColumn("written_at", "bigint", (c) => c.notNull())
    .execute();
}
