/** Implements `latchkey probe`: runs security checks against a deployment. */
import { writeFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { systemClock } from "../core/clock.ts";
import type { Report } from "../probe/probe.ts";
import { CommandError, newCommand } from "./command.ts";
import { confirm } from "./confirm.ts";
import { readPassword } from "./password.ts";
import { endProgress, print, printable, showProgress } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly yes?: true;
  readonly email?: string;
  readonly format: "text" | "json" | "html";
  readonly out?: string;
  readonly maxRequests: number;
  readonly timeout: number;
}

export function probeCommand(): Command {
  return newCommand("probe", "run security checks against your own deployment", [
    "probe https://accounts.example.com",
    "probe https://accounts.example.com --yes --format html --out report.html",
    "probe https://accounts.example.com --yes --email ada@example.com < password.txt",
  ])
    .argument("<url>", "base URL, with the mount path if there is one", readUrl)
    .option("--yes", "skip the confirmation that the deployment is yours")
    .option(
      "--email <email>",
      "use this account instead of creating one; its username with LOGIN_WITH=username (reads the password from stdin or a hidden prompt)",
    )
    .addOption(new Option("--format <format>", "report format").choices(["text", "json", "html"]).default("text"))
    .option("--out <file>", "write the report to a file")
    .option("--max-requests <count>", "maximum number of requests", readLimit, 1_000)
    .option("--timeout <seconds>", "maximum duration", readLimit, 300)
    .addHelpText(
      "after",
      "\nCreates an account and deletes it afterwards. Exits 1 if a check failed or the run was incomplete.\nOne check uses up the login rate limit of your IP address for some minutes.",
    )
    .action((base: URL, options: Options) => run(base, options).finally(endProgress));
}

async function run(base: URL, options: Options): Promise<void> {
  if (!options.yes) await confirmOwnership(base.host);
  const account = options.email === undefined ? undefined : { email: options.email, password: await readPassword() };
  // Loaded lazily: other commands start faster without it.
  const { probe } = await import("../probe/probe.ts");
  const ending = new AbortController();
  const stop = () => ending.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  const report = await probe({
    base,
    account,
    maxRequests: options.maxRequests,
    maxSeconds: options.timeout,
    now: systemClock,
    onProgress: showProgress,
    signal: ending.signal,
  }).catch((error: Error) => {
    throw new CommandError(`cannot probe ${base.href}: ${error.message || (error as NodeJS.ErrnoException).code}`);
  });
  endProgress();
  await writeReport(report, options);
  if (!report.isComplete || report.results.some(({ outcome }) => outcome === "fail")) process.exitCode = 1;
}

async function writeReport(report: Report, { json: isJson, format, out }: Options): Promise<void> {
  const { reportAsJson, reportAsPage, reportAsText } = await import("../probe/report.ts");
  const asked = isJson ? "json" : format;
  const json = reportAsJson(report);
  const asText = reportAsText(report).split("\n").map(printable).join("\n");
  const text = asked === "json" ? JSON.stringify(json) : asked === "html" ? reportAsPage(report) : asText;
  if (out === undefined) return print({ json: asked === "json" || undefined }, { json, text });
  try {
    writeFileSync(out, `${text}\n`);
  } catch (error) {
    throw new CommandError(`cannot write ${out}: ${(error as Error).message}`);
  }
  print({ json: isJson }, { json: { report: out }, text: `Report written to ${out}.` });
}

/** Asks for the host name: probing a deployment without permission is an attack. */
function confirmOwnership(host: string): Promise<void> {
  return confirm({
    text: `This sends attacks to ${host}. If it is yours, type the host name`,
    word: host,
    reason: "probing sends attacks; confirm that the deployment is yours",
    refused: "nothing was sent",
  });
}

function readUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new InvalidArgumentError("Must be a URL such as https://accounts.example.com.");
  return url;
}

function readLimit(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit < 1) throw new InvalidArgumentError("Must be a whole number from 1 to 99999.");
  return limit;
}
