/** Compares the schema of a SQLite file with that of the migrations. */
import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { compiler } from "../compiler.ts";
import { migrate } from "../migrate.ts";
import { searchTriggers } from "../migrations/0001-initial.ts";
import { openDatabase } from "../open.ts";

interface Entry {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

/** Hostile backup: returns the first foreign trigger or view, such as `trigger x`, which would run with each statement. */
export function findTriggerOrView(database: DatabaseSync): string | undefined {
  const [entry] = entriesOf(database).filter(({ type, sql }) => (type === "trigger" && !ownTriggers.has(sql)) || type === "view");
  return entry && `${entry.type} ${entry.name}`;
}

/** SQLite stores the first words of a statement in upper case. */
const ownTriggers = new Set(
  searchTriggers.map((trigger) => trigger.compile(compiler("sqlite")).sql.replace(/^create trigger/, "CREATE TRIGGER")),
);

/** Returns the first difference between a migrated database and a new one, such as `index x`; undefined if they are equal. */
export async function findSchemaDifference(path: string): Promise<string | undefined> {
  const expected = await newSchema(`${path}.schema`);
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const found = entriesOf(database);
    const [foreign] = [...missing(found, expected), ...missing(expected, found)];
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

/** Without SQLite's own tables and indexes. */
function entriesOf(database: DatabaseSync): Entry[] {
  const rows = database.prepare("select type, name, sql from sqlite_schema where name not like 'sqlite\\_%' escape '\\'").all();
  return rows.map(({ type, name, sql }) => ({ type: String(type), name: String(name), sql: String(sql) }));
}
