/** Runs the queries of one connection, in a transaction or alone. */
import { type CompiledQuery, type DatabaseConnection, type QueryResult, SelectQueryNode } from "kysely";
import { mapUnavailable } from "./errors.ts";
import type { StatementCache } from "./statement-cache.ts";
import type { WalSync } from "./wal-sync.ts";
import { type Lock, retryWhileBusy } from "./write-lock.ts";

/** State that all connections of a database share. */
interface Shared {
  readonly writer: StatementCache;
  readonly reader: StatementCache;
  readonly writeLock: Lock;
  /** Deadline of a wait that starts now, in milliseconds of `performance.now()`. */
  readonly deadline: () => number;
  /** Undefined without a WAL: SQLite itself waits for the disk then. */
  readonly walSync: WalSync | undefined;
}

/** One query or transaction. Reads outside a transaction use the reader and never wait for a write. */
export class SqliteConnection implements DatabaseConnection {
  readonly #shared: Shared;
  #unlock: (() => void) | undefined;
  #isRelaxed = false;
  #hasWritten = false;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { writer, reader, writeLock, walSync, deadline } = this.#shared;
    const isRead = SelectQueryNode.is(query.query);
    if (this.#unlock) {
      this.#hasWritten ||= !isRead;
      return mapUnavailable(() => writer.run<Row>(query));
    }
    // Another process may be recovering or closing the WAL.
    if (isRead) return retryWhileBusy(() => reader.run<Row>(query), deadline());
    const until = deadline();
    const unlock = await writeLock.acquire(until);
    const { result, synced } = await retryWhileBusy(() => {
      const result = writer.run<Row>(query);
      // Requested before another query can read the write, so that `whenDurable` covers it.
      return { result, synced: walSync?.reached() };
    }, until).finally(unlock);
    await synced;
    return result;
  }

  async begin(): Promise<void> {
    const { writer, writeLock, deadline } = this.#shared;
    const until = deadline();
    this.#unlock = await writeLock.acquire(until);
    this.#isRelaxed = false;
    this.#hasWritten = false;
    try {
      // IMMEDIATE takes the write lock at once: a later upgrade from a read would fail with SQLITE_BUSY_SNAPSHOT.
      await retryWhileBusy(() => writer.database.exec("begin immediate"), until);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** The commit does not wait for the disk; the next durable commit takes it along. */
  relaxDurability(): void {
    this.#isRelaxed = true;
  }

  /** Releases the lock before it waits for the disk, so that the next transaction can share the same fdatasync (group commit). */
  async commit(): Promise<void> {
    this.end("commit");
    if (this.#hasWritten && !this.#isRelaxed) await this.#shared.walSync?.reached();
  }

  /** No-op after release: an open transaction belongs to the next holder. */
  end(how: "commit" | "rollback"): void {
    if (!this.#unlock) return;
    const { database } = this.#shared.writer;
    try {
      if (database.isTransaction) mapUnavailable(() => database.exec(how));
    } catch (error) {
      // A failed commit can leave the transaction open.
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

  // biome-ignore lint/correctness/useYield: always throws
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error("Streaming is not supported: page through rows by key instead.");
  }
}
