/** Tests `latchkey backup` and `latchkey restore`. */
// Runs end to end: it starts the program.
// Runs on one engine: backups are of SQLite files.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backUpDatabase, pagesPerStep } from "../src/db/sqlite/backup.ts";
import { Person } from "./person.ts";
import { type Program, runCommand, startProgram } from "./program.ts";
import { hasScript, runAtTerminal } from "./terminal.ts";

describe("backup", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-backup-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (words: string) => runCommand(folder, words.split(" "));
  const path = (name: string) => join(folder, name);
  const accounts = (name: string) => query(path(name), "select username from users order by username").map(({ username }) => username);

  it("backup: a snapshot taken during sign-ups contains every acknowledged account", async () => {
    const program = await startProgram(folder);
    const load = signUpUntilStopped(program);
    const counts: number[] = [];
    for (const name of ["one.sqlite", "two.sqlite", "three.sqlite"]) {
      const before = load.acknowledged.length;
      while (load.acknowledged.length === before) await pause(10);
      const acknowledged = load.acknowledged.length;
      const { code, output } = await run(`backup ${name} --json`);
      expect([code, output]).toEqual([0, expect.stringContaining(`"file":"${name}"`)]);
      const copied = JSON.parse(output) as { accounts: number };
      // All sign-ups acknowledged before the backup are in it.
      expect(copied.accounts).toBeGreaterThanOrEqual(acknowledged);
      expect(accounts(name)).toHaveLength(copied.accounts);
      counts.push(copied.accounts);
    }
    const statuses = await load.end();
    expect(new Set(statuses)).toEqual(new Set([303]));
    expect(counts.at(-1)).toBeGreaterThanOrEqual(3);
    await program.stop();
  });

  it.skipIf(!hasScript())("backup and restore: a terminal shows progress (skipped without `script`)", async () => {
    await run("users create ada ada@example.com --no-password");
    fillDatabase(path("var/latchkey.sqlite"));
    const shown = await runAtTerminal(folder, "backup copy.sqlite");
    const steps = [...shown.matchAll(/Copying [\d.]+ MiB … \[(#*) *\] (\d+) %/g)].map(([, full = "", percent]) => [
      full.length,
      Number(percent),
    ]);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps).toEqual(steps.toSorted(([, a = 0], [, b = 0]) => a - b));
    expect(shown.split("\u001B[K").at(-1)).toBe("Backed up 1 account to copy.sqlite.\r\n");
    const restored = await runAtTerminal(folder, "restore copy.sqlite --force");
    expect(restored).toMatch(/Copying [\d.]+ MiB … \[#{30}\] 100 %/);
    expect(restored).toContain("Checking …");
    expect(restored).toContain("\u001B[KRestored var/latchkey.sqlite.");
    // Without a terminal, only the result is printed.
    expect((await run("backup another.sqlite")).output).toBe("Backed up 1 account to another.sqlite.\n");
  });

  it("backup: pages are copied and synced in bounded steps", async () => {
    await run("users create ada ada@example.com --no-password");
    const pages = fillDatabase(path("var/latchkey.sqlite"));
    const done: number[] = [];
    await backUpDatabase(path("var/latchkey.sqlite"), path("copy.sqlite"), (step) => step.done !== undefined && done.push(step.done));
    const steps = done.slice(1).map((each, i) => Math.round((each - (done[i] ?? 0)) * pages));
    expect(steps.length).toBeGreaterThan(4);
    expect(Math.max(...steps)).toBeLessThanOrEqual(pagesPerStep);
    expect(accounts("copy.sqlite")).toEqual(["ada"]);
  });

  it("backup: the file is private, leaves no temporary files and never overwrites", async () => {
    await run("users create ada ada@example.com --no-password");
    expect((await run("backup copy.sqlite")).output).toBe("Backed up 1 account to copy.sqlite.\n");
    expect(statSync(path("copy.sqlite")).mode & 0o777).toBe(0o600);
    const before = readFileSync(path("copy.sqlite"));
    expect(await run("backup copy.sqlite")).toEqual({ code: 1, output: "error: file already exists: copy.sqlite\n" });
    expect(readFileSync(path("copy.sqlite")).equals(before)).toBe(true);
    expect((await run("backup nowhere/copy.sqlite")).code).toBe(1);
    const { file } = JSON.parse((await run("backup . --json")).output) as { file: string };
    expect(file).toMatch(/^latchkey-\d{8}T\d{6}Z\.sqlite$/);
    expect(readdirSync(folder).sort(byName)).toEqual(["copy.sqlite", file, "var"].sort(byName));
  });

  it("restore: accounts are restored, the previous database is kept, and revoked sessions stay revoked", {
    tags: ["asvs-7.4.1"],
  }, async () => {
    const program = await startProgram(folder);
    const ada = await new Person(program.url, { username: "ada" }, {}).isLoggedIn();
    await ada.fillsIn("/reset-password", { email: "ada@example.com" });
    await run("backup copy.sqlite");
    await new Person(program.url, { username: "grace" }, {}).signsUp();
    const copied = new Map(ada.cookies);
    await ada.logsOut();
    await program.stop();
    const { code, output } = await run("restore copy.sqlite --force");
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(
        /^Restored .*\. Ended 1 session, 0 trusted browsers, 2 links, 0 pending logins and 0 recoveries by email, and discarded [1-9] emails\./,
      ),
    ]);
    expect(accounts("var/latchkey.sqlite")).toEqual(["ada"]);
    const previous = readdirSync(path("var")).find((name) => name.includes(".before-restore-")) ?? "";
    expect(accounts(`var/${previous}`)).toEqual(["ada", "grace"]);
    const again = await startProgram(folder);
    const thief = new Person(again.url, {}, {});
    for (const [name, value] of copied) thief.cookies.set(name, value);
    expect((await thief.opens("/dashboard")).status).toBe(303);
    expect((await new Person(again.url, { username: "ada" }, {}).logsIn()).status).toBe(303);
    await again.stop();
    expect((await run("audit list --event database-restored --json")).output).toContain('"actor":"command line"');
  });

  it("restore: a database in use is never replaced, and another one only with --force", async () => {
    const program = await startProgram(folder);
    await new Person(program.url, { username: "ada" }, {}).signsUp();
    await run("backup copy.sqlite");
    const refused = await run("restore copy.sqlite --force");
    expect(refused).toEqual({ code: 1, output: "error: var/latchkey.sqlite is in use: stop the server first.\n" });
    // The server keeps working.
    expect((await new Person(program.url, { username: "grace" }, {}).signsUp()).status).toBe(303);
    await program.stop();
    expect((await run("restore copy.sqlite")).output).toMatch(/^error: database already exists: var\/latchkey.sqlite; use --force .*\n$/);
    expect(accounts("var/latchkey.sqlite")).toEqual(["ada", "grace"]);
    expect(readdirSync(path("var")).sort(byName)).toEqual(["latchkey.sqlite"]);
  });

  it("restore: a backup is put on a new machine", async () => {
    await run("users create ada ada@example.com --no-password");
    await run("backup copy.sqlite");
    rmSync(path("var"), { recursive: true });
    const restored = await run("restore copy.sqlite --keep-sessions --json");
    expect(JSON.parse(restored.output)).toEqual({
      ...{ restored: "var/latchkey.sqlite", before: null },
      ...{ sessions: 0, trustedBrowsers: 0, links: 0, pendingLogins: 0, recoveries: 0, emails: 0, recoveryCodes: 0 },
    });
    expect(statSync(path("var/latchkey.sqlite")).mode & 0o777).toBe(0o600);
    expect((await run("migrate")).output).toBe("Nothing to migrate.\n");
    expect(accounts("var/latchkey.sqlite")).toEqual(["ada"]);
  });

  it("unreleased database: commands and the server reject it in one line", async () => {
    mkdirSync(path("var"));
    query(path("var/latchkey.sqlite"), "create table latchkey_migrations (name text, timestamp text)");
    query(path("var/latchkey.sqlite"), "insert into latchkey_migrations values ('0001-front-door', '')");
    const line = /^error: The database was created by an unreleased version[.:][^\n]*\n$/;
    for (const words of ["users list", "migrate"]) expect(await run(words)).toEqual({ code: 1, output: expect.stringMatching(line) });
    await expect(startProgram(folder)).rejects.toThrow(line);
  });

  it("restore: a damaged, newer, used or missing backup is rejected and the database stays", async () => {
    await run("users create ada ada@example.com --no-password");
    await run("backup copy.sqlite");
    const bytes = readFileSync(path("copy.sqlite"));
    writeFileSync(path("damaged.sqlite"), Buffer.concat([bytes.subarray(0, 8_192), Buffer.alloc(8_192, 7), bytes.subarray(16_384)]));
    writeFileSync(path("text.sqlite"), "not a database, but long enough to be read as one\n".repeat(100));
    copyFileSync(path("copy.sqlite"), path("newer.sqlite"));
    query(path("newer.sqlite"), "insert into latchkey_migrations (name, timestamp) values ('0999-tomorrow', '')");
    copyFileSync(path("copy.sqlite"), path("used.sqlite"));
    writeFileSync(path("used.sqlite-wal"), "x");
    for (const [name, reason] of [
      ["damaged", /damaged|not a whole database/],
      ["text", /is not a complete Latchkey database/],
      ["newer", /was migrated by a newer version/],
      ["used", /is in use, or was copied while in use/],
      ["missing", /no such file: missing.sqlite/],
    ] as const) {
      const { code, output } = await run(`restore ${name}.sqlite --force`);
      expect([name, code, output]).toEqual([name, 1, expect.stringMatching(reason)]);
      expect(output.split("\n"), name).toHaveLength(2);
    }
    expect(readdirSync(path("var")).sort(byName)).toEqual(
      ["latchkey.sqlite", "secret-key"].filter((name) => existsSync(path(`var/${name}`))),
    );
    expect(accounts("var/latchkey.sqlite")).toEqual(["ada"]);
  });

  it("restore and import: a named pipe, device or directory is rejected immediately", async () => {
    execFileSync("mkfifo", [path("pipe")]);
    mkdirSync(path("folder"));
    for (const name of ["pipe", "/dev/null", "folder"]) {
      for (const words of [`restore ${name}`, `import flask --from sqlite:${name}`]) {
        const { code, output } = await run(words);
        expect([code, output.trimEnd().split("\n").length, output], words).toEqual([1, 1, expect.stringContaining("not a file")]);
      }
    }
    const { code, output } = await runCommand(folder, ["users", "list"], { DATABASE_URL: "sqlite:pipe" });
    expect([code, output.trimEnd().split("\n").length]).toEqual([1, 1]);
    expect((await run("users create ada ada@example.com --no-password")).code).toBe(0);
    const overwritten = await run("backup pipe");
    expect([overwritten.code, overwritten.output.trimEnd().split("\n").length]).toEqual([1, 1]);
  });

  it.each([
    ["trigger spy", "create trigger spy after update on users begin update users set roles = 'admin' where username = 'eve'; end"],
    ["view users_all", "create view users_all as select * from users"],
    ["table extra", "create table extra (x)"],
    ["index users_by_name", "create index users_by_name on users (username)"],
    ["table users", "alter table users add column note text"],
  ])("restore: a backup with an unexpected schema object is rejected: %s", async (name, statement) => {
    await run("users create ada ada@example.com --no-password");
    await run("backup copy.sqlite");
    const copy = new DatabaseSync(path("copy.sqlite"));
    copy.exec(`pragma journal_mode = delete; ${statement}`);
    copy.close();
    const { code, output } = await run("restore copy.sqlite --force");
    expect([code, output.trimEnd().split("\n").length]).toEqual([1, 1]);
    expect(output).toContain(name);
    expect(readdirSync(path("var"))).toEqual(["latchkey.sqlite"]);
    expect(accounts("var/latchkey.sqlite")).toEqual(["ada"]);
  });

  it("restore: an unreadable database file is not replaced", async () => {
    await run("users create ada ada@example.com --no-password");
    await run("backup copy.sqlite");
    chmodSync(path("var/latchkey.sqlite"), 0o600);
    writeFileSync(path("var/latchkey.sqlite"), "not a SQLite database, but long enough to be opened as one\n".repeat(100));
    const { code, output } = await run("restore copy.sqlite --force");
    expect([code, output]).toEqual([1, expect.stringContaining("stop the server, move the file away, and try again")]);
  });
});

