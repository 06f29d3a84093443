/** Tests requests at the same moment on PostgreSQL, where transactions run side by side. */
import { sql } from "kysely";
import { expect } from "vitest";
import type { Services } from "../src/core/services.ts";
import { engine } from "./database.ts";

/**
 * Runs `first` until it calls `holds` within its transaction, then `second`, which must wait for a lock of the first. The first goes on only
 * then. SQLite begins the second after the first.
 */
export async function atOnce<A, B>(
  s: Pick<Services, "db">,
  first: (holds: () => Promise<void>) => Promise<A>,
  second: () => Promise<B>,
): Promise<[A, B]> {
  const [begun, waits] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const one = first(() => {
    begun.resolve();
    return waits.promise;
  });
  await begun.promise;
  const other = second();
  try {
    await untilOneWaits(s);
  } finally {
    waits.resolve();
    await Promise.allSettled([one, other]);
  }
  return [await one, await other];
}

/** Until a transaction waits for a lock that another one holds. */
async function untilOneWaits({ db }: Pick<Services, "db">): Promise<void> {
  if (engine === "sqlite") return;
  const waiting = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await expect.poll(async () => (await waiting.execute(db)).rows.length).toBe(1);
}
