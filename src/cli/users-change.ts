/** The commands of `latchkey users` that change one account. Done already is done, so that a script can run twice. */
import type { Command } from "commander";
import { confirmByOperator, disableUser, enableUser, replacePassword } from "../core/account/admin-actions.ts";
import { hashPassword } from "../core/credentials/password/passwords.ts";
import type { RequestInfo } from "../core/request-info.ts";
import type { Services } from "../core/services.ts";
import { grantRole, isLastAdmin, revokeRole } from "../core/users/roles.ts";
import { CommandError, commandLine, operatorCommand, readRole, requireUser, userArgument, withServices } from "./operator.ts";
import { readNewPassword } from "./password.ts";
import { answer } from "./terminal.ts";

interface Options {
  readonly json?: true;
}

/** What a change is called, what does it, and what is said of it. */
interface Change {
  readonly name: string;
  readonly description: string;
  readonly act: (s: Services, userId: string, by: RequestInfo) => Promise<boolean>;
  readonly done: string;
  readonly before: string;
}

export function disableCommand(): Command {
  return changeCommand({
    name: "disable",
    description: "shut an account: its sessions end, and its password is answered as a wrong one",
    act: disableUser,
    done: "is shut",
    before: "was shut before",
  });
}

export function enableCommand(): Command {
  return changeCommand({
    name: "enable",
    description: "open an account that was shut",
    act: enableUser,
    done: "is open again",
    before: "was open before",
  });
}

export function confirmCommand(): Command {
  return changeCommand({
    name: "confirm",
    description: "take an account's address for its owner's, without a letter",
    act: confirmByOperator,
    done: "has a confirmed address",
    before: "had a confirmed address before",
  });
}

function changeCommand({ name, description, act, done, before }: Change): Command {
  return operatorCommand(name, description, [`users ${name} ada@example.com`])
    .argument(...userArgument)
    .action((named: string, options: Options) =>
      withServices(async (s) => {
        const user = await requireUser(s, named);
        const wasOnlyAdmin = await isLastAdmin(s, user.id);
        const changed = await act(s, user.id, commandLine);
        const warning = wasOnlyAdmin && !(await isLastAdmin(s, user.id)) ? noAdminLeft : nothing;
        answer(options, {
          json: { user: user.id, changed, ...warning.json },
          words: `${user.username} ${changed ? done : before}.${warning.words}`,
        });
      }),
    );
}

export function grantCommand(): Command {
  return roleCommand("grant", "give an account a role", { act: grantRole, done: "now has", before: "had before" });
}

export function revokeCommand(): Command {
  return roleCommand("revoke", "take a role from an account", { act: revokeRole, done: "no longer has", before: "did not have" });
}

/** Said where the only administrator is none any more: a command can make another, so it is not refused. */
const noAdminLeft = { json: { noAdminLeft: true }, words: ' No administrator is left: "latchkey users grant USER admin" makes one.' };
const nothing = { json: {}, words: "" };

interface RoleChange {
  readonly act: (s: Services, userId: string, role: string, by: RequestInfo) => Promise<boolean>;
  readonly done: string;
  readonly before: string;
}

function roleCommand(name: string, description: string, { act, done, before }: RoleChange): Command {
  return operatorCommand(name, description, [`users ${name} ada@example.com editor`])
    .argument(...userArgument)
    .argument("<role>", "lower-case letters, digits and hyphens", readRole)
    .action((named: string, role: string, options: Options) =>
      withServices(async (s) => {
        const user = await requireUser(s, named);
        const wasOnlyAdmin = await isLastAdmin(s, user.id);
        const changed = await act(s, user.id, role, commandLine);
        const warning = wasOnlyAdmin && !(await isLastAdmin(s, user.id)) ? noAdminLeft : nothing;
        const words = `${user.username} ${changed ? done : before} the role ${role}.${warning.words}`;
        answer(options, { json: { user: user.id, role, changed, ...warning.json }, words });
      }),
    );
}

export function setPasswordCommand(): Command {
  return operatorCommand("set-password", "replace a password, from standard input or typed unseen; every session ends", [
    "users set-password ada@example.com",
    "users set-password ada@example.com < password.txt",
  ])
    .argument(...userArgument)
    .action((named: string, options: Options) =>
      withServices(async (s) => {
        const user = await requireUser(s, named);
        const passwordHash = await hashPassword(s, await readNewPassword(s, [user.username, user.email]), {});
        const changed = await replacePassword(s, user.id, passwordHash, commandLine);
        if (!changed) throw new CommandError("The account was changed by somebody else at this moment. Try again.");
        answer(options, { json: { user: user.id, changed }, words: `${user.username} has a new password.` });
      }),
    );
}
