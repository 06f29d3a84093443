/** Collects the results of an import: counts, and source IDs by issue. */
import type { Format } from "./formats.ts";
import type { SourceAccount } from "./shapes.ts";

/** Why an account was skipped or imported incompletely, and changes that its user notices. */
export type Trouble =
  | "another-person"
  | "person-not-sure"
  | "email-not-valid"
  | "email-twice"
  | "email-taken"
  | "email-kept"
  | "email-changed"
  | "new-email-taken"
  | "new-email-not-valid"
  | "id-missing"
  | "id-twice"
  | "id-taken"
  | "id-not-valid"
  | "deleted"
  | "missing"
  | "missing-kept"
  | "id-lost"
  | "disabled"
  | "disabled-kept"
  | "enabled"
  | "password-cut-off"
  | "password-not-understood"
  | "password-too-expensive"
  | "password-plain-text"
  | "password-missing"
  | "password-kept"
  | "name-changed";

/** Issues that could give an account to another person: all IDs are listed. */
const mixedUp: readonly Trouble[] = ["another-person", "person-not-sure"];

/** A dry run counts both as errors, an import only the unresolved one. */
export function isError(trouble: Trouble, isDry: boolean): boolean {
  return isDry ? mixedUp.includes(trouble) : trouble === "person-not-sure";
}

/** Whether the import was incomplete or would be rejected. */
export function hasErrors({ refused, troubles }: Report, isDry: boolean): boolean {
  return refused !== undefined || mixedUp.some((trouble) => troubles[trouble] && isError(trouble, isDry));
}

export interface Report {
  read: number;
  imported: number;
  /** Imported before and changed in the source. */
  updated: number;
  /** Imported before and unchanged. */
  unchanged: number;
  skipped: number;
  /** Accounts without a readable sign-up time. */
  timeless: number;
  /** Hashes by kind. */
  readonly hashes: Record<string, number>;
  /** Unknown hashes by the format that could read them. */
  readonly suggestions: Partial<Record<Format, number>>;
  /** Accounts by issue, with the first source IDs. */
  readonly troubles: Partial<Record<Trouble, { count: number; ids: string[] }>>;
  /** Why the import is rejected, if it is. */
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

export function note(report: Report, { id }: Pick<SourceAccount, "id">, trouble: Trouble): void {
  noteAll(report, trouble, 1, [id]);
}

export function skip(report: Report, found: Pick<SourceAccount, "id">, trouble: Trouble): "skipped" {
  note(report, found, trouble);
  return "skipped";
}

export function noteAll({ troubles }: Report, trouble: Trouble, count: number, ids: readonly string[]): void {
  const before = troubles[trouble] ?? { count: 0, ids: [] };
  const all = [...before.ids, ...ids];
  troubles[trouble] = { count: before.count + count, ids: mixedUp.includes(trouble) ? all : all.slice(0, idsShown) };
}
