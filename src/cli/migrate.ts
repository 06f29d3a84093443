/** The command `latchkey migrate`: brings the database to the schema of this version, or shows what that takes. */
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
    .description("bring the database of DATABASE_URL to the schema of this version")
    .option("--plan", "print the statements that would run, and run none")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Two that run at once do it once: the other waits. A migration happens whole or not at all.

Examples:
  DATABASE_URL=postgres://latchkey@db/latchkey latchkey migrate --plan
  DATABASE_URL=postgres://latchkey@db/latchkey latchkey migrate`,
    )
    .action(run);
}

async function run({ plan, json }: Options): Promise<void> {
  // No limit of time: a migration of a large table takes what it takes, and so does waiting for another process's.
  // As through a pooler: nothing that is prepared here would be used twice.
  const db = await openDatabase({ url: readProcessSettings().databaseUrl, timeoutMs: 0, connections: 2, isPooled: true });
  try {
    if (plan) {
      const planned = await planMigrations(db);
      tell(json ? JSON.stringify({ pending: planned }) : inWords(planned));
    } else {
      const done = await migrate(db);
      tell(json ? JSON.stringify({ migrated: done }) : done.length > 0 ? `Migrated: ${done.join(", ")}.` : "Nothing to migrate.");
    }
  } finally {
    await db.destroy();
  }
}

function inWords(planned: Awaited<ReturnType<typeof planMigrations>>): string {
  if (planned.length === 0) return "Nothing to migrate.";
  return planned.map(({ name, statements }) => `-- ${name}\n${statements.map((statement) => `${statement};`).join("\n")}`).join("\n\n");
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}
