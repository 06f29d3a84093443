/** Parses the formats of settings: numbers, durations, rates, URLs, hosts. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { postgresUrlProblem, readPostgresUrl } from "../platform/postgres-url.ts";
import { nonFileKind } from "../platform/regular-file.ts";

/** A count per duration, such as ten per minute. */
export interface Budget {
  readonly count: number;
  readonly perMs: number;
}

/** CIDR ranges of trusted proxies. */
export type ProxyRanges = readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];

export function wholeNumber(least: number, most: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most))
    .meta({ option: "number" }) as unknown as z.ZodType<number, string>;
}

export function duration(maxMs = 3650 * 24 * 3_600_000): z.ZodType<number, string> {
  return z
    .string()
    .transform(asMs)
    .refine((ms) => ms > 0 && ms <= maxMs)
    .meta({ option: "Duration" });
}

/** Like {@link duration}, but `0` is allowed. */
export function durationOrNone(maxMs = Number.POSITIVE_INFINITY): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^(?:0|\d{1,6}[smhd])$/)
    .transform(asMs)
    .refine((ms) => ms <= maxMs)
    .meta({ option: "Duration | 0" });
}

/** Splits at commas and removes duplicates; an empty text is an empty list. */
export function list(isOne: (word: string) => boolean): z.ZodType<readonly string[], string> {
  return z
    .string()
    .transform((text) => [...new Set(text.split(",").map((word) => word.trim()))].filter((word) => word !== ""))
    .refine((words) => words.every(isOne))
    .meta({ option: "string | readonly string[]" });
}

/** Whether a text is a host as browsers normalise it, without the default port. */
export function isHost(text: string): boolean {
  return /^[a-z0-9.:[\]-]+$/.test(text) && ["http", "https"].every((scheme) => URL.parse(`${scheme}://${text}`)?.host === text);
}

/** Whether a text is a language tag as `Intl` writes it, such as `de` or `pt-BR`. */
export function isLanguageTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text)[0] === text;
  } catch {
    return false;
  }
}

