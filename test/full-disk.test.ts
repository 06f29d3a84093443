/** Tests writes on a full disk, and after space is free again. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { engine, makeDatabase } from "./database.ts";
import { type TestApp, testApp } from "./person.ts";

// Runs on one engine: test/availability/postgres.test.ts covers PostgreSQL.
describe.skipIf(engine !== "sqlite")("full disk", () => {
  it("full disk: writes return 503 with Retry-After, reads work, and writes work again after space is free", async () => {
    const database = await makeDatabase();
    const app = await testApp({ DATABASE_URL: database.url, ...noLimit });
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(app.s.db);
    await sql`pragma max_page_count = ${sql.lit(rows[0]?.page_count ?? 0)}`.execute(app.s.db);
    const acknowledged = await signUpUntilFull(app);
    await sql`pragma max_page_count = 1000000`.execute(app.s.db);
    await expectRecovered(app, acknowledged);
    await app.close();
    await database.remove();
  });

  const mayMount = process.platform === "linux" && process.getuid?.() === 0 && canMount();
  it.skipIf(!mayMount)("full disk: a mounted file system behaves the same (skipped if mounting is not possible)", async () => {
    const disk = mkdtempSync(join(tmpdir(), "latchkey-disk-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]);
    let app: TestApp | undefined;
    try {
      app = await testApp({ DATABASE_URL: `sqlite:${disk}/data/test.sqlite`, ...noLimit });
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(join(disk, "filler"), Buffer.alloc(Math.max(0, bavail - 8) * bsize));
      const acknowledged = await signUpUntilFull(app);
      rmSync(join(disk, "filler"));
      await expectRecovered(app, acknowledged);
    } finally {
      await app?.close();
      execFileSync("umount", [disk]);
      rmSync(disk, { recursive: true });
    }
  });
});

const noLimit = { LIMIT_SIGNUP_PER_IP: "100000/1h" };

/** Signs users up until the disk is full; returns the acknowledged usernames. */
async function signUpUntilFull(app: TestApp): Promise<string[]> {
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
  throw new Error("The disk never became full.");
}

async function expectRecovered(app: TestApp, acknowledged: readonly string[]): Promise<void> {
  expect((await app.person({ username: "afterwards" }).signsUp()).status).toBe(303);
  // Expires the cached result of the write probe.
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
