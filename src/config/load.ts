/** Reads the settings from the environment and from `.env`, and refuses what is malformed, missing or misspelt. */
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { editDistance } from "../platform/edit-distance.ts";
import { isLocalName } from "../platform/local-name.ts";
import { ensurePrivateDirectory } from "../platform/private-directory.ts";
import { EnvFileError, readEnvFile } from "./env-file.ts";
import { insteadOfDatabase, isMemoryUrl, slashesMissing } from "./parsers.ts";
import { table } from "./sections/sections.ts";
import type { SettingRow } from "./setting.ts";

type Table = typeof table;

/** The settings as the program uses them: times in milliseconds, lists as lists. */
export type Settings = { readonly [Key in Exclude<keyof Table, Optional>]: z.output<Table[Key]["read"]> } & {
  readonly [Key in Optional]: z.output<Table[Key]["read"]> | undefined;
} & {
  /** What is set of OpenTelemetry's own variables (`OTEL_…`), which its libraries read by themselves. */
  readonly otel: Readonly<Record<string, string>>;
  /** Whether `BASE_URL` was set; if not, any loopback name of this machine counts as it. */
  readonly baseUrlIsGiven: boolean;
  /** What says that people rely on this, such as `BASE_URL is https`; undefined on a developer's machine. */
  readonly deployedBy: string | undefined;
  /** Whether production's rules hold: said by `NODE_ENV`, or where that was forgotten, by anything else. */
  readonly isDeployed: boolean;
};

/** What may be left out, and has no default then. */
type Optional = "smtpUrl" | "smtpName" | "importedPepper" | "flaskCookiesUntil" | "metricsPort" | "metricsToken";

/** A setting that the program cannot start with. The message is one line for the operator and holds no secret. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/** What the README's table and `.env.example` are made from. */
export function describeSettings(): { env: string; fallback: string | undefined; meaning: string; expected: string; type: string }[] {
  return Object.values(table).map(({ env, fallback, meaning, expected, read }) => ({
    env,
    fallback,
    meaning,
    expected,
    type: typeOf(read),
  }));
}

/** The type of a setting as an option of the library. */
function typeOf(read: z.ZodType): string {
  const { option } = read.meta() ?? {};
  if (typeof option === "string") return option;
  return read instanceof z.ZodEnum ? read.options.map((choice) => JSON.stringify(choice)).join(" | ") : "string";
}

/**
 * Reads the settings from an environment. Throws {@link SettingsError} at the first that is malformed, missing in
 * production, or so close to a known name that it must be a slip.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  refuseSlips(Object.keys(env));
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(table)) values[key] = readOne(setting, env[setting.env]);
  const ambiguous = slashesMissing(env[table.databaseUrl.env] ?? "");
  if (ambiguous !== undefined) throw new SettingsError(`DATABASE_URL has two meanings: ${ambiguous}.`);
  // Before anything is written beside it, such as development's key.
  const instead = insteadOfDatabase(String(values["databaseUrl"]));
  if (instead !== undefined) throw new SettingsError(`DATABASE_URL names no file: ${instead}.`);
  const production = values["environment"] === "production";
  if (production) for (const setting of [table.secretKeys, table.baseUrl]) requireInProduction(setting, env[setting.env]);
  const settings = withDerived({ ...(values as unknown as GivenSettings), otel: otelOf(env) });
  refuseUnreachable(settings);
  refuseUnconfirmable(settings);
  refuseUnmeasurable(settings);
  refuseUnbounded(settings);
  refuseUnshared(settings);
  return settings;
}

/** Whether OpenTelemetry's variables ask for traces (OpenTelemetry, Environment Variable Specification). */
export function isTraced({ otel }: Settings): boolean {
  if (otel["OTEL_SDK_DISABLED"]?.toLowerCase() === "true" || otel["OTEL_TRACES_EXPORTER"] === "none") return false;
  return ["OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"].some((name) => otel[name]);
}

function otelOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (name.startsWith("OTEL_") && value ? [[name, value]] : [])));
}

/** Behind one port, each request reaches another process, which knows only what it has seen itself. */
function refuseUnmeasurable({ workers, metricsPort, metricsToken }: Settings): void {
  if (workers === 1 || metricsToken === undefined || metricsPort !== undefined) return;
  throw new SettingsError(
    "METRICS_TOKEN is set and WORKERS is more than 1: METRICS_PORT must be set too, where the numbers of all workers meet.",
  );
}

/** Each process would have accounts of its own. */
function refuseUnshared({ workers, databaseUrl }: Settings): void {
  if (workers === 1 || !isMemoryUrl(databaseUrl)) return;
  throw new SettingsError("DATABASE_URL is sqlite::memory:, which only one process sees: WORKERS must be 1.");
}

