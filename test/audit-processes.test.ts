/** Tests the audit chain while several processes seal it and are killed. */
// Runs end to end: it starts processes.
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Database } from "../src/db/database.ts";
import { openDatabase } from "../src/db/open.ts";
import { makeDatabase, type TestDatabase } from "./database.ts";
import { Person } from "./person.ts";
import { type Program, runCommand, startProgram } from "./program.ts";

let database: TestDatabase;
let db: Database;
beforeEach(async () => {
  database = await makeDatabase();
  db = await openDatabase({ url: database.url });
});
afterEach(async () => {
  await db.destroy();
  await database.remove();
});

const start = () => startProgram(database.folder, { DATABASE_URL: database.url, LIMIT_LOGIN_PER_SITE: "100000/1m" });

async function count(table: "audit" | "audit_seals"): Promise<number> {
  const { rows } = await db
    .selectFrom(table)
    .select((build) => build.fn.countAll().as("rows"))
    .executeTakeFirstOrThrow();
  return Number(rows);
}

/** Inserts unsealed events, as after a long outage of sealing. */
async function insertUnsealedEvents(many: number): Promise<void> {
  const records = Array.from({ length: many }, (_, i) => ({
    id: `019ac000-0000-7000-8000-${String(i).padStart(12, "0")}`,
    user_id: null,
    event: "login-failed",
    ip: "203.0.113.7",
    user_agent: "x",
    happened_at: Date.now() - 3_600_000,
    actor: null,
  }));
  for (let i = 0; i < many; i += 1_000)
    await db
      .insertInto("audit")
      .values(records.slice(i, i + 1_000))
      .execute();
}

// More than the processes seal between two looks, also if the test is slow to look.
const unsealed = 20_000;

it("audit chain: stays valid when three processes seal under load and are killed", { tags: ["asvs-16.4.2"] }, async () => {
  const first = await start();
  await first.stop();
  await insertUnsealedEvents(unsealed);
  let running: Program[] = [];
  for (const sealedAtLeast of [1_000, 3_000]) {
    running = await Promise.all([start(), start(), start()]);
    // These failed logins add events while the chain is sealed.
    const guesses = running.map(({ url }, i) =>
      new Person(url, {}, {}).sendsJson("/login", { email: `person${i}@example.com`, password: "a guess" }),
    );
    while ((await count("audit_seals")) < sealedAtLeast) await pause(20);
    for (const { child } of running) child.kill("SIGKILL");
    await Promise.all(running.map(({ exited }) => exited));
    await Promise.allSettled(guesses);
    // The kill came before all events were sealed.
    expect(await count("audit_seals")).toBeLessThan(unsealed);
  }
  running = await Promise.all([start(), start()]);
  while ((await count("audit_seals")) < (await count("audit"))) await pause(20);
  await Promise.all(running.map((program) => program.stop()));
  const { code, output } = await runCommand(database.folder, ["audit", "verify", "--json"], { DATABASE_URL: database.url });
  expect([code, JSON.parse(output)]).toEqual([0, expect.objectContaining({ findings: [], records: await count("audit") })]);
});
