/** Checks the database itself: that it answers, has the tables of this version, and agrees on what time it is. */
import { existsSync } from "node:fs";
import type { Settings } from "../config/load.ts";
import { type Database, isSqlite, sqlitePath } from "../db/database.ts";
import { DatabaseUnavailableError } from "../db/errors.ts";
import { pendingMigrations, requireKnownSchema, SchemaError } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import { databaseTime } from "../db/time.ts";
import type { Finding } from "./findings.ts";

const mostApartMs = 5_000;
const mostAheadMs = 60_000;

/** What is open already is used, and stays open. A file that is not there is not made. */
export async function checkDatabase(settings: Settings, now: () => number, open?: Database): Promise<Finding[]> {
  const { databaseUrl: url } = settings;
  const setting = "DATABASE_URL";
  if (isSqlite(url) && !existsSync(sqlitePath(url))) {
    const why = "The first start makes an empty one.";
    const change = "Run this in the program's folder and with its settings, if there should be one.";
    return [{ level: "warning", setting, what: `There is no database ${sqlitePath(url)} yet.`, why, change }];
  }
  let db = open;
  try {
    db ??= await openDatabase({
      url,
      connections: 1,
      timeoutMs: settings.databaseTimeoutMs,
      isPooled: settings.databasePooler === "transaction",
    });
    return [...(await checkSchema(db, url)), ...(await checkClock(db, url, now))];
  } catch (error) {
    if (!(error instanceof DatabaseUnavailableError)) throw error;
    const what = `The database does not answer: ${error.said.replace(/\.?$/, ".")}`;
    return [{ level: "error", setting, what, why: "Nobody can log in.", change: error.hint ?? "Start the server, or mend the setting." }];
  } finally {
    if (!open) await db?.destroy();
  }
}

async function checkSchema(db: Database, url: string): Promise<Finding[]> {
  const setting = "DATABASE_URL";
  try {
    await requireKnownSchema(db);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return [
      {
        level: "error",
        setting,
        what: error.what,
        why: "The program does not start.",
        change: error.change,
      },
    ];
  }
  const pending = await pendingMigrations(db);
  if (pending.length === 0) return [];
  const what = `The database lacks ${pending.join(", ")}.`;
  if (isSqlite(url))
    return [{ level: "warning", setting, what, why: "The next start adds it, after a copy of the file.", change: "Take a backup before." }];
  return [{ level: "error", setting, what, why: "The program does not start.", change: "Run: latchkey migrate" }];
}

async function checkClock(db: Database, url: string, now: () => number): Promise<Finding[]> {
  if ((await pendingMigrations(db)).length > 0) return [];
  const before = now();
  const theirs = await databaseTime(db, url);
  const after = now();
  // Half of what the question took is the best guess at when it was answered.
  const apartMs = theirs === undefined ? 0 : Math.abs(theirs - (before + after) / 2);
  const newest = await db.selectFrom("audit").select("happened_at").orderBy("id", "desc").limit(1).executeTakeFirst();
  const aheadMs = (newest?.happened_at ?? 0) - after;
  const why = "Sessions, links and limits end at the wrong time.";
  const change = "Set the clock of this machine by NTP.";
  return [
    ...(apartMs > mostApartMs ? [`This machine and the database's are ${seconds(apartMs)} apart.`] : []),
    ...(aheadMs > mostAheadMs ? [`The newest record is ${seconds(aheadMs)} in the future, so the clock has gone back.`] : []),
  ].map((what) => ({ level: "warning", setting: "The clock", what, why, change }));
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} seconds`;
}
