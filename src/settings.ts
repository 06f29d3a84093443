/** Every setting once: its name in the environment, what it takes, its default and what it means. */
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseEnv } from "node:util";
import { z } from "zod";
import { asOrigin, asRanges, budget, distance, duration, wholeNumber } from "./setting-kinds.ts";

interface SettingRow<T> {
  readonly env: string;
  /** What stands in the environment when nothing is set; undefined where there is no fixed default. */
  readonly fallback: string | undefined;
  readonly read: z.ZodType<T, string>;
  /** Completes "… must be". */
  readonly expected: string;
  readonly meaning: string;
  readonly secret?: true;
}

const table = {
  port: row("PORT", "5000", wholeNumber(0, 65_535), "a whole number from 0 to 65535", "The port to listen on; 0 takes any free one."),
  host: row(
    "HOST",
    "127.0.0.1",
    z.string().min(1),
    "an address of this machine",
    "The address to listen on. Behind a proxy on the same machine, leave it.",
  ),
  environment: row(
    "NODE_ENV",
    "development",
    z.enum(["development", "production", "test"]),
    "development, production or test",
    "In production, `SECRET_KEY` and `BASE_URL` must be set.",
  ),
  databaseUrl: row(
    "DATABASE_URL",
    "sqlite:var/latchkey.sqlite",
    z.string().regex(/^sqlite:[^:].*$/),
    "sqlite: and the path of a file",
    "Where everything is kept. The folder is made when it is missing.",
    "secret",
  ),
  secretKeys: row(
    "SECRET_KEY",
    undefined,
    z
      .string()
      .transform((text) => text.split(",").map((key) => key.trim()))
      .refine((keys) => keys.every((key) => key.length >= 32)),
    "one or more keys of at least 32 characters, separated by commas",
    "Signs cookies: the first key signs, all of them verify, so a key can be replaced without logging anyone out. Without it, development makes one and keeps it in `var/secret-key`.",
    "secret",
  ),
  baseUrl: row(
    "BASE_URL",
    undefined,
    z.string().transform(asOrigin),
    "the address people open, such as https://accounts.example.com, without a path",
    "Decides whether cookies are `Secure`, and which origin forms may come from. Without it, development takes `http://localhost:PORT`.",
  ),
  siteName: row(
    "SITE_NAME",
    "Latchkey",
    z.string().trim().min(1).max(60),
    "a name of 1 to 60 characters",
    "The name in titles and headings.",
  ),
  signup: row(
    "SIGNUP",
    "open",
    z.enum(["open", "closed"]),
    "open or closed",
    "Whether people can sign up themselves. When closed, `/signup` answers 404 and nothing links to it.",
  ),
  trustedProxies: row(
    "TRUST_PROXY",
    "",
    z.string().transform(asRanges),
    "addresses or CIDR ranges separated by commas, such as 127.0.0.1, 10.0.0.0/8",
    "Proxies whose `X-Forwarded-For` is believed. Set it when a proxy stands in front, or all visitors share one address and its limits.",
  ),
  logLevel: row(
    "LOG_LEVEL",
    "info",
    z.enum(["silent", "error", "warn", "info", "debug"]),
    "silent, error, warn, info or debug",
    "How much is logged.",
  ),

  sessionIdleMs: row("SESSION_IDLE", "12h", duration(), "a time such as 30m, 12h or 7d", "A session ends after this long without a visit."),
  sessionForMs: row(
    "SESSION_FOR",
    "24h",
    duration(),
    "a time such as 30m, 12h or 7d",
    "A session ends this long after the login, whatever happens.",
  ),
  rememberIdleMs: row(
    "REMEMBER_IDLE",
    "7d",
    duration(),
    "a time such as 30m, 12h or 7d",
    "The same as `SESSION_IDLE`, with “remember me”.",
  ),
  rememberForMs: row(
    "REMEMBER_FOR",
    "30d",
    duration(30 * 24 * 3_600_000),
    "a time of 30d at most",
    "The same as `SESSION_FOR`, with “remember me”. NIST allows 30 days at most.",
  ),

  passwordMinLength: row(
    "PASSWORD_MIN_LENGTH",
    "8",
    wholeNumber(8, 64),
    "a whole number from 8 to 64",
    "The fewest characters of a new password. NIST asks for 15 where a password stands alone.",
  ),
  passwordRules: row(
    "PASSWORD_RULES",
    "none",
    z.enum(["none", "upper-and-digit"]),
    "none or upper-and-digit",
    "`upper-and-digit` demands a capital letter and a digit, for those who must. OWASP and NIST advise against it.",
  ),
  hashQueue: row(
    "HASH_QUEUE",
    "500",
    wholeNumber(1, 100_000),
    "a whole number from 1 to 100000",
    "How many passwords may wait to be checked. Past it, the answer is 503 with `Retry-After`.",
  ),

  loginPerAccount: row("LIMIT_LOGIN_PER_ACCOUNT", "10/1m", budget(), "a count over a time, such as 10/1m", "Failed logins to one account."),
  loginPerAddress: row(
    "LIMIT_LOGIN_PER_ADDRESS",
    "100/10m",
    budget(),
    "a count over a time, such as 10/1m",
    "Failed logins from one address; an IPv6 /64 is one address.",
  ),
  loginPerSite: row("LIMIT_LOGIN_PER_SITE", "10000/10m", budget(), "a count over a time, such as 10/1m", "Failed logins in all."),
  loginPerDevice: row(
    "LIMIT_LOGIN_PER_DEVICE",
    "10/1m",
    budget(),
    "a count over a time, such as 10/1m",
    "Failed logins to one account from a browser that has logged in to it before. It counts apart, so an attacker cannot lock an owner out.",
  ),
  signupPerAddress: row(
    "LIMIT_SIGNUP_PER_ADDRESS",
    "20/1h",
    budget(),
    "a count over a time, such as 10/1m",
    "Accounts made, or names and addresses tried, from one address.",
  ),
} satisfies Record<string, SettingRow<unknown>>;

