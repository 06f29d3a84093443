/** Moves everything from one database to another, of the same engine or not, and proves that it arrived. */
import { createHash } from "node:crypto";
import { pendingMigrations, SchemaError } from "./migrate.js";
/** Each table with its key. Accounts first, for the others refer to them. */
const keys = {
    users: "id",
    sessions: "token_hash",
    tokens: "token_hash",
    limits: "budget",
    outbox: "id",
    audit: "id",
};
const perBatch = 1_000;
/** The target is not what it must be for a copy, or did not become it. The message is one line for the operator. */
export class CopyError extends Error {
    name = "CopyError";
}
/**
 * Copies every row that the target lacks, in batches, and compares counts and checksums. What an interrupted copy left is
 * kept, so it can be run again. Throws {@link CopyError} where the target has accounts of its own, {@link SchemaError} where either
 * side has not been migrated.
 */
export async function copyDatabase(from, to, onProgress) {
    for (const db of [from, to]) {
        const [pending] = await pendingMigrations(db);
        if (pending)
            throw new SchemaError(`A database lacks ${pending}: run "latchkey migrate" on it first.`);
    }
    const copied = [];
    // One view of the source from the first row to the last; a file takes no writes meanwhile.
    await from
        .transaction()
        .setIsolationLevel("repeatable read")
        .execute(async (source) => {
        for (const table of Object.keys(keys)) {
            await removeOthers(source, to, table);
            await addMissing(source, to, { table, onProgress });
        }
        for (const table of Object.keys(keys))
            copied.push(await compare(source, to, table));
    });
    return copied;
}
/** What the target has and the source has not, or has otherwise: sessions that ended since, an account that changed. */
async function removeOthers(from, to, table) {
    for await (const rows of batches(to, table)) {
        const there = new Map((await pick(from, table, rows)).map((row) => [keyOf(table, row), fingerprint(row)]));
        const others = rows.filter((row) => there.get(keyOf(table, row)) !== fingerprint(row));
        const strangers = others.filter((row) => !there.has(keyOf(table, row)));
        if (table === "users" && strangers.length > 0) {
            throw new CopyError("The target has accounts that the source does not have. Nothing was removed: copy into an empty database.");
        }
        if (others.length > 0)
            await remove(to, table, others);
    }
}
async function addMissing(from, to, { table, onProgress }) {
    let done = 0;
    for await (const rows of batches(from, table)) {
        const there = new Set((await pick(to, table, rows)).map((row) => keyOf(table, row)));
        const missing = rows.filter((row) => !there.has(keyOf(table, row)));
        if (missing.length > 0)
            await to
                .insertInto(table)
                .values(missing)
                .execute();
        done += rows.length;
        onProgress(table, done);
    }
}
async function compare(from, to, table) {
    const [here, there] = [await digest(from, table), await digest(to, table)];
    if (here.checksum !== there.checksum) {
        throw new CopyError(`${table} differs: ${here.rows} rows in the source, ${there.rows} in the target. Is a program writing to one of them?`);
    }
    return here;
}
async function digest(db, table) {
    const hash = createHash("sha256");
    let count = 0;
    for await (const rows of batches(db, table)) {
        for (const row of rows)
            hash.update(`${fingerprint(row)}\n`);
        count += rows.length;
    }
    return { table, rows: count, checksum: hash.digest("hex") };
}
/** All rows of a table in the order of their keys, which both engines compare byte by byte. */
async function* batches(db, table) {
    const key = keys[table];
    let last;
    for (;;) {
        const rows = await db
            .selectFrom(table)
            .selectAll()
            .$if(last !== undefined, (query) => query.where(key, ">", last))
            .orderBy(key)
            .limit(perBatch)
            .execute();
        if (rows.length > 0)
            yield rows;
        if (rows.length < perBatch)
            return;
        last = rows.at(-1)?.[key];
    }
}
function pick(db, table, rows) {
    const key = keys[table];
    return db
        .selectFrom(table)
        .selectAll()
        .where(key, "in", rows.map((row) => row[key]))
        .execute();
}
async function remove(db, table, rows) {
    const key = keys[table];
    await db
        .deleteFrom(table)
        .where(key, "in", rows.map((row) => row[key]))
        .execute();
}
function keyOf(table, row) {
    return String(asText("", row[keys[table]]));
}
/** A row as text that is the same from either engine. */
function fingerprint(row) {
    return JSON.stringify(Object.keys(row)
        .toSorted((a, b) => (a < b ? -1 : 1))
        .map((name) => [name, asText(name, row[name])]));
}
function asText(_name, value) {
    return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}
