/** Implements `latchkey import`: migrates accounts from another app. */
import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { readDatabaseUrl, slashesMissing } from "../config/parsers.ts";
import { type Format, formats } from "../migration/formats.ts";
import { importUsers } from "../migration/import-users.ts";
import type { Plan } from "../migration/plan.ts";
import { hasErrors } from "../migration/report.ts";
import { type Application, applications, fields, findShape, usualFormat } from "../migration/shapes.ts";
import { ImportError, openSource } from "../migration/source.ts";
import { commandLine, newCommand, withServices } from "./command.ts";
import { runFactorsImport } from "./import-factors.ts";
import { number, reportInWords } from "./import-report.ts";
import { bar, endProgress, print, showProgress } from "./terminal.ts";

interface Options {
  readonly from: string;
  readonly format?: Format;
  readonly map: Readonly<Record<string, string>>;
  readonly verified: Plan["verified"];
  readonly application?: string;
  readonly closed?: "disable" | "keep";
  readonly keepIds?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export function importCommand(): Command {
  return newCommand("import", "import accounts, passwords and second factors from another app", [
    "import flask --from sqlite:///instance/db.sqlite --dry-run",
    "import flask --from postgres://reader@db/app --map table=members,password=pw",
    "import flask --from sqlite:///app.db --format flask-security",
    "import better-auth --from sqlite:///better-auth.sqlite",
    "import devise --from postgres://reader@db/rails --keep-ids",
    "import laravel --from postgres://reader@db/shop --application shop",
    "import json --application flask --from factors.json --dry-run",
  ])
    .addArgument(new Argument("<application>", "kind of app, or json for second factors and passkeys").choices([...applications, "json"]))
    .requiredOption("--from <url>", "database of the app: sqlite:///path/db.sqlite, or postgres://name@host/database; for json, a file")
    .addOption(new Option("--format <format>", "password hash format (default: the usual one of the app)").choices(formats))
    .option("--map <field=name,…>", `names of the table and columns, if unusual: table, ${fields.join(", ")}`, readMap, {})
    .addOption(
      new Option("--verified <which>", "which emails count as verified: all, none, or those verified in the source")
        .choices(["all", "none", "source"])
        .default("source"),
    )
    .option("--application <name>", "name of the app, if you import several (default: its kind); required for json", readName)
    .addOption(
      new Option("--closed <what>", "what to do with imported accounts that were later disabled or deleted in the source").choices([
        "disable",
        "keep",
      ]),
    )
    .option("--keep-ids", "keep the account IDs if they are valid")
    .option("--dry-run", "report without writing anything")
    .addHelpText(
      "after",
      `
The import can be repeated until you switch over. Users are recognized by ID and by email, hash or sign-up time, because
databases can reuse IDs. Later password changes in the source are imported until the user logs in or sets a password here, later
email changes until the email is changed here; accounts disabled or deleted in the source are disabled. Weak hashes are wrapped
in Argon2id, which takes time. The source database is only read.

json imports authenticator apps, recovery codes and passkeys for accounts that were imported before and that nobody has used yet.

Set IMPORTED_PEPPER if the app used a pepper, and FLASK_SECRET_KEY with FLASK_COOKIES_UNTIL to keep Flask users logged in.
Other users of this machine can see passwords in a URL; use PGPASSWORD or a .pgpass file instead. See docs/migrating.md.`,
    )
    .action(run);
}

/** Options that have no effect on factors. */
const accountOptions = ["format", "closed", "keepIds"] as const;

async function run(application: Application | "json", options: Options): Promise<void> {
  if (application === "json") {
    const isForAccounts = accountOptions.some((name) => options[name] !== undefined) || Object.keys(options.map).length > 0;
    if (isForAccounts) throw new ImportError("json takes --from, --application, --dry-run and --json only");
    return runFactorsImport(options);
  }
  const ambiguous = slashesMissing(options.from);
  if (ambiguous !== undefined) throw new ImportError(`--from is ambiguous: ${ambiguous}`);
  const url = options.from.startsWith("sqlite:") ? readDatabaseUrl(options.from) : options.from;
  if (url === undefined) throw new ImportError("--from must be a SQLite path such as sqlite:///app.db, without parameters");
  const source = await openSource(url);
  try {
    const shape = await findShape(source, application, options.map);
    const plan: Plan = {
      name: options.application ?? application,
      shape,
      format: options.format ?? usualFormat[application],
      verified: options.verified,
      closed: options.closed,
      keepsIds: options.keepIds === true,
      isDry: options.dryRun === true,
    };
    const total = await source.count(shape.table);
    await withServices(
      async (s) => {
        if (plan.format === "flask-security" && s.settings.importedPepper === undefined && process.stderr.isTTY && !options.json)
          process.stderr.write("IMPORTED_PEPPER is not set: assuming SECURITY_PASSWORD_SINGLE_HASH.\n");
        const onProgress = (read: number) => {
          if (!options.json) showProgress(`${bar(read, total)} ${number(read)} of ${number(total)}`);
        };
        const report = await importUsers(s, source, plan, commandLine, onProgress);
        if (!options.json) endProgress();
        // Scripts must not continue after a dry run with errors, nor treat a partial import as complete.
        if (hasErrors(report, plan.isDry)) process.exitCode = 1;
        print(options, {
          json: { dryRun: plan.isDry, application: plan.name, table: shape.table, columns: shape.columns, format: plan.format, ...report },
          text: reportInWords(plan, report),
        });
      },
      { createsDatabase: true },
    );
  } finally {
    await source.close();
  }
}

function readName(text: string): string {
  if (!/^[a-z0-9][a-z0-9_-]{0,39}$/.test(text))
    throw new InvalidArgumentError("Use 1–40 lowercase letters, numbers, hyphens and underscores, beginning with a letter or number.");
  return text;
}

function readMap(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [field = "", name = "", ...rest] = pair.split("=").map((part) => part.trim());
      const isKnown = field === "table" || (fields as readonly string[]).includes(field);
      if (!isKnown || name === "" || rest.length > 0)
        throw new InvalidArgumentError(`Must be field=name,…; the fields are table, ${fields.join(", ")}.`);
      return [field, name];
    }),
  );
}
