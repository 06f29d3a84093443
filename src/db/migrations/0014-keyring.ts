/** Names the key and the algorithm of what keys made: signing keys, and the digits in emails. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  // By code points: what is the same, and what comes first, must not depend on a machine's language and its updates.
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  // Its ciphertexts name no key. The next token makes a new one.
  await db.schema.dropTable("token_keys").execute();
  await db.schema
    .createTable("signing_keys")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("algorithm", text, (c) => c.notNull())
    .addColumn("use", text, (c) => c.notNull())
    .addColumn("number", "integer", (c) => c.notNull())
    .addColumn("public_key", "text", (c) => c.notNull())
    .addColumn("private_key", "text", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("signs_from", "bigint", (c) => c.notNull())
    .addColumn("published_until", "bigint")
    .addUniqueConstraint("signing_keys_number", ["use", "algorithm", "number"])
    .execute();
  await db.schema
    .createIndex("signing_keys_published_until")
    .on("signing_keys")
    .column("published_until")
    .where(sql.ref("published_until"), "is not", null)
    .execute();
  // What it held lives ten minutes, and names no key.
  await db.schema.alterTable("tokens").dropColumn("code_hash").execute();
  await db.schema.alterTable("tokens").addColumn("code_hash", "text").execute();
}
