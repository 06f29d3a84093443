/** Everything that the database holds, to see whether an attack changed any of it. */
import type { Services } from "../../src/core/services.ts";

/** All rows of all tables as text, but for `last_seen_at`, which a page view may write, and the probes of `/readyz`. */
export async function databaseContents(s: Services): Promise<string[]> {
  const lines: string[] = [];
  // One after the other: at once, each table would be read on a connection of its own, and making one takes longer than reading.
  for (const name of await tableNames(s)) {
    const found: Record<string, unknown>[] = await s.db
      .selectFrom(name as "users")
      .selectAll()
      .execute();
    for (const row of found) lines.push(`${name} ${JSON.stringify({ ...row, last_seen_at: undefined }, asText)}`);
  }
  return lines.toSorted((a, b) => (a < b ? -1 : 1));
}

let names: readonly string[] | undefined;

/** Asked for once: every database of a run has been made by the same migrations. */
async function tableNames(s: Services): Promise<readonly string[]> {
  names ??= (await s.db.introspection.getTables()).map(({ name }) => name).filter((name) => name !== "write_probes");
  return names;
}

function asText(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}
