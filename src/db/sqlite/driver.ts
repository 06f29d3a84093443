/** Kysely's driver for Node's own SQLite: one connection writes, another reads, so no page waits for somebody's write. */
import { DatabaseSync } from "node:sqlite";
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
import type { DatabaseUnavailableError } from "../errors.ts";
import { relaxedDurability } from "../relaxed-durability.ts";
import type { ReadsAtOnce } from "../session-lookup.ts";
import type { DurableWrites } from "../when-durable.ts";
import { mapUnavailable, throwIfNotDatabase } from "./errors.ts";
import type { ShrinksLog } from "./shrink-log.ts";
import { StatementCache } from "./statement-cache.ts";
import { openWalSync, type WalSync } from "./wal-sync.ts";
import { Lock, retryWhileBusy } from "./write-lock.ts";

/** Who is told of what happens to a file. */
export interface DriverEvents {
  /** Of what is read at once; of every other query, Kysely tells. */
  readonly onQuery?: ((event: LogEvent) => void) | undefined;
  /** Of a disk that has failed: nothing is answered from then on. */
  readonly onFailure?: ((error: DatabaseUnavailableError) => void) | undefined;
  /** Of a file whose every handle is open. */
  readonly onOpen?: (() => void) | undefined;
}

/** How long a write waits for others before it gives up, where nothing else is said. */
const usualBusyMs = 10_000;
/** The log may have grown beside a long reader; it is cut to this when it begins anew (pragma journal_size_limit). */
const mostLogBytes = 16 * 2 ** 20;

export function sqliteDialect(path: string, toTell: DriverEvents = {}, busyMs: number = usualBusyMs): Dialect {
  const adapter = new ConcurrentSqliteAdapter();
  return {
    createAdapter: () => adapter,
    createDriver: () => new SqliteDriver(path, adapter, toTell, busyMs),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new LocklessQueryCompiler(),
  };
}

class ConcurrentSqliteAdapter extends SqliteAdapter implements ReadsAtOnce, DurableWrites, ShrinksLog {
  readSync: ReadsAtOnce["readSync"];
  whenDurable: DurableWrites["whenDurable"];
  shrinkLog: ShrinksLog["shrinkLog"];

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
  readonly #adapter: ReadsAtOnce & DurableWrites & ShrinksLog;
  readonly #toTell: DriverEvents;
  readonly #busyMs: number;
  #writer: StatementCache | undefined;
  #reader: StatementCache | undefined;
  #disk: WalSync | undefined;
  #failure: DatabaseUnavailableError | undefined;
  readonly #writeLock = new Lock();

  constructor(path: string, adapter: ReadsAtOnce & DurableWrites & ShrinksLog, toTell: DriverEvents, busyMs: number) {
    this.#path = path;
    this.#adapter = adapter;
    this.#toTell = toTell;
    this.#busyMs = busyMs;
  }

