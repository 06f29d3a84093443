/** Kysely's driver for Node's own SQLite: one connection writes, another reads, so no page waits for somebody's write. */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { SelectQueryNode, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, } from "kysely";
import { forgettable } from "./forgettable.js";
import { DatabaseUnavailableError } from "./unavailable.js";
/** How long a write waits for another process's write before it gives up. */
const busyForMs = 10_000;
const mostStatements = 500;
const SQLITE_BUSY = 5;
export function sqliteDialect(path) {
    return {
        createAdapter: () => new ConcurrentSqliteAdapter(),
        createDriver: () => new SqliteDriver(path),
        createIntrospector: (db) => new SqliteIntrospector(db),
        createQueryCompiler: () => new LocklessQueryCompiler(),
    };
}
class ConcurrentSqliteAdapter extends SqliteAdapter {
    /** Migrations run in one transaction, which is a lock too: of two processes starting at once, one migrates and the other waits. */
    get supportsTransactionalDdl() {
        return true;
    }
    /** Our driver lets reads go on beside a transaction; Kysely would otherwise let one query at a time through. */
    get supportsMultipleConnections() {
        return true;
    }
}
/** Leaves `for update` and `skip locked` out: whoever writes has the whole file, so there is nothing to lock and nothing to skip. */
class LocklessQueryCompiler extends SqliteQueryCompiler {
    visitSelectModifier(node) {
        if (node.modifier === "Distinct")
            super.visitSelectModifier(node);
    }
}
class SqliteDriver {
    #path;
    #writer;
    #reader;
    #writeLock = new Lock();
    constructor(path) {
        this.#path = path;
    }
    async init() {
        // The engine's own waiting would stop the event loop: with no timeout it answers "busy" at once and `patiently` retries.
        const writer = new DatabaseSync(this.#path, { timeout: 0 });
        await patiently(() => writer.exec("pragma journal_mode = wal"));
        // Nothing acknowledged is lost: each commit is on the disk before it returns.
        writer.exec("pragma synchronous = full; pragma foreign_keys = on");
        const reader = new DatabaseSync(this.#path, { timeout: 0 });
        reader.exec("pragma query_only = on");
        this.#writer = new Handle(writer);
        this.#reader = new Handle(reader);
    }
    async acquireConnection() {
        if (!this.#writer || !this.#reader)
            throw new Error("The database is not open.");
        return new SqliteConnection(this.#writer, this.#reader, this.#writeLock);
    }
    /** What may be forgotten at a power cut (`forgettable`) is on the disk with the next commit of something that may not. */
    async beginTransaction(connection, { isolationLevel }) {
        await own(connection).begin(isolationLevel === forgettable ? "normal" : "full");
    }
    async commitTransaction(connection) {
        own(connection).end("commit");
    }
    async rollbackTransaction(connection) {
        own(connection).end("rollback");
    }
    async releaseConnection(connection) {
        own(connection).release();
    }
    async destroy() {
        this.#reader?.database.close();
        this.#writer?.database.close();
        this.#reader = undefined;
        this.#writer = undefined;
    }
}
function own(connection) {
    return connection;
}
/** One query's, or one transaction's, use of the two handles. Reads outside a transaction take the reader and wait for nobody. */
class SqliteConnection {
    #writer;
    #reader;
    #writeLock;
    #unlock;
    constructor(writer, reader, writeLock) {
        this.#writer = writer;
        this.#reader = reader;
        this.#writeLock = writeLock;
    }
    async executeQuery(query) {
        if (this.#unlock)
            return orUnavailable(() => this.#writer.run(query));
        if (SelectQueryNode.is(query.query))
            return orUnavailable(() => this.#reader.run(query));
        const unlock = await this.#writeLock.take();
        try {
            this.#writer.sync("full");
            return await patiently(() => this.#writer.run(query));
        }
        finally {
            unlock();
        }
    }
    async begin(synchronous) {
        this.#unlock = await this.#writeLock.take();
        try {
            this.#writer.sync(synchronous);
            // IMMEDIATE takes the write lock now: a transaction that reads first can then never fail for having read too early.
            await patiently(() => this.#writer.database.exec("begin immediate"));
        }
        catch (error) {
            this.release();
            throw error;
        }
    }
    end(how) {
        try {
            if (this.#writer.database.isTransaction)
                orUnavailable(() => this.#writer.database.exec(how));
        }
        finally {
            this.release();
        }
    }
    release() {
        this.#unlock?.();
        this.#unlock = undefined;
    }
    // biome-ignore lint/correctness/useYield: it refuses before there is anything to give
    async *streamQuery() {
        throw new Error("Streaming is not offered: page through rows by key instead.");
    }
}
/** An open database with its prepared statements, each prepared once. */
class Handle {
    database;
    #synchronous;
    #statements = new Map();
    constructor(database) {
        this.database = database;
    }
    /** Whether commits from here on wait for the disk. Not to be asked within a transaction. */
    sync(synchronous) {
        if (this.#synchronous === synchronous)
            return;
        this.database.exec(`pragma synchronous = ${synchronous}`);
        this.#synchronous = synchronous;
    }
    run({ sql, parameters }) {
        const { statement, givesRows } = this.#prepared(sql);
        const values = parameters.map(bindable);
        if (givesRows)
            return { rows: statement.all(...values) };
        const { changes } = statement.run(...values);
        return { rows: [], numAffectedRows: BigInt(changes) };
    }
    #prepared(sql) {
        const known = this.#statements.get(sql);
        if (known)
            return known;
        if (this.#statements.size >= mostStatements)
            this.#statements.clear();
        const statement = this.database.prepare(sql);
        const made = { statement, givesRows: statement.columns().length > 0 };
        this.#statements.set(sql, made);
        return made;
    }
}
/** Node takes an object in the first place for named parameters without a word, so what cannot be stored is refused here. */
function bindable(value) {
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint")
        return value;
    if (typeof value === "boolean")
        return value ? 1 : 0;
    if (value instanceof Uint8Array)
        return value;
    throw new TypeError(`A value of type ${typeof value} cannot be stored.`);
}
/** One holder at a time, first come first served. */
class Lock {
    #last = Promise.resolve();
    /** Resolves, when its turn comes, to what gives the lock back. */
    async take() {
        const { promise, resolve } = Promise.withResolvers();
        const before = this.#last;
        this.#last = promise;
        await before;
        return resolve;
    }
}
/** Tries again, without stopping the event loop, while another process is writing. */
async function patiently(work) {
    let waitedMs = 0;
    for (let waitMs = 1;; waitMs = Math.min(waitMs * 2, 50)) {
        try {
            return work();
        }
        catch (error) {
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
function isBusy(error) {
    return resultCode(error) === SQLITE_BUSY;
}
/** The engine's primary result code. */
function resultCode(error) {
    return error instanceof Error && "errcode" in error ? Number(error.errcode) % 256 : undefined;
}
/** BUSY, READONLY, IOERR, FULL, CANTOPEN: about the file and its disk, and not about what was asked. */
const unavailable = [SQLITE_BUSY, 8, 10, 13, 14];
function orUnavailable(work) {
    try {
        return work();
    }
    catch (error) {
        if (!unavailable.includes(resultCode(error)))
            throw error;
        throw new DatabaseUnavailableError("The database file cannot be used.", { cause: error });
    }
}
