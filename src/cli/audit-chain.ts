/** The commands `latchkey audit verify` and `latchkey audit export`. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type Command, InvalidArgumentError } from "commander";
import { type AuditFinding, type KnownLink, type Verified, verifyAudit } from "../core/audit/chain/verify.ts";
import { exportAudit } from "../core/audit/export.ts";
import { CommandError, operatorCommand, requireUser, withServices } from "./operator.ts";
import { answer, endProgress, showProgress } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly from?: string;
  readonly to?: string;
  readonly expect?: readonly KnownLink[];
  readonly user?: string;
  readonly out?: string;
}

export function verifyCommand(): Command {
  return withDays(
    operatorCommand("verify", "find records that were changed, removed, moved or blanked in the database", [
      "audit verify",
      "audit verify --from 2026-11-01 --json",
      "audit verify --expect 2026-11-24:V3x0Wq...",
    ]),
  )
    .option("--expect <day:hash>", "what an earlier run printed; may be said several times", readKnownLink)
    .action(({ json, ...options }: Options) =>
      withServices(async (s) => {
        const findings: AuditFinding[] = [];
        const verified = await verifyAudit(s, {
          ...options,
          onFinding: (finding) => {
            // As words they go out as they come; nothing is gathered.
            if (json) findings.push(finding);
            else process.stdout.write(`${inWords(finding)}\n`);
          },
          onProgress: (records) => showProgress(`${records.toLocaleString("en")} records`),
        });
        endProgress();
        answer({ json }, { json: { ...verified, findings }, words: inSum(verified) });
        if (verified.findings > 0) process.exitCode = 1;
      }),
    );
}

export function exportCommand(): Command {
  return withDays(
    operatorCommand("export", "write records with their seals as JSON lines, the oldest first", [
      "audit export --out audit.jsonl",
      "audit export --from 2026-11-01 --to 2026-11-30 --user ada@example.com",
    ]),
  )
    .option("--user <user>", "only this account: its e-mail address, user name or id")
    .option("--out <file>", "a new file, which only its owner can read; standard output without it")
    .action(({ user, out, json, ...days }: Options) =>
      withServices(async (s) => {
        const userId = user === undefined ? undefined : (await requireUser(s, user)).id;
        const target = out === undefined ? process.stdout : await openNew(out);
        let records = 0;
        const lines = async function* () {
          for await (const record of exportAudit(s, { ...days, userId })) {
            records += 1;
            yield `${JSON.stringify(record)}\n`;
          }
        };
        await pipeline(lines, target, { end: out !== undefined }).catch(tellUnwritten);
        if (out === undefined) return;
        answer({ json }, { json: { file: out, records }, words: `Wrote ${records.toLocaleString("en")} records to ${out}.` });
      }),
    );
}

function withDays(command: Command): Command {
  return command
    .option("--from <day>", "from this day on (UTC), such as 2026-11-24", readDay)
    .option("--to <day>", "up to this day, which is included", readDay);
}

function readDay(text: string): string {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(text))
    throw new InvalidArgumentError("It must be a day such as 2026-11-24.");
  return text;
}

function readKnownLink(text: string, others: readonly KnownLink[] = []): readonly KnownLink[] {
  const [day = "", hash = ""] = text.split(":");
  if (!/^[\w-]{43}$/.test(hash)) throw new InvalidArgumentError("It must be DAY:HASH, as an earlier run printed it.");
  return [...others, { day: readDay(day), hash }];
}

async function openNew(path: string) {
  const file = createWriteStream(path, { flags: "wx", mode: 0o600 });
  try {
    await once(file, "open");
  } catch (error) {
    throw new CommandError(`${path} cannot be made: ${(error as Error).message}`);
  }
  return file;
}

/** Who reads may stop, as `head` does; a disk that is full is told of. */
function tellUnwritten(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") return;
  throw error.syscall === "write" ? new CommandError(`The records could not be written: ${error.message}`) : error;
}

function inWords({ day, number, id, what }: AuditFinding): string {
  return `${day}  ${number ?? "-"}  ${id ?? "-"}  ${what}`;
}

function inSum({ days, records, findings, newest }: Verified): string {
  const seen = `${records.toLocaleString("en")} sealed records of ${days === 1 ? "1 day" : `${days.toLocaleString("en")} days`}: `;
  const found =
    findings === 0 ? "all are as they were sealed." : `${findings === 1 ? "1 finding" : `${findings.toLocaleString("en")} findings`}.`;
  return newest === null ? `${seen}${found}` : `${seen}${found}\nWrite this down elsewhere: ${newest.day}:${newest.hash}`;
}
