/** Reads the whole database, to see whether an attack changed it. */
import type { Services } from "../../src/core/services.ts";

/** Returns all rows as text, except `last_seen_at` and the write probes of `/readyz`. */
export async function databaseContents(s: Services): Promise<string[]> {
  const lines: string[] = [];
  // Sequential: opening a connection per table takes longer than reading.
  for (const name of await tableNames(s)) {
    const found: Record<string, unknown>[] = await s.db
      .selectFrom(name as "users")
      .selectAll()
      .execute();
    for (const row of found) lines.push(`${name} ${JSON.stringify({ ...row, last_seen_at: undefined }, asText)}`);
  }
  return lines.toSorted((a, b) => (a < b ? -1 : 1));
}

/** A search index without its own text cannot be read; the tables of its entries can. */
const unread = ["write_probes", "users_search"];

let names: readonly string[] | undefined;

/** Cached: all databases of a run have the same tables. */
async function tableNames(s: Services): Promise<readonly string[]> {
  names ??= (await s.db.introspection.getTables()).map(({ name }) => name).filter((name) => !unread.includes(name));
  return names;
}

function asText(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}