/** Cookies of another application are good for a time, and by a key. */
function refuseUnbounded({ flaskSecretKeys, flaskCookiesUntil }: Settings): void {
  const [given, missing] = ["FLASK_SECRET_KEY", "FLASK_COOKIES_UNTIL"];
  if (flaskSecretKeys.length > 0 && flaskCookiesUntil === undefined)
    throw new SettingsError(`${given} is set, but ${missing} is not: set it to the last day on which the old cookies count.`);
  if (flaskSecretKeys.length === 0 && flaskCookiesUntil !== undefined)
    throw new SettingsError(`${missing} is set, but ${given} is not: without it, no old cookie counts.`);
}

/** A host that the session's cookie never reaches would send people to the login page in circles. */
function refuseUnreachable({ baseUrl, cookieDomain, forwardAuthHosts }: Settings): void {
  const own = new URL(baseUrl).hostname;
  const isWithin = (host: string) => host === cookieDomain || host.endsWith(`.${cookieDomain}`);
  if (cookieDomain !== "" && !isWithin(own))
    throw new SettingsError(`COOKIE_DOMAIN is ${cookieDomain}, but must be the host of BASE_URL, ${own}, or a domain above it.`);
  const lost = forwardAuthHosts.find((host) => {
    const { hostname } = new URL(`http://${host}`);
    return cookieDomain === "" ? hostname !== own : !isWithin(hostname);
  });
  if (lost === undefined) return;
  throw new SettingsError(
    `FORWARD_AUTH_HOSTS names ${lost}, where no session can be seen: COOKIE_DOMAIN must be a domain that it shares with the host of BASE_URL, ${own}.`,
  );
}

/** A forgotten `NODE_ENV`: the key that development makes is not for what others rely on (ASVS 13.3.1). */
function refuseUnsigned({ isDeployed, deployedBy }: Settings): void {
  if (!isDeployed) return;
  throw new SettingsError(
    `SECRET_KEY is not set, though ${deployedBy}: so this counts as production, where it must be ${table.secretKeys.expected}.`,
  );
}

/** Nobody could ever get in. */
function refuseUnconfirmable({ isDeployed, signup, smtpUrl }: Settings): void {
  if (!isDeployed || signup !== "confirm" || smtpUrl !== undefined) return;
  throw new SettingsError(
    "SIGNUP is confirm, but SMTP_URL is not set: nobody could confirm an address. Set it, or SIGNUP to open or closed.",
  );
}

/** As read: what has no fixed default may be missing. */
type GivenSettings = Omit<Settings, Derived> & { readonly [Key in Derived]?: Settings[Key] };
type Derived = "baseUrl" | "secretKeys" | "signup" | "mailFrom" | "deployedBy" | "isDeployed" | "lameDuckMs";

function withDerived(given: GivenSettings): Settings {
  const baseUrl = given.baseUrl ?? `http://localhost:${given.port}`;
  const deployedBy = signOfDeployment({ ...given, baseUrl });
  const isDeployed = deployedBy !== undefined && given.environment !== "test";
  return {
    ...given,
    baseUrl,
    deployedBy,
    isDeployed,
    baseUrlIsGiven: given.baseUrl !== undefined,
    // What is given stands as it is; our own pages live under the mount path.
    homeUrl: given.homeUrl || `${given.mountPath}/dashboard`,
    afterLogoutUrl: given.afterLogoutUrl || `${given.mountPath}/login`,
    secretKeys: given.secretKeys ?? [],
    lameDuckMs: given.lameDuckMs ?? (isDeployed ? 5_000 : 0),
    signup: given.signup ?? (given.smtpUrl === undefined ? "open" : "confirm"),
    mailFrom: given.mailFrom ?? { name: given.siteName, address: `no-reply@${new URL(baseUrl).hostname}` },
  };
}

/** Development's conveniences never depend on one variable alone, which somebody will forget. */
function signOfDeployment({ environment, baseUrl, trustedProxies }: Pick<Settings, "environment" | "baseUrl" | "trustedProxies">) {
  const { protocol, hostname } = new URL(baseUrl);
  if (environment === "production") return "NODE_ENV is production";
  if (protocol === "https:") return "BASE_URL is https";
  if (!isLocalName(hostname)) return `the host of BASE_URL is ${hostname}`;
  return trustedProxies.length > 0 ? "TRUST_PROXY is set" : undefined;
}

