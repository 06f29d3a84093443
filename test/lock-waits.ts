/** Tests requests at the same moment on PostgreSQL, where transactions run side by side. */
import { sql } from "kysely";
import { expect } from "vitest";
import type { Services } from "../src/core/services.ts";
import { engine } from "./database.ts";

/** Waits until a transaction waits for a lock that another one holds. SQLite begins it after the other one. */
export async function untilOneWaits({ db }: Pick<Services, "db">): Promise<void> {
  if (engine === "sqlite") return;
  const waiting = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await expect.poll(async () => (await waiting.execute(db)).rows.length).toBe(1);
}
