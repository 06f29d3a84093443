/** Finds the city and country of an IP address in MaxMind's file. */
import { readFile, stat } from "node:fs/promises";
import ipaddr from "ipaddr.js";
import type { CityResponse, Reader } from "mmdb-lib";
import type { Settings } from "../config/load.ts";
import { nonFileKind } from "../platform/regular-file.ts";
import type { Logger } from "./telemetry.ts";

export interface Places {
  /** Reads the file, if one is set. Throws {@link PlacesFileError}. */
  readonly open: () => Promise<void>;
  /** City and country in this language; undefined for a private or unknown IP, or without a file. */
  readonly find: (ip: string, locale: string) => Place | undefined;
}

interface Place {
  readonly city: string | undefined;
  readonly country: string;
}

/** The file of `GEOIP_FILE` is missing or unusable. The message is one line and names the setting. */
export class PlacesFileError extends Error {
  override name = "PlacesFileError";
}

/** A replaced file is noticed after this time. */
const recheckMs = 60_000;

type Database = Reader<CityResponse>;

/** Requests nothing from other hosts: only the file is read (privacy). */
export function openPlaces({ geoipFile: path }: Pick<Settings, "geoipFile">, log: Logger, now: () => number): Places {
  if (path === "") return { open: async () => undefined, find: () => undefined };
  let opened: { readonly version: string; readonly database: Database } | undefined;
  let checkedAt = 0;
  const open = async () => {
    checkedAt = now();
    const version = await versionOf(path);
    if (version !== opened?.version) opened = { version, database: await readPlacesFile(path) };
  };
  // Not awaited: transactions look places up too. A failure keeps the last file, and the next check tries again.
  const refresh = () => {
    if (Math.abs(now() - checkedAt) < recheckMs) return;
    open().catch((error: unknown) => log.warn({ err: error }, "could not read the new GEOIP_FILE; the last one stays in use"));
  };
  return {
    open,
    find: (ip, locale) => {
      const parsed = publicIp(ip);
      if (!parsed) return undefined;
      refresh();
      return opened && placeOf(opened.database, parsed, locale);
    },
  };
}

async function versionOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    throw unusable(path, error);
  }
}

/** Opens a MaxMind DB file of cities or countries. Throws {@link PlacesFileError}. */
export async function readPlacesFile(path: string): Promise<Database> {
  const database = await parse(path).catch((error: unknown) => Promise.reject(unusable(path, error)));
  const { databaseType } = database.metadata;
  if (/city|country|enterprise/i.test(databaseType)) return database;
  throw new PlacesFileError(`GEOIP_FILE must be a City or Country database: ${path} is ${databaseType}.`);
}

function unusable(path: string, error: unknown): PlacesFileError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === "ENOENT" ? "does not exist" : `can't be read: ${message}`;
  return new PlacesFileError(`GEOIP_FILE must be a MaxMind DB file (.mmdb): ${path} ${reason}.`, { cause: error });
}

/** Stands before the metadata, at the end of the file: a file that is still being copied has none. */
const metadataMarker = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");

async function parse(path: string): Promise<Database> {
  const kind = nonFileKind(path);
  if (kind !== undefined) throw new Error(`it is ${kind}`);
  const bytes = await readFile(path);
  if (!bytes.includes(metadataMarker)) throw new Error("it has another format, or is incomplete");
  const mmdb = await import("mmdb-lib");
  const database: Database = new mmdb.Reader(bytes);
  if (database.metadata.searchTreeSize >= bytes.length) throw new Error("it is incomplete");
  return database;
}

function placeOf(database: Database, ip: ParsedIp, locale: string): Place | undefined {
  const record = recordOf(database, ip);
  const nation = record?.country ?? record?.registered_country;
  if (!nation) return undefined;
  const country = nameIn(nation.names, locale) ?? countryName(nation.iso_code, locale) ?? nation.names.en;
  return { city: record?.city && (nameIn(record.city.names, locale) ?? record.city.names.en), country };
}

type ParsedIp = ReturnType<typeof ipaddr.process>;

/** Undefined for private, reserved and unreadable IPs. */
function publicIp(text: string): ParsedIp | undefined {
  const ip = ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
  return ip?.range() === "unicast" ? ip : undefined;
}

/** A damaged record of the file gives no place instead of an error page. */
function recordOf(database: Database, ip: ParsedIp): CityResponse | undefined {
  if (database.metadata.ipVersion === 4 && ip.kind() === "ipv6") return undefined;
  try {
    return database.get(ip.toString()) ?? undefined;
  } catch {
    return undefined;
  }
}

/** The name by the file: it has `en`, `de` and some others. */
function nameIn(names: object, locale: string): string | undefined {
  const known = names as Readonly<Record<string, string | undefined>>;
  return known[locale] ?? known[locale.split("-")[0] ?? ""];
}

const countryNames = new Map<string, Intl.DisplayNames>();

/** The name by `Intl`, for languages that the file lacks. */
function countryName(code: string, locale: string): string | undefined {
  const names = countryNames.get(locale) ?? new Intl.DisplayNames(locale, { type: "region", fallback: "none" });
  countryNames.set(locale, names);
  return names.of(code);
}