/** Reads the process's environment over the `.env` file of the current folder, and makes development's secret key. */
export function readProcessSettings(): Settings {
  const fromFile = envFile();
  refuseUnknown(Object.keys(fromFile).filter((name) => !name.startsWith("OTEL_")));
  // For the libraries that these are meant for.
  for (const [name, value] of Object.entries(otelOf(fromFile))) process.env[name] ??= value;
  return withKeptSecret(readSettings({ ...fromFile, ...process.env }));
}

function envFile(): Record<string, string> {
  try {
    return readEnvFile(".env");
  } catch (error) {
    throw error instanceof EnvFileError ? new SettingsError(error.message) : error;
  }
}

/**
 * Sets how many threads Node has beside the event loop, which hash, wait for the disk and resolve names; an operator's own wish comes
 * first. It is heard only before the first of them is needed.
 */
export function setThreads(count: number): void {
  process.env["UV_THREADPOOL_SIZE"] ??= String(count);
}

/** What an app gives the library. Whether that is in production it learns from the process, as every library does. */
export function readGivenSettings(given: Readonly<Record<string, string>>): Settings {
  const environment = process.env["NODE_ENV"] === "production" || process.env["NODE_ENV"] === "test" ? process.env["NODE_ENV"] : undefined;
  return withKeptSecret(readSettings({ NODE_ENV: environment, ...given }));
}

/** The same settings, with development's key where none is given. */
function withKeptSecret(settings: Settings): Settings {
  if (settings.secretKeys.length > 0) return settings;
  refuseUnsigned(settings);
  // What it signs is gone with the process as well.
  const key = isMemoryUrl(settings.databaseUrl) ? randomBytes(32).toString("base64url") : keptSecretKey(settings);
  return { ...settings, secretKeys: [key] };
}

/** Development's key stands beside the database, made once and readable by its owner only. */
function keptSecretKey({ databaseUrl }: Settings): string {
  const folder = databaseUrl.startsWith("sqlite:") ? dirname(databaseUrl.replace(/^sqlite:/, "")) : "var";
  try {
    return readOrMakeKey(`${folder}/secret-key`);
  } catch (error) {
    throw new SettingsError(
      `SECRET_KEY is not set, and none can be kept in ${folder}: ${(error as Error).message}. Set SECRET_KEY, or DATABASE_URL to a place that can be written.`,
    );
  }
}

function readOrMakeKey(path: string): string {
  if (existsSync(path)) return keyIn(path);
  ensurePrivateDirectory(dirname(path));
  // Written aside and then given its name, so that another process that starts now never reads half a key.
  const aside = `${path}.${process.pid}`;
  try {
    writeFileSync(aside, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
    linkSync(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  return keyIn(path);
}

/** A file that a full disk left empty would sign with a key that everybody knows. */
function keyIn(path: string): string {
  const key = readFileSync(path, "utf8").trim();
  if (key.length < 32) throw new Error(`${path} holds no key of at least 32 characters; remove it, and another is made`);
  return key;
}

function readOne(setting: SettingRow<unknown>, text: string | undefined): unknown {
  const given = text === undefined || (text === "" && setting.fallback !== "") ? setting.fallback : text;
  if (given === undefined) return undefined;
  const result = setting.read.safeParse(given);
  if (result.success) return result.data;
  const { problem = `must be ${setting.expected}` } = result.error.issues.map((issue) => ("params" in issue ? issue.params : {}))[0] ?? {};
  const but = String(problem).replace(/[^?]$/, "$&.");
  throw new SettingsError(`${setting.env} is ${setting.secret ? "(hidden)" : quoted(given)}, but ${but}`);
}

/** In quotation marks, with every control character in its escaped form: JSON leaves DEL and the C1 set as they are. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u007f-\u009f]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function requireInProduction(setting: SettingRow<unknown>, text: string | undefined): void {
  if (!text) throw new SettingsError(`${setting.env} is not set. In production it must be ${setting.expected}.`);
}

/** Environments are full of other programs' names, so only what looks like a slip of one of ours is refused. */
function refuseSlips(names: readonly string[]): void {
  const known = Object.values(table).map((setting) => setting.env);
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = known.find((each) => each.length >= 6 && editDistance(each, name) <= 2);
    if (meant ?? name.startsWith("LIMIT_")) throw unknownSetting(name, meant);
  }
}

function refuseUnknown(names: readonly string[]): void {
  const known = Object.values(table).map((setting) => setting.env);
  for (const name of names) {
    if (!known.includes(name))
      throw unknownSetting(
        name,
        known.find((each) => editDistance(each, name) <= 3),
      );
  }
}

function unknownSetting(name: string, meant: string | undefined): SettingsError {
  return new SettingsError(`${name} is not a setting${meant ? `; did you mean ${meant}?` : ". The README lists them all."}`);
}
