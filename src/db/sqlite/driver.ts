/** Kysely driver for node:sqlite: one connection writes, another reads. */
import { DatabaseSync } from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type LogEvent,
  type SelectModifierNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { DatabaseUnavailableError } from "../errors.ts";
import type { ReadsSync } from "../session-lookup.ts";
import type { RelaxesDurability } from "../transaction.ts";
import type { DurableWrites } from "../when-durable.ts";
import { SqliteConnection } from "./connection.ts";
import { mapUnavailable, throwIfNotDatabase } from "./errors.ts";
import type { ShrinksLog } from "./shrink-log.ts";
import { StatementCache } from "./statement-cache.ts";
import { openWalSync, type WalSync } from "./wal-sync.ts";
import { Lock, retryWhileBusy } from "./write-lock.ts";

export interface DriverEvents {
  /** Synchronous reads only; Kysely logs every other query. */
  readonly onQuery?: ((event: LogEvent) => void) | undefined;
  /** Called when the disk has failed: every query is rejected from then on. */
  readonly onFailure?: ((error: DatabaseUnavailableError) => void) | undefined;
  /** Called when all handles of the file are open. */
  readonly onOpen?: (() => void) | undefined;
}

/** Default wait of a write for the lock. */
const defaultBusyMs = 10_000;
/** A long reader lets the WAL grow; it is truncated to this size at its next start (pragma journal_size_limit). */
const maxWalBytes = 16 * 2 ** 20;

export function sqliteDialect(path: string, events: DriverEvents = {}, busyMs: number = defaultBusyMs): Dialect {
  const adapter = new ConcurrentSqliteAdapter();
  return {
    createAdapter: () => adapter,
    createDriver: () => new SqliteDriver(path, adapter, events, busyMs),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new LocklessQueryCompiler(),
  };
}

type Capabilities = ReadsSync & DurableWrites & RelaxesDurability & ShrinksLog;

class ConcurrentSqliteAdapter extends SqliteAdapter implements Capabilities {
  readSync: ReadsSync["readSync"];
  whenDurable: DurableWrites["whenDurable"];
  relaxDurability: RelaxesDurability["relaxDurability"];
  shrinkLog: ShrinksLog["shrinkLog"];

  /** Migrations run in one transaction, which is a lock too: of two processes that start at once, one migrates and the other waits. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  /** Otherwise Kysely would run one query at a time; this driver reads beside an open transaction. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** Omits `for update` and `skip locked`: a write transaction locks the whole file. */
class LocklessQueryCompiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier === "Distinct") super.visitSelectModifier(node);
  }
}

class SqliteDriver implements Driver {
  readonly #path: string;
  readonly #adapter: Capabilities;
  readonly #events: DriverEvents;
  readonly #busyMs: number;
  #writer: StatementCache | undefined;
  #reader: StatementCache | undefined;
  #walSync: WalSync | undefined;
  #failure: DatabaseUnavailableError | undefined;
  /** Holds the write lock. */
  #transaction: SqliteConnection | undefined;
  readonly #writeLock = new Lock();

  constructor(path: string, adapter: Capabilities, events: DriverEvents, busyMs: number) {
    this.#path = path;
    this.#adapter = adapter;
    this.#events = events;
    this.#busyMs = busyMs;
  }

  async init(): Promise<void> {
    // SQLite's own busy timeout would block the event loop: with 0 it returns "busy" at once, and `retryWhileBusy` retries.
    const writer = mapUnavailable(() => new DatabaseSync(this.#path, { timeout: 0 }));
    const mode = await retryWhileBusy(
      () => throwIfNotDatabase(this.#path, () => writer.prepare("pragma journal_mode = wal").get()?.["journal_mode"]),
      this.#deadline(),
    );
    // Durable: each commit is on the disk before its caller resumes. In WAL mode this driver waits itself (decision 017).
    writer.exec(`pragma synchronous = ${mode === "wal" ? "normal" : "full"}; pragma foreign_keys = on`);
    // Data left in freed pages: deleted rows are overwritten (ASVS 14.2.7).
    writer.exec(`pragma secure_delete = on; pragma journal_size_limit = ${maxWalBytes}`);
    const reader = new DatabaseSync(this.#path, { timeout: 0 });
    reader.exec("pragma query_only = on");
    if (mode === "wal") await this.#openWal(writer, reader);
    this.#writer = new StatementCache(writer);
    const handle = new StatementCache(reader);
    this.#reader = handle;
    const readSync = (query: CompiledQuery) => mapUnavailable(() => handle.first(query));
    const { onQuery } = this.#events;
    this.#adapter.readSync = onQuery ? (query) => logged(onQuery, query, readSync) : readSync;
    this.#adapter.relaxDurability = () => this.#transaction?.relaxDurability();
    this.#events.onOpen?.();
  }

  async #openWal(writer: DatabaseSync, reader: DatabaseSync): Promise<void> {
    // The first read creates the WAL if there is none, and keeps it for as long as the database is open.
    await retryWhileBusy(() => reader.prepare("select 1 from sqlite_schema").get(), this.#deadline());
    // Lost writes: after a disk failure the WAL may be in the page cache only; the checkpoint writes it into the database file.
    await retryWhileBusy(() => writer.prepare("pragma wal_checkpoint(truncate)").get(), this.#deadline());
    const walSync = mapUnavailable(() => openWalSync(this.#path, (failure) => this.#fail(failure)));
    this.#walSync = walSync;
    this.#adapter.whenDurable = walSync.whenDurable;
    this.#adapter.shrinkLog = () => this.#shrinkLog(writer);
  }

  /** A failure changes nothing: the next cleanup retries. */
  async #shrinkLog(writer: DatabaseSync): Promise<void> {
    const unlock = await this.#writeLock.acquire(this.#deadline()).catch(() => undefined);
    try {
      // With concurrent readers or writers, it truncates as much as possible.
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
      walSync: this.#walSync,
      deadline: () => this.#deadline(),
    });
  }

  /** Rejects every query from now on: the last commits may be lost, so nothing may be read or built upon. */
  #fail(failure: DatabaseUnavailableError): void {
    if (this.#failure) return;
    this.#failure = failure;
    this.#adapter.readSync = undefined;
    this.#events.onFailure?.(failure);
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await asSqlite(connection).begin();
    this.#transaction = asSqlite(connection);
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return asSqlite(connection).commit();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    asSqlite(connection).end("rollback");
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    asSqlite(connection).release();
  }

  async destroy(): Promise<void> {
    this.#adapter.readSync = undefined;
    this.#adapter.relaxDurability = undefined;
    this.#adapter.shrinkLog = undefined;
    this.#reader?.database.close();
    this.#writer?.database.close();
    await this.#walSync?.close();
    this.#reader = undefined;
    this.#writer = undefined;
    this.#walSync = undefined;
  }
}

function asSqlite(connection: DatabaseConnection): SqliteConnection {
  return connection as SqliteConnection;
}

/** Logs a query in the form that Kysely uses. */
function logged<T>(onQuery: (event: LogEvent) => void, query: CompiledQuery, read: (query: CompiledQuery) => T): T {
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
