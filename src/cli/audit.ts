/** Implements `latchkey audit`: lists, verifies and exports audit events. */
import { Command } from "commander";
import { type RecordedEvent, searchEvents } from "../core/audit/log.ts";
import { exportCommand, verifyCommand } from "./audit-chain.ts";
import { newCommand, readCount, requireUser, withServices } from "./command.ts";
import { instant, print, table } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly limit: number;
  readonly before?: string;
  readonly event?: string;
}

export function auditCommand(): Command {
  return new Command("audit")
    .description("list, verify and export audit events")
    .addCommand(listCommand())
    .addCommand(verifyCommand())
    .addCommand(exportCommand());
}

function listCommand(): Command {
  return newCommand("list", "list audit events, newest first", [
    "audit list",
    "audit list ada@example.com --limit 200",
    "audit list --event login-failed --json",
  ])
    .argument("[user]", "only events of this account (email, username or ID)")
    .option("--limit <count>", "number of events, 1000 at most", readCount, 50)
    .option("--before <id>", "continue after the event with this ID")
    .option("--event <name>", "only this kind of event, such as login-failed")
    .action((named: string | undefined, { json, limit, ...filter }: Options) =>
      withServices(async (s) => {
        const userId = named === undefined ? undefined : (await requireUser(s, named)).id;
        const events = await searchEvents(s, { ...filter, userId, count: limit });
        const next = events.length === limit ? (events.at(-1)?.id ?? null) : null;
        print({ json }, { json: { events, next }, text: formatTable(events, next) });
      }),
    );
}

function formatTable(events: readonly RecordedEvent[], next: string | null): string {
  const rows = events.map(({ at, event, userId, actor, ip, userAgent }) => [
    instant(at),
    event,
    userId ?? "-",
    actor ?? "-",
    ip || "-",
    userAgent.slice(0, 60) || "-",
  ]);
  const text = table(["time", "event", "account", "actor", "ip", "browser"], rows, "No audit events.");
  return next === null ? text : `${text}\nMore: --before ${next}`;
}
