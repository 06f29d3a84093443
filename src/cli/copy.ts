/** Implements `latchkey copy`: copies all data to another database. */
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { SettingsError } from "../config/load.ts";
import { readDatabaseUrl, slashesMissing } from "../config/parsers.ts";
import { type Copied, copyDatabase } from "../db/copy.ts";
import { type Database, isSqlite, sqlitePath } from "../db/database.ts";
import { DatabaseUnavailableError } from "../db/errors.ts";
import { migrate } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import { postgresUrlProblem } from "../platform/postgres-url.ts";
import { newCommand } from "./command.ts";
import { endProgress, print, showProgress } from "./terminal.ts";

interface Options {
  readonly from: string;
  readonly to: string;
  readonly json?: true;
}

export function copyCommand(): Command {
  return newCommand("copy", "copy all data to another database and compare both", [
    "copy --from sqlite:var/latchkey.sqlite --to postgres://latchkey@db/latchkey",
  ])
    .requiredOption("--from <url>", "source, such as sqlite:var/latchkey.sqlite")
    .requiredOption("--to <url>", "target, such as postgres://latchkey@db/latchkey")
    .addHelpText(
      "after",
      `
Stop the server first: later writes are not copied. The target is migrated and must contain no other accounts. Keep the same
SECRET_KEY. An interrupted copy can be run again.

Other users of this machine can see passwords in a URL; use PGPASSWORD or a .pgpass file instead.`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { json } = options;
  const [from, to] = [readUrl("--from", options.from), readUrl("--to", options.to)];
  if (isSqlite(from) && !existsSync(sqlitePath(from))) throw new SettingsError(`--from: no such file: ${sqlitePath(from)}`);
  const source = await open("--from", from);
  const target = await open("--to", to);
  try {
    await migrate(target);
    const copied = await copyDatabase(source, target, (name, rows) => {
      if (!json) showProgress(`${name}: ${rows.toLocaleString("en")}`);
    }).finally(endProgress);
    print({ json }, { json: { copied }, text: formatText(copied) });
  } finally {
    await source.destroy();
    await target.destroy();
  }
}

function readUrl(name: string, text: string): string {
  const url = readDatabaseUrl(text);
  if (url === undefined) {
    const problem = postgresUrlProblem(text);
    if (problem !== undefined) throw new SettingsError(`${name} is invalid: ${problem.replace(/[^?]$/, "$&.")}`);
    throw new SettingsError(
      `${name} must be a SQLite path such as sqlite:var/latchkey.sqlite, or a URL such as postgres://name@host/database.`,
    );
  }
  const ambiguous = slashesMissing(text);
  if (ambiguous !== undefined) throw new SettingsError(`${name} is ambiguous: ${ambiguous}.`);
  return url;
}

async function open(name: string, url: string): Promise<Database> {
  try {
    return await openDatabase({ url, timeoutMs: 0, connections: 2, isPooled: true });
  } catch (error) {
    if (!(error instanceof DatabaseUnavailableError)) throw error;
    throw new SettingsError(`${name}: ${error.reason}`);
  }
}

function formatText(copied: readonly Copied[]): string {
  const width = Math.max(...copied.map(({ table }) => table.length));
  const lines = copied.map(
    ({ table, rows, checksum }) => `${table.padEnd(width)} ${rows.toLocaleString("en").padStart(12)}  ${checksum.slice(0, 16)}`,
  );
  return `${lines.join("\n")}\nBoth databases have the same content.`;
}
