/** Reads and validates the settings from the environment and `.env`. */
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { dirname } from "node:path";
import { z } from "zod";
import { isLocalName } from "../platform/local-name.ts";
import { ensurePrivateDirectory } from "../platform/private-directory.ts";
import { suggest } from "../platform/suggest.ts";
import { EnvFileError, readEnvFile } from "./env-file.ts";
import { insteadOfDatabase, isMemoryUrl, slashesMissing } from "./parsers.ts";
import type { Provider } from "./providers/provider.ts";
import { isProviderSetting, readProviders } from "./providers/read-providers.ts";
import { languages } from "./sections/site.ts";
import type { Setting } from "./setting.ts";
import { sections, settingTable } from "./settings.ts";
import { quoted, SettingsError } from "./settings-error.ts";

type Table = typeof settingTable;

/** The parsed settings: durations in milliseconds, lists as arrays. */
export type Settings = { readonly [Key in Exclude<keyof Table, Optional | "providers">]: z.output<Table[Key]["schema"]> } & {
  readonly [Key in Optional]: z.output<Table[Key]["schema"]> | undefined;
} & {
  /** In the order of `PROVIDERS`, with the settings of each. */
  readonly providers: readonly Provider[];
  /** The `OTEL_…` variables, which the OpenTelemetry libraries read from the environment. */
  readonly otel: Readonly<Record<string, string>>;
  /** Whether `BASE_URL` was set; if not, any loopback name is accepted as its host. */
  readonly baseUrlIsGiven: boolean;
  /** The setting that indicates a deployment, such as `BASE_URL is https`; undefined on a developer's machine. */
  readonly deployedBy: string | undefined;
  /** Whether production rules apply: by `NODE_ENV`, or by `deployedBy` if `NODE_ENV` was forgotten. */
  readonly isDeployed: boolean;
};

/** Settings without a default. */
type Optional = "smtpUrl" | "smtpName" | "importedPepper" | "flaskCookiesUntil" | "metricsPort" | "metricsToken";

export { SettingsError } from "./settings-error.ts";

export interface DescribedSetting {
  /** Heading in the documentation. */
  readonly section: string;
  readonly env: string;
  readonly default: string | undefined;
  readonly description: string;
  readonly format: string;
  /** TypeScript type of the library option. */
  readonly type: string;
}

/** The source of `docs/configuration.md`, `.env.example` and the library's options. */
export function describeSettings(): DescribedSetting[] {
  return Object.entries(sections).flatMap(([section, settings]) =>
    Object.values(settings).map(({ schema, ...setting }) => ({ section, ...setting, type: typeOf(schema) })),
  );
}

function typeOf(schema: z.ZodType): string {
  const { option } = schema.meta() ?? {};
  if (typeof option === "string") return option;
  return schema instanceof z.ZodEnum ? schema.options.map((choice) => JSON.stringify(choice)).join(" | ") : "string";
}

/**
 * Parses the settings of an environment. Throws {@link SettingsError} for the first that is malformed, missing or misspelt. `ownLanguages` are
 * those that the host app has translations for.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>, ownLanguages: readonly string[] = []): Settings {
  rejectMisspelled(Object.keys(env));
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settingTable)) values[key] = readOne(setting, env[setting.env]);
  const ambiguous = slashesMissing(env[settingTable.databaseUrl.env] ?? "");
  if (ambiguous !== undefined) throw new SettingsError(`DATABASE_URL is ambiguous: ${ambiguous}.`);
  // Checked before the development key is written to the same directory.
  const instead = insteadOfDatabase(String(values["databaseUrl"]));
  if (instead !== undefined) throw new SettingsError(`DATABASE_URL must be a file: ${instead}.`);
  const production = values["environment"] === "production";
  if (production) for (const setting of [settingTable.secretKeys, settingTable.baseUrl]) requireInProduction(setting, env[setting.env]);
  const providers = readProviders(values["providers"] as readonly string[], env);
  const settings = withDerived({ ...(values as unknown as GivenSettings), providers, otel: otelOf(env) });
  requireTranslations(settings, ownLanguages);
  requireReachableHosts(settings);
  requireWayIn(settings);
  requirePasswordToRecover(settings);
  requireMailToConfirm(settings);
  requireMailToEnrol(settings);
  requireSharedMetrics(settings);
  requireCookieEnd(settings);
  requireLogo(settings);
  requireSharedDatabase(settings);
  return settings;
}

/** A recovery begins with the password, so without passwords the setting would do nothing. */
function requirePasswordToRecover({ passwords, recoveryByEmailMs }: Settings): void {
  if (passwords === "on" || recoveryByEmailMs === 0) return;
  throw new SettingsError("RECOVERY_BY_EMAIL must be off: a recovery begins with the password, and PASSWORDS is off.");
}

