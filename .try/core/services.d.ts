/** What the program opens at start and closes at the end; every function of the core takes it first. */
import type { LogEvent } from "kysely";
import { pino } from "pino";
import { type Database } from "../db/open.ts";
import type { Settings } from "../settings.ts";
import { type CommonPasswords } from "./common-passwords.ts";
import { type HashQueue } from "./hash-queue.ts";
import { type Mailer } from "./mailer.ts";
import { compileSessionQuery } from "./sessions.ts";
import { type Signer } from "./signing.ts";
export type Logger = Pick<pino.Logger, "debug" | "info" | "warn" | "error">;
export interface Services {
    readonly settings: Settings;
    readonly db: Database;
    readonly sessionQuery: ReturnType<typeof compileSessionQuery>;
    /** Undefined where no mail server is set: letters are then kept to be read. */
    readonly mailer: Mailer | undefined;
    readonly commonPasswords: CommonPasswords;
    readonly hasher: HashQueue;
    readonly hashCost: HashCost;
    readonly signer: Signer;
    readonly log: Logger;
    /** The present instant in milliseconds since 1970. */
    readonly now: () => number;
    /** Random bytes, as many as asked for; see `createRandomSource`. */
    readonly random: (count: number) => Buffer;
    /** An id that comes after every one before it; see `createIdSource`. */
    readonly newId: () => string;
}
/** What one Argon2id costs: KiB of memory, passes over it, lanes. */
interface HashCost {
    readonly memoryCost: number;
    readonly timeCost: number;
    readonly parallelism: number;
}
interface Replacements {
    /** Less than that is for tests alone, which hash thousands of times. */
    readonly hashCost?: HashCost;
    readonly now?: () => number;
    readonly log?: Logger;
    /** Sees each database query as it ends. */
    readonly onQuery?: (event: LogEvent) => void;
    /** Sees each hash as it starts, by its scheme. */
    readonly onHash?: (scheme: string) => void;
}
/** Opens the database, brings it up to date, and makes the rest ready. Throws when the database cannot be opened or migrated. */
export declare function openServices(settings: Settings, replace?: Replacements): Promise<Services>;
export declare function closeServices(s: Services): Promise<void>;
/**
 * Runs `work` in one transaction: all of it happens, or none. Only queries belong in it, and only through the `tx` it gets; where
 * two transactions stood in each other's way, it runs again.
 */
export declare function inTransaction<T>(s: Services, work: (tx: Services) => Promise<T>): Promise<T>;
/** The same for what a power cut may take, such as a count of attempts: it does not wait for the disk. */
export declare function inForgettableTransaction<T>(s: Services, work: (tx: Services) => Promise<T>): Promise<T>;
export {};
