/** Backs up a SQLite file while it is in use, and restores it. */
import {
  chmodSync,
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { pipeline } from "node:stream/promises";
import { ensurePrivateDirectory } from "../../platform/private-directory.ts";
import { nonFileKind } from "../../platform/regular-file.ts";
import { isBusy, isNoDatabase } from "./errors.ts";
import { findTriggerOrView } from "./schema-check.ts";

/** A backup or restore failed. The message is one line for the administrator. */
export class BackupError extends Error {
  override name = "BackupError";
}

export interface Copied {
  readonly bytes: number;
  readonly accounts: number;
  /** The last migration that has run. */
  readonly schema: string;
}

/** Progress of a long operation. */
export interface Step {
  readonly text: string;
  /** From 0 to 1. */
  readonly done?: number;
}

/** Pages that are copied and synced at once: a concurrent commit waits for no more than these. */
export const pagesPerStep = 1_024;

const chunkBytes = 4 * 2 ** 20;

/** Copies a snapshot of a database in use. The file appears whole and checked, or not at all. */
export function backUpDatabase(path: string, to: string, onProgress: (step: Step) => void): Promise<Copied> {
  return writeAtomically(to, async (part) => {
    const database = open(path);
    const copy = openSync(part, "r+");
    try {
      // One snapshot: without it, each write of the server would restart the copy.
      database.exec("begin");
      const bytes = bytesOf(database);
      const text = copying(bytes);
      onProgress({ text, done: 0 });
      const progress = ({ totalPages, remainingPages }: { totalPages: number; remainingPages: number }) => {
        // Synced step by step: one sync at the end would delay each commit of the server.
        fdatasyncSync(copy);
        onProgress({ text, done: 1 - remainingPages / totalPages });
      };
      await backup(database, part, { rate: pagesPerStep, progress });
      onProgress({ text, done: 1 });
    } catch (error) {
      throw new BackupError(`${path} could not be copied: ${(error as Error).message}.`);
    } finally {
      closeSync(copy);
      database.close();
    }
    leaveWalMode(part);
    onProgress(checking);
    return check(part, path);
  });
}

/** Switches the copy from WAL mode, so that it is readable as a single file. */
function leaveWalMode(part: string): void {
  const database = new DatabaseSync(part);
  try {
    database.exec("pragma journal_mode = delete");
  } finally {
    database.close();
  }
}

const checking: Step = { text: "Checking …" };

function copying(bytes: number): string {
  const size = bytes < 2 ** 20 ? `${Math.ceil(bytes / 1_024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return `Copying ${size} …`;
}

function bytesOf(database: DatabaseSync): number {
  const [count, size] = ["page_count", "page_size"].map((name) => Number(database.prepare(`pragma ${name}`).get()?.[name]));
  return (count ?? 0) * (size ?? 0);
}

/** Renames a file to its name once `make` has filled it and it is synced. Throws if the name is taken. */
async function writeAtomically<T>(to: string, make: (part: string) => Promise<T>): Promise<T> {
  const part = `${to}.${process.pid}.part`;
  createPrivate(to);
  try {
    createPrivate(part);
    const result = await make(part);
    syncPath(part);
    renameSync(part, to);
    syncPath(dirname(to));
    return result;
  } catch (error) {
    rmSync(to);
    throw error;
  } finally {
    removeDatabase(part);
  }
}

/** Creates an empty private file: other users cannot read it, and another backup cannot take its name. */
function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new BackupError(code === "EEXIST" ? `file already exists: ${path}` : `cannot create ${path}: ${message}`);
  }
}

/** Copies a backup beside its destination. Throws if it is not a complete Latchkey database. */
export async function copyBackup(from: string, beside: string, onProgress: (step: Step) => void): Promise<string> {
  if (!existsSync(from)) throw new BackupError(`no such file: ${from}`);
  const instead = nonFileKind(from);
  if (instead !== undefined) throw new BackupError(`${from} is ${instead}, not a file`);
  if (existsSync(`${from}-wal`)) {
    throw new BackupError(
      `${from} is in use, or was copied while in use: its latest data is in ${from}-wal. Create a backup with "latchkey backup" instead.`,
    );
  }
  ensurePrivateDirectory(dirname(beside));
  const part = `${beside}.${process.pid}.part`;
  createPrivate(part);
  try {
    await copyInChunks(from, part, onProgress);
    chmodSync(part, 0o600);
    onProgress(checking);
    check(part, from);
    return part;
  } catch (error) {
    removeDatabase(part);
    throw error;
  }
}

async function copyInChunks(from: string, to: string, onProgress: (step: Step) => void): Promise<void> {
  const bytes = statSync(from).size;
  let copied = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(from, { highWaterMark: chunkBytes }) as AsyncIterable<Buffer>) {
      yield chunk;
      copied += chunk.length;
      onProgress({ text: copying(bytes), done: copied / bytes });
    }
  };
  await pipeline(counted, createWriteStream(to));
}

/** Removes a database file with its journal files. */
export function removeDatabase(path: string): void {
  for (const each of databaseFiles(path)) rmSync(each, { force: true });
}

function databaseFiles(path: string): string[] {
  return ["", "-wal", "-shm", "-journal"].map((end) => `${path}${end}`);
}

/** Throws if any process has the file open. */
export function requireUnused(path: string): void {
  const instead = nonFileKind(path);
  if (instead !== undefined) throw new BackupError(`${path} is ${instead}, not a file.`);
  if (existsSync(path)) lockExclusively(path)();
}

/** Replaces a database by another, and keeps the old one at `previousPath`. Throws if a process has it open. */
export function replaceDatabase(part: string, path: string, previousPath: string): void {
  const unlock = existsSync(path) ? lockExclusively(path) : () => {};
  try {
    syncPath(part);
    // Corruption: SQLite would replay a WAL of the old file into the new one.
    for (const each of databaseFiles(path)) if (existsSync(each)) renameSync(each, each.replace(path, previousPath));
    renameSync(part, path);
    syncPath(dirname(path));
  } finally {
    unlock();
  }
}

/** Leaving WAL mode takes a lock that fails while any other connection is open, even an idle one. */
function lockExclusively(path: string): () => void {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("pragma journal_mode = delete");
    database.exec("pragma locking_mode = exclusive; begin exclusive");
  } catch (error) {
    database.close();
    if (isBusy(error)) throw new BackupError(`${path} is in use: stop the server first.`);
    const how = isNoDatabase(error) ? "is not a database or is damaged" : `cannot be opened (${(error as Error).message})`;
    throw new BackupError(`${path} ${how}, so it may be in use: stop the server, move the file away, and try again.`);
  }
  return () => database.close();
}

/** Checks all pages and foreign keys, and refuses triggers and views. */
function check(path: string, called: string): Copied {
  const database = open(path);
  const ask = (text: string) => database.prepare(text).all() as Record<string, unknown>[];
  try {
    const [found] = ask("pragma integrity_check");
    if (found?.["integrity_check"] !== "ok") throw new BackupError(`${called} is damaged: ${String(found?.["integrity_check"])}.`);
    if (ask("pragma foreign_key_check").length > 0) throw new BackupError(`${called} is damaged: it refers to missing rows.`);
    const foreign = findTriggerOrView(database);
    if (foreign !== undefined)
      throw new BackupError(
        `${called} contains the ${foreign}, which Latchkey did not create and which would run by itself. Drop it in a copy of the file, and restore that.`,
      );
    const [table] = ask("select name from sqlite_schema where name in ('latchkey_migrations', 'kysely_migration') order by name desc");
    const [last] = ask(`select max(name) as name from ${String(table?.["name"])}`);
    const [users] = ask("select count(*) as count from users");
    return { bytes: statSync(path).size, accounts: Number(users?.["count"]), schema: String(last?.["name"]) };
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError(`${called} is not a complete Latchkey database: ${(error as Error).message}.`);
  } finally {
    database.close();
  }
}

function open(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
}

/** Syncs a file or directory, so that it survives a power cut. */
function syncPath(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