function query(path: string, text: string): Record<string, unknown>[] {
  const database = new DatabaseSync(path);
  const rows = database.prepare(text).all() as Record<string, unknown>[];
  database.close();
  return rows;
}

/** Adds about 30 MB, which backups copy in several steps; returns the number of pages. */
function fillDatabase(path: string): number {
  const database = new DatabaseSync(path);
  database.exec(`with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 5000)
    insert into rate_limits (budget, hits, resets_at) select n || hex(randomblob(500)), 1, 1 from numbers`);
  const pages = Number(database.prepare("pragma page_count").get()?.["page_count"]);
  database.close();
  return pages;
}

function byName(a: string, b: string): number {
  return a.localeCompare(b);
}

/** Signs up accounts one after another until `end` is called. */
function signUpUntilStopped({ url }: Program) {
  const acknowledged: string[] = [];
  const statuses: number[] = [];
  let isStopped = false;
  const done = (async () => {
    for (let i = 0; !isStopped; i++) {
      const { status } = await new Person(url, { username: `newcomer${i}` }, {}).signsUp();
      statuses.push(status);
      if (status === 303) acknowledged.push(`newcomer${i}`);
    }
  })();
  return {
    acknowledged,
    end: async () => {
      isStopped = true;
      await done;
      return statuses;
    },
  };
}
