/** Whether a SQLite file holds what our migrations make, and nothing else that would act on its own. */
import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { migrate } from "../migrate.ts";
import { openDatabase } from "../open.ts";

interface Entry {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

/** A trigger or a view of somebody else's in a database: `trigger x`. What it does would be done with each of our own statements. */
export function findActing(database: DatabaseSync): string | undefined {
  const [entry] = entriesOf(database).filter(({ type }) => type === "trigger" || type === "view");
  return entry && `${entry.type} ${entry.name}`;
}

/** What a migrated database has, lacks or has otherwise than a new one, such as `index x`; undefined where they are equal. */
export async function findForeign(path: string): Promise<string | undefined> {
  const ours = await newSchema(`${path}.schema`);
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const found = entriesOf(database);
    const [foreign] = [...missing(found, ours), ...missing(ours, found)];
    return foreign && `${foreign.type} ${foreign.name}`;
  } finally {
    database.close();
  }
}

function missing(from: readonly Entry[], among: readonly Entry[]): Entry[] {
  return from.filter((one) => !among.some((other) => one.type === other.type && one.name === other.name && one.sql === other.sql));
}

async function newSchema(scratch: string): Promise<Entry[]> {
  const db = await openDatabase({ url: `sqlite:${scratch}` });
  try {
    await migrate(db);
  } finally {
    await db.destroy();
  }
  const database = new DatabaseSync(scratch, { readOnly: true });
  try {
    return entriesOf(database);
  } finally {
    database.close();
    for (const end of ["", "-wal", "-shm"]) rmSync(`${scratch}${end}`, { force: true });
  }
}

/** The engine's own, such as statistics and the indexes of keys, are left out. */
function entriesOf(database: DatabaseSync): Entry[] {
  const rows = database.prepare("select type, name, sql from sqlite_schema where name not like 'sqlite\\_%' escape '\\'").all();
  return rows.map(({ type, name, sql }) => ({ type: String(type), name: String(name), sql: String(sql) }));
}
