/** Everything that the database holds, to see whether an attack changed any of it. */
import type { Services } from "../../src/core/services.ts";

/** All rows of all tables as text, but for `last_seen_at`, which a page view may write, and the probes of `/readyz`. */
export async function contents(s: Services): Promise<string[]> {
  const tables = (await s.db.introspection.getTables()).filter(({ name }) => name !== "write_probes");
  const rows = await Promise.all(
    tables.map(async ({ name }) => {
      const found: Record<string, unknown>[] = await s.db
        .selectFrom(name as "users")
        .selectAll()
        .execute();
      return found.map((row) => `${name} ${JSON.stringify({ ...row, last_seen_at: undefined }, asText)}`);
    }),
  );
  return rows.flat().sort();
}

function asText(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}
