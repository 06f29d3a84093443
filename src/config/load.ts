/** Reads and validates the settings from the environment and `.env`. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { isLocalName } from "../platform/local-name.ts";
import { suggest } from "../platform/suggest.ts";
import { requireTogether } from "./combinations.ts";
import { developmentKey } from "./development-key.ts";
import { EnvFileError, readEnvFile } from "./env-file.ts";
import { insteadOfDatabase, isMemoryUrl, slashesMissing } from "./parsers.ts";
import { isProviderSetting, readProviders } from "./providers/read-providers.ts";
import type { Setting } from "./setting.ts";
import { type Settings, sections, settingTable } from "./settings.ts";
import { quoted, SettingsError } from "./settings-error.ts";

export type { Settings } from "./settings.ts";
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
  requireTogether(settings, ownLanguages);
  return settings;
}

/** Whether the `OTEL_…` variables turn traces on (OpenTelemetry Environment Variable Specification). */
export function isTraced({ otel }: Settings): boolean {
  if (otel["OTEL_SDK_DISABLED"]?.toLowerCase() === "true" || otel["OTEL_TRACES_EXPORTER"] === "none") return false;
  return ["OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"].some((name) => otel[name]);
}

function otelOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (name.startsWith("OTEL_") && value ? [[name, value]] : [])));
}

/** Forgotten `NODE_ENV`: a deployment never runs on the generated development key (ASVS 13.3.1). */
function requireSecretKey({ isDeployed, deployedBy }: Settings): void {
  if (!isDeployed) return;
  throw new SettingsError(`SECRET_KEY must be set in production (${deployedBy}). Generate one with: npx latchkey secrets generate`);
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
  const key = isMemoryUrl(settings.databaseUrl) ? randomBytes(32).toString("base64url") : developmentKey(settings.databaseUrl);
  return { ...settings, secretKeys: [key] };
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