function requireTranslations({ languages: offered }: Settings, ownLanguages: readonly string[]): void {
  const available = [...new Set([...languages, ...ownLanguages])];
  const unknown = offered.find((tag) => !available.includes(tag));
  if (unknown === undefined) return;
  throw new SettingsError(
    `LANGUAGES includes ${unknown}, but there are only ${available.slice(0, -1).join(", ")} and ${available.at(-1)}.`,
  );
}

/** Whether the `OTEL_…` variables turn traces on (OpenTelemetry Environment Variable Specification). */
export function isTraced({ otel }: Settings): boolean {
  if (otel["OTEL_SDK_DISABLED"]?.toLowerCase() === "true" || otel["OTEL_TRACES_EXPORTER"] === "none") return false;
  return ["OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"].some((name) => otel[name]);
}

function otelOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (name.startsWith("OTEL_") && value ? [[name, value]] : [])));
}

/** With several workers, a scrape of the shared port would reach one of them and count only its own requests. */
function requireSharedMetrics({ workers, metricsPort, metricsToken }: Settings): void {
  if (workers === 1 || metricsToken === undefined || metricsPort !== undefined) return;
  throw new SettingsError(
    "METRICS_PORT must be set if METRICS_TOKEN is set and WORKERS is more than 1: only that port reports all workers.",
  );
}

/** An in-memory database is visible to one process only. */
function requireSharedDatabase({ workers, databaseUrl }: Settings): void {
  if (workers === 1 || !isMemoryUrl(databaseUrl)) return;
  throw new SettingsError("WORKERS must be 1 if DATABASE_URL is sqlite::memory:, which only one process can use.");
}

function requireLogo({ themeLogo, themeLogoDark }: Settings): void {
  if (themeLogoDark && !themeLogo) throw new SettingsError("THEME_LOGO must be set if THEME_LOGO_DARK is set.");
}

/** Limits how long cookies signed by the previous app's key are accepted. */
function requireCookieEnd({ flaskSecretKeys, flaskCookiesUntil }: Settings): void {
  const [given, missing] = ["FLASK_SECRET_KEY", "FLASK_COOKIES_UNTIL"];
  if (flaskSecretKeys.length > 0 && flaskCookiesUntil === undefined)
    throw new SettingsError(`${missing} must be set if ${given} is set. Set it to the last day on which Flask cookies are accepted.`);
  if (flaskSecretKeys.length === 0 && flaskCookiesUntil !== undefined)
    throw new SettingsError(`${given} must be set if ${missing} is set: without it, no Flask cookie can be verified.`);
}

/** Redirect loop: a host that never receives the session cookie would send users to the login page forever. */
function requireReachableHosts({ baseUrl, cookieDomain, forwardAuthHosts }: Settings): void {
  const own = new URL(baseUrl).hostname;
  const isWithin = (host: string) => host === cookieDomain || host.endsWith(`.${cookieDomain}`);
  if (cookieDomain !== "" && !isWithin(own))
    throw new SettingsError(`COOKIE_DOMAIN must be the host of BASE_URL (${own}) or a parent domain of it, not ${cookieDomain}.`);
  const lost = forwardAuthHosts.find((host) => {
    const { hostname } = new URL(`http://${host}`);
    return cookieDomain === "" ? hostname !== own : !isWithin(hostname);
  });
  if (lost === undefined) return;
  throw new SettingsError(
    `FORWARD_AUTH_HOSTS includes ${lost}, which never receives the session cookie. Set COOKIE_DOMAIN to a domain that it shares with the host of BASE_URL (${own}).`,
  );
}

