/** Puts queries together in the words of an engine, without a database behind it. */
import {
  DummyDriver,
  Kysely,
  type LogEvent,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

/** What is asked of it goes nowhere; `onQuery` sees it. */
export function compiler(engine: "sqlite" | "postgres", onQuery?: (event: LogEvent) => void): Kysely<unknown> {
  const isPostgres = engine === "postgres";
  return new Kysely<unknown>({
    dialect: {
      createAdapter: () => (isPostgres ? new PostgresAdapter() : new SqliteAdapter()),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => (isPostgres ? new PostgresIntrospector(db) : new SqliteIntrospector(db)),
      createQueryCompiler: () => (isPostgres ? new PostgresQueryCompiler() : new SqliteQueryCompiler()),
    },
    ...(onQuery ? { log: onQuery } : {}),
  });
}
