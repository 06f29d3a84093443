/** Checks by a write whether the database takes writes. */
import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { CompiledQuery } from "kysely";
import type { Database } from "./database.ts";
import { DatabaseUnavailableError } from "./errors.ts";
import { type Placeholders, prepared } from "./prepared.ts";
import { upsert } from "./statements.ts";

/** Adapter of an engine that can abandon a query and its connection. */
export interface QueriesWithin {
  readonly queryWithin: (query: CompiledQuery, limitMs: number) => Promise<void>;
}

export interface WriteProbe {
  /** Rejects if the last probe failed. Probes at most once in five seconds, and only when called. */
  readonly requireWrites: () => Promise<void>;
  /** Reports a write that failed elsewhere: a full disk may refuse a session and still accept the small row of a probe. */
  readonly failed: (error: unknown) => void;
}

const validForMs = 5_000;
/** Shorter while it is down, to notice its return sooner. */
const validForWhileDownMs = 1_000;
const limitMs = 2_000;
const refusedForMs = 10_000;
/** Several rows: a frozen process that has locked one does not block the others. */
const rowCount = 64;

const write = prepared((db, value: Placeholders<{ id: number; written_at: number }>) =>
  upsert(db, "write_probes", { id: value("id"), written_at: value("written_at") }),
);

export function createWriteProbe(db: Database, now: () => number): WriteProbe {
  let answer: { readonly at: number; readonly error: unknown } | undefined;
  let refusal: { readonly at: number; readonly error: Error } | undefined;
  let underWay: Promise<void> | undefined;
  /** A write that is still pending on an engine without a query limit: a second one would only wait behind it. */
  let waiting: Promise<unknown> | undefined;
  const isWithin = (at: number, ms: number) => now() >= at && now() < at + ms;
  const probe = async () => {
    const values = { id: randomInt(rowCount), written_at: now() };
    const { queryWithin } = db.getExecutor().adapter as Partial<QueriesWithin>;
    waiting ??= queryWithin
      ? undefined
      : write(db, values).finally(() => {
          waiting = undefined;
        });
    const attempt = queryWithin ? queryWithin(write.compile(db, values), limitMs) : withTimeout(waiting);
    const error = await attempt.then(
      () => undefined,
      (failure: unknown) => failure ?? new Error("The write failed."),
    );
    answer = { at: now(), error };
  };
  return {
    requireWrites: async () => {
      if (!answer || !isWithin(answer.at, answer.error ? validForWhileDownMs : validForMs)) {
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

async function withTimeout(work: Promise<unknown> | undefined): Promise<void> {
  const over = new AbortController();
  const limit = pause(limitMs, undefined, { signal: over.signal, ref: false }).then(() => {
    throw new Error("The database did not accept a write in time.");
  });
  limit.catch(() => {});
  work?.catch(() => {});
  await Promise.race([work, limit]).finally(() => over.abort());
}
