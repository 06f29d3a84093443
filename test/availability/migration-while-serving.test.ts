/** Tests that the app keeps working while a newer version migrates. */
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sealRecords } from "../../src/core/audit/chain/seal.ts";
import { cleanupExpired } from "../../src/core/maintenance/cleanup.ts";
import { columns } from "../../src/db/columns.ts";
import { copyDatabase } from "../../src/db/copy.ts";
import { migrate } from "../../src/db/migrate.ts";
import { openDatabase } from "../../src/db/open.ts";
import { makeDatabase } from "../database.ts";
import { linkIn, type TestApp, testApp } from "../person.ts";

let app: TestApp;
beforeAll(async () => {
  app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h", LIMIT_EMAILS_PER_IP: "1000/1h" });
});
afterAll(() => app.close());

async function alter(statement: string): Promise<void> {
  const { databaseUrl } = app.s.settings;
  if (databaseUrl.startsWith("sqlite:")) {
    const database = new DatabaseSync(databaseUrl.replace("sqlite:", ""), { timeout: 60_000 });
    database.exec(statement);
    return database.close();
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** Reads and writes every table by requests; returns the statuses. */
async function useAllTables(username: string): Promise<unknown> {
  const ada = app.person({ username, email: `${username}@example.com` });
  const password = "a lantern on the pier";
  const statuses = {
    signup: (await ada.signsUp()).status,
    login: (await ada.logsIn()).status,
    wrong: (await app.person(ada.identity).logsIn({ password: "wrong password" })).status,
    dashboard: (await ada.opens("/dashboard")).status,
    activity: (await ada.opens("/settings/activity")).status,
    sessions: (await ada.opens("/settings/sessions")).status,
    name: (await ada.fillsIn("/settings/display-name", { display_name: "Ada L." })).status,
    exported: (await ada.opens("/settings/export", { accept: "application/json" })).status,
    forgot: (await app.person().fillsIn("/reset-password", { email: ada.identity.email })).status,
    again: (await app.person(ada.identity).logsIn({ remember: "on" })).status,
  };
  const sent = (await app.emails(ada.identity.email)).find(({ text }) => text.includes("/reset-password/choose?"));
  const browser = app.person(ada.identity);
  await browser.opens(linkIn(sent, "/reset-password/choose"));
  const reset = (await browser.fillsIn("/reset-password/choose", { password, confirm_password: password })).status;
  const login = (await browser.logsIn({ password })).status;
  await sealRecords(app.s, new AbortController().signal);
  await cleanupExpired(app.s, new AbortController().signal);
  const ready = (await browser.opens("/readyz")).status;
  return { ...statuses, reset, login2: login, logout: (await browser.logsOut()).status, ready };
}

it("migration while serving: a new column in any table changes no response and is not copied", async () => {
  const before = await useAllTables("ada");
  expect(before).toMatchObject({ signup: 303, login: 303, wrong: 401, dashboard: 200, reset: 303, login2: 303, ready: 200 });
  for (const table of Object.keys(columns)) await alter(`alter table ${table} add column newer text`);
  expect(await useAllTables("grace")).toEqual(before);
  expect(app.lines.filter((line) => "level" in line && line.level === "error")).toEqual([]);
  const other = await makeDatabase();
  const target = await openDatabase({ url: other.url });
  try {
    await migrate(target);
    const copied = await copyDatabase(app.s.db, target, () => {});
    expect(copied.find(({ table }) => table === "users")?.rows).toBe(2);
  } finally {
    await target.destroy();
    await other.remove();
  }
});
