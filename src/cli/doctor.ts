/** The command `latchkey doctor`: says what may be wrong with how the program is set up. */
import { type Command, InvalidArgumentError } from "commander";
import { readProcessSettings } from "../config/load.ts";
import { presentTime } from "../core/services.ts";
import { isEmail } from "../core/users/users.ts";
import { diagnose } from "../doctor/doctor.ts";
import { type Finding, findingInWords } from "../doctor/findings.ts";
import { operatorCommand } from "./operator.ts";
import { answer, endProgress, printable, showProgress } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly send?: string;
}

export function doctorCommand(): Command {
  return operatorCommand("doctor", "say what may be wrong with the settings, the files, the database and the mail server", [
    "doctor",
    "doctor --send ada@example.com",
    "doctor --json",
  ])
    .option("--send <address>", "send a letter there as well", readAddress)
    .addHelpText(
      "after",
      "\nEach finding is one line: error or warning, the setting, what it is, why it matters, what to do.\nIt ends with 1 where there is an error, else with 0.",
    )
    .action(async ({ json, send }: Options) => {
      const findings = await diagnose(readProcessSettings(), presentTime, { send, onProgress: showProgress }).finally(endProgress);
      answer({ json }, { json: { findings }, words: inWords(findings) });
      if (findings.some(({ level }) => level === "error")) process.exitCode = 1;
    });
}

function inWords(findings: readonly Finding[]): string {
  if (findings.length === 0) return "Nothing is wrong that could be seen from here.";
  return findings.map((finding) => printable(`${finding.level.padEnd(7)}  ${findingInWords(finding)}`)).join("\n");
}

function readAddress(text: string): string {
  if (!isEmail(text)) throw new InvalidArgumentError("It must be an e-mail address such as ada@example.com.");
  return text;
}
