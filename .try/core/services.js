/** What the program opens at start and closes at the end; every function of the core takes it first. */
import { availableParallelism } from "node:os";
import { pino } from "pino";
import { forgettable } from "../db/forgettable.js";
import { migrateAtStart } from "../db/migrate.js";
import { isConflict, openDatabase } from "../db/open.js";
import { openCommonPasswords } from "./common-passwords.js";
import { createHashQueue } from "./hash-queue.js";
import { createIdSource } from "./ids.js";
import { openMailer } from "./mailer.js";
import { createRandomSource } from "./random.js";
import { compileSessionQuery } from "./sessions.js";
import { createSigner } from "./signing.js";
/** OWASP's parameters: 19 MiB, two passes, one lane (ASVS 11.4.2). */
const owaspCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Opens the database, brings it up to date, and makes the rest ready. Throws when the database cannot be opened or migrated. */
export async function openServices(settings, replace = {}) {
    const now = replace.now ?? Date.now;
    const db = await openDatabase({
        url: settings.databaseUrl,
        connections: settings.databaseConnections,
        timeoutMs: settings.databaseTimeoutMs,
        isPooled: settings.databasePooler === "transaction",
    }, replace.onQuery);
    try {
        await migrateAtStart(db, settings.databaseUrl, now());
    }
    catch (error) {
        await db.destroy();
        throw error;
    }
    return {
        settings,
        db,
        sessionQuery: compileSessionQuery(db),
        mailer: openMailer(settings),
        commonPasswords: openCommonPasswords(),
        hasher: createHashQueue(settings.hashQueue, replace.onHash, slotsOf(settings)),
        hashCost: replace.hashCost ?? owaspCost,
        signer: createSigner(settings.secretKeys),
        log: replace.log ?? pino({ level: settings.logLevel }),
        now,
        newId: createIdSource(now),
        random: createRandomSource(),
    };
}
export async function closeServices(s) {
    s.mailer?.close();
    await s.db.destroy();
}
/** One more than the process's share of the processors, so that none of them waits for a hash while the next one is being fetched. */
function slotsOf({ workers }) {
    return Math.max(1, Math.floor(availableParallelism() / workers)) + 1;
}
const mostTries = 5;
/**
 * Runs `work` in one transaction: all of it happens, or none. Only queries belong in it, and only through the `tx` it gets; where
 * two transactions stood in each other's way, it runs again.
 */
export function inTransaction(s, work) {
    return untilNoConflict(() => s.db.transaction().execute((db) => work({ ...s, db })));
}
/** The same for what a power cut may take, such as a count of attempts: it does not wait for the disk. */
export function inForgettableTransaction(s, work) {
    return untilNoConflict(() => s.db
        .transaction()
        .setIsolationLevel(forgettable)
        .execute((db) => work({ ...s, db })));
}
async function untilNoConflict(attempt) {
    for (let tries = 1;; tries++) {
        try {
            return await attempt();
        }
        catch (error) {
            if (!isConflict(error) || tries === mostTries)
                throw error;
        }
    }
}
