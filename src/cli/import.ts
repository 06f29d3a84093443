/** The command `latchkey import`: moving in from another application. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { readDatabaseUrl, slashesMissing } from "../config/parsers.ts";
import { type Format, formats } from "../migration/formats.ts";
import { importUsers } from "../migration/move-in.ts";
import type { Plan } from "../migration/plan.ts";
import { hasErrors } from "../migration/report.ts";
import { type Application, applications, fields, findShape, usualFormat } from "../migration/shapes.ts";
import { ImportError, openSource } from "../migration/source.ts";
import { number, reportInWords } from "./import-report.ts";
import { commandLine, withServices } from "./operator.ts";
import { answer, bar, endProgress, showProgress } from "./terminal.ts";

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
        const report = await importUsers(s, source, plan, commandLine, onProgress);
        if (!options.json) endProgress();
        // A program that looks first must not go on, and one that imports must not take it for done.
        if (hasErrors(report, plan.isDry)) process.exitCode = 1;
        answer(options, {
          json: { dryRun: plan.isDry, application: plan.name, table: shape.table, columns: shape.columns, format: plan.format, ...report },
          words: reportInWords(plan, report),
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
