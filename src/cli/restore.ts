/** Implements `latchkey restore`: replaces the SQLite database by a backup. */
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { readProcessSettings, type Settings } from "../config/load.ts";
import { type AfterRestore, type Revoked, revokeAfterRestore } from "../core/maintenance/after-restore.ts";
import { isSqlite, sqlitePath } from "../db/database.ts";
import { migrate } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import { copyBackup, removeDatabase, replaceDatabase, requireUnused } from "../db/sqlite/backup.ts";
import { findSchemaDifference } from "../db/sqlite/schema-check.ts";
import { features } from "../features/index.ts";
import { openInstance } from "../features/open-instance.ts";
import { CommandError, commandLine, newCommand, silent, timestamp, withServices } from "./command.ts";
import { confirm } from "./confirm.ts";
import { endProgress, print, showProgress, withProgress } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly force?: true;
  readonly yes?: true;
  readonly keepSessions?: true;
  readonly endRecoveryCodes?: true;
}

const codesOption = ["--end-recovery-codes", "end all recovery codes, since those used after the backup work again"] as const;

export function restoreCommand(): Command {
  return newCommand("restore", "restore the SQLite database from a backup (stop the server first)", [
    "restore /var/backups/latchkey.sqlite",
    "restore /var/backups/latchkey.sqlite --force",
  ])
    .argument("<file>", "backup file")
    .option("--force", "replace an existing database, which is kept under another name")
    .option("--keep-sessions", "keep the sessions, links, emails and the rest that a restore ends")
    .option(...codesOption)
    .addHelpText(
      "after",
      `
The backup is checked and migrated before it replaces the database; the backup file is not changed. The sessions, trusted browsers,
links, pending logins, recoveries by email and waiting emails in it are ended, because some of them were ended or used after the
backup. For PostgreSQL, use pg_restore and "latchkey restored".`,
    )
    .action((file: string, options: Options) => run(file, options).finally(endProgress));
}

export function restoredCommand(): Command {
  return newCommand("restored", "revoke what a database restored by another tool, such as pg_restore, has revived", [
    "restored",
    "restored --end-recovery-codes --yes",
  ])
    .option("--yes", "skip the confirmation")
    .option(...codesOption)
    .addHelpText(
      "after",
      `
Run it before the server starts, and after "latchkey migrate" if the backup is from an earlier version. It ends all sessions, trusted
browsers, links, pending logins, recoveries by email and waiting emails. "latchkey restore" does the same by itself.`,
    )
    .action(({ json, yes, endRecoveryCodes }: Options) =>
      withServices(async (s) => {
        if (!yes) await confirmRevocation();
        const revoked = await revokeAfterRestore(s, commandLine, { keepSessions: false, endRecoveryCodes });
        print({ json }, { json: { ...revoked }, text: sentenceOf(revoked) });
      }),
    );
}

/** On a running site it logs everybody out; its name is one letter from `restore`. */
function confirmRevocation(): Promise<void> {
  return confirm({
    text: `This logs everybody out, and ends all trusted browsers, links, pending logins, recoveries by email and waiting emails.
If the database was just restored, type "restored"`,
    word: "restored",
    reason: "this logs everybody out; confirm that the database was just restored",
    refused: "nothing was revoked",
  });
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function sentenceOf({ sessions, trustedBrowsers, links, pendingLogins, recoveries, emails, recoveryCodes }: Revoked): string {
  const ended = [
    counted(sessions, "session"),
    counted(trustedBrowsers, "trusted browser"),
    counted(links, "link"),
    counted(pendingLogins, "pending login"),
  ].join(", ");
  const codes = recoveryCodes === 0 ? "" : ` Ended ${counted(recoveryCodes, "recovery code")}.`;
  return `Ended ${ended} and ${counted(recoveries, "recovery by email", "recoveries by email")}, and discarded ${counted(emails, "email")}.${codes}`;
}

async function run(file: string, { json, force, keepSessions, endRecoveryCodes }: Options): Promise<void> {
  const settings = readProcessSettings();
  if (!isSqlite(settings.databaseUrl))
    throw new CommandError(
      "restore is for SQLite; for PostgreSQL, run pg_restore --clean --if-exists with the URL in DATABASE_URL, then latchkey restored",
    );
  const path = sqlitePath(settings.databaseUrl);
  const replaces = existsSync(path);
  if (replaces && !force)
    throw new CommandError(`database already exists: ${path}; use --force to replace it (it is kept under another name)`);
  requireUnused(path);
  const part = await withProgress((show) => copyBackup(file, path, show));
  const previousPath = `${path}.before-restore-${timestamp()}`;
  let revoked: Revoked;
  try {
    revoked = await makeReady(settings, part, { keepSessions: keepSessions === true, endRecoveryCodes });
    replaceDatabase(part, path, previousPath);
  } finally {
    removeDatabase(part);
  }
  endProgress();
  const kept = replaces ? ` Previous database: ${previousPath}.` : "";
  const ended = keepSessions && !endRecoveryCodes ? "" : ` ${sentenceOf(revoked)}`;
  print(
    { json },
    { json: { restored: path, before: replaces ? previousPath : null, ...revoked }, text: `Restored ${path}.${ended}${kept}` },
  );
}

/** Migrates the copy and revokes its sessions and links. Throws if a newer version wrote it. */
async function makeReady(settings: Settings, part: string, options: AfterRestore): Promise<Revoked> {
  const databaseUrl = `sqlite:${part}`;
  showProgress("Migrating …");
  const db = await openDatabase({ url: databaseUrl });
  try {
    await migrate(db);
  } finally {
    await db.destroy();
  }
  const foreign = await findSchemaDifference(part);
  if (foreign !== undefined)
    throw new CommandError(`unexpected schema: the ${foreign} of the backup differs from the one that Latchkey creates`);
  const { s, close } = await openInstance({ ...settings, databaseUrl }, features, { log: silent });
  try {
    return await revokeAfterRestore(s, commandLine, options);
  } finally {
    await close();
  }
}
