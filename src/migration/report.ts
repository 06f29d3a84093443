/** What an import did, or would do: counts, and the ids there of what it had trouble with. */
import type { Format } from "./formats.ts";
import type { Found } from "./shapes.ts";

/** Why an account did not come along, or not whole; and what would surprise its owner: that it is shut, opened, or has another address. */
export type Trouble =
  | "another-person"
  | "person-not-sure"
  | "address-not-valid"
  | "address-twice"
  | "address-taken"
  | "address-kept"
  | "address-changed"
  | "new-address-taken"
  | "new-address-not-valid"
  | "id-missing"
  | "id-twice"
  | "id-taken"
  | "id-not-valid"
  | "deleted"
  | "gone"
  | "gone-kept"
  | "id-lost"
  | "disabled"
  | "disabled-kept"
  | "enabled"
  | "password-cut-off"
  | "password-not-understood"
  | "password-too-dear"
  | "password-plain-text"
  | "password-missing"
  | "password-kept"
  | "name-changed";

/** Troubles by which one person's account could become another's: each is named, however many there are. */
const mixedUp: readonly Trouble[] = ["another-person", "person-not-sure"];

/** Both in the dry run, for somebody is to look first; afterwards only what the import could not settle by itself. */
export function isError(trouble: Trouble, isDry: boolean): boolean {
  return isDry ? mixedUp.includes(trouble) : trouble === "person-not-sure";
}

/** Whether the command could not do all that was asked, or would be refused. */
export function hasErrors({ refused, troubles }: Report, isDry: boolean): boolean {
  return refused !== undefined || mixedUp.some((trouble) => troubles[trouble] && isError(trouble, isDry));
}

export interface Report {
  read: number;
  imported: number;
  /** Came before, and had another password or email by now, or was shut or deleted there. */
  updated: number;
  /** Came before. */
  unchanged: number;
  skipped: number;
  /** How many have no time of sign-up that can be read, by which one person is told from another where an id is given again. */
  timeless: number;
  /** How many hashes of each kind. */
  readonly hashes: Record<string, number>;
  /** Of the hashes that were not understood, how many another format would understand. */
  readonly suggestions: Partial<Record<Format, number>>;
  /** How many accounts each trouble befell, and the first of their ids there. */
  readonly troubles: Partial<Record<Trouble, { count: number; ids: string[] }>>;
  /** Why it would be refused without `--dry-run`; undefined where it would not be. */
  refused?: string | undefined;
}

const idsShown = 20;

export function emptyReport(): Report {
  return { read: 0, imported: 0, updated: 0, unchanged: 0, skipped: 0, timeless: 0, hashes: {}, suggestions: {}, troubles: {} };
}

export function add(report: Report, part: Report): void {
  for (const name of ["imported", "updated", "unchanged", "skipped"] as const) report[name] += part[name];
  for (const [kind, count] of Object.entries(part.hashes)) report.hashes[kind] = (report.hashes[kind] ?? 0) + count;
  for (const [format, count] of Object.entries(part.suggestions) as [Format, number][])
    report.suggestions[format] = (report.suggestions[format] ?? 0) + count;
  for (const [name, { count, ids }] of Object.entries(part.troubles)) noteAll(report, name as Trouble, count, ids);
}

export function note(report: Report, { id }: Pick<Found, "id">, trouble: Trouble): void {
  noteAll(report, trouble, 1, [id]);
}

export function skip(report: Report, found: Pick<Found, "id">, trouble: Trouble): "skipped" {
  note(report, found, trouble);
  return "skipped";
}

export function noteAll({ troubles }: Report, trouble: Trouble, count: number, ids: readonly string[]): void {
  const before = troubles[trouble] ?? { count: 0, ids: [] };
  const all = [...before.ids, ...ids];
  troubles[trouble] = { count: before.count + count, ids: mixedUp.includes(trouble) ? all : all.slice(0, idsShown) };
}
