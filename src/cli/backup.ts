/** Implements `latchkey backup`: copies a SQLite database while the server runs. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { readProcessSettings } from "../config/load.ts";
import { isSqlite, sqlitePath } from "../db/database.ts";
import { backUpDatabase } from "../db/sqlite/backup.ts";
import { CommandError, newCommand, requireDatabase, timestamp } from "./command.ts";
import { print, withProgress } from "./terminal.ts";

export function backupCommand(): Command {
  return newCommand("backup", "back up the SQLite database while the server runs", [
    "backup /var/backups/latchkey.sqlite",
    "backup /var/backups",
  ])
    .argument("<file>", "output file or directory (a timestamped name is used)")
    .addHelpText(
      "after",
      `
The backup is a consistent snapshot, is checked, and is readable by its owner only. It contains personal data: protect it,
and store SECRET_KEY elsewhere. Existing files are not overwritten. For PostgreSQL, use pg_dump.`,
    )
    .action(run);
}

async function run(to: string, options: { json?: true }): Promise<void> {
  const settings = readProcessSettings();
  if (!isSqlite(settings.databaseUrl))
    throw new CommandError(
      "backup is for SQLite; for PostgreSQL, run pg_dump --format=custom --file=latchkey.dump with the URL in DATABASE_URL",
    );
  requireDatabase(settings);
  const file = existsSync(to) && statSync(to).isDirectory() ? join(to, `latchkey-${timestamp()}.sqlite`) : to;
  const copied = await withProgress((show) => backUpDatabase(sqlitePath(settings.databaseUrl), file, show));
  const text = `Backed up ${copied.accounts} ${copied.accounts === 1 ? "account" : "accounts"} to ${file}.`;
  print(options, { json: { file, ...copied }, text });
}