type Table = typeof table;

/** The settings as the program uses them: times in milliseconds, lists as lists. */
export type Settings = { readonly [Key in keyof Table]: z.output<Table[Key]["read"]> } & {
  /** Whether `BASE_URL` was set; if not, any loopback name of this machine counts as it. */
  readonly baseUrlIsGiven: boolean;
};

/** A setting that the program cannot start with. The message is one line for the operator and holds no secret. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/** What the README's table and `.env.example` are made from. */
export function describeSettings(): { env: string; fallback: string | undefined; meaning: string; expected: string }[] {
  return Object.values(table).map(({ env, fallback, meaning, expected }) => ({ env, fallback, meaning, expected }));
}

/**
 * Reads the settings from an environment. Throws {@link SettingsError} at the first that is malformed, missing in
 * production, or so close to a known name that it must be a slip.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  refuseSlips(Object.keys(env));
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(table)) values[key] = readOne(setting, env[setting.env]);
  const production = values["environment"] === "production";
  if (production) for (const setting of [table.secretKeys, table.baseUrl]) requireInProduction(setting, env[setting.env]);
  return {
    ...(values as unknown as Settings),
    baseUrl: (values["baseUrl"] as string | undefined) ?? `http://localhost:${values["port"]}`,
    baseUrlIsGiven: values["baseUrl"] !== undefined,
    secretKeys: (values["secretKeys"] as string[] | undefined) ?? [],
  };
}

/** Reads the process's environment over the `.env` file of the current folder, and makes development's secret key. */
export function readProcessSettings(): Settings {
  const fromFile = existsSync(".env") ? parseEnv(readFileSync(".env", "utf8")) : {};
  refuseUnknown(Object.keys(fromFile));
  const settings = readSettings({ ...fromFile, ...process.env });
  return settings.secretKeys.length > 0 ? settings : { ...settings, secretKeys: [keptSecretKey(settings)] };
}

/** Development's key stands beside the database, made once and readable by its owner only. */
function keptSecretKey({ databaseUrl }: Settings): string {
  const path = `${dirname(databaseUrl.replace(/^sqlite:/, ""))}/secret-key`;
  if (existsSync(path)) return readFileSync(path, "utf8").trim();
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Written aside and then given its name, so that another process that starts now never reads half a key.
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
  try {
    linkSync(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(aside);
  }
  return readFileSync(path, "utf8").trim();
}

function readOne(setting: SettingRow<unknown>, text: string | undefined): unknown {
  const given = text === undefined || (text === "" && setting.fallback !== "") ? setting.fallback : text;
  if (given === undefined) return undefined;
  const result = setting.read.safeParse(given);
  if (result.success) return result.data;
  throw new SettingsError(`${setting.env} is ${setting.secret ? "(hidden)" : JSON.stringify(given)}, but must be ${setting.expected}.`);
}

function requireInProduction(setting: SettingRow<unknown>, text: string | undefined): void {
  if (!text) throw new SettingsError(`${setting.env} is not set. In production it must be ${setting.expected}.`);
}

/** Environments are full of other programs' names, so only what looks like a slip of one of ours is refused. */
function refuseSlips(names: readonly string[]): void {
  const known = Object.values(table).map((setting) => setting.env);
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = known.find((each) => each.length >= 8 && distance(each, name) <= 2);
    if (meant ?? name.startsWith("LIMIT_")) throw unknownSetting(name, meant);
  }
}

function refuseUnknown(names: readonly string[]): void {
  const known = Object.values(table).map((setting) => setting.env);
  for (const name of names) {
    if (!known.includes(name))
      throw unknownSetting(
        name,
        known.find((each) => distance(each, name) <= 3),
      );
  }
}

function unknownSetting(name: string, meant: string | undefined): SettingsError {
  return new SettingsError(`${name} is not a setting${meant ? `; did you mean ${meant}?` : ". The README lists them all."}`);
}

function row<T>(
  env: string,
  fallback: string | undefined,
  read: z.ZodType<T, string>,
  expected: string,
  meaning: string,
  secret?: "secret",
): SettingRow<T> {
  return { env, fallback, read, expected, meaning, ...(secret ? { secret: true } : {}) };
}
