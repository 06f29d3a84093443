/** Implements `latchkey users providers`. */
import type { Command } from "commander";
import { unlinkByAdmin } from "../core/account/unlink-login.ts";
import { listIdentities } from "../core/identities/identities.ts";
import { commandLine } from "./command.ts";
import { instant } from "./terminal.ts";
import { entriesCommand } from "./users-entries.ts";

export function userProvidersCommand(): Command {
  return entriesCommand({
    name: "providers",
    description: "list the linked logins of an account, or unlink one",
    key: "logins",
    list: (s, { id }) => listIdentities(s, id),
    columns: ["id", "provider", "email there", "ID there", "linked", "confirmed", "last used"],
    row: ({ id, provider, email, isEmailVouched, subject, createdAt, confirmedAt, lastUsedAt }) => [
      ...[
        id,
        provider,
        email === null ? "" : isEmailVouched ? email : `${email} (unconfirmed)`,
        subject,
        instant(createdAt),
        instant(confirmedAt),
        instant(lastUsedAt),
      ],
    ],
    none: "No linked logins.",
    option: "unlink",
    optionText: "unlink this login, and end the sessions that began with it; the owner gets an email",
    removedKey: "unlinked",
    remove: async (s, { id: userId, username }, id) => {
      const unlinked = await unlinkByAdmin(s, userId, id, commandLine);
      if (unlinked === "last-way-in")
        return `this login is the only way to log in to the account; "users set-password ${username}" gives it a password first`;
      return unlinked === "not-found" ? `${username} has no linked login with this ID` : undefined;
    },
    done: ({ username }) => `Unlinked the login of ${username}.`,
  });
}
