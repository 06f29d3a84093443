/** Kysely's driver for Node's own SQLite: one connection writes, another reads, so no page waits for somebody's write. */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type LogEvent,
  type QueryResult,
  type SelectModifierNode,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from "kysely";
import type { ReadsAtOnce } from "./find.ts";
import { forgettable } from "./forgettable.ts";
import { isBusy, isDamaged, isNoDatabase, isUnavailable } from "./sqlite-errors.ts";
import { Handle } from "./sqlite-handle.ts";
import { DatabaseUnavailableError } from "./unavailable.ts";
import { createWalSync, type WalSync } from "./wal-sync.ts";

/** How long a write waits for another process's write before it gives up. */
const busyForMs = 10_000;

/** `onQuery` sees what is read at once; of everything else, Kysely tells. */
export function sqliteDialect(path: string, onQuery?: (event: LogEvent) => void): Dialect {
  const adapter = new ConcurrentSqliteAdapter();
  return {
    createAdapter: () => adapter,
    createDriver: () => new SqliteDriver(path, adapter, onQuery),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new LocklessQueryCompiler(),
  };
}

class ConcurrentSqliteAdapter extends SqliteAdapter implements ReadsAtOnce {
  readFirst: ReadsAtOnce["readFirst"];

  /** Migrations run in one transaction, which is a lock too: of two processes starting at once, one migrates and the other waits. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  /** Our driver lets reads go on beside a transaction; Kysely would otherwise let one query at a time through. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** Leaves `for update` and `skip locked` out: whoever writes has the whole file, so there is nothing to lock and nothing to skip. */
class LocklessQueryCompiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier === "Distinct") super.visitSelectModifier(node);
  }
}

class SqliteDriver implements Driver {
  readonly #path: string;
  readonly #atOnce: ReadsAtOnce;
  readonly #onQuery: ((event: LogEvent) => void) | undefined;
  #writer: Handle | undefined;
  #reader: Handle | undefined;
  #disk: WalSync | undefined;
  #failure: DatabaseUnavailableError | undefined;
  readonly #writeLock = new Lock();

  constructor(path: string, atOnce: ReadsAtOnce, onQuery: ((event: LogEvent) => void) | undefined) {
    this.#path = path;
    this.#atOnce = atOnce;
    this.#onQuery = onQuery;
  }