/** Forgotten `NODE_ENV`: a deployment never runs on the generated development key (ASVS 13.3.1). */
function requireSecretKey({ isDeployed, deployedBy }: Settings): void {
  if (!isDeployed) return;
  throw new SettingsError(`SECRET_KEY must be set in production (${deployedBy}). Generate one with: npx latchkey secrets generate`);
}

/** Lockout: without passwords, users log in with passkeys, emailed codes or a provider. */
function requireWayIn({ passwords, passkeys, emailLogin, providers, baseUrl, smtpUrl, isDeployed }: Settings): void {
  if (passwords === "on" || providers.length > 0) return;
  const { protocol, hostname } = new URL(baseUrl);
  // As in `passkeyObstacle`: browsers have passkeys on https and on localhost, and for no IP address.
  const mayHavePasskeys = isIP(hostname.replace(/^\[|\]$/g, "")) === 0 && (protocol === "https:" || isLocalName(hostname));
  if (passkeys === "on" && mayHavePasskeys) return;
  if (emailLogin === "on" && (smtpUrl !== undefined || !isDeployed)) return;
  throw new SettingsError(
    "PASSWORDS must be on: users could not log in. Passkeys are off or cannot work at this BASE_URL, EMAIL_LOGIN is off or has no SMTP_URL, and PROVIDERS is empty.",
  );
}

/** Without email, no account could ever be verified. */
function requireMailToConfirm({ isDeployed, signup, smtpUrl }: Settings): void {
  if (!isDeployed || signup !== "confirm" || smtpUrl !== undefined) return;
  throw new SettingsError("SMTP_URL must be set if SIGNUP is confirm. Set it, or set SIGNUP to open or closed.");
}

/** Forced enrolment asks for a code by email, so without email no account could ever enrol. */
function requireMailToEnrol({ isDeployed, twoFactor, smtpUrl }: Settings): void {
  if (!isDeployed || twoFactor.length === 0 || smtpUrl !== undefined) return;
  throw new SettingsError("SMTP_URL must be set if TWO_FACTOR is not optional. Set it, or set TWO_FACTOR to optional.");
}

/** The settings before derived defaults are filled in. */
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
    // Given URLs are used as they are; the defaults are below the mount path.
    afterLogoutUrl: given.afterLogoutUrl || `${given.mountPath}/login`,
    secretKeys: given.secretKeys ?? [],
    lameDuckMs: given.lameDuckMs ?? (isDeployed ? 5_000 : 0),
    signup: given.signup ?? (given.smtpUrl === undefined ? "open" : "confirm"),
    mailFrom: given.mailFrom ?? { name: given.siteName, email: `no-reply@${new URL(baseUrl).hostname}` },
  };
}

/** Development features exposed by a forgotten variable: any sign of a deployment turns them off. */
function signOfDeployment({ environment, baseUrl, trustedProxies }: Pick<Settings, "environment" | "baseUrl" | "trustedProxies">) {
  const { protocol, hostname } = new URL(baseUrl);
  if (environment === "production") return "NODE_ENV is production";
  if (protocol === "https:") return "BASE_URL is https";
  if (!isLocalName(hostname)) return `the host of BASE_URL is ${hostname}`;
  return trustedProxies.length > 0 ? "TRUST_PROXY is set" : undefined;
}

/** Reads the environment, which overrides `.env` in the current directory, and creates the development key if needed. */
export function readProcessSettings(): Settings {
  const fromFile = envFile();
  const providers = (process.env["PROVIDERS"] || fromFile["PROVIDERS"] || "").split(/[\s,]+/);
  rejectUnknown(Object.keys(fromFile).filter((name) => !name.startsWith("OTEL_") && !isProviderSetting(name, providers)));
  // The OpenTelemetry libraries read `process.env` themselves.
  for (const [name, value] of Object.entries(otelOf(fromFile))) process.env[name] ??= value;
  return withSecretKey(readSettings({ ...fromFile, ...process.env }));
}

