/** Compiles queries for an engine without a database. */
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

/** Runs nothing: `onQuery` receives each compiled query. */
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
