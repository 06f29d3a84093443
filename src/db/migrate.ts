/** Brings a database to the schema that this version of the program needs. */
import type { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import * as frontDoor from "./migrations/0001-front-door.ts";
import * as accounts from "./migrations/0002-accounts.ts";
import type { Schema } from "./schema.ts";

/** In order, never edited once released: a database somewhere has already run it. */
const migrations = {
  "0001-front-door": frontDoor,
  "0002-accounts": accounts,
};

/** Runs what has not run yet. Throws the first failure, with the migration's name; what had run before it stays. */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results } = await migrator.migrateToLatest();
  if (error) {
    const failed = results?.find((result) => result.status === "Error")?.migrationName;
    throw new Error(`The database could not be migrated${failed ? ` (${failed})` : ""}.`, { cause: error });
  }
}
