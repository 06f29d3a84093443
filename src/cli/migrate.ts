/** Implements `latchkey migrate`: migrates the database, or shows the SQL. */
import { Command } from "commander";
import { readProcessSettings } from "../config/load.ts";
import { migrate, planMigrations } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";

interface Options {
  readonly plan?: true;
  readonly json?: true;
}

export function migrateCommand(): Command {
  return new Command("migrate")
    .description("migrate the database to this version")
    .option("--plan", "print the SQL without running it")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Migrations are transactional and protected by a lock: concurrent runs wait.

Examples:
  DATABASE_URL=postgres://latchkey@db/latchkey latchkey migrate --plan
  DATABASE_URL=postgres://latchkey@db/latchkey latchkey migrate`,
    )
    .action(run);
}

async function run({ plan, json }: Options): Promise<void> {
  // No time limit: large tables and the lock of a concurrent migration take long. No prepared statements: each query runs once.
  const db = await openDatabase({ url: readProcessSettings().databaseUrl, timeoutMs: 0, connections: 2, isPooled: true });
  try {
    if (plan) {
      const planned = await planMigrations(db);
      tell(json ? JSON.stringify({ pending: planned }) : formatText(planned));
    } else {
      const done = await migrate(db);
      tell(json ? JSON.stringify({ migrated: done }) : done.length > 0 ? `Migrated: ${done.join(", ")}.` : "Nothing to migrate.");
    }
  } finally {
    await db.destroy();
  }
}

function formatText(planned: Awaited<ReturnType<typeof planMigrations>>): string {
  if (planned.length === 0) return "Nothing to migrate.";
  return planned.map(({ name, statements }) => `-- ${name}\n${statements.map((statement) => `${statement};`).join("\n")}`).join("\n\n");
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}
