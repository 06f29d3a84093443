/** The command `latchkey restore`: puts a backup in the place of the SQLite database. */

import { existsSync } from "node:fs";
import type { Command } from "commander";
import { pino } from "pino";
import { readProcessSettings, type Settings } from "../config/load.ts";
import { type Settled, settleAfterRestore } from "../core/maintenance/after-restore.ts";
import { closeServices, openServices } from "../core/services.ts";
import { isSqlite, sqlitePath } from "../db/database.ts";
import { migrate } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import { copyBackup, putInPlace, removeWithAll, requireUnused } from "../db/sqlite/backup.ts";
import { findForeign } from "../db/sqlite/schema-check.ts";
import { collect } from "../features/collect.ts";
import { features } from "../features/index.ts";
import { showingSteps } from "./growth.ts";
import { CommandError, commandLine, operatorCommand, timestamp } from "./operator.ts";
import { answer, endProgress, showProgress } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly force?: true;
  readonly keepSessions?: true;
}

export function restoreCommand(): Command {
  return operatorCommand("restore", "put a backup in the place of the SQLite database, with the program stopped", [
    "restore /var/backups/latchkey.sqlite",
    "restore /var/backups/latchkey.sqlite --force",
  ])
    .argument("<file>", "a file that `latchkey backup` made")
    .option("--force", "replace the database that is there; it is kept beside the new one")
    .option("--keep-sessions", "keep the sessions, links and letters of the backup")
    .addHelpText(
      "after",
      `
The backup is checked, migrated and only then put in place; its file stays as it is. Sessions and links of the backup end,
or what was ended since would be alive again. For PostgreSQL, use pg_restore.`,
    )
    .action((file: string, options: Options) => run(file, options).finally(endProgress));
}

async function run(file: string, { json, force, keepSessions }: Options): Promise<void> {
  const settings = readProcessSettings();
  if (!isSqlite(settings.databaseUrl))
    throw new CommandError("This is for SQLite. For PostgreSQL: pg_restore --clean --if-exists, into the database of DATABASE_URL.");
  const path = sqlitePath(settings.databaseUrl);
  const replaces = existsSync(path);
  if (replaces && !force) throw new CommandError(`${path} is there already: with --force it is replaced, and kept beside the new one.`);
  requireUnused(path);
  const part = await showingSteps((show) => copyBackup(file, path, show));
  const aside = `${path}.before-restore-${timestamp()}`;
  let whenDurable: Settled;
  try {
    whenDurable = await makeReady(settings, part, { keeps: keepSessions === true });
    putInPlace(part, path, aside);
  } finally {
    removeWithAll(part);
  }
  endProgress();
  const kept = replaces ? ` The one before is ${aside}.` : "";
  const ended = keepSessions
    ? ""
    : ` Ended ${whenDurable.sessions} sessions and ${whenDurable.links} links, and took ${whenDurable.letters} letters back.`;
  answer(
    { json },
    { json: { restored: path, before: replaces ? aside : null, ...whenDurable }, words: `Restored ${path}.${ended}${kept}` },
  );
}

/** Brings the copy to the schema of this version, and ends what may have ended since. Throws where a newer version made it. */
async function makeReady(settings: Settings, part: string, how: { keeps: boolean }): Promise<Settled> {
  const databaseUrl = `sqlite:${part}`;
  showProgress("Migrating …");
  const db = await openDatabase({ url: databaseUrl });
  try {
    await migrate(db);
  } finally {
    await db.destroy();
  }
  const foreign = await findForeign(part);
  if (foreign !== undefined)
    throw new CommandError(`The ${foreign} of the backup is not as Latchkey makes it: it is not restored, for nobody knows what it does.`);
  const s = await openServices({ ...settings, databaseUrl }, { catalog: collect(features), log: pino({ level: "silent" }) });
  try {
    return await settleAfterRestore(s, commandLine, how);
  } finally {
    await closeServices(s);
  }
}
