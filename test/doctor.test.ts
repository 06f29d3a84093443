/** What is said about a set-up that is unsafe or does not work: by the command, and at the start in production. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSettings } from "../src/config/load.ts";
import { checkDatabase } from "../src/doctor/check-database.ts";
import { checkFiles } from "../src/doctor/check-files.ts";
import { checkMail } from "../src/doctor/check-mail.ts";
import { checkSettings } from "../src/doctor/check-settings.ts";
import { fileSystemProblem } from "../src/doctor/file-systems.ts";
import type { Finding } from "../src/doctor/findings.ts";
import { engine, makeDatabase, onOneEngine, type TestDatabase } from "./database.ts";
import { openMailServer } from "./mail/server.ts";
import { type TestApp, testApp } from "./person.ts";
import { runCommand, startProgram } from "./program.ts";

const goodKey = "hV3kq0ZtWm8XyR1sB6uNfD4jGcL9aPeOiTq2";
const production = {
  NODE_ENV: "production",
  SECRET_KEY: goodKey,
  BASE_URL: "https://accounts.example.com",
  TRUST_PROXY: "127.0.0.1",
  SMTP_URL: "smtp://mail.example.com",
};
const brief = (findings: readonly Finding[]) => findings.map(({ level, setting, what }) => `${level} ${setting}: ${what}`);

describe("the settings", () => {
  const found = (env: Record<string, string | undefined>) =>
    brief(checkSettings(readSettings({ ...production, ...env }), Date.UTC(2026, 11, 1)));

  it("are let be where nothing is wrong with them", () => {
    expect(found({})).toEqual([]);
    expect(found({ DATABASE_URL: "postgres://latchkey@db.example.com/latchkey?sslmode=verify-full" })).toEqual([]);
    expect(found({ DATABASE_URL: "postgres://latchkey@127.0.0.1/latchkey" })).toEqual([]);
  });

  it.each([
    ["a key of one character", { SECRET_KEY: "a".repeat(40) }, "error SECRET_KEY: The key is one character, repeated."],
    ["a key of few characters", { SECRET_KEY: "0123456789ab".repeat(4) }, "error SECRET_KEY: The key is a few characters, repeated."],
    [
      "a key of digits",
      { SECRET_KEY: "31415926535897932384626433832795" },
      "error SECRET_KEY: The key is made of 9 different characters only.",
    ],
    [
      "a key from an example",
      { SECRET_KEY: "please-change-me-to-something-of-length-40" },
      "error SECRET_KEY: The key looks like one from an example.",
    ],
    [
      "a key somebody thought of",
      { SECRET_KEY: "my grandmother's house stands by the sea" },
      "error SECRET_KEY: The key holds whitespace, as a text does that somebody thought of.",
    ],
    ["a bad key behind a good one", { SECRET_KEY: `${goodKey},${"b".repeat(32)}` }, "error SECRET_KEY: Key 2 is one character, repeated."],
    [
      "an old key that anybody guesses",
      { FLASK_SECRET_KEY: "dev", FLASK_COOKIES_UNTIL: "2026-12-01" },
      "error FLASK_SECRET_KEY: The key is made of 3 different characters only.",
    ],
    [
      "an old key that is needed no longer",
      { FLASK_SECRET_KEY: "hex:5f3579224c463451387a0aec5d2fff", FLASK_COOKIES_UNTIL: "2026-11-30" },
      "warning FLASK_COOKIES_UNTIL: That day is over.",
    ],
    ["http in production", { BASE_URL: "http://accounts.example.com" }, "error BASE_URL: It begins with http."],
    ["an address that is no host", { BASE_URL: "https://0.0.0.0" }, "error BASE_URL: Its host is 0.0.0.0."],
    ["an address that only this machine has", { BASE_URL: "http://localhost:5050" }, "warning BASE_URL: Its host is localhost."],
    ["a proxy that nobody named", { TRUST_PROXY: "" }, "warning TRUST_PROXY: It is not set, though a proxy must stand in front."],
    ["trust in everybody", { TRUST_PROXY: "0.0.0.0/0" }, "error TRUST_PROXY: It trusts everybody, or nearly."],
    ["no mail server", { SMTP_URL: undefined }, "warning SMTP_URL: It is not set."],
    ["letters in plain text", { SMTP_URL: "smtp://mail.example.com?tls=optional" }, "warning SMTP_URL: It lets encryption go."],
    [
      "a database in plain text",
      { DATABASE_URL: "postgres://latchkey@db.example.com/latchkey" },
      "warning DATABASE_URL: The connection is not encrypted.",
    ],
    ["a forgotten NODE_ENV", { NODE_ENV: "development" }, "warning NODE_ENV: It is development, though BASE_URL is https."],
    ["development", { NODE_ENV: "development", BASE_URL: undefined, TRUST_PROXY: "" }, "warning NODE_ENV: It is development."],
    [
      "letters in the log of what others can reach",
      { NODE_ENV: "development", HOST: "0.0.0.0", SMTP_URL: undefined, BASE_URL: "http://localhost:5000", TRUST_PROXY: "" },
      "error NODE_ENV: It is development, and HOST lets others in.",
    ],
    [
      "every address and no name",
      { NODE_ENV: "development", HOST: "0.0.0.0", BASE_URL: undefined, TRUST_PROXY: "" },
      "warning BASE_URL: It is not set, and HOST is 0.0.0.0.",
    ],
  ])("are told of where there is %s", (_, env, finding) => {
    expect(found(env)).toEqual([finding]);
  });
});

describe("the files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-doctor-"));
    // So that others could pass.
    chmodSync(folder, 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const found = (path: string) => brief(checkFiles(readSettings({ ...production, DATABASE_URL: `sqlite:${path}` })));

  it("are told of where others can read or replace them [ASVS 13.3.2]", () => {
    const path = join(folder, "var/latchkey.sqlite");
    mkdirSync(join(folder, "var"), { mode: 0o755 });
    for (const file of [path, join(folder, "var/secret-key")]) writeFileSync(file, "", { mode: 0o600 });
    expect(found(path)).toEqual([]);
    chmodSync(path, 0o644);
    chmodSync(join(folder, "var/secret-key"), 0o604);
    expect(found(path)).toEqual([
      expect.stringMatching(/^error SECRET_KEY: Every user of this machine can read .*secret-key\.$/),
      expect.stringMatching(/^error DATABASE_URL: Every user of this machine can read .*latchkey\.sqlite\.$/),
    ]);
    // Where nobody can pass, nobody can read.
    chmodSync(join(folder, "var"), 0o700);
    expect(found(path)).toEqual([]);
    chmodSync(join(folder, "var"), 0o777);
    chmodSync(path, 0o600);
    chmodSync(join(folder, "var/secret-key"), 0o600);
    expect(found(path)).toEqual([expect.stringMatching(/^error DATABASE_URL: Every user of this machine can write to .*var\.$/)]);
  });

  const isRoot = process.getuid?.() === 0;
  if (isRoot) console.error("These tests are run by root, who may write everywhere: that a folder cannot be written is not tested.");
  it.skipIf(isRoot)("are told of where they cannot be written (skipped for root)", () => {
    chmodSync(folder, 0o555);
    expect(found(join(folder, "x.sqlite"))).toEqual([expect.stringMatching(/^error DATABASE_URL: .* cannot be written\.$/)]);
  });

  it("are told of where they stand in memory, over the network or in a container", () => {
    const kinds = [0x6969, 0xff534d42, 0x65735546, 0x01021994, 0x794c7630].map((type) => fileSystemProblem(type)?.kind);
    expect(kinds).toEqual(["network", "network", "network", "memory", "container"]);
    // ext4, XFS, btrfs, ZFS.
    expect([0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1].map(fileSystemProblem)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it.skipIf(!existsSync("/dev/shm"))("are looked for where they really stand (skipped where there is no /dev/shm)", () => {
    expect(found("/dev/shm/latchkey-nowhere/x.sqlite")).toContainEqual(
      expect.stringMatching(/^warning DATABASE_URL: \/dev\/shm is kept in memory/),
    );
  });
});

describe("the database", () => {
  let database: TestDatabase;
  let app: TestApp;
  beforeEach(async () => {
    database = await makeDatabase();
    app = await testApp({ DATABASE_URL: database.url });
  });
  afterEach(async () => {
    await app.close();
    await database.remove();
  });
  const found = async (url = database.url, now: () => number = app.s.now) =>
    brief(
      await checkDatabase(
        readSettings({ ...production, DATABASE_URL: url, DATABASE_TIMEOUT: "2s" }),
        now,
        url === database.url ? app.s.db : undefined,
      ),
    );

  it("is let be where it is in order", async () => {
    await app.person().isLoggedIn();
    expect(await found()).toEqual([]);
  });

  it("is told of where it lacks migrations, or has some of a newer version", async () => {
    const db = app.s.db.withTables<{ latchkey_migrations: { name: string; timestamp: string } }>();
    await db.deleteFrom("latchkey_migrations").where("name", "=", "0004-token-keys").execute();
    expect(await found()).toEqual([`${engine === "sqlite" ? "warning" : "error"} DATABASE_URL: The database lacks 0004-token-keys.`]);
    await db.insertInto("latchkey_migrations").values({ name: "0999-tomorrow", timestamp: "" }).execute();
    expect(await found()).toEqual([
      expect.stringMatching(/^error DATABASE_URL: The database was migrated by a newer version \(0999-tomorrow\)/),
    ]);
  });

  it("is told of where the clock has gone back", async () => {
    await app.person().signsUp();
    expect(await found(database.url, () => app.s.now() - 3_600_000)).toContainEqual(
      expect.stringMatching(/^warning The clock: The newest record is 3\d\d\d seconds in the future/),
    );
  });

  it.skipIf(engine === "sqlite")("is told of where its clock is another one (a server has one, a file has none)", async () => {
    expect(await found(database.url, () => app.s.now() + 20_000)).toEqual([
      expect.stringMatching(/^warning The clock: This machine and the database's are (?:19|20|21) seconds apart\.$/),
    ]);
  });

  it("is told of where it does not answer, is none, or is not there", async () => {
    const text = join(database.folder, "text.sqlite");
    writeFileSync(text, "a text that is long enough for somebody to take it for a database\n".repeat(9));
    expect(await found(`sqlite:${text}`)).toEqual([
      expect.stringMatching(/^error DATABASE_URL: The database does not answer: .* is not a database\.$/),
    ]);
    expect(await found("postgres://latchkey@127.0.0.1:1/latchkey")).toEqual([expect.stringMatching(/does not answer: .*ECONNREFUSED/)]);
    const missing = join(database.folder, "none/x.sqlite");
    expect(await found(`sqlite:${missing}`)).toEqual([expect.stringMatching(/^warning DATABASE_URL: There is no database/)]);
    expect(existsSync(join(database.folder, "none"))).toBe(false);
  });
});

describe("the mail server", onOneEngine, () => {
  const found = async (url: string, send?: string) => brief(await checkMail(readSettings({ ...production, SMTP_URL: url }), { send }));

  it("is let be where it takes letters, and gets one where that is asked for", async () => {
    const server = await openMailServer();
    expect(await found(`smtp://127.0.0.1:${server.port}`)).toEqual([]);
    expect(server.received).toEqual([]);
    expect(await found(`smtp://127.0.0.1:${server.port}`, "ada@example.com")).toEqual([]);
    expect(server.received).toMatchObject([{ to: ["ada@example.com"], subject: "A letter from Latchkey" }]);
    server.refuses.push(550);
    expect(await found(`smtp://127.0.0.1:${server.port}`, "ada@example.com")).toEqual([
      "error SMTP_URL: The mail server does not take letters (550).",
    ]);
    await server.close();
    expect(await found(`smtp://127.0.0.1:${server.port}`)).toEqual(["error SMTP_URL: The mail server does not take letters (ESOCKET)."]);
  });

  it("is told of where it refuses the name and password, which are told to nobody [ASVS 16.2.5]", async () => {
    const server = await openMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _, done) => done(new Error(`No such ${username} ${password}`)),
    });
    const said = await found(`smtp://clerk:hunter2hunter2@127.0.0.1:${server.port}`);
    expect(said).toEqual(["error SMTP_URL: The mail server refuses the name and password (535)."]);
    await server.close();
  });
});

describe("latchkey doctor", onOneEngine, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-doctor-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("ends with 1 where there is an error and with 0 where there is none, and tells no secret", async () => {
    const server = await openMailServer();
    const env = { ...production, SMTP_URL: `smtp://127.0.0.1:${server.port}` };
    const warned = await runCommand(folder, ["doctor"], env);
    expect(warned).toEqual({ code: 0, said: expect.stringMatching(/^warning {2}DATABASE_URL: There is no database .*\n$/) });
    const weak = `example-${"x".repeat(40)}`;
    const failed = await runCommand(folder, ["doctor", "--json"], { ...env, SECRET_KEY: weak });
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.said)).toMatchObject({ findings: [{ level: "error", setting: "SECRET_KEY" }, { level: "warning" }] });
    expect(failed.said).not.toContain(weak);
    expect((await runCommand(folder, ["doctor", "--send", "nobody"], env)).code).toBe(2);
    await runCommand(folder, ["users", "create", "ada", "ada@example.com", "--no-password"], env);
    expect(await runCommand(folder, ["doctor"], env)).toEqual({ code: 0, said: "Nothing is wrong that could be seen from here.\n" });
    await server.close();
  });

  it("says the same at the start in production, and nothing in development", async () => {
    const env = { ...production, SECRET_KEY: "k".repeat(40), BASE_URL: "http://127.0.0.1", SMTP_URL: "smtp://127.0.0.1:1" };
    const program = await startProgram(folder, env);
    await program.stop();
    const warnings = program
      .said()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { level: number; msg: string })
      .filter(({ level }) => level === 40);
    expect(warnings.map(({ msg }) => msg.split(". ")[0])).toEqual([
      "SECRET_KEY: The key is one character, repeated",
      "SMTP_URL: The mail server does not take letters (ESOCKET)",
      "BASE_URL: Its host is 127.0.0.1",
    ]);
    const quiet = await startProgram(folder, { SECRET_KEY: "k".repeat(40) });
    await quiet.stop();
    expect(quiet.said()).not.toContain('"level":40');
  });
});

describe("a proxy whose settings do not fit", onOneEngine, () => {
  const notices = async (env: Record<string, string>, ...requests: Record<string, string>[]) => {
    const app = await testApp({ ...production, ...env });
    for (const headers of requests) await app.person().posts("/login", {}, headers);
    await app.person().opens("/login", { "x-forwarded-for": "203.0.113.9" });
    const lines = app.lines as { level: string; message: string }[];
    await app.close();
    return lines.filter(({ level }) => level === "warn").map(({ message }) => message.split(". ")[0]);
  };
  const forwarded = { "x-forwarded-for": "203.0.113.9" };

  it("is told of once: it is not named, says nothing, or lets http through", async () => {
    expect(await notices({ TRUST_PROXY: "" }, forwarded, forwarded)).toEqual([
      "TRUST_PROXY: A proxy at an inner address says whom it speaks for, and is not believed",
    ]);
    expect(await notices({}, {}, {})).toEqual(["TRUST_PROXY: A proxy that is trusted does not say whom it speaks for"]);
    expect(await notices({}, { ...forwarded, "x-forwarded-proto": "http" })).toEqual([
      "BASE_URL: A proxy says that a browser came by http",
    ]);
    expect(await notices({}, { ...forwarded, "x-forwarded-proto": "https" })).toEqual([]);
    expect(await notices({ NODE_ENV: "development", BASE_URL: "http://localhost:5000", TRUST_PROXY: "" }, forwarded)).toEqual([]);
  });
});
