/** The command `latchkey audit`: what happened to accounts, and whether somebody changed it. */
import { Command } from "commander";
import { listAllEvents, type RecordedEvent } from "../core/users/admin-lists.ts";
import { exportCommand, verifyCommand } from "./audit-chain.ts";
import { operatorCommand, readCount, requireUser, withServices } from "./operator.ts";
import { answer, instant, table } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly limit: number;
  readonly before?: string;
  readonly event?: string;
}

export function auditCommand(): Command {
  return new Command("audit")
    .description("show what happened to accounts, and prove it")
    .addCommand(listCommand())
    .addCommand(verifyCommand())
    .addCommand(exportCommand());
}

function listCommand(): Command {
  return operatorCommand("list", "show what happened, the newest first", [
    "audit list",
    "audit list ada@example.com --limit 200",
    "audit list --event login-failed --json",
  ])
    .argument("[user]", "only this account: its e-mail address, user name or id")
    .option("--limit <count>", "how many, 1000 at most", readCount, 50)
    .option("--before <id>", "go on after the record with this id")
    .option("--event <name>", "only this event, such as login-failed")
    .action((named: string | undefined, { json, limit, ...filter }: Options) =>
      withServices(async (s) => {
        const userId = named === undefined ? undefined : (await requireUser(s, named)).id;
        const events = await listAllEvents(s, { ...filter, userId, count: limit });
        const next = events.length === limit ? (events.at(-1)?.id ?? null) : null;
        answer({ json }, { json: { events, next }, words: inTable(events, next) });
      }),
    );
}

function inTable(events: readonly RecordedEvent[], next: string | null): string {
  const rows = events.map(({ at, event, userId, actor, ip, userAgent }) => [
    instant(at),
    event,
    userId ?? "-",
    actor ?? "-",
    ip || "-",
    userAgent.slice(0, 60) || "-",
  ]);
  const text = table(["when", "what", "account", "by", "from", "browser"], rows, "Nothing is on record.");
  return next === null ? text : `${text}\nThere may be more: --before ${next}`;
}
