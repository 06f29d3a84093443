/** The report of `latchkey import` in words. */
import type { Plan } from "../migration/plan.ts";
import { isError, type Report, type Trouble } from "../migration/report.ts";
import type { Shape } from "../migration/shapes.ts";
import { list, printable } from "./terminal.ts";

export function reportInWords({ isDry, shape, format }: Plan, report: Report): string {
  const { read, imported, updated, unchanged, skipped, hashes, suggestions, troubles, refused } = report;
  const counts: [string, string][] = [
    ["read", number(read)],
    [isDry ? "would come" : "imported", number(imported)],
    [isDry ? "would change" : "updated", number(updated)],
    ["came before", number(unchanged)],
    ["left out", number(skipped)],
  ];
  const kinds = Object.entries(hashes).map(([kind, count]): [string, string] => [kind, number(count)]);
  const noted = Object.entries(troubles).map(([name, { count, ids }]) => {
    const trouble = name as Trouble;
    const shown = ids.length === 0 ? "" : ` (${ids.join(", ")}${count > ids.length ? ", …" : ""})`;
    const words = troubleWords[trouble];
    const said = typeof words === "string" ? words : words[isDry ? 0 : 1];
    return `${isError(trouble, isDry) ? "Error: " : ""}${number(count)} ${said}${shown}`;
  });
  const suggested = Object.entries(suggestions).map(([name, count]) => `${number(count)} would be understood with --format ${name}`);
  return [
    `From the table ${shape.table} (${columnsInWords(shape)}), hashed as ${format} does:`,
    list(counts),
    ...(kinds.length > 0 ? ["", "Hashes:", list(kinds)] : []),
    ...(noted.length + suggested.length > 0 ? ["", ...noted, ...suggested] : []),
    ...(report.timeless > 0 ? ["", timelessInWords(shape, report)] : []),
    ...(refused === undefined ? [] : ["", `Error: ${refused}`]),
    ...(isDry ? ["", "No account was written. Without --dry-run they will be."] : []),
  ]
    .flatMap((part) => part.split("\n"))
    .map(printable)
    .join("\n");
}

/** Takeover by a reused id: without that time, an email that was only typed can pass for its owner. It must not go unnoticed. */
function timelessInWords({ columns: { created } }: Shape, { timeless, read }: Report): string {
  const means =
    "Without it, where an id was given to somebody else, only the hash and the e-mail address tell one person from another, and somebody who has the address of whoever had the id before is taken for them.";
  if (created === undefined) return `No column with the time of sign-up was found. ${means} --map created=COLUMN says which one it is.`;
  if (timeless < read) return `${number(timeless)} have no time of sign-up in ${created} that can be read. ${means}`;
  return `No time of sign-up in ${created} can be read. ${means} --map created=COLUMN says which column it is.`;
}

function columnsInWords({ columns }: Shape): string {
  return Object.entries(columns)
    .map(([field, column]) => (field === column ? field : `${field}: ${column}`))
    .join(", ");
}

export function number(count: number): string {
  return count.toLocaleString("en");
}

/** What is said of each trouble; where the dry run says it otherwise, that comes first. */
const troubleWords: Readonly<Record<Trouble, string | readonly [dry: string, done: string]>> = {
  "another-person": [
    "have an id that was somebody else’s: they would get an account of their own unless left out, and who had the id would keep theirs",
    "have an id that was somebody else’s: they have an account of their own now unless left out, and who had the id keeps theirs",
  ],
  "person-not-sure": [
    "have the id and the address of somebody who came before, and may be somebody else: nothing would be changed",
    "have the id and the address of somebody who came before, and may be somebody else: nothing was changed",
  ],
  "address-not-valid": "left out: no e-mail address",
  "address-twice": "left out: another account there has the same address",
  "address-taken": "left out: somebody here has the address",
  "address-kept": "have another address there, which was not taken over: it is not proved, or the account is in use here",
  "address-changed": [
    "have another address there, which would be taken over: it would get the emails by which a password is chosen",
    "have another address there, which was taken over: it gets the emails by which a password is chosen",
  ],
  "new-address-taken": "keep their address here, for somebody else here has the one that they have there now",
  "new-address-not-valid": "keep their address here, for they have none there any more",
  "id-missing": "left out: no id",
  "id-twice": "left out: another account there has the same id",
  deleted: "left out: deleted there",
  gone: [
    "came before, are not there any more, and would be disabled here",
    "came before, are not there any more, and are disabled here now",
  ],
  "gone-kept": "came before, are not there any more, and stay open here; --closed disable shuts them",
  "id-lost": [
    "had an id there that is somebody else’s now, and would be disabled here",
    "had an id there that is somebody else’s now, and are disabled here now",
  ],
  disabled: ["are shut there, and would be disabled here", "are shut there, and are disabled here now"],
  "disabled-kept": "are shut there, and stay open here; --closed disable shuts them",
  enabled: ["are open there again, and would be enabled here", "are open there again, and are enabled here now"],
  "id-taken": "left out: somebody here has the id",
  "id-not-valid": "left out: the id cannot be one here",
  "password-cut-off": "need a new password: the hash was cut off by its column",
  "password-not-understood": "need a new password: the hash was not understood",
  "password-too-dear": "need a new password: the hash takes too long to check",
  "password-plain-text": "need a new password: it was not hashed at all",
  "password-missing": "need a new password: they have none",
  "password-kept": "keep the password that came before: their hash is the same, and this --format does not understand it",
  "name-changed": "have another user name here, and are called by their old one",
};
