/** The command `latchkey backup`: copies a SQLite database while the program runs. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { readProcessSettings } from "../config/load.ts";
import { isSqlite, sqlitePath } from "../db/database.ts";
import { copyWhole } from "../db/sqlite/backup.ts";
import { showingSteps } from "./growth.ts";
import { CommandError, operatorCommand, requireDatabase, timestamp } from "./operator.ts";
import { answer } from "./terminal.ts";

export function backupCommand(): Command {
  return operatorCommand("backup", "copy the SQLite database while the program runs, and check the copy", [
    "backup /var/backups/latchkey.sqlite",
    "backup /var/backups",
  ])
    .argument("<file>", "where to; in a folder, under a name with the time")
    .addHelpText(
      "after",
      `
The copy is of one moment, whole, and readable by its owner only. It holds names and addresses, so guard it, and keep
SECRET_KEY apart from it. A file that is there already is left alone. For PostgreSQL, use pg_dump.`,
    )
    .action(run);
}

async function run(to: string, options: { json?: true }): Promise<void> {
  const settings = readProcessSettings();
  if (!isSqlite(settings.databaseUrl))
    throw new CommandError(
      "This is for SQLite. For PostgreSQL: pg_dump --format=custom --file=latchkey.dump, with the URL of DATABASE_URL.",
    );
  requireDatabase(settings);
  const file = existsSync(to) && statSync(to).isDirectory() ? join(to, `latchkey-${timestamp()}.sqlite`) : to;
  const copied = await showingSteps((show) => copyWhole(sqlitePath(settings.databaseUrl), file, show));
  const words = `Copied ${copied.accounts} ${copied.accounts === 1 ? "account" : "accounts"} to ${file}, and found the copy whole.`;
  answer(options, { json: { file, ...copied }, words });
}
