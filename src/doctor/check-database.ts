/** Checks the database: connection, schema version and clock. */
import { existsSync } from "node:fs";
import type { Settings } from "../config/load.ts";
import { type Database, isSqlite, sqlitePath } from "../db/database.ts";
import { DatabaseUnavailableError } from "../db/errors.ts";
import { pendingMigrations, requireKnownSchema, SchemaError } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import { databaseTime } from "../db/time.ts";
import { checkRpId } from "./check-passkeys.ts";
import type { Finding } from "./findings.ts";

const maxSkewMs = 5_000;
const maxAheadMs = 60_000;

/** Uses an open database if given, and never creates a file. */
export async function checkDatabase(settings: Settings, now: () => number, open?: Database): Promise<Finding[]> {
  const { databaseUrl: url } = settings;
  const setting = "DATABASE_URL";
  if (isSqlite(url) && !existsSync(sqlitePath(url))) {
    const risk = "The first start creates an empty database.";
    const fix = "If it should exist, run the command in the directory of the server, with the same settings.";
    return [{ level: "warning", setting, problem: `${sqlitePath(url)} does not exist.`, risk, fix }];
  }
  let db = open;
  try {
    db ??= await openDatabase({
      url,
      connections: 1,
      timeoutMs: settings.databaseTimeoutMs,
      isPooled: settings.databasePooler === "transaction",
    });
    return [...(await checkSchema(db, url)), ...(await checkClock(db, url, now)), ...(await checkStoredRpId(db, settings))];
  } catch (error) {
    if (!(error instanceof DatabaseUnavailableError)) throw error;
    const problem = `The database is unavailable: ${error.said.replace(/\.?$/, ".")}`;
    return [
      {
        level: "error",
        setting,
        problem,
        risk: "Users cannot log in.",
        fix: error.hint ?? "Start the database server or correct the setting.",
      },
    ];
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
        problem: error.problem,
        risk: "The server does not start.",
        fix: error.remedy,
      },
    ];
  }
  const pending = await pendingMigrations(db);
  if (pending.length === 0) return [];
  const problem = `The database has pending migrations: ${pending.join(", ")}.`;
  if (isSqlite(url))
    return [
      {
        level: "warning",
        setting,
        problem,
        risk: "The next start runs them, after a copy of the file.",
        fix: "Back up the database first.",
      },
    ];
  return [{ level: "error", setting, problem, risk: "The server does not start.", fix: "Run: latchkey migrate" }];
}

async function checkClock(db: Database, url: string, now: () => number): Promise<Finding[]> {
  if ((await pendingMigrations(db)).length > 0) return [];
  const before = now();
  const databaseNow = await databaseTime(db, url);
  const after = now();
  // The best estimate of the database time is the middle of the round trip.
  const skewMs = databaseNow === undefined ? 0 : Math.abs(databaseNow - (before + after) / 2);
  const newest = await db.selectFrom("audit").select("happened_at").orderBy("id", "desc").limit(1).executeTakeFirst();
  const aheadMs = (newest?.happened_at ?? 0) - after;
  const risk = "Sessions, links and rate limits expire at the wrong time.";
  const fix = "Synchronize the clock with NTP.";
  return [
    ...(skewMs > maxSkewMs ? [`The clocks of this machine and the database differ by ${seconds(skewMs)}.`] : []),
    ...(aheadMs > maxAheadMs ? [`The newest audit event is ${seconds(aheadMs)} in the future: the clock has been set back.`] : []),
  ].map((problem) => ({ level: "warning", setting: "Clock", problem, risk, fix }));
}

/** Pending migrations may create its tables. */
async function checkStoredRpId(db: Database, settings: Settings): Promise<Finding[]> {
  return (await pendingMigrations(db)).length > 0 ? [] : checkRpId(db, settings);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} seconds`;
}
