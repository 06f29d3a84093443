/** Implements `latchkey users`: lists and shows accounts. */
import { Command, Option } from "commander";
import type { Settings } from "../config/load.ts";
import { isLostEmail } from "../core/mail/lost-email.ts";
import { listEmails } from "../core/mail/outbox.ts";
import { listSessions } from "../core/sessions/session-list.ts";
import { listUsers, toUserDetails } from "../core/users/directory.ts";
import type { UserDetails, UserPage } from "../core/users/user.ts";
import { newCommand, readRole, requireUser, userArgument, withNext, withPaging, withServices } from "./command.ts";
import { instant, list, print, table } from "./terminal.ts";
import {
  deleteCommand,
  disableCommand,
  enableCommand,
  grantCommand,
  revokeCommand,
  setPasswordCommand,
  unlockCommand,
  verifyEmailCommand,
} from "./users-change.ts";
import { createCommand } from "./users-create.ts";
import { passkeysCommand, twoFactorCommand } from "./users-factors.ts";
import { userProvidersCommand } from "./users-providers.ts";

export function usersCommand(): Command {
  return new Command("users")
    .description("list, create, change and delete accounts")
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(createCommand())
    .addCommand(disableCommand())
    .addCommand(enableCommand())
    .addCommand(unlockCommand())
    .addCommand(deleteCommand())
    .addCommand(setPasswordCommand())
    .addCommand(verifyEmailCommand())
    .addCommand(twoFactorCommand())
    .addCommand(passkeysCommand())
    .addCommand(userProvidersCommand())
    .addCommand(grantCommand())
    .addCommand(revokeCommand());
}

interface ListOptions {
  readonly json?: true;
  readonly limit: number;
  readonly after?: string;
  readonly search?: string;
  readonly sort?: "created" | "last-login" | "username" | "email";
  readonly order?: "asc" | "desc";
  readonly active?: true;
  readonly disabled?: true;
  readonly unverified?: true;
  readonly locked?: true;
  readonly deletionScheduled?: true;
  readonly recovering?: true;
  readonly withTwoFactor?: true;
  readonly withoutTwoFactor?: true;
  readonly withRoles?: true;
  readonly role?: string;
}

function listCommand(): Command {
  return withPaging(
    newCommand("list", "list accounts, newest first", [
      "users list",
      "users list --search ada --json",
      "users list --role admin --limit 1000",
      "users list --search example.com --unverified",
      "users list --role admin --without-two-factor",
      "users list --sort last-login --order asc",
    ]),
  )
    .option("--search <text>", "part of a username, display name or email (one or two characters: its start), or an account ID")
    .addOption(new Option("--sort <field>", "created by default").choices(["created", "last-login", "username", "email"]))
    .addOption(new Option("--order <order>", "by default, the newest or latest first, and names ascending").choices(["asc", "desc"]))
    .option("--active", "only accounts that are verified, not disabled and not due for deletion")
    .option("--disabled", "only disabled accounts")
    .option("--unverified", "only accounts with an unverified email")
    .option("--locked", "only accounts with a locked password")
    .option("--deletion-scheduled", "only accounts whose user has requested the deletion")
    .option("--recovering", "only accounts where a recovery of two-factor authentication by email waits")
    .option("--with-two-factor", "only accounts with two-factor authentication")
    .option("--without-two-factor", "only accounts without two-factor authentication")
    .option("--with-roles", "only accounts with a role")
    .option("--role <role>", "only accounts with this role", readRole)
    .action(({ json, limit, order, ...query }: ListOptions) =>
      withServices(async (s) => {
        const page = await listUsers(s, { ...query, ...(order === undefined ? {} : { descending: order === "desc" }), count: limit });
        print({ json }, { json: page, text: withNext(formatTable(page, s.settings), page.next) });
      }),
    );
}

/** An account has a placeholder after its email went to its owner. */
function emailOf({ email }: Pick<UserDetails, "email">): string {
  return isLostEmail(email) ? "(none)" : email;
}

function formatTable({ users }: UserPage, settings: Settings): string {
  const rows = users.map((user) => [
    user.id,
    user.username,
    emailOf(user),
    instant(user.createdAt),
    instant(user.lastLoginAt),
    state(user, settings),
  ]);
  return table(["id", "username", "email", "created", "last login", "state"], rows, "No accounts.");
}

function state(user: UserDetails, { passwords }: Settings): string {
  const text = [
    user.disabledAt !== null && "disabled",
    user.emailVerifiedAt === null && "email not verified",
    passwords === "on" && !user.hasPassword && "no password",
    passwords === "on" && user.passwordLockedAt !== null && "password locked",
    user.compromisedAt !== null && "reported as compromised",
    user.eraseAt !== null && "deletion scheduled",
    user.roles.length > 0 && `roles: ${user.roles.join(" ")}`,
  ];
  return text.filter((word) => word !== false).join(", ");
}

function showCommand(): Command {
  return newCommand("show", "show an account", ["users show ada@example.com", "users show ada --json"])
    .argument(...userArgument)
    .action((named: string, options: { json?: true }) =>
      withServices(async (s) => {
        const row = await requireUser(s, named);
        const user = toUserDetails(row);
        const [sessions, emails] = await Promise.all([listSessions(s, row.id), listEmails(s, row.id)]);
        const counts = { sessions: sessions.length, queuedEmails: emails.length, failedLogins: row.password_failures ?? 0 };
        print(options, { json: { user: { ...user, ...counts } }, text: formatText(user, counts, s.settings) });
      }),
    );
}

function formatText(
  user: UserDetails,
  counts: { sessions: number; queuedEmails: number; failedLogins: number },
  { passwords }: Settings,
): string {
  const since = (at: number | null, no: string) => (at === null ? no : `since ${instant(at)}`);
  const extra = Object.entries(user.extra).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return list([
    ["id", user.id],
    ["username", user.username],
    ["display name", user.displayName],
    ["email", emailOf(user)],
    ["email verified", since(user.emailVerifiedAt, "no")],
    ["created", instant(user.createdAt)],
    ["last login", instant(user.lastLoginAt)],
    ["disabled", since(user.disabledAt, "no")],
    ...(passwords === "off"
      ? []
      : ([
          ["password", user.hasPassword ? "yes" : "no"],
          ["password locked", since(user.passwordLockedAt, "no")],
        ] as const)),
    ["reported as compromised", since(user.compromisedAt, "no")],
    ["deletion at", user.eraseAt === null ? "no" : instant(user.eraseAt)],
    ["two-factor authentication", since(user.twoFactorSince, "off")],
    ["roles", user.roles.join(" ") || "none"],
    ["sessions", String(counts.sessions)],
    ["queued emails", String(counts.queuedEmails)],
    ["failed logins in a row", String(counts.failedLogins)],
    ...extra,
  ]);
}
