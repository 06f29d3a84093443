import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeSettings, readSettings, SettingsError } from "./settings.ts";

const production = { NODE_ENV: "production", SECRET_KEY: "k".repeat(32), BASE_URL: "https://accounts.example.com" };

describe("the settings", () => {
  it("need nothing to be set", () => {
    expect(readSettings({})).toMatchObject({
      port: 5_000,
      host: "127.0.0.1",
      signup: "open",
      baseUrl: "http://localhost:5000",
      sessionIdleMs: 12 * 3_600_000,
      loginPerAccount: { count: 10, perMs: 60_000 },
    });
  });

  it.each([
    ["PORT", "http"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["NODE_ENV", "prod"],
    ["SIGNUP", "maybe"],
    ["SESSION_IDLE", "12"],
    ["SESSION_IDLE", "0h"],
    ["REMEMBER_FOR", "31d"],
    ["LIMIT_LOGIN_PER_ACCOUNT", "10"],
    ["LIMIT_LOGIN_PER_ACCOUNT", "0/1m"],
    ["LIMIT_LOGIN_PER_ACCOUNT", "10/week"],
    ["PASSWORD_MIN_LENGTH", "7"],
    ["PASSWORD_RULES", "strict"],
    ["TRUST_PROXY", "my-proxy"],
    ["TRUST_PROXY", "10.0.0.0/99"],
    ["BASE_URL", "accounts.example.com"],
    ["BASE_URL", "https://example.com/login"],
    ["BASE_URL", "https://me:secret@example.com"],
    ["BASE_URL", "javascript:alert(1)"],
    ["SITE_NAME", "x".repeat(61)],
    ["LOG_LEVEL", "loud"],
    ["HASH_QUEUE", "many"],
  ])("stop the start, in one line with its name and what is expected, where %s is %s", (name, value) => {
    const line = messageOf({ [name]: value });
    expect(line).toMatch(new RegExp(`^${name} is ".*", but must be .*\\.$`));
    expect(line).toContain(value);
    expect(line).not.toContain("\n");
  });

  it("never show a secret [ASVS 16.2.5]", () => {
    expect(messageOf({ SECRET_KEY: "short canary" })).toMatch(/^SECRET_KEY is \(hidden\), but must be one or more keys of at least 32/);
    expect(messageOf({ DATABASE_URL: "postgres://me:canary@host/db" })).not.toContain("canary");
  });

  it.each(["SECRET_KEY", "BASE_URL"])("refuse to start in production without %s [ASVS 13.3.1]", (name) => {
    expect(readSettings(production).baseUrlIsGiven).toBe(true);
    expect(messageOf({ ...production, [name]: "" })).toMatch(new RegExp(`^${name} is not set. In production it must be `));
  });

  it.each([
    ["SESION_IDLE", "SESSION_IDLE"],
    ["SECRET_KEYS", "SECRET_KEY"],
    ["LIMIT_LOGIN_PER_ACOUNT", "LIMIT_LOGIN_PER_ACCOUNT"],
    ["DATABASE_URI", "DATABASE_URL"],
  ])("take %s for a slip", (slip, meant) => {
    expect(messageOf({ [slip]: "x" })).toBe(`${slip} is not a setting; did you mean ${meant}?`);
  });

  it("leave other programs' names alone", () => {
    expect(() =>
      readSettings({ HOME: "/home/ada", PATH: "/bin", SESSION_MANAGER: "local", HOSTNAME: "h", USER: "ada", LANG: "C" }),
    ).not.toThrow();
    expect(messageOf({ LIMIT_LOGINS: "1/1m" })).toContain("LIMIT_LOGINS is not a setting");
  });

  it("take several keys, and lists of proxies", () => {
    expect(readSettings({ SECRET_KEY: `${"a".repeat(32)}, ${"b".repeat(40)}` }).secretKeys).toEqual(["a".repeat(32), "b".repeat(40)]);
    expect(readSettings({ TRUST_PROXY: "127.0.0.1, 10.0.0.0/8,::1" }).trustedProxies.map(([, bits]) => bits)).toEqual([32, 8, 128]);
  });

  it("are each told in a sentence", () => {
    for (const { env, meaning, expected } of describeSettings()) {
      expect(meaning, env).toMatch(/\.$/);
      expect(expected, env).not.toMatch(/\.$/);
    }
  });
});

describe("the program's settings", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-settings-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("come from .env too, where every name must be known, and the environment wins", async () => {
    writeFileSync(join(folder, ".env"), "PORT=http\n");
    expect(await start({})).toBe('latchkey: PORT is "http", but must be a whole number from 0 to 65535.\n');
    expect(await start({ PORT: "ftp" })).toContain('PORT is "ftp"');
    writeFileSync(join(folder, ".env"), "COLOUR=red\n");
    expect(await start({})).toBe("latchkey: COLOUR is not a setting. The README lists them all.\n");
  });

  it("make development's key once, for its owner only", async () => {
    await start({ PORT: "1", HOST: "203.0.113.1" });
    const path = join(folder, "var/secret-key");
    const key = readFileSync(path, "utf8");
    expect(key.trim()).toMatch(/^[\w-]{43}$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "var/latchkey.sqlite")).mode & 0o777).toBe(0o600);
    expect(await start({ PORT: "1", HOST: "203.0.113.1" })).toMatch(/^latchkey: HOST and PORT cannot be listened on: .*\n$/);
    expect(readFileSync(path, "utf8")).toBe(key);
  });

  /** Starts the program with settings that stop it, and gives what it says on its way out. */
  function start(env: Record<string, string>): Promise<string> {
    const program = resolve(import.meta.dirname, "../bin/latchkey.js");
    const { PATH = "" } = process.env;
    return new Promise((done) => {
      execFile(process.execPath, [program], { cwd: folder, env: { PATH, ...env } }, (error, _, stderr) => {
        expect(error?.code).toBe(1);
        done(stderr);
      });
    });
  }
});

function messageOf(env: Record<string, string>): string {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error("Nothing was refused.");
}
