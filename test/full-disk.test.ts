/** A disk without room, and one that has room again. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { engine, makeDatabase } from "./database.ts";
import { type TestApp, testApp } from "./person.ts";

// Runs on one engine: PostgreSQL's full disk is tested with its server.
describe.skipIf(engine !== "sqlite")("a full disk", () => {
  it("answers what writes with 503 and Retry-After, reads go on, and all is well as soon as there is room", async () => {
    const database = await makeDatabase();
    const app = await testApp({ DATABASE_URL: database.url, ...noLimit });
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(app.s.db);
    await sql`pragma max_page_count = ${sql.lit(rows[0]?.page_count ?? 0)}`.execute(app.s.db);
    const acknowledged = await fillsUp(app);
    await sql`pragma max_page_count = 1000000`.execute(app.s.db);
    await isWell(app, acknowledged);
    await app.close();
    await database.remove();
  });

  const mayMount = process.platform === "linux" && process.getuid?.() === 0 && canMount();
  it.skipIf(!mayMount)("does so on a real disk (skipped where nothing can be mounted)", async () => {
    const disk = mkdtempSync(join(tmpdir(), "latchkey-disk-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]);
    let app: TestApp | undefined;
    try {
      app = await testApp({ DATABASE_URL: `sqlite:${disk}/data/test.sqlite`, ...noLimit });
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(join(disk, "filler"), Buffer.alloc(Math.max(0, bavail - 8) * bsize));
      const acknowledged = await fillsUp(app);
      rmSync(join(disk, "filler"));
      await isWell(app, acknowledged);
    } finally {
      await app?.close();
      execFileSync("umount", [disk]);
      rmSync(disk, { recursive: true });
    }
  });
});

const noLimit = { LIMIT_SIGNUP_PER_IP: "100000/1h" };

/** Signs people up until there is no room. Gives those who were told that they have an account. */
async function fillsUp(app: TestApp): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let i = 0; i < 2_000; i++) {
    const username = `person-${i}`;
    const answer = await app.person({ username, email: `${username}@example.com` }).signsUp();
    if (answer.status === 303) acknowledged.push(username);
    else {
      expect(answer.status).toBe(503);
      expect(answer.headers.get("retry-after")).toBe("5");
      expect((await app.person().opens("/login")).status).toBe(200);
      expect((await app.person().opens("/healthz")).status).toBe(200);
      return acknowledged;
    }
  }
  throw new Error("There was room for everybody.");
}

async function isWell(app: TestApp, acknowledged: readonly string[]): Promise<void> {
  expect((await app.person({ username: "afterwards" }).signsUp()).status).toBe(303);
  // It is asked anew whether writes are taken.
  app.passes(10_000);
  expect((await app.person().opens("/readyz")).status).toBe(200);
  const rows = await app.s.db.selectFrom("users").select("username").execute();
  expect(rows.map(({ username }) => username)).toEqual(expect.arrayContaining([...acknowledged]));
  const { rows: found } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(app.s.db);
  expect(found.map(({ integrity_check }) => integrity_check)).toEqual(["ok"]);
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-mount-"));
  const isMounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]).status === 0;
  if (isMounted) execFileSync("umount", [folder]);
  rmSync(folder, { recursive: true });
  return isMounted;
}
