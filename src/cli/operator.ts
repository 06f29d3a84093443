/** What the commands on accounts share: the open services, the account that was named, and on whose record it is. */

import { existsSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { pino } from "pino";
import { readProcessSettings, type Settings } from "../config/load.ts";
import { actingAs } from "../core/request-info.ts";
import { closeServices, openServices, presentTime, type Services } from "../core/services.ts";
import { findAccount } from "../core/users/directory.ts";
import { isRole } from "../core/users/roles.ts";
import type { UserRow } from "../core/users/users.ts";
import { isSqlite, sqlitePath } from "../db/database.ts";
import { pendingMigrations, requireKnownSchema } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import { collect } from "../features/collect.ts";
import { features } from "../features/index.ts";

/** It could not be done. The message is one line for the operator. */
export class CommandError extends Error {
  override name = "CommandError";
}

/** The actor in the audit log. */
export const commandLine = actingAs("command line");

/** A command with what all of them take. */
export function operatorCommand(name: string, description: string, examples: readonly string[]): Command {
  const word = examples.length > 1 ? "Examples" : "Example";
  const shown = examples.map((example) => `  latchkey ${example}`).join("\n");
  return new Command(name).description(description).option("--json", "print JSON").addHelpText("after", `\n${word}:\n${shown}`);
}

/** Opens the services for as long as `work` takes. */
export async function withServices(work: (s: Services) => Promise<void>, { mayMake = false } = {}): Promise<void> {
  const settings = readProcessSettings();
  if (!mayMake) requireDatabase(settings);
  await refuseToMigrate(settings);
  // What would be logged stands in the answer.
  const s = await openServices(settings, { catalog: collect(features), log: pino({ level: "silent" }) });
  try {
    await work(s);
  } finally {
    await closeServices(s);
  }
}

/** The start of a new version migrates a file, after a copy; a command would do so under a program of the old one. */
async function refuseToMigrate({ databaseUrl: url }: Settings): Promise<void> {
  if (!isSqlite(url) || !existsSync(sqlitePath(url))) return;
  const db = await openDatabase({ url });
  try {
    await requireKnownSchema(db);
    const pending = await pendingMigrations(db);
    if (pending.length > 0)
      throw new CommandError(`The database lacks ${pending.join(", ")}: start this version, or run "latchkey migrate".`);
  } finally {
    await db.destroy();
  }
}

/** Started in another folder or without the program's settings, a command would make an empty database and find nobody in it. */
export function requireDatabase({ databaseUrl }: Settings): void {
  if (!isSqlite(databaseUrl) || existsSync(sqlitePath(databaseUrl))) return;
  throw new CommandError(`There is no database ${sqlitePath(databaseUrl)}: run this with the settings of the program, in its folder.`);
}

export async function requireUser(s: Services, named: string): Promise<UserRow> {
  const user = await findAccount(s, named);
  if (!user) throw new CommandError(`There is no account ${named}.`);
  return user;
}

/** The present instant, as it stands in the name of a file. */
export function timestamp(): string {
  return new Date(presentTime()).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

/** Reads how many rows to show. */
export function readCount(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 1_000) throw new InvalidArgumentError("It must be a whole number from 1 to 1000.");
  return count;
}

export function readRole(text: string): string {
  if (!isRole(text)) throw new InvalidArgumentError("A role is 1 to 40 lower-case letters, digits and hyphens.");
  return text;
}

/** How an account is named, for the help of each command that takes one. */
export const userArgument = ["<user>", "the account: its e-mail address, user name or id"] as const;
