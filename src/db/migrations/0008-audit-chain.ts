/** Adds the seals of the audit log. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const text = isPostgres ? sql`text collate "C"` : sql`text`;
  await db.schema.alterTable("audit").addColumn("sealed", "integer").execute();
  await db.schema.createIndex("audit_unsealed").on("audit").column("id").where(sql.ref("sealed"), "is", null).execute();
  await db.schema
    .createTable("audit_seals")
    .addColumn("record_id", text, (c) => c.primaryKey())
    .addColumn("day", text, (c) => c.notNull())
    .addColumn("number", "integer", (c) => c.notNull())
    .addColumn("happened_at", "bigint", (c) => c.notNull())
    .addColumn("owner", text)
    .addColumn("facts", text, (c) => c.notNull())
    .addColumn("personal", text, (c) => c.notNull())
    .addColumn("salt", text)
    .addColumn("link", text, (c) => c.notNull())
    .addColumn("key_id", text, (c) => c.notNull())
    .execute();
  // Not unique: two seals that somebody swapped must be there to be found.
  await db.schema.createIndex("audit_seals_day").on("audit_seals").columns(["day", "number"]).execute();
  await db.schema.createIndex("audit_seals_owner").on("audit_seals").column("owner").where(sql.ref("owner"), "is not", null).execute();
  await db.schema
    .createTable("audit_days")
    .addColumn("day", text, (c) => c.primaryKey())
    .addColumn("number", "integer", (c) => c.notNull().unique())
    .addColumn("count", "integer", (c) => c.notNull())
    .addColumn("last_link", text, (c) => c.notNull())
    .addColumn("last_at", "bigint", (c) => c.notNull())
    .addColumn("key_id", text, (c) => c.notNull())
    .addColumn("mac", text, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("audit_erasures")
    .addColumn("owner", text, (c) => c.primaryKey())
    .addColumn("erased_at", "bigint", (c) => c.notNull())
    .addColumn("key_id", text, (c) => c.notNull())
    .addColumn("mac", text, (c) => c.notNull())
    .execute();
  await db.schema.createIndex("audit_erasures_erased_at").on("audit_erasures").column("erased_at").execute();
  await db.schema
    .createTable("audit_head")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("swept_until", "bigint", (c) => c.notNull())
    .addColumn("key_id", text, (c) => c.notNull())
    .addColumn("mac", text, (c) => c.notNull())
    .execute();
  await sql`insert into audit_head (id, swept_until, key_id, mac) values ('head', 0, '', '')`.execute(db);
}