/** Whether a text is a path on this host or an absolute http(s) URL. */
export function isTarget(text: string): boolean {
  if (/[\\\s\p{Cc}]/u.test(text) || text.startsWith("//")) return false;
  return text.startsWith("/") || (/^https?:\/\//.test(text) && URL.canParse(text));
}

/** Whether a text is a lowercase domain with at least two labels: browsers reject cookies for a single label. */
export function isDomain(text: string): boolean {
  return isHost(text) && /^(?=.*[a-z])[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(text);
}

/** Normalises a database URL, with the file path directly after `sqlite:`; undefined if invalid. */
export function readDatabaseUrl(text: string): string | undefined {
  if (isMemoryUrl(text)) return text;
  if (text.startsWith("sqlite:")) {
    const path = sqlitePathIn(text);
    return path === undefined ? undefined : `sqlite:${path}`;
  }
  return readPostgresUrl(text) && text;
}

export function asDatabaseUrl(text: string, context: z.RefinementCtx): string {
  const url = readDatabaseUrl(text);
  if (url === undefined) context.addIssue({ code: "custom", input: text, params: { problem: postgresUrlProblem(text) } });
  return url ?? "";
}

/**
 * Reads `sqlite:path`, or SQLAlchemy's form: `sqlite:///here.sqlite` is relative, `sqlite:////root.sqlite` is absolute.
 * SQLite URIs (`file:…?mode=…`) are rejected: they would become literal file names.
 */
function sqlitePathIn(text: string): string | undefined {
  const rest = text.slice("sqlite:".length);
  const path = rest.replace(/^\/\/\//, "");
  if (path === rest && rest.startsWith("//")) return undefined;
  return path === "" || /^:|^file:|[?\p{Cc}]/iu.test(path) ? undefined : path;
}

/** Returns both spellings if three slashes probably should be four: only the absolute path, or its directory, exists. */
export function slashesMissing(text: string): string | undefined {
  const [, path] = /^sqlite:\/\/\/([^/].*)$/.exec(text) ?? [];
  if (path === undefined || existsSync(path)) return undefined;
  const isAtRoot = existsSync(`/${path}`) || (!existsSync(dirname(path)) && existsSync(dirname(`/${path}`)));
  return isAtRoot ? `write sqlite:/${path} for /${path}, or sqlite:${path} for ${path} in this directory` : undefined;
}

/** Describes what is at the path of a SQLite database instead of a file; undefined for a file or a free path. */
export function insteadOfDatabase(url: string): string | undefined {
  if (!url.startsWith("sqlite:") || isMemoryUrl(url)) return undefined;
  const path = url.slice("sqlite:".length);
  const instead = path.endsWith("/") ? "a directory" : seenInsteadOf(path);
  if (instead === undefined) return undefined;
  const advice = instead === "a directory" ? `name a file in it, such as sqlite:${join(path, "latchkey.sqlite")}` : "name a file";
  return `${path} is ${instead}: ${advice}`;
}

/** Ignores permission errors: opening the file reports them. */
function seenInsteadOf(path: string): string | undefined {
  try {
    return nonFileKind(path);
  } catch {
    return undefined;
  }
}

/** Whether a database URL is the in-memory database of tests. */
export function isMemoryUrl(text: string): boolean {
  return text === "sqlite::memory:";
}

/** Whether a text is a valid EHLO name: a full host name, or an IP address in brackets (RFC 5321, 4.1.3 and 4.1.4). */
export function isMailName(text: string): boolean {
  return /^(?=.{1,255}$)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/i.test(text) || /^\[(?:IPv6:)?[0-9a-f.:]+\]$/i.test(text);
}

export function isSmtpUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === "" || !/^\/?$/.test(url.pathname)) return false;
  try {
    // Reported at the start, not with the first email: a percent sign in a password must be written as %25.
    return decodeURIComponent(url.username + url.password) !== undefined;
  } catch {
    return false;
  }
}

export function budget(): z.ZodType<Budget, string> {
  return z
    .string()
    .regex(/^[1-9]\d{0,8}\/\w+$/)
    .transform((text) => ({ count: Number(text.split("/")[0]), perMs: asMs(text.split("/")[1] ?? "") }))
    .refine(({ perMs }) => perMs > 0)
    .meta({ option: "Limit" });
}

/** `90s`, `15m`, `12h` or `7d` in milliseconds; 0 for anything else. */
function asMs(text: string): number {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] ?? "s"] ?? 0;
  return match ? Number(match[1]) * unitMs : 0;
}

export function asOrigin(text: string, context: z.RefinementCtx): string {
  const url = URL.parse(text);
  const isPlain =
    url && /^https?:$/.test(url.protocol) && url.pathname === "/" && !url.search && !url.hash && !url.username && !url.password;
  if (!isPlain) context.addIssue("not an origin");
  return url?.origin ?? "";
}

/** The sender of emails. */
export interface Sender {
  readonly name: string;
  readonly email: string;
}

/** Parses an email address, or a name (optionally quoted) and an email address in angle brackets. */
export function asSender(text: string, context: z.RefinementCtx): Sender {
  const [, name = "", inBrackets, bare] = /^(?:([^<>\p{Cc}]*)<([^<>]+)>|([^<>]+))$/u.exec(text.trim()) ?? [];
  const email = inBrackets ?? bare ?? "";
  if (!/^[^\s\p{C}"(),:;<>@\\]{1,64}@[^\s\p{C}"(),;<>@\\]{1,255}$/u.test(email)) context.addIssue("not an email");
  return { name: name.trim().replace(/^"(.*)"$/, "$1"), email };
}

export function asRanges(text: string, context: z.RefinementCtx): ProxyRanges {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .flatMap((part) => {
      try {
        const ip = ipaddr.parse(part.split("/")[0] ?? "");
        const bits = ip.kind() === "ipv4" ? 32 : 128;
        return [part.includes("/") ? ipaddr.parseCIDR(part) : ([ip, bits] as [typeof ip, number])];
      } catch {
        context.addIssue("not an IP address");
        return [];
      }
    });
}