  async init(): Promise<void> {
    // The engine's own waiting would stop the event loop: with no timeout it answers "busy" at once and `retryWhileBusy` retries.
    const writer = mapUnavailable(() => new DatabaseSync(this.#path, { timeout: 0 }));
    const mode = await retryWhileBusy(
      () => throwIfNotDatabase(this.#path, () => writer.prepare("pragma journal_mode = wal").get()?.["journal_mode"]),
      this.#deadline(),
    );
    // Nothing acknowledged is lost: each commit is on the disk before anybody hears of it. Where there is a log, we wait for it ourselves.
    writer.exec(`pragma synchronous = ${mode === "wal" ? "normal" : "full"}; pragma foreign_keys = on`);
    // Erased people do not stay in freed pages: what is deleted is overwritten (ASVS 14.2.7).
    writer.exec(`pragma secure_delete = on; pragma journal_size_limit = ${mostLogBytes}`);
    const reader = new DatabaseSync(this.#path, { timeout: 0 });
    reader.exec("pragma query_only = on");
    if (mode === "wal") await this.#openLog(writer, reader);
    this.#writer = new StatementCache(writer);
    const handle = new StatementCache(reader);
    this.#reader = handle;
    const readSync = (query: CompiledQuery) => mapUnavailable(() => handle.first(query));
    const { onQuery } = this.#toTell;
    this.#adapter.readSync = onQuery ? (query) => told(onQuery, query, readSync) : readSync;
    this.#toTell.onOpen?.();
  }

  async #openLog(writer: DatabaseSync, reader: DatabaseSync): Promise<void> {
    // The first read makes the log where there is none, and holds it for as long as the database is open.
    await retryWhileBusy(() => reader.prepare("select 1 from sqlite_schema").get(), this.#deadline());
    // After a disk has failed, the log may stand in memory only, and be taken for written: what it holds is written anew, into the file.
    // Where another process is at work, that is the one that has to do it.
    await retryWhileBusy(() => writer.prepare("pragma wal_checkpoint(truncate)").get(), this.#deadline());
    const disk = mapUnavailable(() => openWalSync(this.#path, (failure) => this.#fail(failure)));
    this.#disk = disk;
    this.#adapter.whenDurable = disk.whenDurable;
    this.#adapter.shrinkLog = () => this.#shrinkLog(writer);
  }

  /** A failure changes nothing: the next sweep tries again. */
  async #shrinkLog(writer: DatabaseSync): Promise<void> {
    const unlock = await this.#writeLock.take(this.#deadline()).catch(() => undefined);
    try {
      // Where others read or write, it does what it can and says so.
      if (unlock) writer.prepare("pragma wal_checkpoint(truncate)").get();
    } catch {
      // Busy, or the disk is full.
    } finally {
      unlock?.();
    }
  }

  #deadline(): number {
    return performance.now() + this.#busyMs;
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#failure) throw this.#failure;
    if (!this.#writer || !this.#reader) throw new Error("The database is not open.");
    return new SqliteConnection({
      writer: this.#writer,
      reader: this.#reader,
      writeLock: this.#writeLock,
      disk: this.#disk,
      deadline: () => this.#deadline(),
    });
  }

  /** Nothing is answered any more, so that whoever watches sees it: what was written last may be lost, and must not be built upon. */
  #fail(failure: DatabaseUnavailableError): void {
    if (this.#failure) return;
    this.#failure = failure;
    this.#adapter.readSync = undefined;
    this.#toTell.onFailure?.(failure);
  }

  /** What may be forgotten at a power cut (`relaxedDurability`) is on the disk with the next commit of something that may not. */
  async beginTransaction(connection: DatabaseConnection, { isolationLevel }: TransactionSettings): Promise<void> {
    await own(connection).begin(isolationLevel === relaxedDurability);
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
    this.#adapter.readSync = undefined;
    this.#adapter.shrinkLog = undefined;
    this.#reader?.database.close();
    this.#writer?.database.close();
    await this.#disk?.close();
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
  readonly writer: StatementCache;
  readonly reader: StatementCache;
  readonly writeLock: Lock;
  /** Until when a wait that begins now may last. */
  readonly deadline: () => number;
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
    const { writer, reader, writeLock, disk, deadline } = this.#shared;
    const isRead = SelectQueryNode.is(query.query);
    if (this.#unlock) {
      this.#hasWritten ||= !isRead;
      return mapUnavailable(() => writer.run<Row>(query));
    }
    // Another process may be mending or closing the log at this moment.
    if (isRead) return retryWhileBusy(() => reader.run<Row>(query), deadline());
    const until = deadline();
    const unlock = await writeLock.take(until);
    const { result, onDisk } = await retryWhileBusy(() => {
      const result = writer.run<Row>(query);
      // Asked for before anybody can read what was written.
      return { result, onDisk: disk?.reached() };
    }, until).finally(unlock);
    await onDisk;
    return result;
  }

  async begin(isForgettable: boolean): Promise<void> {
    const { writer, writeLock, deadline } = this.#shared;
    const until = deadline();
    this.#unlock = await writeLock.take(until);
    this.#isForgettable = isForgettable;
    this.#hasWritten = false;
    try {
      // IMMEDIATE takes the write lock now: a transaction that reads first can then never fail for having read too early.
      await retryWhileBusy(() => writer.database.exec("begin immediate"), until);
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

  /** Whoever has given the lock back has no transaction any more: the one that may be open is the next one's. */
  end(how: "commit" | "rollback"): void {
    if (!this.#unlock) return;
    const { database } = this.#shared.writer;
    try {
      if (database.isTransaction) mapUnavailable(() => database.exec(how));
    } catch (error) {
      // A commit that fails may leave it open.
      if (database.isTransaction) database.exec("rollback");
      throw error;
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
