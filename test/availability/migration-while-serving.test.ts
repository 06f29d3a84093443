/** Staying up: a newer version migrates the database while this one serves. Each engine re-plans its statements in a way of its own. */
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
    const database = new DatabaseSync(databaseUrl.replace("sqlite:", ""), { timeout: 5_000 });
    database.exec(statement);
    return database.close();
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** Something of every table is read and written; gives the statuses. */
async function liveAWhile(username: string): Promise<unknown> {
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
  const guest = app.person(ada.identity);
  await guest.opens(linkIn(sent, "/reset-password/choose"));
  const reset = (await guest.fillsIn("/reset-password/choose", { password, confirm_password: password })).status;
  const login = (await guest.logsIn({ password })).status;
  await sealRecords(app.s, new AbortController().signal);
  await cleanupExpired(app.s, new AbortController().signal);
  const ready = (await guest.opens("/readyz")).status;
  return { ...statuses, reset, login2: login, logout: (await guest.logsOut()).status, ready };
}

it("a column that is added to any table under a running program changes no answer, and is left out by a copy", {
  timeout: 120_000,
}, async () => {
  const before = await liveAWhile("ada");
  expect(before).toMatchObject({ signup: 303, login: 303, wrong: 401, dashboard: 200, reset: 303, login2: 303, ready: 200 });
  for (const table of Object.keys(columns)) await alter(`alter table ${table} add column newer text`);
  expect(await liveAWhile("grace")).toEqual(before);
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
