/** Implements `latchkey migrate`: migrates the database, or shows the SQL. */
import type { Command } from "commander";
import { readProcessSettings } from "../config/load.ts";
import { migrate, planMigrations } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import { newCommand } from "./command.ts";
import { print } from "./terminal.ts";

interface Options {
  readonly dryRun?: true;
  readonly json?: true;
}

export function migrateCommand(): Command {
  return newCommand("migrate", "migrate the database to this version", ["migrate --dry-run", "migrate"])
    .option("--dry-run", "print the SQL without running it")
    .addHelpText("after", "\nMigrations are transactional and protected by a lock: concurrent runs wait.")
    .action(run);
}

async function run({ dryRun, json }: Options): Promise<void> {
  // No time limit: large tables and the lock of a concurrent migration take long. No prepared statements: each query runs once.
  const db = await openDatabase({ url: readProcessSettings().databaseUrl, timeoutMs: 0, connections: 2, isPooled: true });
  try {
    if (dryRun) {
      const planned = await planMigrations(db);
      print({ json }, { json: { pending: planned }, text: formatText(planned) });
    } else {
      const migrated = await migrate(db);
      print({ json }, { json: { migrated }, text: migrated.length > 0 ? `Migrated: ${migrated.join(", ")}.` : "Nothing to migrate." });
    }
  } finally {
    await db.destroy();
  }
}

function formatText(planned: Awaited<ReturnType<typeof planMigrations>>): string {
  if (planned.length === 0) return "Nothing to migrate.";
  return planned.map(({ name, statements }) => `-- ${name}\n${statements.map((statement) => `${statement};`).join("\n")}`).join("\n\n");
}
