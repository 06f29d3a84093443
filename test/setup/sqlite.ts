/** Creates the migrated SQLite file that each app copies. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { migrate } from "../../src/db/migrate.ts";
import { openDatabase } from "../../src/db/open.ts";

declare module "vitest" {
  interface ProvidedContext {
    sqlite: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-template-"));
  const path = join(folder, "template.sqlite");
  const db = await openDatabase({ url: `sqlite:${path}` });
  await migrate(db);
  await db.destroy();
  project.provide("sqlite", path);
  return () => rmSync(folder, { recursive: true });
}
