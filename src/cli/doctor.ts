/** Implements `latchkey doctor`: checks settings, files, database, mail server and providers. */
import { type Command, InvalidArgumentError } from "commander";
import { readProcessSettings } from "../config/load.ts";
import { systemClock } from "../core/clock.ts";
import { isEmail } from "../core/users/users.ts";
import { diagnose } from "../doctor/doctor.ts";
import { type Finding, formatFinding } from "../doctor/findings.ts";
import { newCommand } from "./command.ts";
import { endProgress, print, printable, showProgress, styled } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly send?: string;
}

export function doctorCommand(): Command {
  return newCommand("doctor", "check the settings, files, database, mail server and providers", [
    "doctor",
    "doctor --send ada@example.com",
    "doctor --json",
  ])
    .option("--send <email>", "also send a test email", readRecipient)
    .addHelpText("after", "\nPrints one line per finding: level, setting, problem, risk and fix.\nExits 1 on errors, 0 otherwise.")
    .action(async ({ json, send }: Options) => {
      const findings = await diagnose(readProcessSettings(), systemClock, { send, onProgress: showProgress, asksProviders: true }).finally(
        endProgress,
      );
      print({ json }, { json: { findings }, text: formatText(findings) });
      if (findings.some(({ level }) => level === "error")) process.exitCode = 1;
    });
}

function formatText(findings: readonly Finding[]): string {
  if (findings.length === 0) return "No problems found.";
  return findings
    .map(
      (finding) => `${styled(finding.level === "error" ? "red" : "yellow", finding.level.padEnd(7))}  ${printable(formatFinding(finding))}`,
    )
    .join("\n");
}

function readRecipient(text: string): string {
  if (!isEmail(text)) throw new InvalidArgumentError("Must be an email address such as ada@example.com.");
  return text;
}
