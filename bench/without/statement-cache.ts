/** Prepares statements at each execution. */
import type { DatabaseSync } from "node:sqlite";
import type { CompiledQuery, QueryResult } from "kysely";
import { StatementCache as Caching } from "../../src/db/sqlite/statement-cache.ts";

export class StatementCache {
  readonly database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  run<R>(query: CompiledQuery): QueryResult<R> {
    return new Caching(this.database).run<R>(query);
  }

  first(query: CompiledQuery): Record<string, unknown> | undefined {
    return new Caching(this.database).first(query);
  }
}
