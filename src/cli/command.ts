/** Shared parts of commands: services, account lookup, option parsers. */
import { existsSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { pino } from "pino";
import { readProcessSettings, type Settings } from "../config/load.ts";
import { systemClock } from "../core/clock.ts";
import { actingAs } from "../core/request-info.ts";
import type { Services } from "../core/services.ts";
import { findUser } from "../core/users/directory.ts";
import { isRole } from "../core/users/roles.ts";
import type { AccountRow } from "../core/users/users.ts";
import { isSqlite, sqlitePath } from "../db/database.ts";
import { pendingMigrations, requireKnownSchema } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import { features } from "../features/index.ts";
import { openInstance } from "../features/open-instance.ts";

/** An expected failure. The message is one line. */
export class CommandError extends Error {
  override name = "CommandError";
}

/** Commands print their own results, so the services log nothing. */
export const silent = pino({ level: "silent" });

/** The actor of audit events caused by a command. */
export const commandLine = actingAs("command line");

/** Creates a command with `--json` and examples in its help. */
export function newCommand(name: string, description: string, examples: readonly string[]): Command {
  const word = examples.length > 1 ? "Examples" : "Example";
  const shown = examples.map((example) => `  latchkey ${example}`).join("\n");
  return new Command(name).description(description).option("--json", "print JSON").addHelpText("after", `\n${word}:\n${shown}`);
}

/** Opens the services, runs `work` and closes them. */
export async function withServices(work: (s: Services) => Promise<void>, { createsDatabase = false } = {}): Promise<void> {
  const settings = readProcessSettings();
  if (!createsDatabase) requireDatabase(settings);
  await requireMigrated(settings);
  const { s, close } = await openInstance(settings, features, { log: silent });
  try {
    await work(s);
  } finally {
    await close();
  }
}

/** Commands never migrate a SQLite file: a server of the old version may be using it. */
async function requireMigrated({ databaseUrl: url }: Settings): Promise<void> {
  if (!isSqlite(url) || !existsSync(sqlitePath(url))) return;
  const db = await openDatabase({ url });
  try {
    await requireKnownSchema(db);
    const pending = await pendingMigrations(db);
    if (pending.length > 0)
      throw new CommandError(
        `the database has pending migrations (${pending.join(", ")}): start the server of this version, or run "latchkey migrate"`,
      );
  } finally {
    await db.destroy();
  }
}

/** Wrong directory or missing settings: a command would create an empty database and find no accounts. */
export function requireDatabase({ databaseUrl }: Settings): void {
  if (!isSqlite(databaseUrl) || existsSync(sqlitePath(databaseUrl))) return;
  throw new CommandError(
    `no database at ${sqlitePath(databaseUrl)}: run the command in the directory of the server, with the same DATABASE_URL`,
  );
}

export async function requireUser(s: Services, named: string): Promise<AccountRow> {
  const user = await findUser(s, named);
  if (!user) throw new CommandError(`no account matches "${named}"`);
  return user;
}

/** Adds the paging options of every list. */
export function withPaging(command: Command): Command {
  return command
    .option("--limit <count>", "entries per page, 1000 at most", readCount, 50)
    .option("--after <next>", "continue after the previous page (its `next` value)");
}

/** Splits rows that were read with one more than `limit`; `next` is null on the last page. */
export function toPage<Row extends { readonly id: string }>(rows: readonly Row[], limit: number): { page: Row[]; next: string | null } {
  const page = rows.slice(0, limit);
  return { page, next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

/** A table, with the option for the next page below it. */
export function withNext(text: string, next: string | null): string {
  return next === null ? text : `${text}\nMore: --after ${next}`;
}

/** The current time for file names: `20260101T033000Z`. */
export function timestamp(): string {
  return new Date(systemClock()).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

function readCount(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 1_000) throw new InvalidArgumentError("Must be a whole number from 1 to 1000.");
  return count;
}

export function readRole(text: string): string {
  if (!isRole(text)) throw new InvalidArgumentError("Use 1–40 lowercase letters, numbers and hyphens.");
  return text;
}

export const userArgument = ["<user>", "email, username or ID of the account"] as const;
