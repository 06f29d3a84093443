/** Implements `latchkey sessions`: lists and revokes sessions. */
import { Command } from "commander";
import { endSessionByAdmin, endSessionsByAdmin } from "../core/account/admin-actions.ts";
import { type ListedSession, listSessions } from "../core/sessions/session-list.ts";
import { CommandError, commandLine, newCommand, requireUser, userArgument, withServices } from "./command.ts";
import { instant, print, table } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly session?: string;
}

export function sessionsCommand(): Command {
  return new Command("sessions")
    .description("list and revoke sessions of an account")
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

function listCommand(): Command {
  return newCommand("list", "list sessions of an account, most recently active first", ["sessions list ada@example.com"])
    .argument(...userArgument)
    .action((named: string, options: Options) =>
      withServices(async (s) => {
        const sessions = await listSessions(s, (await requireUser(s, named)).id);
        // Token hashes stay in the database.
        print(options, { json: { sessions: sessions.map(({ tokenHash: _, ...session }) => session) }, text: formatTable(sessions) });
      }),
    );
}

function formatTable(sessions: readonly ListedSession[]): string {
  const rows = sessions.map((each) => [
    each.id,
    instant(each.createdAt),
    instant(each.lastSeenAt),
    instant(each.expiresAt),
    each.ip,
    each.userAgent.slice(0, 60),
  ]);
  return table(["id", "created", "last active", "expires", "ip", "browser"], rows, "No sessions.");
}

function revokeCommand(): Command {
  return newCommand("revoke", "revoke all sessions of an account, or one", [
    "sessions revoke ada@example.com",
    "sessions revoke ada@example.com --session t7mTq1Hn2aWbXc9Lr5sVfg",
  ])
    .argument(...userArgument)
    .option("--session <id>", "ID of a session, from `sessions list`")
    .action((named: string, options: Options) =>
      withServices(async (s) => {
        const user = await requireUser(s, named);
        const revoked = await revoke(user.id);
        const text = `Revoked ${revoked} ${revoked === 1 ? "session" : "sessions"} of ${user.username}.`;
        print(options, { json: { user: user.id, revoked }, text });

        async function revoke(userId: string): Promise<number> {
          if (options.session === undefined) return endSessionsByAdmin(s, userId, commandLine);
          const session = (await listSessions(s, userId)).find(({ id }) => id === options.session);
          if (!session) throw new CommandError(`${user.username} has no session ${options.session}`);
          return (await endSessionByAdmin(s, userId, session, commandLine)) ? 1 : 0;
        }
      }),
    );
}
