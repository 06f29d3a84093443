/** Implements `latchkey users two-factor` and `users passkeys`. */
import { type Command, InvalidArgumentError } from "commander";
import { resetTwoFactor } from "../core/account/admin-actions.ts";
import { readFactors } from "../core/account/factors.ts";
import { removePasskeyByAdmin } from "../core/account/remove-passkey.ts";
import type { Services } from "../core/services.ts";
import type { AccountFactors } from "../core/users/account-factors.ts";
import type { AccountRow } from "../core/users/users.ts";
import { CommandError, commandLine, newCommand, requireUser, userArgument, withServices } from "./command.ts";
import { instant, list, print, table } from "./terminal.ts";
import { entriesCommand } from "./users-entries.ts";

interface TwoFactorOptions {
  readonly json?: true;
  readonly off?: true;
  readonly cancelRecovery?: true;
  readonly passkeys?: true;
  readonly reason?: string;
}

export function twoFactorCommand(): Command {
  return newCommand("two-factor", "show the second factors of an account, or reset them", [
    "users two-factor ada@example.com",
    "users two-factor ada@example.com --cancel-recovery",
    'users two-factor ada@example.com --off --reason "Lost phone; showed an identity card"',
  ])
    .argument(...userArgument)
    .option("--cancel-recovery", "cancel a recovery by email that is under way")
    .option("--off", "remove authenticator apps, recovery codes and trusted browsers, and end all sessions")
    .option("--passkeys", "with --off: remove all passkeys too, for lost devices")
    .option("--reason <text>", "with --off: one sentence, which the owner gets by email", readReason)
    .action((named: string, options: TwoFactorOptions) =>
      withServices(async (s) => {
        if (!options.off && (options.passkeys || options.reason !== undefined))
          throw new CommandError("--passkeys and --reason need --off");
        if (options.off && options.cancelRecovery) throw new CommandError("--off cancels a recovery too");
        const user = await requireUser(s, named);
        if (options.cancelRecovery) return cancelRecovery(s, user, options);
        if (options.off) return reset(s, user, options);
        const factors = await readFactors(s, user);
        print(options, { json: { user: user.id, ...factors }, text: formatFactors(factors) });
      }),
    );
}

/** Social engineering: whoever resets says why, and the owner reads it (ASVS 6.4.4). */
async function reset(s: Services, user: AccountRow, { json, passkeys, reason }: TwoFactorOptions): Promise<void> {
  if (reason === undefined) throw new CommandError("--off needs --reason: one sentence, which the owner gets by email");
  const changed = await resetTwoFactor(s, user.id, { reason, passkeys: passkeys === true, info: commandLine });
  const what = passkeys ? "two-factor authentication and passkeys" : "two-factor authentication";
  print(
    { json },
    {
      json: { user: user.id, changed },
      text: changed ? `${user.username}: removed ${what}, and ended all sessions.` : `${user.username} has no second factor.`,
    },
  );
}

async function cancelRecovery(s: Services, { id, username }: AccountRow, { json }: TwoFactorOptions): Promise<void> {
  const changed = (await s.catalog.factorRecovery?.cancel(s, id, commandLine)) ?? false;
  const text = changed ? `${username}: cancelled the recovery by email.` : `${username} has no recovery by email under way.`;
  print({ json }, { json: { user: id, changed }, text });
}

function formatFactors({ twoFactorSince, recoveryUntil, authenticators, recoveryCodes, trustedDevices, passkeys }: AccountFactors): string {
  const state = list([
    ["two-factor authentication", twoFactorSince === null ? "off" : `since ${instant(twoFactorSince)}`],
    ...(recoveryUntil === null ? [] : [["recovery by email", `can turn it off from ${instant(recoveryUntil)}`] as const]),
    ["recovery codes left", String(recoveryCodes)],
    ["trusted browsers", String(trustedDevices)],
    ["passkeys", String(passkeys.length)],
  ]);
  const rows = authenticators.map(({ name, createdAt, lastUsedAt }) => [name, instant(createdAt), instant(lastUsedAt)]);
  return `${state}\n\n${table(["authenticator app", "added", "last used"], rows, "No authenticator app.")}`;
}

function readReason(text: string): string {
  const reason = text.replaceAll(/\s+/g, " ").trim();
  if (reason === "") throw new InvalidArgumentError("Must be a sentence.");
  return reason;
}

export function passkeysCommand(): Command {
  return entriesCommand({
    name: "passkeys",
    description: "list the passkeys of an account, or remove one",
    key: "passkeys",
    list: async (s, user) => (await readFactors(s, user)).passkeys,
    columns: ["id", "name", "site", "kept on", "added", "last used"],
    row: ({ id, name, rpId, isSynced, createdAt, lastUsedAt }) => [
      ...[id, name, rpId, isSynced ? "synchronized" : "one device", instant(createdAt), instant(lastUsedAt)],
    ],
    none: "No passkeys.",
    option: "remove",
    optionText: "remove this passkey and end all sessions; the owner gets an email",
    removedKey: "removed",
    remove: removePasskey,
    done: ({ username }) => `Removed the passkey of ${username}.`,
  });
}

async function removePasskey(s: Services, { id: userId, username }: AccountRow, id: string): Promise<string | undefined> {
  const removed = await removePasskeyByAdmin(s, userId, id, commandLine);
  if (removed === "last-way-in")
    return `this passkey is the only way to log in to the account; "users two-factor ${username} --off --passkeys" removes all, and the user logs in by email`;
  if (removed === "last-factor")
    return `this passkey is the only second factor of the account; "users two-factor ${username} --off" resets it`;
  return removed === "not-found" ? `${username} has no passkey with this ID` : undefined;
}
