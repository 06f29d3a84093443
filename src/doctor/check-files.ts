/** Checks data files: permissions, file system and free space. */
import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Settings } from "../config/load.ts";
import { isSqlite, sqlitePath } from "../db/database.ts";
import { fileSystemProblem } from "./file-systems.ts";
import type { Finding } from "./findings.ts";

const warnBelowBytes = 2 ** 30;
const errorBelowBytes = 100 * 2 ** 20;

export function checkFiles({ databaseUrl }: Settings): Finding[] {
  const environment = checkReadable(".env", "SECRET_KEY", "It may hold secrets, such as SECRET_KEY, with which anyone can forge cookies.");
  if (!isSqlite(databaseUrl)) return environment;
  const path = sqlitePath(databaseUrl);
  const directory = nearestDirectory(dirname(resolve(path)));
  return [
    ...environment,
    ...checkReadable(join(dirname(path), "secret-key"), "SECRET_KEY", "Anyone with the key can forge cookies."),
    ...checkReadable(path, "DATABASE_URL", "It contains usernames, emails and password hashes."),
    ...checkWritable(path, directory),
    ...checkFileSystem(directory),
    ...checkFreeSpace(directory),
  ];
}

/** The directory, or its first existing parent. */
function nearestDirectory(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() || dirname(path) === path ? path : nearestDirectory(dirname(path));
}

function checkReadable(path: string, setting: string, risk: string): Finding[] {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined || process.platform === "win32" || (mode & 0o006) === 0 || !isTraversableByOthers(dirname(resolve(path))))
    return [];
  return [{ level: "error", setting, problem: `${path} is readable by all users of this machine.`, risk, fix: `Run: chmod 600 ${path}` }];
}

/** Whether other users can traverse all parent directories. */
function isTraversableByOthers(directory: string): boolean {
  if ((statSync(directory).mode & 0o001) === 0) return false;
  return dirname(directory) === directory || isTraversableByOthers(dirname(directory));
}

function checkWritable(path: string, directory: string): Finding[] {
  const locked = [directory, path].find((each) => existsSync(each) && !mayWrite(each));
  if (locked !== undefined) {
    const fix = "Change its owner to the user of the server, or set another path.";
    return [{ level: "error", setting: "DATABASE_URL", problem: `${locked} is not writable.`, risk: "Users cannot log in.", fix }];
  }
  const { mode } = statSync(directory);
  if (process.platform === "win32" || (mode & 0o002) === 0 || (mode & 0o1000) !== 0) return [];
  const risk = "They could replace the database.";
  return [
    {
      level: "error",
      setting: "DATABASE_URL",
      problem: `${directory} is writable by all users of this machine.`,
      risk,
      fix: `Run: chmod 700 ${directory}`,
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

const fileSystemFindings = {
  network: [
    "on a network file system",
    "File locks are unreliable there, which can corrupt the database.",
    "Use a local disk or PostgreSQL.",
  ],
  memory: ["in memory", "All accounts are lost when the machine restarts.", "Use a path on a disk."],
  container: ["in the container's own layer", "All accounts are lost when the container is replaced.", "Use a volume."],
} as const;

function checkFileSystem(directory: string): Finding[] {
  // `statfs` type numbers are specific to Linux.
  const problem = process.platform === "linux" ? fileSystemProblem(statfsSync(directory).type) : undefined;
  if (!problem) return [];
  const [place, risk, fix] = fileSystemFindings[problem.kind];
  const level = problem.kind === "network" ? "error" : "warning";
  return [{ level, setting: "DATABASE_URL", problem: `${directory} is ${place} (${problem.name}).`, risk, fix }];
}

function checkFreeSpace(directory: string): Finding[] {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  if (free >= warnBelowBytes) return [];
  const problem = `Only ${Math.floor(free / 2 ** 20)} MiB are free in ${directory}.`;
  const level = free < errorBelowBytes ? "error" : "warning";
  const fix = "Free some space or lower AUDIT_RETENTION.";
  return [{ level, setting: "DATABASE_URL", problem, risk: "Users cannot log in when the disk is full.", fix }];
}
