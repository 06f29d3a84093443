/** The command `latchkey verify`: attacks a deployment of one's own from outside, and reports. */
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { presentTime } from "../core/services.ts";
import type { Report } from "../probe/probe.ts";
import { CommandError, operatorCommand } from "./operator.ts";
import { readPassword } from "./password.ts";
import { answer, endProgress, printable, showProgress } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly yes?: true;
  readonly email?: string;
  readonly format: "text" | "json" | "html";
  readonly out?: string;
  readonly maxRequests: number;
  readonly timeout: number;
}

export function verifyCommand(): Command {
  return operatorCommand("verify", "attack a running deployment of your own from outside, and report what it took", [
    "verify https://accounts.example.com",
    "verify https://accounts.example.com --yes --format html --out report.html",
    "verify https://accounts.example.com --yes --email ada@example.com < password.txt",
  ])
    .argument("<url>", "where its pages are, with the path if they have one", readSite)
    .option("--yes", "do not ask whether the deployment is yours")
    .option("--email <address>", "log in to this account instead of making one, with the password from standard input or typed unseen")
    .addOption(new Option("--format <format>", "how to report").choices(["text", "json", "html"]).default("text"))
    .option("--out <file>", "write the report there")
    .option("--max-requests <count>", "stop after so many requests", readBound, 1_000)
    .option("--timeout <seconds>", "stop after so long", readBound, 300)
    .addHelpText(
      "after",
      "\nIt makes an account and removes it again. It ends with 1 where a check failed, or it could not come to its end.\nAfter it, nobody at your address may be able to log in for some minutes: that is one of the checks.",
    )
    .action((base: URL, options: Options) => run(base, options).finally(endProgress));
}

async function run(base: URL, options: Options): Promise<void> {
  if (!options.yes) await confirm(base.host);
  const account = options.email === undefined ? undefined : { email: options.email, password: await readPassword() };
  // Loaded here, so that no other command waits for it.
  const { verify } = await import("../probe/probe.ts");
  const ending = new AbortController();
  const stop = () => ending.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  const report = await verify({
    base,
    account,
    most: options.maxRequests,
    seconds: options.timeout,
    now: presentTime,
    onProgress: showProgress,
    signal: ending.signal,
  }).catch((error: Error) => {
    throw new CommandError(`${base.href} could not be tried: ${error.message || (error as NodeJS.ErrnoException).code}`);
  });
  endProgress();
  await tell(report, options);
  if (!report.isWhole || report.results.some(({ outcome }) => outcome === "fail")) process.exitCode = 1;
}

async function tell(report: Report, { json, format, out }: Options): Promise<void> {
  const { reportAsJson, reportAsPage, reportInWords } = await import("../probe/report.ts");
  const words = reportInWords(report).split("\n").map(printable).join("\n");
  const asJson = reportAsJson(report);
  const asks = json ? "json" : format;
  const text = asks === "json" ? JSON.stringify(asJson) : asks === "html" ? reportAsPage(report) : words;
  if (out === undefined) return answer({ json: asks === "json" || undefined }, { json: asJson, words: text });
  try {
    writeFileSync(out, `${text}\n`);
  } catch (error) {
    throw new CommandError(`The report could not be written: ${(error as Error).message}`);
  }
  answer({ json }, { json: { report: out }, words: `The report is in ${out}.` });
}

/** What is attacked without leave is attacked. */
async function confirm(host: string): Promise<void> {
  if (!process.stdin.isTTY) throw new CommandError("This attacks a deployment. Say that it is yours with --yes.");
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const gaveUp = new Promise<string>((done) => prompt.once("close", () => done("")));
  const typed = await Promise.race([prompt.question(`This attacks ${host}. Type its name if it is yours: `), gaveUp]);
  prompt.close();
  if (typed.trim() !== host) throw new CommandError("Nothing was tried.");
}

function readSite(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new InvalidArgumentError("It must be an address such as https://accounts.example.com.");
  return url;
}

function readBound(text: string): number {
  const bound = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (bound < 1) throw new InvalidArgumentError("It must be a whole number from 1 to 99999.");
  return bound;
}
