/** The command `latchkey sessions`: where an account is logged in, and an end to it. */
import { Command } from "commander";
import { endSessionByOperator, endSessionsByOperator } from "../core/account/admin-actions.ts";
import { type ListedSession, listSessions } from "../core/sessions/session-list.ts";
import { CommandError, commandLine, operatorCommand, requireUser, userArgument, withServices } from "./operator.ts";
import { answer, instant, table } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly session?: string;
}

export function sessionsCommand(): Command {
  return new Command("sessions").description("show and end the sessions of an account").addCommand(listCommand()).addCommand(endCommand());
}

function listCommand(): Command {
  return operatorCommand("list", "show where an account is logged in, the last used first", ["sessions list ada@example.com"])
    .argument(...userArgument)
    .action((named: string, options: Options) =>
      withServices(async (s) => {
        const sessions = await listSessions(s, (await requireUser(s, named)).id);
        // The hash is for the database: it says nothing here, and is nobody's to pass on.
        answer(options, { json: { sessions: sessions.map(({ tokenHash: _, ...session }) => session) }, words: inTable(sessions) });
      }),
    );
}

function inTable(sessions: readonly ListedSession[]): string {
  const rows = sessions.map((each) => [
    each.id,
    instant(each.createdAt),
    instant(each.lastSeenAt),
    instant(each.expiresAt),
    each.ip,
    each.userAgent.slice(0, 60),
  ]);
  return table(["id", "began", "last used", "ends", "from", "browser"], rows, "There are no sessions.");
}

function endCommand(): Command {
  return operatorCommand("end", "end all sessions of an account, or one of them", [
    "sessions end ada@example.com",
    "sessions end ada@example.com --session t7mTq1Hn2aWbXc9Lr5sVfg",
  ])
    .argument(...userArgument)
    .option("--session <id>", "only this one, by the id that `sessions list` shows")
    .action((named: string, options: Options) =>
      withServices(async (s) => {
        const user = await requireUser(s, named);
        const ended = await end(user.id);
        const words = `Ended ${ended} ${ended === 1 ? "session" : "sessions"} of ${user.username}.`;
        answer(options, { json: { user: user.id, ended }, words });

        async function end(userId: string): Promise<number> {
          if (options.session === undefined) return endSessionsByOperator(s, userId, commandLine);
          const session = (await listSessions(s, userId)).find(({ id }) => id === options.session);
          if (!session) throw new CommandError(`${user.username} has no session ${options.session}.`);
          return (await endSessionByOperator(s, userId, session, commandLine)) ? 1 : 0;
        }
      }),
    );
}
