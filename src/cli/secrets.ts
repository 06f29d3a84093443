/** Implements `latchkey secrets`: generates and rotates keys of SECRET_KEY. */
import { randomBytes } from "node:crypto";
import { Command } from "commander";
import { findOlderKeyUses, type OlderKeyUse, type ReencryptedColumn, reencrypt } from "../core/maintenance/reencrypt.ts";
import type { Services } from "../core/services.ts";
import { newCommand, withServices } from "./command.ts";
import { endProgress, instant, print, showProgress, table } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly dryRun?: true;
}

export function secretsCommand(): Command {
  return new Command("secrets")
    .description("generate and rotate keys of SECRET_KEY")
    .addCommand(generateCommand())
    .addCommand(statusCommand())
    .addCommand(reencryptCommand());
}

function generateCommand(): Command {
  return newCommand("generate", "generate a key for SECRET_KEY", ["secrets generate"])
    .addHelpText("after", "\nThe key is printed and not stored. To rotate keys, set SECRET_KEY=new,old: see docs/operations.md.")
    .action((options: Options) => {
      // 384 bits from the system's CSPRNG, in characters that need no quotes (ASVS 11.5.1).
      const secret = randomBytes(48).toString("base64url");
      print(options, { json: { secret }, text: secret });
    });
}

const exitCodes = "\nExits 0 when the older keys can be removed from SECRET_KEY, 1 while something still needs one.";

function statusCommand(): Command {
  return newCommand("status", "show what still needs an older key of SECRET_KEY", ["secrets status", "secrets status --json"])
    .addHelpText("after", exitCodes)
    .action((options: Options) => withServices((s) => report(s, options)));
}

function reencryptCommand(): Command {
  return newCommand("reencrypt", "re-encrypt everything with the first key of SECRET_KEY", [
    "secrets reencrypt --dry-run",
    "secrets reencrypt",
  ])
    .option("--dry-run", "count only, change nothing")
    .addHelpText("after", `\nIt can run while the server does, and can be interrupted and repeated.\n${exitCodes}`)
    .action((options: Options) =>
      withServices(async (s) => {
        const isDryRun = options.dryRun === true;
        const onProgress = ({ table: name, reencrypted }: ReencryptedColumn) =>
          showProgress(`${name}: ${reencrypted.toLocaleString("en")}`);
        const done = await reencrypt(s, { isDryRun, onProgress }).finally(endProgress);
        await report(s, options, done);
      }),
    );
}

/** Sets the exit code 1 while an older key is needed, so that scripts do not remove it too early. */
async function report(s: Services, options: Options, reencrypted?: readonly ReencryptedColumn[]): Promise<void> {
  const older = await findOlderKeyUses(s);
  const [first, ...others] = s.keyring.keyIds;
  const text = [
    `First key: ${first}. Older keys: ${others.length === 0 ? "none" : others.join(", ")}.`,
    ...(reencrypted ? [table(["table", "column", options.dryRun ? "would change" : "re-encrypted"], reencrypted.map(formatRow), "")] : []),
    ...(older.length === 0
      ? [others.length === 0 ? "Nothing needs another key." : "Nothing needs the older keys. Remove them from SECRET_KEY."]
      : [
          "Still needs an older key:",
          table(["table", "column", "key", "rows", "until"], older.map(formatOlderRow), ""),
          ...newCodes(older),
        ]),
  ].join("\n");
  print(options, { json: { keyIds: s.keyring.keyIds, ...(reencrypted ? { reencrypted } : {}), older }, text });
  if (older.length > 0) process.exitCode = 1;
}

function formatRow({ table: name, column, reencrypted }: ReencryptedColumn): string[] {
  return [name, column, reencrypted.toLocaleString("en")];
}

/** Lockout: without the key, no recovery code that it hashed is accepted. */
function newCodes(older: readonly OlderKeyUse[]): string[] {
  const accounts = older.reduce((sum, each) => sum + each.accounts, 0);
  if (accounts === 0) return [];
  const who = accounts === 1 ? "1 account has" : `${accounts.toLocaleString("en")} accounts have`;
  return [`${who} recovery codes of an older key. They stop working when you remove the key: ask these users to make new ones first.`];
}

function formatOlderRow({ table: name, column, keyId, isListed, rows, neededUntil, accounts }: OlderKeyUse): string[] {
  const key = keyId === null ? "unreadable" : isListed ? keyId : `${keyId} (not in SECRET_KEY)`;
  return [name, column, key, rows.toLocaleString("en"), untilWhen(neededUntil, accounts)];
}

function untilWhen(neededUntil: number | null, accounts: number): string {
  if (accounts > 0) return "new codes";
  return neededUntil === null ? "reencrypt" : instant(neededUntil);
}
