/** Reads the clock of the database server. */
import { sql } from "kysely";
import { type Database, isSqlite } from "./database.ts";

/** Undefined on SQLite, which uses the clock of this machine. */
export async function databaseTime(db: Database, url: string): Promise<number | undefined> {
  if (isSqlite(url)) return undefined;
  const { rows } = await sql<{ ms: number }>`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms`.execute(db);
  return rows[0]?.ms;
}
