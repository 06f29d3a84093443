/** Settings of the database: its URL, connections and time limits. */
import { z } from "zod";
import { asDatabaseUrl, duration, wholeNumber } from "../parsers.ts";
import type { Section } from "../setting.ts";

export const database = {
  databaseUrl: {
    env: "DATABASE_URL",
    default: "sqlite:var/latchkey.sqlite",
    schema: z.string().transform(asDatabaseUrl),
    format:
      "a SQLite path such as sqlite:/var/lib/latchkey.sqlite, or a URL such as postgres://name:password@host/database (several hosts separated by commas)",
    description:
      "SQLite file or PostgreSQL database. A missing directory is created; `sqlite::memory:` is an in-memory database for tests. Prepare PostgreSQL with `latchkey migrate`; with several hosts, the writable one is used (docs/scaling.md).",
    secret: true,
  },
  databaseConnections: {
    env: "DATABASE_CONNECTIONS",
    default: "10",
    schema: wholeNumber(1, 1_000),
    format: "a whole number from 1 to 1000",
    description: "Maximum PostgreSQL connections per process.",
  },
  databaseTimeoutMs: {
    env: "DATABASE_TIMEOUT",
    default: "5s",
    schema: duration(600_000),
    format: "a duration such as 5s, 10m at most",
    description:
      "Time limit of a PostgreSQL query, of waiting for a connection, and of waiting for the SQLite write lock. Exceeding it returns 503 with `Retry-After`.",
  },
  databasePooler: {
    env: "DATABASE_POOLER",
    default: "none",
    schema: z.enum(["none", "transaction"]),
    format: "none or transaction",
    description: "Set `transaction` behind a transaction pooler such as PgBouncer. Turns off prepared statements and session settings.",
  },
} satisfies Section;
