/** Implements the `latchkey users` commands that change an account. All are idempotent. */

import type { Command } from "commander";
import { disableUser, enableUser, eraseByAdmin, replacePassword, unlockUser, verifyEmailByAdmin } from "../core/account/admin-actions.ts";
import { hashPassword } from "../core/credentials/password/passwords.ts";
import type { RequestInfo } from "../core/request-info.ts";
import type { Services } from "../core/services.ts";
import { grantRole, isLastAdmin, revokeRole } from "../core/users/roles.ts";
import { CommandError, commandLine, newCommand, readRole, requireUser, userArgument, withServices } from "./command.ts";
import { confirm } from "./confirm.ts";
import { readNewPassword } from "./password.ts";
import { print } from "./terminal.ts";

interface Options {
  readonly json?: true;
}

interface Change {
  readonly name: string;
  readonly description: string;
  readonly act: (s: Services, userId: string, info: RequestInfo) => Promise<boolean>;
  readonly done: string;
  readonly before: string;
}

export function disableCommand(): Command {
  return changeCommand({
    name: "disable",
    description: "disable an account and revoke its sessions",
    act: disableUser,
    done: "is disabled",
    before: "was already disabled",
  });
}

export function enableCommand(): Command {
  return changeCommand({
    name: "enable",
    description: "enable a disabled account",
    act: enableUser,
    done: "is enabled",
    before: "was already enabled",
  });
}

export function unlockCommand(): Command {
  return changeCommand({
    name: "unlock",
    description: "unlock an account that was reported as compromised",
    act: unlockUser,
    done: "is unlocked",
    before: "was not reported as compromised",
  });
}

export function verifyEmailCommand(): Command {
  return changeCommand({
    name: "verify-email",
    description: "mark an account's email as verified",
    act: verifyEmailByAdmin,
    done: "has a verified email",
    before: "already had a verified email",
  });
}

function changeCommand({ name, description, act, done, before }: Change): Command {
  return newCommand(name, description, [`users ${name} ada@example.com`])
    .argument(...userArgument)
    .action((named: string, options: Options) =>
      withServices(async (s) => {
        const user = await requireUser(s, named);
        const wasOnlyAdmin = await isLastAdmin(s, user.id);
        const changed = await act(s, user.id, commandLine);
        const warning = wasOnlyAdmin && !(await isLastAdmin(s, user.id)) ? noAdminLeft : nothing;
        print(options, {
          json: { user: user.id, changed, ...warning.json },
          text: `${user.username} ${changed ? done : before}.${warning.text}`,
        });
      }),
    );
}

export function grantCommand(): Command {
  return roleCommand("grant", "add a role to an account", { act: grantRole, done: "now has", before: "already had" });
}

export function revokeCommand(): Command {
  return roleCommand("revoke", "remove a role from an account", { act: revokeRole, done: "no longer has", before: "did not have" });
}

/** Warns when the last administrator is removed; allowed, because a command can add another. */
const noAdminLeft = { json: { noAdminLeft: true }, text: ' No administrator is left; add one with "latchkey users grant USER admin".' };
const nothing = { json: {}, text: "" };

interface RoleChange {
  readonly act: (s: Services, userId: string, role: string, info: RequestInfo) => Promise<boolean>;
  readonly done: string;
  readonly before: string;
}

function roleCommand(name: string, description: string, { act, done, before }: RoleChange): Command {
  return newCommand(name, description, [`users ${name} ada@example.com editor`])
    .argument(...userArgument)
    .argument("<role>", "lowercase letters, numbers and hyphens", readRole)
    .action((named: string, role: string, options: Options) =>
      withServices(async (s) => {
        const user = await requireUser(s, named);
        const wasOnlyAdmin = await isLastAdmin(s, user.id);
        const changed = await act(s, user.id, role, commandLine);
        const warning = wasOnlyAdmin && !(await isLastAdmin(s, user.id)) ? noAdminLeft : nothing;
        const text = `${user.username} ${changed ? done : before} the role ${role}.${warning.text}`;
        print(options, { json: { user: user.id, role, changed, ...warning.json }, text });
      }),
    );
}

export function setPasswordCommand(): Command {
  return newCommand("set-password", "set a password (from stdin or a hidden prompt) and revoke all sessions", [
    "users set-password ada@example.com",
    "users set-password ada@example.com < password.txt",
  ])
    .argument(...userArgument)
    .action((named: string, options: Options) =>
      withServices(async (s) => {
        const user = await requireUser(s, named);
        const passwordHash = await hashPassword(s, await readNewPassword(s, [user.username, user.email]), {});
        const changed = await replacePassword(s, user.id, passwordHash, commandLine);
        if (!changed) throw new CommandError("the account was changed at the same time; try again");
        print(options, { json: { user: user.id, changed }, text: `${user.username} has a new password.` });
      }),
    );
}

interface DeleteOptions {
  readonly json?: true;
  readonly yes?: true;
}

export function deleteCommand(): Command {
  return newCommand("delete", "delete an account and all its data immediately", [
    "users delete ada@example.com",
    "users delete ada@example.com --yes",
  ])
    .argument(...userArgument)
    .option("--yes", "skip the confirmation")
    .action((named: string, options: DeleteOptions) =>
      withServices(async (s) => {
        const user = await requireUser(s, named);
        const isLast = await isLastAdmin(s, user.id);
        if (!options.yes) await confirmDeletion(user.username, isLast);
        if (!(await eraseByAdmin(s, user.id, commandLine))) throw new CommandError(`no account matches "${named}"`);
        print(options, {
          json: { deleted: user.id },
          text: `Deleted ${user.username} (${user.id}).${isLast ? " No administrator is left." : ""}`,
        });
      }),
    );
}

/** Requires typing the username: deletion cannot be undone. */
function confirmDeletion(username: string, isLast: boolean): Promise<void> {
  return confirm({
    text: `${isLast ? "This is the only administrator. " : ""}Deletion cannot be undone. Type the username "${username}" to continue`,
    word: username,
    reason: "deletion cannot be undone; confirm",
    refused: "nothing was deleted",
  });
}
