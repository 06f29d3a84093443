/** Turns options into settings, and settings errors into errors that name the option. */

import { readGivenSettings, type Settings, SettingsError } from "../config/load.ts";
import { suffixes, variable } from "../config/providers/variables.ts";
import { PlacesFileError } from "../core/places.ts";
import { StartRefusedError } from "../core/start-refused.ts";
import { DatabaseUnavailableError } from "../db/errors.ts";
import { SchemaError } from "../db/migrate.ts";
import { suggest } from "../platform/suggest.ts";
import { LatchkeyError, type LatchkeyOptions, type ProviderOptions } from "./latchkey.ts";
import { optionNames } from "./options.ts";

type CodeOptions = Exclude<keyof LatchkeyOptions, (typeof optionNames)[string]>;

/** Options that have no setting. */
const codeOptions: Readonly<Record<CodeOptions, true>> = {
  pages: true,
  emails: true,
  theme: true,
  providers: true,
  features: true,
  extraUserFields: true,
  ownFeatures: true,
  translations: true,
  log: true,
};

/** Throws {@link LatchkeyError} `invalid` with the name of the option. */
export function readOptions<Extra>(options: LatchkeyOptions<Extra>): Settings {
  const known = [...Object.keys(codeOptions), ...Object.values(optionNames)];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const meant = optionNames[unknown] ?? suggest(unknown, known);
    throw wrong(unknown, `unknown option ${unknown}.${meant === undefined ? "" : ` Did you mean ${meant}?`}`);
  }
  const given = Object.entries(optionNames).flatMap(([env, name]): [string, string][] => {
    const value: unknown = options[name];
    return value === undefined ? [] : [[env, asText(name, value)]];
  });
  try {
    return readGivenSettings(
      Object.fromEntries([...given, ...providersAsText(options.providers ?? {})]),
      Object.keys(options.translations ?? {}),
    );
  } catch (error) {
    throw inOptionWords(error, Object.keys(options.providers ?? {}));
  }
}

/** The providers as in environment variables. */
function providersAsText(providers: Readonly<Record<string, ProviderOptions>>): [string, string][] {
  const own = Object.entries(providers).flatMap(([id, options]) =>
    Object.entries(suffixes).flatMap(([suffix, name]): [string, string][] => {
      const value = options[name];
      return value === undefined ? [] : [[variable(id, suffix), asText(`providers.${id}.${name}`, value)]];
    }),
  );
  const ids = Object.keys(providers);
  return ids.length === 0 ? [] : [["PROVIDERS", ids.join(",")], ...own];
}

/** The value as in an environment variable. */
function asText(name: string, value: unknown): string {
  if (typeof value === "string" || Number.isFinite(value)) return String(value);
  const isList = Array.isArray(value) && value.every((each) => typeof each === "string" && !each.includes(","));
  if (!isList) throw wrong(name, `${name} must be a string, a number or, if it takes several values, an array of strings without commas.`);
  return value.join(",");
}

function wrong(option: string, message: string): LatchkeyError {
  return new LatchkeyError("invalid", message, { option: /^\w+/.exec(option)?.[0] });
}

/**
 * Wraps errors that options can fix in a {@link LatchkeyError}; returns other errors unchanged. `providers` are the names in the option of that
 * name.
 */
export function inOptionWords(error: unknown, providers: readonly string[] = []): unknown {
  if (isAboutOptions(error)) {
    const names = { ...optionNames, ...providerNames(providers) };
    const message = inOptionNames(error.message, names);
    const [option] = [...error.message.matchAll(settingWord)].flatMap(([word]) => names[word] ?? []);
    return new LatchkeyError("invalid", message, {
      cause: error,
      option: /^\w+/.exec(option ?? /^\w+(?=:)/.exec(error.message)?.[0] ?? "")?.[0],
    });
  }
  const option = "databaseUrl";
  if (error instanceof SchemaError) return new LatchkeyError("schema", error.message, { cause: error, option });
  if (error instanceof DatabaseUnavailableError || isRefusal(error)) {
    const reason = error instanceof DatabaseUnavailableError ? inOptionNames(error.reason, optionNames) : error.message;
    return new LatchkeyError("unavailable", `The database can't be opened: ${reason}`, { cause: error, option });
  }
  return error;
}

function isAboutOptions(error: unknown): error is Error {
  return [SettingsError, PlacesFileError, StartRefusedError, TypeError].some((expected) => error instanceof expected);
}

const settingWord = /\b[A-Z][A-Z\d_]+\b/g;

function inOptionNames(text: string, names: Readonly<Record<string, string>>): string {
  return text.replaceAll(settingWord, (word) => names[word] ?? word);
}

/** Such as `providers.github.clientId` by `PROVIDER_GITHUB_CLIENT_ID`. */
function providerNames(ids: readonly string[]): Record<string, string> {
  const own = ids.flatMap((id) => Object.entries(suffixes).map(([suffix, name]) => [variable(id, suffix), `providers.${id}.${name}`]));
  return Object.fromEntries([["PROVIDERS", "providers"], ...own]);
}

/** An error code of PostgreSQL or the system for a failed connection: wrong password, unknown database, no permission, unknown host. */
function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error && "code" in error)) return false;
  return /^(?:08|28|3D|42501|53|57)/.test(String(error.code)) || /^E[A-Z]{4,}$/.test(String(error.code));
}
