/** Implements `latchkey users`: lists and shows accounts. */
import { Command } from "commander";
import { listEmails } from "../core/mail/outbox.ts";
import { listSessions } from "../core/sessions/session-list.ts";
import { type Account, listAccounts, toAccount } from "../core/users/directory.ts";
import { operatorCommand, readCount, readRole, requireUser, userArgument, withServices } from "./operator.ts";
import { instant, list, print, table } from "./terminal.ts";
import { disableCommand, enableCommand, grantCommand, revokeCommand, setPasswordCommand, verifyEmailCommand } from "./users-change.ts";
import { createCommand, deleteCommand } from "./users-create.ts";

export function usersCommand(): Command {
  return new Command("users")
    .description("list, create, change and delete accounts")
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(createCommand())
    .addCommand(disableCommand())
    .addCommand(enableCommand())
    .addCommand(deleteCommand())
    .addCommand(setPasswordCommand())
    .addCommand(verifyEmailCommand())
    .addCommand(grantCommand())
    .addCommand(revokeCommand());
}

interface ListOptions {
  readonly json?: true;
  readonly limit: number;
  readonly before?: string;
  readonly disabled?: true;
  readonly role?: string;
  readonly prefix?: string;
}

function listCommand(): Command {
  return operatorCommand("list", "list accounts, newest first", [
    "users list",
    "users list --prefix ada --json",
    "users list --role admin --limit 1000",
  ])
    .option("--limit <count>", "number of accounts, 1000 at most", readCount, 50)
    .option("--before <id>", "continue after the account with this ID")
    .option("--prefix <text>", "only accounts whose username or email starts with this")
    .option("--role <role>", "only accounts with this role", readRole)
    .option("--disabled", "only disabled accounts")
    .action(({ json, limit, prefix, ...filter }: ListOptions) =>
      withServices(async (s) => {
        const users = await listAccounts(s, { ...filter, ...(prefix === undefined ? {} : { beginning: prefix }), count: limit });
        const next = users.length === limit ? (users.at(-1)?.id ?? null) : null;
        print({ json }, { json: { users, next }, text: formatTable(users, next) });
      }),
    );
}

function formatTable(users: readonly Account[], next: string | null): string {
  const rows = users.map((user) => [user.id, user.username, user.email, instant(user.createdAt), instant(user.lastLoginAt), state(user)]);
  const text = table(["id", "username", "email", "created", "last login", "state"], rows, "No accounts.");
  return next === null ? text : `${text}\nMore: --before ${next}`;
}

function state(user: Account): string {
  const text = [
    user.disabledAt !== null && "disabled",
    user.emailVerifiedAt === null && "email not verified",
    !user.hasPassword && "no password",
    user.passwordLockedAt !== null && "password locked",
    user.compromisedAt !== null && "reported as compromised",
    user.eraseAt !== null && "deletion scheduled",
    user.roles.length > 0 && `roles: ${user.roles.join(" ")}`,
  ];
  return text.filter((word) => word !== false).join(", ");
}

function showCommand(): Command {
  return operatorCommand("show", "show an account", ["users show ada@example.com", "users show ada --json"])
    .argument(...userArgument)
    .action((named: string, options: { json?: true }) =>
      withServices(async (s) => {
        const row = await requireUser(s, named);
        const user = toAccount(row);
        const [sessions, emails] = await Promise.all([listSessions(s, row.id), listEmails(s, row.id)]);
        const counts = { sessions: sessions.length, queuedEmails: emails.length, failedLogins: row.password_failures ?? 0 };
        print(options, { json: { user: { ...user, ...counts } }, text: formatText(user, counts) });
      }),
    );
}

function formatText(user: Account, counts: { sessions: number; queuedEmails: number; failedLogins: number }): string {
  const since = (at: number | null, no: string) => (at === null ? no : `since ${instant(at)}`);
  const extra = Object.entries(user.extra).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return list([
    ["id", user.id],
    ["username", user.username],
    ["display name", user.displayName],
    ["email", user.email],
    ["email verified", since(user.emailVerifiedAt, "no")],
    ["created", instant(user.createdAt)],
    ["last login", instant(user.lastLoginAt)],
    ["disabled", since(user.disabledAt, "no")],
    ["password", user.hasPassword ? "yes" : "no"],
    ["password locked", since(user.passwordLockedAt, "no")],
    ["reported as compromised", since(user.compromisedAt, "no")],
    ["deletion at", user.eraseAt === null ? "no" : instant(user.eraseAt)],
    ["roles", user.roles.join(" ") || "none"],
    ["sessions", String(counts.sessions)],
    ["queued emails", String(counts.queuedEmails)],
    ["failed logins in a row", String(counts.failedLogins)],
    ...extra,
  ]);
}