function envFile(): Record<string, string> {
  try {
    return readEnvFile(".env");
  } catch (error) {
    throw error instanceof EnvFileError ? new SettingsError(error.message) : error;
  }
}

/** Sets the size of the libuv thread pool unless `UV_THREADPOOL_SIZE` is set. Has no effect after the pool's first use. */
export function setThreads(count: number): void {
  process.env["UV_THREADPOOL_SIZE"] ??= String(count);
}

/** Reads the settings given to the library. `NODE_ENV` of the process is the default. */
export function readGivenSettings(given: Readonly<Record<string, string>>, ownLanguages: readonly string[] = []): Settings {
  const environment = process.env["NODE_ENV"] === "production" || process.env["NODE_ENV"] === "test" ? process.env["NODE_ENV"] : undefined;
  return withSecretKey(readSettings({ NODE_ENV: environment, ...given }, ownLanguages));
}

/** Adds the development key if `SECRET_KEY` is not set. */
function withSecretKey(settings: Settings): Settings {
  if (settings.secretKeys.length > 0) return settings;
  requireSecretKey(settings);
  // An in-memory database ends with the process, so the key may too.
  const key = isMemoryUrl(settings.databaseUrl) ? randomBytes(32).toString("base64url") : developmentKey(settings);
  return { ...settings, secretKeys: [key] };
}

/** Reads or creates the development key beside the database, readable by its owner only. */
function developmentKey({ databaseUrl }: Settings): string {
  const folder = databaseUrl.startsWith("sqlite:") ? dirname(databaseUrl.replace(/^sqlite:/, "")) : "var";
  try {
    return readOrCreateKey(`${folder}/secret-key`);
  } catch (error) {
    throw new SettingsError(
      `SECRET_KEY is not set and cannot be generated in ${folder}: ${(error as Error).message}. Set SECRET_KEY, or set DATABASE_URL to a writable directory.`,
    );
  }
}

function readOrCreateKey(path: string): string {
  if (existsSync(path)) return readKey(path);
  ensurePrivateDirectory(dirname(path));
  // Written to a temporary file and linked: a process that starts at the same time never reads half a key.
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  return readKey(path);
}

/** Predictable key: rejects an empty key file, which a full disk can leave behind. */
function readKey(path: string): string {
  const key = readFileSync(path, "utf8").trim();
  if (key.length < 32) throw new Error(`${path} has no key of at least 32 characters; delete it to generate a new one`);
  return key;
}

function readOne({ env, default: fallback, schema, format, secret }: Setting, text: string | undefined): unknown {
  const given = text === undefined || (text === "" && fallback !== "") ? fallback : text;
  if (given === undefined) return undefined;
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const { problem } = result.error.issues.map((issue) => ("params" in issue ? issue.params : {}))[0] ?? {};
  if (typeof problem === "string") throw new SettingsError(`${env} is invalid: ${problem.replace(/[^?]$/, "$&.")}`);
  throw new SettingsError(`${env} must be ${format}${secret ? "" : `; it is ${quoted(given)}`}.`);
}

function requireInProduction({ env, format }: Setting, text: string | undefined): void {
  if (!text) throw new SettingsError(`${env} must be set in production: ${format}.`);
}

/** Rejects near misses of known names only: an environment contains many variables of other programs. */
function rejectMisspelled(names: readonly string[]): void {
  const known = Object.values(settingTable).map(({ env }) => env);
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = suggest(
      name,
      known.filter((each) => each.length >= 6),
    );
    if (meant ?? name.startsWith("LIMIT_")) throw unknownSetting(name, meant);
  }
}

function rejectUnknown(names: readonly string[]): void {
  const known = Object.values(settingTable).map(({ env }) => env);
  for (const name of names) {
    if (!known.includes(name)) throw unknownSetting(name, suggest(name, known, 3));
  }
}

function unknownSetting(name: string, meant: string | undefined): SettingsError {
  return new SettingsError(`Unknown setting ${name}.${meant ? ` Did you mean ${meant}?` : " See docs/configuration.md for all settings."}`);
}
