/** The command `latchkey migrate`: brings the database to the schema of this version, or shows what that takes. */
import { Command } from "commander";
import { migrate, planMigrations } from "../db/migrate.js";
import { openDatabase } from "../db/open.js";
import { readProcessSettings } from "../settings.js";
export function migrateCommand() {
    return new Command("migrate")
        .description("bring the database of DATABASE_URL to the schema of this version")
        .option("--plan", "print the statements that would run, and run none")
        .option("--json", "print JSON")
        .addHelpText("after", `
Two that run at once do it once: the other waits. A migration happens whole or not at all.

Examples:
  DATABASE_URL=postgres://latchkey@db/latchkey latchkey migrate --plan
  DATABASE_URL=postgres://latchkey@db/latchkey latchkey migrate`)
        .action(run);
}
async function run({ plan, json }) {
    // No limit of time: a migration of a large table takes what it takes, and so does waiting for another process's.
    const db = await openDatabase({ url: readProcessSettings().databaseUrl, timeoutMs: 0, connections: 2 });
    try {
        if (plan) {
            const planned = await planMigrations(db);
            tell(json ? JSON.stringify({ pending: planned }) : inWords(planned));
        }
        else {
            const done = await migrate(db);
            tell(json ? JSON.stringify({ migrated: done }) : done.length > 0 ? `Migrated: ${done.join(", ")}.` : "Nothing to migrate.");
        }
    }
    finally {
        await db.destroy();
    }
}
function inWords(planned) {
    if (planned.length === 0)
        return "Nothing to migrate.";
    return planned.map(({ name, statements }) => `-- ${name}\n${statements.map((statement) => `${statement};`).join("\n")}`).join("\n\n");
}
function tell(text) {
    process.stdout.write(`${text}\n`);
}
