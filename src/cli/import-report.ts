/** Formats the report of `latchkey import`. */
import type { Plan } from "../migration/plan.ts";
import { isError, type Report, type Trouble } from "../migration/report.ts";
import type { Shape } from "../migration/shapes.ts";
import { list, printable } from "./terminal.ts";

export function reportInWords({ isDry, shape, format }: Plan, report: Report): string {
  const { read, imported, updated, unchanged, skipped, hashes, suggestions, troubles, refused } = report;
  const counts: [string, string][] = [
    ["read", number(read)],
    [isDry ? "would be imported" : "imported", number(imported)],
    [isDry ? "would be updated" : "updated", number(updated)],
    ["unchanged", number(unchanged)],
    ["skipped", number(skipped)],
  ];
  const kinds = Object.entries(hashes).map(([kind, count]): [string, string] => [kind, number(count)]);
  const noted = Object.entries(troubles).map(([name, { count, ids }]) => {
    const trouble = name as Trouble;
    const shown = ids.length === 0 ? "" : ` (${ids.join(", ")}${count > ids.length ? ", …" : ""})`;
    const text = troubleWords[trouble];
    const said = typeof text === "string" ? text : text[isDry ? 0 : 1];
    return `${isError(trouble, isDry) ? "Error: " : ""}${number(count)} ${said}${shown}`;
  });
  const suggested = Object.entries(suggestions).map(([name, count]) => `${number(count)} hashes match --format ${name}`);
  return [
    `Table ${shape.table} (${columnsInWords(shape)}), password format ${format}:`,
    list(counts),
    ...(kinds.length > 0 ? ["", "Hashes:", list(kinds)] : []),
    ...(noted.length + suggested.length > 0 ? ["", ...noted, ...suggested] : []),
    ...(report.timeless > 0 ? ["", timelessInWords(shape, report)] : []),
    ...(refused === undefined ? [] : ["", `Error: ${refused}`]),
    ...(isDry ? ["", "Dry run: nothing was written. Run again without --dry-run to import."] : []),
  ]
    .flatMap((part) => part.split("\n"))
    .map(printable)
    .join("\n");
}

/** Account takeover by a reused ID: without the sign-up time, only hash and email tell two users apart, so it is always reported. */
function timelessInWords({ columns: { created } }: Shape, { timeless, read }: Report): string {
  const means =
    "Without it, a reused ID is detected by password hash and email only: a new user with the ID and email of a previous one would be taken for them.";
  if (created === undefined) return `No column with the sign-up time found. ${means} Name it with --map created=COLUMN.`;
  if (timeless < read)
    return `${number(timeless)} ${timeless === 1 ? "account has" : "accounts have"} no readable sign-up time in ${created}. ${means}`;
  return `No readable sign-up time in ${created}. ${means} Name the column with --map created=COLUMN.`;
}

function columnsInWords({ columns }: Shape): string {
  return Object.entries(columns)
    .map(([field, column]) => (field === column ? field : `${field}: ${column}`))
    .join(", ");
}

export function number(count: number): string {
  return count.toLocaleString("en");
}

/** Text of each kind of issue; a pair is for the dry run and the import. */
const troubleWords: Readonly<Record<Trouble, string | readonly [dry: string, done: string]>> = {
  "another-person": [
    "with an ID that belonged to another user: would get a new account unless skipped; the previous user keeps theirs",
    "with an ID that belonged to another user: got a new account unless skipped; the previous user keeps theirs",
  ],
  "person-not-sure": [
    "with the ID and email of an imported user, possibly another person: would not be changed",
    "with the ID and email of an imported user, possibly another person: not changed",
  ],
  "email-not-valid": "skipped: no valid email",
  "email-twice": "skipped: another account in the source has the same email",
  "email-taken": "skipped: an account with this email already exists",
  "email-kept":
    "with another email in the source: not changed, because the account is already used here, and the email is unverified or the account has two-factor authentication",
  "email-changed": [
    "with another email in the source: would be changed here; password reset emails would go there",
    "with another email in the source: changed here; password reset emails go there",
  ],
  "new-email-taken": "with another email in the source: not changed, because another account here has it",
  "new-email-not-valid": "without a valid email in the source by now: not changed",
  "id-missing": "skipped: no ID",
  "id-twice": "skipped: another account in the source has the same ID",
  deleted: "skipped: deleted in the source",
  missing: ["no longer in the source: would be disabled", "no longer in the source: disabled"],
  "missing-kept": "no longer in the source: still enabled; --closed disable disables them",
  "id-lost": ["with an ID that now belongs to another user: would be disabled", "with an ID that now belongs to another user: disabled"],
  disabled: ["disabled in the source: would be disabled here", "disabled in the source: disabled here"],
  "disabled-kept": "disabled in the source: still enabled; --closed disable disables them",
  enabled: ["enabled in the source again: would be enabled here", "enabled in the source again: enabled here"],
  "id-taken": "skipped: an account with this ID already exists",
  "id-not-valid": "skipped: the ID has an invalid format",
  "password-cut-off": "must reset the password: the hash was truncated by its column",
  "password-not-understood": "must reset the password: unknown hash format",
  "password-too-expensive": "must reset the password: the hash is too expensive to verify",
  "password-plain-text": "must reset the password: it was stored in plain text",
  "password-missing": "must reset the password: there is none",
  "password-kept": "with the password imported before: the hash is unchanged, but does not match this --format",
  "name-changed": "with another username here: the old one is the display name",
};
