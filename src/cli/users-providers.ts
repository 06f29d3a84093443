/** Implements `latchkey users providers`. */
import type { Command } from "commander";
import { unlinkByAdmin } from "../core/account/unlink-login.ts";
import { listIdentities } from "../core/identities/identities.ts";
import type { Services } from "../core/services.ts";
import type { AccountRow } from "../core/users/users.ts";
import { CommandError, commandLine, newCommand, requireUser, userArgument, withServices } from "./command.ts";
import { instant, print, table } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly unlink?: string;
}

export function userProvidersCommand(): Command {
  return newCommand("providers", "list the linked logins of an account, or unlink one", [
    "users providers ada@example.com",
    "users providers ada@example.com --unlink 01975c1e-0d7c-7f02-8d5c-6f0d4c7e2a10",
  ])
    .argument(...userArgument)
    .option("--unlink <id>", "unlink this login, and end the sessions that began with it; the owner gets an email")
    .action((named: string, options: Options) =>
      withServices(async (s) => {
        const user = await requireUser(s, named);
        if (options.unlink !== undefined) return unlink(s, user, options.unlink, options);
        const logins = await listIdentities(s, user.id);
        const rows = logins.map(({ id, provider, email, subject, createdAt, lastUsedAt }) => [
          ...[id, provider, email ?? "", subject, instant(createdAt), instant(lastUsedAt)],
        ]);
        const text = table(["id", "provider", "email there", "ID there", "linked", "last used"], rows, "No linked logins.");
        print(options, { json: { user: user.id, logins }, text });
      }),
    );
}

async function unlink(s: Services, user: AccountRow, id: string, options: Options): Promise<void> {
  const unlinked = await unlinkByAdmin(s, user.id, id, commandLine);
  if (unlinked === "last-way-in")
    throw new CommandError(
      s.settings.passwords === "on"
        ? `this login is the only way to log in to the account; "users set-password ${user.username}" gives it a password first`
        : "this login is the only way to log in to the account; its user adds a passkey first",
    );
  if (unlinked === "not-found") throw new CommandError(`${user.username} has no linked login with this ID`);
  print(options, { json: { user: user.id, unlinked: id }, text: `Unlinked the login of ${user.username}.` });
}
