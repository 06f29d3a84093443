/** Implements `latchkey audit`: lists, verifies and exports audit events. */
import { Command } from "commander";
import { type RecordedEvent, searchEvents } from "../core/audit/log.ts";
import { exportCommand, verifyCommand } from "./audit-chain.ts";
import { newCommand, requireUser, toPage, withNext, withPaging, withServices } from "./command.ts";
import { instant, print, table } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly limit: number;
  readonly after?: string;
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
  return withPaging(
    newCommand("list", "list audit events, newest first", [
      "audit list",
      "audit list ada@example.com --limit 200",
      "audit list --event login-failed --json",
    ]),
  )
    .argument("[user]", "only events of this account (email, username or ID)")
    .option("--event <name>", "only this kind of event, such as login-failed")
    .action((named: string | undefined, { json, limit, ...filter }: Options) =>
      withServices(async (s) => {
        const userId = named === undefined ? undefined : (await requireUser(s, named)).id;
        const { page: events, next } = toPage(await searchEvents(s, { ...filter, userId, count: limit + 1 }), limit);
        print({ json }, { json: { events, next }, text: withNext(formatTable(events), next) });
      }),
    );
}

function formatTable(events: readonly RecordedEvent[]): string {
  const rows = events.map(({ at, event, userId, actor, provider, ip, userAgent }) => [
    instant(at),
    event,
    userId ?? "-",
    actor ?? "-",
    provider ?? "-",
    ip || "-",
    userAgent.slice(0, 60) || "-",
  ]);
  return table(["time", "event", "account", "actor", "provider", "ip", "browser"], rows, "No audit events.");
}