  async init(): Promise<void> {
    // The engine's own waiting would stop the event loop: with no timeout it answers "busy" at once and `patiently` retries.
    const writer = orUnavailable(() => new DatabaseSync(this.#path, { timeout: 0 }));
    const mode = await patiently(() => orNotOne(this.#path, () => writer.prepare("pragma journal_mode = wal").get()?.["journal_mode"]));
    // Nothing acknowledged is lost: each commit is on the disk before anybody hears of it. Where there is a log, we wait for it ourselves.
    writer.exec(`pragma synchronous = ${mode === "wal" ? "normal" : "full"}; pragma foreign_keys = on`);
    if (mode === "wal") this.#disk = createWalSync(this.#path, (failure) => this.#fail(failure));
    const reader = new DatabaseSync(this.#path, { timeout: 0 });
    reader.exec("pragma query_only = on");
    this.#writer = new Handle(writer);
    const handle = new Handle(reader);
    this.#reader = handle;
    const readFirst = (query: CompiledQuery) => orUnavailable(() => handle.first(query));
    const onQuery = this.#onQuery;
    this.#atOnce.readFirst = onQuery ? (query) => told(onQuery, query, readFirst) : readFirst;
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#failure) throw this.#failure;
    if (!this.#writer || !this.#reader) throw new Error("The database is not open.");
    return new SqliteConnection({ writer: this.#writer, reader: this.#reader, writeLock: this.#writeLock, disk: this.#disk });
  }

  /** Nothing is answered any more, so that whoever watches sees it: what was written last may be lost, and must not be built upon. */
  #fail(failure: DatabaseUnavailableError): void {
    this.#failure = failure;
    this.#atOnce.readFirst = undefined;
  }

  /** What may be forgotten at a power cut (`forgettable`) is on the disk with the next commit of something that may not. */
  async beginTransaction(connection: DatabaseConnection, { isolationLevel }: TransactionSettings): Promise<void> {
    await own(connection).begin(isolationLevel === forgettable);
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return own(connection).commit();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    own(connection).end("rollback");
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    own(connection).release();
  }

  async destroy(): Promise<void> {
    this.#atOnce.readFirst = undefined;
    await this.#disk?.close();
    this.#reader?.database.close();
    this.#writer?.database.close();
    this.#reader = undefined;
    this.#writer = undefined;
    this.#disk = undefined;
  }
}

function own(connection: DatabaseConnection): SqliteConnection {
  return connection as SqliteConnection;
}

/** What the queries of one database share. */
interface Shared {
  readonly writer: Handle;
  readonly reader: Handle;
  readonly writeLock: Lock;
  /** Undefined where the engine itself waits for the disk. */
  readonly disk: WalSync | undefined;
}

/** One query's, or one transaction's, use of the two handles. Reads outside a transaction take the reader and wait for nobody. */
class SqliteConnection implements DatabaseConnection {
  readonly #shared: Shared;
  #unlock: (() => void) | undefined;
  #isForgettable = false;
  #hasWritten = false;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { writer, reader, writeLock, disk } = this.#shared;
    const isRead = SelectQueryNode.is(query.query);
    if (this.#unlock) {
      this.#hasWritten ||= !isRead;
      return orUnavailable(() => writer.run<Row>(query));
    }
    if (isRead) return orUnavailable(() => reader.run<Row>(query));
    const unlock = await writeLock.take();
    let result: QueryResult<Row>;
    try {
      result = await patiently(() => writer.run<Row>(query));
    } finally {
      unlock();
    }
    await disk?.reached();
    return result;
  }

  async begin(isForgettable: boolean): Promise<void> {
    const { writer, writeLock } = this.#shared;
    this.#unlock = await writeLock.take();
    this.#isForgettable = isForgettable;
    this.#hasWritten = false;
    try {
      // IMMEDIATE takes the write lock now: a transaction that reads first can then never fail for having read too early.
      await patiently(() => writer.database.exec("begin immediate"));
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** The next transaction begins while this one waits for the disk: both then wait for the same turn of it. */
  async commit(): Promise<void> {
    this.end("commit");
    if (this.#hasWritten && !this.#isForgettable) await this.#shared.disk?.reached();
  }

  end(how: "commit" | "rollback"): void {
    const { database } = this.#shared.writer;
    try {
      if (database.isTransaction) orUnavailable(() => database.exec(how));
    } finally {
      this.release();
    }
  }

  release(): void {
    this.#unlock?.();
    this.#unlock = undefined;
  }

  // biome-ignore lint/correctness/useYield: it refuses before there is anything to give
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error("Streaming is not offered: page through rows by key instead.");
  }
}

/** As Kysely tells of a query. */
function told<T>(onQuery: (event: LogEvent) => void, query: CompiledQuery, read: (query: CompiledQuery) => T): T {
  const from = performance.now();
  try {
    const row = read(query);
    onQuery({ level: "query", query, queryDurationMillis: performance.now() - from });
    return row;
  } catch (error) {
    onQuery({ level: "error", error, query, queryDurationMillis: performance.now() - from });
    throw error;
  }
}

/** One holder at a time, first come first served. */
class Lock {
  #last: Promise<void> = Promise.resolve();

  /** Resolves, when its turn comes, to what gives the lock back. */
  async take(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = promise;
    await before;
    return resolve;
  }
}

/** Tries again, without stopping the event loop, while another process is writing. */
async function patiently<T>(work: () => T): Promise<T> {
  let waitedMs = 0;
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || waitedMs > busyForMs)
        return orUnavailable(() => {
          throw error;
        });
      // Never the same wait for two processes, or they would meet again.
      const jitteredMs = waitMs * (0.5 + Math.random());
      await pause(jitteredMs);
      waitedMs += jitteredMs;
    }
  }
}

/** Said of the file as soon as it is read, and in words that an operator can use. */
function orNotOne<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isNoDatabase(error)) throw error;
    const cause = new Error(`${path} is ${isDamaged(error) ? "a damaged database" : "not a database"}.`);
    throw new DatabaseUnavailableError("The database file cannot be used.", { cause });
  }
}

function orUnavailable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    throw new DatabaseUnavailableError("The database file cannot be used.", { cause: error });
  }
}
