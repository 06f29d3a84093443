/** Names the variables of a provider, and reads one of them. */
import { readFileSync } from "node:fs";
import { isLocalName } from "../../platform/local-name.ts";
import { quoted, SettingsError } from "../settings-error.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What follows `PROVIDER_WORK_`, with the library's name for it. */
export const suffixes = {
  PRESET: "preset",
  ISSUER: "issuer",
  CLIENT_ID: "clientId",
  SECRET: "secret",
  TENANT: "tenant",
  KEY_FILE: "keyFile",
  KEY_ID: "keyId",
  TEAM_ID: "teamId",
  NAME: "name",
  SCOPES: "scopes",
  DOMAINS: "domains",
  SIGNUP: "signup",
  LINK: "link",
  ROLES: "roles",
  TRUST_AMR: "trustAmr",
  KEEP_TOKENS: "keepTokens",
} as const;

export type Suffix = keyof typeof suffixes;

export function variable(id: string, suffix: string): string {
  return `PROVIDER_${id.toUpperCase().replaceAll("-", "_")}_${suffix}`;
}

/** Reads the variables of one provider. */
export interface Variables {
  /** The name of a variable, for messages. */
  readonly nameOf: (suffix: Suffix) => string;
  /** Undefined if it is unset or empty. */
  readonly get: (suffix: Suffix) => string | undefined;
  /** Throws {@link SettingsError} if it is unset; `what` completes "must be set: …". */
  readonly require: (suffix: Suffix, what: string) => string;
  /** Throws {@link SettingsError} if it is neither unset nor one of these; the first is the default. */
  readonly choice: <T extends string>(suffix: Suffix, choices: readonly [T, ...T[]]) => T;
  readonly list: (suffix: Suffix) => readonly string[] | undefined;
  readonly refuse: (suffix: Suffix, format: string) => SettingsError;
}

export function variablesOf(env: Environment, id: string): Variables {
  const nameOf = (suffix: Suffix) => variable(id, suffix);
  const get = (suffix: Suffix) => env[nameOf(suffix)]?.trim() || undefined;
  const refuse = (suffix: Suffix, format: string) => {
    const value = suffix === "SECRET" ? "" : `; it is ${quoted(get(suffix) ?? "")}`;
    return new SettingsError(`${nameOf(suffix)} must be ${format}${value}.`);
  };
  return {
    nameOf,
    get,
    refuse,
    require: (suffix, what) => {
      const value = get(suffix);
      if (value === undefined) throw new SettingsError(`${nameOf(suffix)} must be set: ${what}.`);
      return value;
    },
    choice: (suffix, choices) => {
      const value = get(suffix) ?? choices[0];
      const chosen = choices.find((each) => each === value);
      if (chosen === undefined) throw refuse(suffix, choices.toSorted().toReversed().join(" or "));
      return chosen;
    },
    list: (suffix) =>
      get(suffix)
        ?.split(/[\s,]+/)
        .filter((word, at, all) => word !== "" && all.indexOf(word) === at),
  };
}

/** An https URL as issuers are written: without a query. On this machine, http is enough. */
export function isIssuer(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.search || url.hash || url.username || url.password || /[?#\s]/.test(text)) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLocalName(url.hostname));
}

/** Throws {@link SettingsError} if the file cannot be read. */
export function readKeyFile(name: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new SettingsError(`${name} is invalid: ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}
