/** The command `latchkey users`: finds accounts and shows them; what changes one stands beside it. */
import { Command } from "commander";
import { listEmails } from "../core/mail/outbox.ts";
import { listSessions } from "../core/sessions/session-list.ts";
import { type Account, listAccounts, toAccount } from "../core/users/directory.ts";
import { operatorCommand, readCount, readRole, requireUser, userArgument, withServices } from "./operator.ts";
import { answer, instant, list, table } from "./terminal.ts";
import { confirmCommand, disableCommand, enableCommand, grantCommand, revokeCommand, setPasswordCommand } from "./users-change.ts";
import { createCommand, deleteCommand } from "./users-create.ts";

export function usersCommand(): Command {
  return new Command("users")
    .description("find, make, change and delete accounts")
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(createCommand())
    .addCommand(disableCommand())
    .addCommand(enableCommand())
    .addCommand(deleteCommand())
    .addCommand(setPasswordCommand())
    .addCommand(confirmCommand())
    .addCommand(grantCommand())
    .addCommand(revokeCommand());
}

interface ListOptions {
  readonly json?: true;
  readonly limit: number;
  readonly before?: string;
  readonly disabled?: true;
  readonly role?: string;
  readonly beginning?: string;
}

function listCommand(): Command {
  return operatorCommand("list", "show accounts, the newest first", [
    "users list",
    "users list --beginning ada --json",
    "users list --role admin --limit 1000",
  ])
    .option("--limit <count>", "how many, 1000 at most", readCount, 50)
    .option("--before <id>", "go on after the account with this id")
    .option("--beginning <text>", "only those whose user name or address begins so")
    .option("--role <role>", "only those that have this role", readRole)
    .option("--disabled", "only those that are shut")
    .action(({ json, limit, ...filter }: ListOptions) =>
      withServices(async (s) => {
        const users = await listAccounts(s, { ...filter, count: limit });
        const next = users.length === limit ? (users.at(-1)?.id ?? null) : null;
        answer({ json }, { json: { users, next }, words: inTable(users, next) });
      }),
    );
}

function inTable(users: readonly Account[], next: string | null): string {
  const rows = users.map((user) => [user.id, user.username, user.email, instant(user.createdAt), instant(user.lastLoginAt), state(user)]);
  const text = table(["id", "user name", "address", "made", "last login", "state"], rows, "There are no accounts.");
  return next === null ? text : `${text}\nThere may be more: --before ${next}`;
}

function state(user: Account): string {
  const words = [
    user.disabledAt !== null && "shut",
    user.emailVerifiedAt === null && "address not confirmed",
    user.passwordLockedAt !== null && "password set aside",
    user.compromisedAt !== null && "reported",
    user.eraseAt !== null && "to be erased",
    user.roles.length > 0 && `roles: ${user.roles.join(" ")}`,
  ];
  return words.filter((word) => word !== false).join(", ");
}

function showCommand(): Command {
  return operatorCommand("show", "show all that is known of one account", ["users show ada@example.com", "users show ada --json"])
    .argument(...userArgument)
    .action((named: string, options: { json?: true }) =>
      withServices(async (s) => {
        const row = await requireUser(s, named);
        const user = toAccount(row);
        const [sessions, letters] = await Promise.all([listSessions(s, row.id), listEmails(s, row.id)]);
        const counts = { sessions: sessions.length, lettersUnderWay: letters.length, wrongPasswordsInARow: row.password_failures };
        answer(options, { json: { user: { ...user, ...counts } }, words: inWords(user, counts) });
      }),
    );
}

function inWords(user: Account, counts: { sessions: number; lettersUnderWay: number; wrongPasswordsInARow: number }): string {
  const since = (at: number | null, no: string) => (at === null ? no : `since ${instant(at)}`);
  const extra = Object.entries(user.extra).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return list([
    ["id", user.id],
    ["user name", user.username],
    ["display name", user.displayName],
    ["address", user.email],
    ["confirmed", since(user.emailVerifiedAt, "no")],
    ["made", instant(user.createdAt)],
    ["last login", instant(user.lastLoginAt)],
    ["shut", since(user.disabledAt, "no")],
    ["password set aside", since(user.passwordLockedAt, "no")],
    ["reported by its owner", since(user.compromisedAt, "no")],
    ["to be erased", user.eraseAt === null ? "no" : instant(user.eraseAt)],
    ["roles", user.roles.join(" ") || "none"],
    ["sessions", String(counts.sessions)],
    ["letters under way", String(counts.lettersUnderWay)],
    ["wrong passwords in a row", String(counts.wrongPasswordsInARow)],
    ...extra,
  ]);
}
