import type { Database } from "./open.ts";
import type { Schema } from "./schema.ts";
type Table = keyof Schema;
/** The target is not what it must be for a copy, or did not become it. The message is one line for the operator. */
export declare class CopyError extends Error {
    name: string;
}
export interface Copied {
    readonly table: Table;
    readonly rows: number;
    /** SHA-256 over all rows in the order of their keys, in hex; the same on both sides. */
    readonly checksum: string;
}
/**
 * Copies every row that the target lacks, in batches, and compares counts and checksums. What an interrupted copy left is
 * kept, so it can be run again. Throws {@link CopyError} where the target has accounts of its own, {@link SchemaError} where either
 * side has not been migrated.
 */
export declare function copyDatabase(from: Database, to: Database, onProgress: (table: Table, rows: number) => void): Promise<Copied[]>;
export {};
