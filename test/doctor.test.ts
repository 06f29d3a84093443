/** Tests the findings of the doctor, by the command and at the start in production. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSettings } from "../src/config/load.ts";
import { checkDatabase } from "../src/doctor/check-database.ts";
import { checkFiles } from "../src/doctor/check-files.ts";
import { checkMail } from "../src/doctor/check-mail.ts";
import { checkPlaces } from "../src/doctor/check-places.ts";
import { checkSettings } from "../src/doctor/check-settings.ts";
import { fileSystemProblem } from "../src/doctor/file-systems.ts";
import type { Finding } from "../src/doctor/findings.ts";
import { engine, makeDatabase, onOneEngine, type TestDatabase } from "./database.ts";
import { openMailServer } from "./mail/server.ts";
import { somePlaces, writeMmdb } from "./mmdb.ts";
import { type TestApp, testApp } from "./person.ts";
import { runCommand, startProgram } from "./program.ts";

const goodKey = "hV3kq0ZtWm8XyR1sB6uNfD4jGcL9aPeOiTq2";
const production = {
  NODE_ENV: "production",
  SECRET_KEY: goodKey,
  BASE_URL: "https://accounts.example.com",
  TRUST_PROXY: "127.0.0.1",
  SMTP_URL: "smtp://mail.example.com",
  CONTACT_URL: "mailto:help@example.com",
};
const brief = (findings: readonly Finding[]) => findings.map(({ level, setting, problem }) => `${level} ${setting}: ${problem}`);

describe("doctor: settings", () => {
  const found = (env: Record<string, string | undefined>) =>
    brief(checkSettings(readSettings({ ...production, PASSKEYS: "off", ...env }), Date.UTC(2026, 11, 1)));

  it("doctor: with PASSWORDS=off, no risk is that users cannot reset passwords", () => {
    const risks = (env: Record<string, string>) =>
      checkSettings(readSettings({ ...production, SMTP_URL: undefined, ...env }), Date.UTC(2026, 11, 1)).map(({ risk }) => risk);
    expect(risks({ PASSWORDS: "off" })).toContain("Users get no security notices.");
    expect(risks({ PASSWORDS: "off" }).join()).not.toContain("reset passwords");
    expect(risks({}).join()).toContain("reset passwords");
  });

  it("doctor: safe settings give no finding", () => {
    expect(found({})).toEqual([]);
    expect(found({ DATABASE_URL: "postgres://latchkey@db.example.com/latchkey?sslmode=verify-full" })).toEqual([]);
    expect(found({ DATABASE_URL: "postgres://latchkey@127.0.0.1/latchkey" })).toEqual([]);
  });

  it.each([
    ["a key of one character", { SECRET_KEY: "a".repeat(40) }, "error SECRET_KEY: The key repeats one character."],
    ["a key of few characters", { SECRET_KEY: "0123456789ab".repeat(4) }, "error SECRET_KEY: The key repeats a few characters."],
    ["a key of digits", { SECRET_KEY: "31415926535897932384626433832795" }, "error SECRET_KEY: The key has only 9 different characters."],
    [
      "a key from an example",
      { SECRET_KEY: "please-change-me-to-something-of-length-40" },
      "error SECRET_KEY: The key looks like an example.",
    ],
    [
      "a key with spaces",
      { SECRET_KEY: "my grandmother's house stands by the sea" },
      "error SECRET_KEY: The key contains spaces, so it is probably not random.",
    ],
    ["a weak second key", { SECRET_KEY: `${goodKey},${"b".repeat(32)}` }, "error SECRET_KEY: Key 2 repeats one character."],
    [
      "a weak Flask key",
      { FLASK_SECRET_KEY: "dev", FLASK_COOKIES_UNTIL: "2026-12-01" },
      "error FLASK_SECRET_KEY: The key has only 3 different characters.",
    ],
    [
      "a Flask key past its last day",
      { FLASK_SECRET_KEY: "hex:5f3579224c463451387a0aec5d2fff", FLASK_COOKIES_UNTIL: "2026-11-30" },
      "warning FLASK_COOKIES_UNTIL: That day has passed.",
    ],
    ["http in production", { BASE_URL: "http://accounts.example.com" }, "error BASE_URL: It is http."],
    ["an unspecified IP address", { BASE_URL: "https://0.0.0.0" }, "error BASE_URL: Its host is 0.0.0.0."],
    ["a loopback host", { BASE_URL: "http://localhost:5050" }, "warning BASE_URL: Its host is localhost."],
    ["a missing proxy", { TRUST_PROXY: "" }, "warning TRUST_PROXY: It is not set, although an https BASE_URL needs a proxy."],
    ["trust in all IP addresses", { TRUST_PROXY: "0.0.0.0/0" }, "error TRUST_PROXY: It trusts too many IP addresses."],
    ["no SMTP server", { SMTP_URL: undefined }, "warning SMTP_URL: It is not set."],
    ["unencrypted SMTP", { SMTP_URL: "smtp://mail.example.com?tls=optional" }, "warning SMTP_URL: It allows unencrypted connections."],
    [
      "an unencrypted database connection",
      { DATABASE_URL: "postgres://latchkey@db.example.com/latchkey" },
      "warning DATABASE_URL: The connection is not encrypted.",
    ],
    ["a forgotten NODE_ENV", { NODE_ENV: "development" }, "warning NODE_ENV: It is development, although BASE_URL is https."],
    ["development", { NODE_ENV: "development", BASE_URL: undefined, TRUST_PROXY: "" }, "warning NODE_ENV: It is development."],
    [
      "development reachable by others",
      { NODE_ENV: "development", HOST: "0.0.0.0", SMTP_URL: undefined, BASE_URL: "http://localhost:5000", TRUST_PROXY: "" },
      "error NODE_ENV: It is development, but HOST accepts other machines.",
    ],
    [
      "a wildcard host without BASE_URL",
      { NODE_ENV: "development", HOST: "0.0.0.0", BASE_URL: undefined, TRUST_PROXY: "" },
      "warning BASE_URL: It is not set, but HOST is 0.0.0.0.",
    ],
  ])("doctor: %s gives a finding", (_, env, finding) => {
    expect(found(env)).toEqual([finding]);
  });

  it.each([
    ["a host", { BASE_URL: "https://accounts.example.com" }, []],
    ["a parent domain", { PASSKEY_RP_ID: "example.com" }, []],
    ["an IP address", { BASE_URL: "https://192.0.2.1" }, ["warning BASE_URL: Its host is the IP address 192.0.2.1."]],
    ["http", { BASE_URL: "http://accounts.example.com" }, ["warning BASE_URL: It is http, and its host is not localhost."]],
    [
      "another domain",
      { PASSKEY_RP_ID: "example.org" },
      ["warning PASSKEY_RP_ID: The host of BASE_URL (accounts.example.com) is not below example.org."],
    ],
  ])("doctor: says where passkeys do not work: %s", (_, env, findings) => {
    expect(found({ PASSKEYS: "on", ...env }).filter((finding) => !finding.includes("It is http."))).toEqual(findings);
  });

  it.each([
    ["no passkeys and no required factor", { CONTACT_URL: undefined }, []],
    ["a required factor", { CONTACT_URL: undefined, TWO_FACTOR: "all" }, ["warning CONTACT_URL: It is not set."]],
    ["passkeys", { CONTACT_URL: undefined, PASSKEYS: "on" }, ["warning CONTACT_URL: It is not set."]],
    [
      "passkeys that can't work",
      { CONTACT_URL: undefined, PASSKEYS: "on", BASE_URL: "https://192.0.2.1" },
      ["warning BASE_URL: Its host is the IP address 192.0.2.1."],
    ],
    ["an address to write to", { TWO_FACTOR: "all", PASSKEYS: "on" }, []],
  ])("doctor: a lost factor needs somebody to ask: %s", (_, env, findings) => {
    expect(found(env)).toEqual(findings);
  });

  it("doctor: logins by email without a way to send it give a warning", () => {
    const warning = "warning EMAIL_LOGIN: It is on, and SMTP_URL is not set.";
    expect(found({ EMAIL_LOGIN: "on", SMTP_URL: undefined })).toContain(warning);
    expect(found({ EMAIL_LOGIN: "on" })).toEqual([]);
  });

  it("doctor: logins by username only, without a way to recover it, give a warning", () => {
    const warning = "warning LOGIN_WITH: It is username, and SMTP_URL is not set.";
    expect(found({ LOGIN_WITH: "username", SMTP_URL: undefined })).toContain(warning);
    expect(found({ LOGIN_WITH: "username" })).toEqual([]);
    expect(found({ LOGIN_WITH: "both", SMTP_URL: undefined })).not.toContain(warning);
  });
});

describe("doctor: files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-doctor-"));
    // Other users may enter the directory.
    chmodSync(folder, 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const found = (path: string) => brief(checkFiles(readSettings({ ...production, DATABASE_URL: `sqlite:${path}` })));

  it("doctor: files readable or replaceable by others give an error", { tags: ["asvs-13.3.2"] }, () => {
    const path = join(folder, "var/latchkey.sqlite");
    mkdirSync(join(folder, "var"), { mode: 0o755 });
    for (const file of [path, join(folder, "var/secret-key")]) writeFileSync(file, "", { mode: 0o600 });
    expect(found(path)).toEqual([]);
    chmodSync(path, 0o644);
    chmodSync(join(folder, "var/secret-key"), 0o604);
    expect(found(path)).toEqual([
      expect.stringMatching(/^error SECRET_KEY: .*secret-key is readable by all users of this machine\.$/),
      expect.stringMatching(/^error DATABASE_URL: .*latchkey\.sqlite is readable by all users of this machine\.$/),
    ]);
    // A private parent directory protects the files.
    chmodSync(join(folder, "var"), 0o700);
    expect(found(path)).toEqual([]);
    chmodSync(join(folder, "var"), 0o777);
    chmodSync(path, 0o600);
    chmodSync(join(folder, "var/secret-key"), 0o600);
    expect(found(path)).toEqual([expect.stringMatching(/^error DATABASE_URL: .*var is writable by all users of this machine\.$/)]);
  });

  const isRoot = process.getuid?.() === 0;
  if (isRoot) console.error("Running as root: read-only directories are not tested.");
  it.skipIf(isRoot)("doctor: a read-only directory gives an error (skipped for root)", () => {
    chmodSync(folder, 0o555);
    expect(found(join(folder, "x.sqlite"))).toEqual([expect.stringMatching(/^error DATABASE_URL: .* is not writable\.$/)]);
  });

  it("doctor: network, memory and container file systems are recognized", () => {
    const kinds = [0x6969, 0xff534d42, 0x65735546, 0x01021994, 0x794c7630].map((type) => fileSystemProblem(type)?.kind);
    expect(kinds).toEqual(["network", "network", "network", "memory", "container"]);
    // ext4, XFS, btrfs, ZFS.
    expect([0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1].map(fileSystemProblem)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it.skipIf(!existsSync("/dev/shm"))("doctor: a database in memory gives a warning (skipped without /dev/shm)", () => {
    expect(found("/dev/shm/latchkey-nowhere/x.sqlite")).toContainEqual(
      expect.stringMatching(/^warning DATABASE_URL: \/dev\/shm is in memory/),
    );
  });
});

describe("doctor: places", () => {
  it("doctor: a file of places that is old or unusable gives a finding, a recent one none", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-doctor-"));
    const path = join(folder, "city.mmdb");
    const [builtAt, day] = [Date.UTC(2026, 5, 1), 24 * 3_600_000];
    writeFileSync(path, writeMmdb(somePlaces, { builtAt }));
    const found = async (geoipFile: string, days: number) => brief(await checkPlaces({ geoipFile }, builtAt + days * day));
    expect(await found("", 1_000)).toEqual([]);
    expect(await found(path, 90)).toEqual([]);
    expect(await found(path, 91)).toEqual([`warning GEOIP_FILE: ${path} is 91 days old.`]);
    expect(await found(folder, 1)).toEqual([expect.stringMatching(/^error GEOIP_FILE: It must be .* it is a directory\.$/)]);
    rmSync(folder, { recursive: true });
  });
});

describe("doctor: database", () => {
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

  it("doctor: a migrated database gives no finding", async () => {
    await app.person().isLoggedIn();
    expect(await found()).toEqual([]);
  });

  it("doctor: migrations of a newer version give a finding", async () => {
    const db = app.s.db.withTables<{ latchkey_migrations: { name: string; timestamp: string } }>();
    await db.insertInto("latchkey_migrations").values({ name: "0999-tomorrow", timestamp: "" }).execute();
    expect(await found()).toEqual([
      expect.stringMatching(/^error DATABASE_URL: The database was migrated by a newer version \(0999-tomorrow\)/),
    ]);
  });

  it("doctor: a clock that was set back gives a warning", async () => {
    await app.person().signsUp();
    expect(await found(database.url, () => app.s.now() - 3_600_000)).toContainEqual(
      expect.stringMatching(/^warning Clock: The newest audit event is 3\d\d\d seconds in the future/),
    );
  });

  it.skipIf(engine === "sqlite")("doctor: clock skew to a database server gives a warning", async () => {
    expect(await found(database.url, () => app.s.now() + 20_000)).toEqual([
      expect.stringMatching(/^warning Clock: The clocks of this machine and the database differ by (?:19|2\d) seconds\.$/),
    ]);
  });

  it("doctor: an unavailable, invalid or missing database gives a finding", async () => {
    const text = join(database.folder, "text.sqlite");
    writeFileSync(text, "a text that is long enough to be read as a database\n".repeat(9));
    expect(await found(`sqlite:${text}`)).toEqual([
      expect.stringMatching(/^error DATABASE_URL: The database is unavailable: .* is not a database\.$/),
    ]);
    expect(await found("postgres://latchkey@127.0.0.1:1/latchkey")).toEqual([expect.stringMatching(/is unavailable: .*ECONNREFUSED/)]);
    const missing = join(database.folder, "none/x.sqlite");
    expect(await found(`sqlite:${missing}`)).toEqual([expect.stringMatching(/^warning DATABASE_URL: .* does not exist\.$/)]);
    expect(existsSync(join(database.folder, "none"))).toBe(false);
  });
});

describe("doctor: SMTP server", onOneEngine, () => {
  const found = async (url: string, send?: string) => brief(await checkMail(readSettings({ ...production, SMTP_URL: url }), { send }));

  it("doctor: a working SMTP server gives no finding, and --send sends a test email", async () => {
    const server = await openMailServer();
    expect(await found(`smtp://127.0.0.1:${server.port}`)).toEqual([]);
    expect(server.received).toEqual([]);
    expect(await found(`smtp://127.0.0.1:${server.port}`, "ada@example.com")).toEqual([]);
    expect(server.received).toMatchObject([{ to: ["ada@example.com"], subject: "Test email from Latchkey" }]);
    server.refuses.push(550);
    expect(await found(`smtp://127.0.0.1:${server.port}`, "ada@example.com")).toEqual([
      "error SMTP_URL: The SMTP server does not accept emails (550).",
    ]);
    await server.close();
    expect(await found(`smtp://127.0.0.1:${server.port}`)).toEqual(["error SMTP_URL: The SMTP server does not accept emails (ESOCKET)."]);
  });

  it("doctor: rejected SMTP credentials give an error that does not quote them", { tags: ["asvs-16.2.5"] }, async () => {
    const server = await openMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _, done) => done(new Error(`No such ${username} ${password}`)),
    });
    const output = await found(`smtp://clerk:hunter2hunter2@127.0.0.1:${server.port}`);
    expect(output).toEqual(["error SMTP_URL: The SMTP server rejects the username and password (535)."]);
    await server.close();
  });
});

describe("latchkey doctor", onOneEngine, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-doctor-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("doctor: exits 1 on errors and 0 otherwise, and prints no secret", async () => {
    const server = await openMailServer();
    const env = { ...production, SMTP_URL: `smtp://127.0.0.1:${server.port}` };
    const warned = await runCommand(folder, ["doctor"], env);
    expect(warned).toEqual({
      code: 0,
      output: expect.stringMatching(/^warning {2}DATABASE_URL: var\/latchkey.sqlite does not exist\. .*\n$/),
    });
    const weak = `example-${"x".repeat(40)}`;
    const failed = await runCommand(folder, ["doctor", "--json"], { ...env, SECRET_KEY: weak });
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.output)).toMatchObject({ findings: [{ level: "error", setting: "SECRET_KEY" }, { level: "warning" }] });
    expect(failed.output).not.toContain(weak);
    expect((await runCommand(folder, ["doctor", "--send", "nobody"], env)).code).toBe(2);
    await runCommand(folder, ["users", "create", "ada", "ada@example.com", "--no-password"], env);
    expect(await runCommand(folder, ["doctor"], env)).toEqual({ code: 0, output: "No problems found.\n" });
    await server.close();
  });

  it("start: logs the findings in production and nothing in development", async () => {
    const env = { ...production, SECRET_KEY: "k".repeat(40), BASE_URL: "http://127.0.0.1", SMTP_URL: "smtp://127.0.0.1:1" };
    const program = await startProgram(folder, env);
    await program.stop();
    const warnings = program
      .output()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { level: number; msg: string })
      .filter(({ level }) => level === 40);
    expect(warnings.map(({ msg }) => msg.split(". ")[0])).toEqual([
      "SECRET_KEY: The key repeats one character",
      "SMTP_URL: The SMTP server does not accept emails (ESOCKET)",
      "BASE_URL: Its host is 127.0.0.1",
      "BASE_URL: Its host is the IP address 127.0.0.1",
    ]);
    const quiet = await startProgram(folder, { SECRET_KEY: "k".repeat(40) });
    await quiet.stop();
    expect(quiet.output()).not.toContain('"level":40');
  });
});

describe("proxy settings", onOneEngine, () => {
  const notices = async (env: Record<string, string>, ...requests: Record<string, string>[]) => {
    const app = await testApp({ ...production, ...env });
    for (const headers of requests) await app.person().posts("/login", {}, headers);
    await app.person().opens("/login", { "x-forwarded-for": "203.0.113.9" });
    const lines = app.lines as { level: string; message: string }[];
    await app.close();
    return lines.filter(({ level }) => level === "warn").map(({ message }) => message.split(". ")[0]);
  };
  const forwarded = { "x-forwarded-for": "203.0.113.9" };

  it("proxy settings: an untrusted, silent or http proxy is logged once", async () => {
    expect(await notices({ TRUST_PROXY: "" }, forwarded, forwarded)).toEqual([
      "TRUST_PROXY: An untrusted proxy with a private IP sends X-Forwarded-For, which is ignored",
    ]);
    expect(await notices({}, {}, {})).toEqual(["TRUST_PROXY: A trusted proxy does not send X-Forwarded-For"]);
    expect(await notices({}, { ...forwarded, "x-forwarded-proto": "http" })).toEqual(["BASE_URL: A proxy reports a request over http"]);
    expect(await notices({}, { ...forwarded, "x-forwarded-proto": "https" })).toEqual([]);
    expect(await notices({ NODE_ENV: "development", BASE_URL: "http://localhost:5000", TRUST_PROXY: "" }, forwarded)).toEqual([]);
  });
});
