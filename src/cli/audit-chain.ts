/** Implements `latchkey audit verify` and `latchkey audit export`. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type Command, InvalidArgumentError } from "commander";
import { type AuditFinding, type Checkpoint, type Verified, verifyAudit } from "../core/audit/chain/verify.ts";
import { exportAudit } from "../core/audit/export.ts";
import { CommandError, newCommand, requireUser, withServices } from "./command.ts";
import { endProgress, print, showProgress } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly from?: string;
  readonly to?: string;
  readonly expect?: readonly Checkpoint[];
  readonly out?: string;
}

export function verifyCommand(): Command {
  return withDays(
    newCommand("verify", "find audit events that were changed, removed, reordered or blanked", [
      "audit verify",
      "audit verify --from 2026-11-01 --json",
      "audit verify --expect 2026-11-24:V3x0Wq...",
    ]),
  )
    .option("--expect <day:hash>", "checkpoint printed by an earlier run; repeatable", readCheckpoint)
    .action(({ json, ...options }: Options) =>
      withServices(async (s) => {
        const findings: AuditFinding[] = [];
        const verified = await verifyAudit(s, {
          ...options,
          onFinding: (finding) => {
            // Printed as found: text output is not collected in memory.
            if (json) findings.push(finding);
            else process.stdout.write(`${formatText(finding)}\n`);
          },
          onProgress: (records) => showProgress(`Verified ${records.toLocaleString("en")} events …`),
        });
        endProgress();
        print({ json }, { json: { ...verified, findings }, text: formatSummary(verified) });
        if (verified.findings > 0) process.exitCode = 1;
      }),
    );
}

export function exportCommand(): Command {
  return withDays(
    newCommand("export", "export audit events with their seals as JSON Lines, oldest first", [
      "audit export --out audit.jsonl",
      "audit export ada@example.com --from 2026-11-01 --to 2026-11-30",
    ]),
  )
    .argument("[user]", "only events of this account (email, username or ID)")
    .option("--out <file>", "new file, readable by its owner only (default: stdout)")
    .action((named: string | undefined, { out, json, ...days }: Options) =>
      withServices(async (s) => {
        const userId = named === undefined ? undefined : (await requireUser(s, named)).id;
        const target = out === undefined ? process.stdout : await openNew(out);
        let records = 0;
        const lines = async function* () {
          for await (const record of exportAudit(s, { ...days, userId })) {
            records += 1;
            yield `${JSON.stringify(record)}\n`;
          }
        };
        await pipeline(lines, target, { end: out !== undefined }).catch(throwUnlessPipeClosed);
        if (out === undefined) return;
        print({ json }, { json: { file: out, records }, text: `Exported ${records.toLocaleString("en")} events to ${out}.` });
      }),
    );
}

function withDays(command: Command): Command {
  return command.option("--from <day>", "first day (UTC), such as 2026-11-24", readDay).option("--to <day>", "last day (UTC)", readDay);
}

function readDay(text: string): string {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(text)) throw new InvalidArgumentError("Must be a day such as 2026-11-24.");
  return text;
}

function readCheckpoint(text: string, others: readonly Checkpoint[] = []): readonly Checkpoint[] {
  const [day = "", hash = ""] = text.split(":");
  if (!/^[\w-]{43}$/.test(hash)) throw new InvalidArgumentError("Must be DAY:HASH, as printed by an earlier run.");
  return [...others, { day: readDay(day), hash }];
}

async function openNew(path: string) {
  const file = createWriteStream(path, { flags: "wx", mode: 0o600 });
  try {
    await once(file, "open");
  } catch (error) {
    throw new CommandError(`cannot create ${path}: ${(error as Error).message}`);
  }
  return file;
}

/** Ignores a closed pipe, such as `head`; reports a full disk. */
function throwUnlessPipeClosed(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") return;
  throw error.syscall === "write" ? new CommandError(`cannot write the events: ${error.message}`) : error;
}

function formatText({ day, number, id, violation }: AuditFinding): string {
  return `${day}  ${number ?? "-"}  ${id ?? "-"}  ${violation}`;
}

function formatSummary({ days, records, findings, newest }: Verified): string {
  const verified = `Verified ${records.toLocaleString("en")} events of ${days === 1 ? "1 day" : `${days.toLocaleString("en")} days`}: `;
  const found = findings === 0 ? "no findings." : `${findings === 1 ? "1 finding" : `${findings.toLocaleString("en")} findings`}.`;
  return newest === null ? `${verified}${found}` : `${verified}${found}\nCheckpoint (store it elsewhere): ${newest.day}:${newest.hash}`;
}
