/** PostgreSQL under Kysely: a pool whose statements are planned once a connection, with a limit to every wait. */
import { createHash } from "node:crypto";
import { PostgresDialect } from "kysely";
import pg from "pg";
import { DatabaseUnavailableError } from "./unavailable.js";
/** Connections are made as they are needed, so this never fails; the first query may. */
export function postgresDialect(options) {
    const pool = new pg.Pool(poolConfig(options));
    // A connection that breaks while nobody uses it: the pool drops it, and whoever comes next gets another.
    pool.on("error", () => { });
    const nameOf = options.isPooled ? () => undefined : statementNames();
    return new PostgresDialect({
        pool: {
            connect: async () => named(await pool.connect().catch(rethrow), nameOf),
            end: () => pool.end(),
        },
    });
}
const int8 = 20;
const bytea = 17;
function poolConfig({ url, connections, timeoutMs, isPooled }) {
    // A pooler takes no settings that would have to stay on a connection; our own watch has to do there.
    const serverLimits = { statement_timeout: timeoutMs, lock_timeout: timeoutMs, idle_in_transaction_session_timeout: timeoutMs };
    return {
        connectionString: url,
        max: connections,
        application_name: "latchkey",
        connectionTimeoutMillis: timeoutMs,
        // For a server that has gone without a word: its own limits, where it is there, come first.
        ...(timeoutMs === 0 ? {} : { query_timeout: timeoutMs + 1_000 }),
        ...(timeoutMs === 0 || isPooled ? {} : serverLimits),
        keepAlive: true,
        types: { getTypeParser: readerOf },
    };
}
/** Counts and instants fit a number, where the library would give text; bytes are what SQLite gives. */
function readerOf(oid, format) {
    const read = pg.types.getTypeParser(oid, format);
    if (oid === int8)
        return Number;
    return oid === bytea ? (text) => new Uint8Array(read(text)) : read;
}
/** A statement with a name is planned once on each connection, which halves the time of a look-up. */
function statementNames() {
    const names = new Map();
    return (text) => {
        const known = names.get(text);
        if (known)
            return known;
        const name = createHash("sha256").update(text).digest("base64url").slice(0, 24);
        names.set(text, name);
        return name;
    };
}
function named(client, nameOf) {
    let isBroken = false;
    return {
        query: async (text, values) => {
            const name = values.length === 0 ? undefined : nameOf(text);
            try {
                return await client.query({ text, values: [...values], ...(name ? { name } : {}) });
            }
            catch (error) {
                // What got no answer may still be at work: nobody else gets its connection.
                isBroken ||= !(error instanceof pg.DatabaseError);
                return rethrow(error);
            }
        },
        release: () => client.release(isBroken),
    };
}
/** Classes of errors that are about the server and not about what was asked: connection, resources, operator, system. */
const unavailable = /^(?:08|28|3D|53|57|58|55P03|25P03)/;
function rethrow(error) {
    if (error instanceof pg.DatabaseError && !unavailable.test(error.code ?? ""))
        throw error;
    throw new DatabaseUnavailableError("PostgreSQL does not answer.", { cause: error });
}
