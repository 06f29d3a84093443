/** Checks where the data stands: who can read it, whether it can be written, what keeps it, and how much room there is. */
import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Settings } from "../config/load.ts";
import { isSqlite, sqlitePath } from "../db/database.ts";
import { fileSystemProblem } from "./file-systems.ts";
import type { Finding } from "./findings.ts";

const littleBytes = 2 ** 30;
const tooLittleBytes = 100 * 2 ** 20;

export function checkFiles({ databaseUrl }: Settings): Finding[] {
  const environment = checkReaders(".env", "SECRET_KEY");
  if (!isSqlite(databaseUrl)) return environment;
  const path = sqlitePath(databaseUrl);
  const folder = nearestFolder(dirname(resolve(path)));
  return [
    ...environment,
    ...checkReaders(join(dirname(path), "secret-key"), "SECRET_KEY"),
    ...checkReaders(path, "DATABASE_URL"),
    ...checkWriting(path, folder),
    ...checkFileSystem(folder),
    ...checkRoom(folder),
  ];
}

/** The folder, or the first one above it that there is. */
function nearestFolder(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function checkReaders(path: string, setting: string): Finding[] {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined || process.platform === "win32" || (mode & 0o006) === 0 || !isReachedByOthers(dirname(resolve(path)))) return [];
  const why = setting === "SECRET_KEY" ? "Whoever has the key forges cookies." : "It holds names, addresses and hashes.";
  return [{ level: "error", setting, what: `Every user of this machine can read ${path}.`, why, change: `Run: chmod 600 ${path}` }];
}

/** Whether others may pass through every folder on the way. */
function isReachedByOthers(folder: string): boolean {
  if ((statSync(folder).mode & 0o001) === 0) return false;
  return dirname(folder) === folder || isReachedByOthers(dirname(folder));
}

function checkWriting(path: string, folder: string): Finding[] {
  const locked = [folder, path].find((each) => existsSync(each) && !mayWrite(each));
  if (locked !== undefined) {
    const change = "Give it to the program's user, or name another file.";
    return [{ level: "error", setting: "DATABASE_URL", what: `${locked} cannot be written.`, why: "Nobody can log in.", change }];
  }
  const { mode } = statSync(folder);
  if (process.platform === "win32" || (mode & 0o002) === 0 || (mode & 0o1000) !== 0) return [];
  const why = "They can put another database in the place of this one.";
  return [
    {
      level: "error",
      setting: "DATABASE_URL",
      what: `Every user of this machine can write to ${folder}.`,
      why,
      change: `Run: chmod 700 ${folder}`,
    },
  ];
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const fileSystemWords = {
  network: [
    "over the network",
    "Locks there do not hold for all, and the file can be destroyed.",
    "Name a file on a disk of this machine, or take PostgreSQL.",
  ],
  memory: ["kept in memory", "All accounts are gone when the machine restarts.", "Name a file on a disk."],
  container: ["a layer of a container", "All accounts are gone when the container is replaced.", "Put the folder on a volume."],
} as const;

function checkFileSystem(folder: string): Finding[] {
  // The numbers are Linux's.
  const problem = process.platform === "linux" ? fileSystemProblem(statfsSync(folder).type) : undefined;
  if (!problem) return [];
  const [place, why, change] = fileSystemWords[problem.kind];
  const level = problem.kind === "network" ? "error" : "warning";
  return [{ level, setting: "DATABASE_URL", what: `${folder} is ${place} (${problem.name}).`, why, change }];
}

function checkRoom(folder: string): Finding[] {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= littleBytes) return [];
  const what = `${Math.floor(free / 2 ** 20)} MiB are free in ${folder}.`;
  const level = free < tooLittleBytes ? "error" : "warning";
  const change = "Make room, or lower AUDIT_RETENTION.";
  return [{ level, setting: "DATABASE_URL", what, why: "When the disk is full nobody can log in.", change }];
}
