/** Reads or creates the key that a development machine uses without `SECRET_KEY`. */
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ensurePrivateDirectory } from "../platform/private-directory.ts";
import { SettingsError } from "./settings-error.ts";

/** Reads or creates the development key beside the database, readable by its owner only. */
export function developmentKey(databaseUrl: string): string {
  const folder = databaseUrl.startsWith("sqlite:") ? dirname(databaseUrl.replace(/^sqlite:/, "")) : "var";
  try {
    return readOrCreateKey(`${folder}/secret-key`);
  } catch (error) {
    throw new SettingsError(
      `SECRET_KEY is not set and cannot be generated in ${folder}: ${(error as Error).message}. Set SECRET_KEY, or set DATABASE_URL to a writable directory.`,
    );
  }
}

function readOrCreateKey(path: string): string {
  if (existsSync(path)) return readKey(path);
  ensurePrivateDirectory(dirname(path));
  // Written to a temporary file and linked: a process that starts at the same time never reads half a key.
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  return readKey(path);
}

/** Predictable key: rejects an empty key file, which a full disk can leave behind. */
function readKey(path: string): string {
  const key = readFileSync(path, "utf8").trim();
  if (key.length < 32) throw new Error(`${path} has no key of at least 32 characters; delete it to generate a new one`);
  return key;
}
