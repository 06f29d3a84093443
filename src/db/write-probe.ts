/** Finds out whether the database takes writes, by a write. */
import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { CompiledQuery } from "kysely";
import type { Database } from "./database.ts";
import { DatabaseUnavailableError } from "./errors.ts";
import { type Placeholders, prepared } from "./prepared.ts";

/** What an engine's adapter has where a query can be given up without holding its connection any longer. */
export interface AsksWithin {
  readonly askWithin: (query: CompiledQuery, limitMs: number) => Promise<void>;
}

export interface WriteProbe {
  /** Rejects where the database has taken no write lately; asks it at most once in five seconds, and nothing when nobody calls. */
  readonly requireWrites: () => Promise<void>;
  /** Tells of what failed elsewhere: a full disk that refuses a session may still take as small a row as ours. */
  readonly failed: (error: unknown) => void;
}

const keptForMs = 5_000;
/** What is down is asked more often, so that it is up again sooner. */
const keptForWhileDownMs = 1_000;
const limitMs = 2_000;
const refusedForMs = 10_000;
/** Several, so that a process that is frozen while it holds one keeps no other waiting for long. */
const rows = 64;

const write = prepared((db, value: Placeholders<{ id: number; written_at: number }>) =>
  db
    .insertInto("write_probes")
    .values({ id: value("id"), written_at: value("written_at") })
    .onConflict((conflict) => conflict.column("id").doUpdateSet((row) => ({ written_at: row.ref("excluded.written_at") }))),
);

export function createWriteProbe(db: Database, now: () => number): WriteProbe {
  let answer: { readonly at: number; readonly error: unknown } | undefined;
  let refusal: { readonly at: number; readonly error: Error } | undefined;
  let underWay: Promise<void> | undefined;
  /** What an engine without a limit to a query has not answered yet; a second one would only wait behind it. */
  let waiting: Promise<unknown> | undefined;
  const isWithin = (at: number, ms: number) => now() >= at && now() < at + ms;
  const probe = async () => {
    const values = { id: randomInt(rows), written_at: now() };
    const { askWithin } = db.getExecutor().adapter as Partial<AsksWithin>;
    waiting ??= askWithin
      ? undefined
      : write(db, values).finally(() => {
          waiting = undefined;
        });
    const attempt = askWithin ? askWithin(write.compile(db, values), limitMs) : inTime(waiting);
    const error = await attempt.then(
      () => undefined,
      (failure: unknown) => failure ?? new Error("The write failed."),
    );
    answer = { at: now(), error };
  };
  return {
    requireWrites: async () => {
      if (!answer || !isWithin(answer.at, answer.error ? keptForWhileDownMs : keptForMs)) {
        underWay ??= probe().finally(() => {
          underWay = undefined;
        });
        await underWay;
      }
      if (answer?.error) throw answer.error;
      if (refusal && isWithin(refusal.at, refusedForMs)) throw refusal.error;
    },
    failed: (error) => {
      if (error instanceof DatabaseUnavailableError && error.refusesWrites) refusal = { at: now(), error };
    },
  };
}

async function inTime(work: Promise<unknown> | undefined): Promise<void> {
  const over = new AbortController();
  const limit = pause(limitMs, undefined, { signal: over.signal, ref: false }).then(() => {
    throw new Error("The database takes no write in time.");
  });
  limit.catch(() => {});
  work?.catch(() => {});
  await Promise.race([work, limit]).finally(() => over.abort());
}
