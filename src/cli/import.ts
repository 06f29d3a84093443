/** The command `latchkey import`: moving in from another application. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { type Format, formats } from "../import/formats.ts";
import { moveIn, type Plan } from "../import/move-in.ts";
import { errors, type Report, type Trouble } from "../import/report.ts";
import { type Application, applications, fields, findShape, type Shape, usualFormat } from "../import/shapes.ts";
import { ImportError, openSource } from "../import/source.ts";
import { readDatabaseUrl, slashesMissing } from "../setting-kinds.ts";
import { commandLine, withServices } from "./operator.ts";
import { answer, bar, endProgress, list, printable, showProgress } from "./terminal.ts";

interface Options {
  readonly from: string;
  readonly format?: Format;
  readonly map: Readonly<Record<string, string>>;
  readonly confirmed: Plan["confirmed"];
  readonly application?: string;
  readonly closed?: "disable" | "keep";
  readonly keepIds?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export function importCommand(): Command {
  return new Command("import")
    .description("bring accounts from another application, with their passwords")
    .addArgument(new Argument("<application>", "what they come from").choices(applications))
    .requiredOption("--from <url>", "its database: sqlite:///path/db.sqlite, or postgres://name@host/database")
    .addOption(new Option("--format <format>", "how its passwords are hashed; its usual way without this").choices(formats))
    .option("--map <field=name,…>", `its table and columns, where they are unusual: table, ${fields.join(", ")}`, readMap, {})
    .addOption(
      new Option("--confirmed <which>", "whose addresses count as proved: all, none, or as its own column says")
        .choices(["all", "none", "source"])
        .default("source"),
    )
    .option("--application <name>", "what the application is called here; ids of one name are ids of one database", readName)
    .addOption(
      new Option("--closed <what>", "accounts that came before and were shut or deleted there since: disable them here, or keep").choices([
        "disable",
        "keep",
      ]),
    )
    .option("--keep-ids", "keep the accounts’ ids, as far as they can be ids here")
    .option("--dry-run", "only say what would become of them")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
It can be run again and again: who came before is known by the id there and by the email, the hash or the time of sign-up, for
databases give an id to the next person. A password that was changed there since is taken over until its owner has logged in or
chosen one here, an email until it was changed here, and who was shut or deleted there is disabled. Two applications need a name
each: --application. Weak hashes are wrapped in Argon2id at once, which takes time. The other database is only
read. A password in a URL can be seen by everybody on the machine; PGPASSWORD or a .pgpass file keeps it to yourself.
A secret that was mixed into passwords stands in IMPORTED_PEPPER. Who is logged in at a Flask application stays so by
FLASK_SECRET_KEY and FLASK_COOKIES_UNTIL, settings of the program. docs/moving-in.md goes through it.

Examples:
  latchkey import flask --from sqlite:///instance/db.sqlite --dry-run
  latchkey import flask --from postgres://reader@db/app --map table=members,password=pw
  latchkey import flask --from sqlite:///app.db --format flask-security
  latchkey import better-auth --from sqlite:///better-auth.sqlite
  latchkey import devise --from postgres://reader@db/rails --keep-ids
  latchkey import laravel --from postgres://reader@db/shop --application shop`,
    )
    .action(run);
}

async function run(application: Application, options: Options): Promise<void> {
  const ambiguous = slashesMissing(options.from);
  if (ambiguous !== undefined) throw new ImportError(`--from has two meanings: ${ambiguous}.`);
  const url = options.from.startsWith("sqlite:") ? readDatabaseUrl(options.from) : options.from;
  if (url === undefined) throw new ImportError("--from must be sqlite:/// and the path of a file, and nothing behind it.");
  const source = await openSource(url);
  try {
    const shape = await findShape(source, application, options.map);
    const plan: Plan = {
      name: options.application ?? application,
      shape,
      format: options.format ?? usualFormat[application],
      confirmed: options.confirmed,
      closed: options.closed,
      keepsIds: options.keepIds === true,
      isDry: options.dryRun === true,
    };
    const total = await source.count(shape.table);
    await withServices(
      async (s) => {
        if (plan.format === "flask-security" && s.settings.importedPepper === undefined && process.stderr.isTTY && !options.json)
          process.stderr.write("IMPORTED_PEPPER is not set: taken for an application with SECURITY_PASSWORD_SINGLE_HASH.\n");
        const onProgress = (read: number) => {
          if (!options.json) showProgress(`${bar(read, total)} ${number(read)} of ${number(total)}`);
        };
        const report = await moveIn(s, source, plan, commandLine, onProgress);
        if (!options.json) endProgress();
        // Somebody's account would become another's, or most would be shut: a program that looks first must not go on.
        if (plan.isDry && (report.refused !== undefined || errors.some((trouble) => report.troubles[trouble]))) process.exitCode = 1;
        answer(options, {
          json: { dryRun: plan.isDry, application: plan.name, table: shape.table, columns: shape.columns, format: plan.format, ...report },
          words: inWords(plan, report),
        });
      },
      { mayMake: true },
    );
  } finally {
    await source.close();
  }
}

function readName(text: string): string {
  if (!/^[a-z0-9][a-z0-9_-]{0,39}$/.test(text))
    throw new InvalidArgumentError(
      "A name is 1 to 40 lower-case letters, digits, hyphens and underscores, and begins with a letter or digit.",
    );
  return text;
}

function readMap(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [field = "", name = "", ...rest] = pair.split("=").map((part) => part.trim());
      const isKnown = field === "table" || (fields as readonly string[]).includes(field);
      if (!isKnown || name === "" || rest.length > 0)
        throw new InvalidArgumentError(`Write it as field=name; the fields are table, ${fields.join(", ")}.`);
      return [field, name];
    }),
  );
}

const troubleWords: Readonly<Record<Trouble, string>> = {
  "another-person": "have an id that was somebody else’s: they get an account of their own, and who had the id keeps theirs",
  "person-not-sure": "have the id and the address of somebody who came before, and may be somebody else: nothing was changed",
  "address-not-valid": "left out: no e-mail address",
  "address-twice": "left out: another account there has the same address",
  "address-taken": "left out: somebody here has the address",
  "address-kept": "have another address there, which was not taken over: it is not proved, or the account is in use here",
  "id-missing": "left out: no id",
  "id-twice": "left out: another account there has the same id",
  deleted: "left out: deleted there",
  gone: "came before, are not there any more, and are disabled here",
  "gone-kept": "came before, are not there any more, and stay open here; --closed disable shuts them",
  "id-taken": "left out: somebody here has the id",
  "id-not-valid": "left out: the id cannot be one here",
  "password-cut-off": "need a new password: the hash was cut off by its column",
  "password-not-understood": "need a new password: the hash was not understood",
  "password-too-dear": "need a new password: the hash takes too long to check",
  "password-plain-text": "need a new password: it was not hashed at all",
  "password-missing": "need a new password: they have none",
  "name-changed": "have another user name here, and are called by their old one",
};

function inWords({ isDry, shape, format }: Plan, report: Report): string {
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
    return `${errors.includes(trouble) ? "Error: " : ""}${number(count)} ${troubleWords[trouble]}${shown}`;
  });
  const suggested = Object.entries(suggestions).map(([name, count]) => `${number(count)} would be understood with --format ${name}`);
  return [
    `From the table ${shape.table} (${columnsInWords(shape)}), hashed as ${format} does:`,
    list(counts),
    ...(kinds.length > 0 ? ["", "Hashes:", list(kinds)] : []),
    ...(noted.length + suggested.length > 0 ? ["", ...noted, ...suggested] : []),
    ...(refused === undefined ? [] : ["", `Error: ${refused}`]),
    ...(isDry ? ["", "No account was written. Without --dry-run they will be."] : []),
  ]
    .flatMap((part) => part.split("\n"))
    .map(printable)
    .join("\n");
}

function columnsInWords({ columns }: Shape): string {
  return Object.entries(columns)
    .map(([field, column]) => (field === column ? field : `${field}: ${column}`))
    .join(", ");
}

function number(count: number): string {
  return count.toLocaleString("en");
}
