/** The command `latchkey secrets`: makes keys for SECRET_KEY, and replaces them. */
import { randomBytes } from "node:crypto";
import { Command } from "commander";
import { findOlderKeyUses, type OlderKeyUse, type ReencryptedColumn, reencrypt } from "../core/maintenance/reencrypt.ts";
import type { Services } from "../core/services.ts";
import { operatorCommand, withServices } from "./operator.ts";
import { answer, endProgress, instant, showProgress, table } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly dryRun?: true;
}

export function secretsCommand(): Command {
  return new Command("secrets")
    .description("generate and replace the keys of SECRET_KEY")
    .addCommand(generateCommand())
    .addCommand(statusCommand())
    .addCommand(reencryptCommand());
}

function generateCommand(): Command {
  return operatorCommand("generate", "generate a key for SECRET_KEY and print it", ["secrets generate"])
    .addHelpText("after", "\nIt is not stored. To replace a key, put the new one first: SECRET_KEY=new,old.")
    .action((options: Options) => {
      // 384 bits of the system's generator, in letters that need no quotes (ASVS 11.5.1).
      const secret = randomBytes(48).toString("base64url");
      answer(options, { json: { secret }, words: secret });
    });
}

const exitCodes = "\nExits 0 when the older keys can be removed from SECRET_KEY, 1 while something still needs one.";

function statusCommand(): Command {
  return operatorCommand("status", "show what still needs an older key of SECRET_KEY", ["secrets status", "secrets status --json"])
    .addHelpText("after", exitCodes)
    .action((options: Options) => withServices((s) => report(s, options)));
}

function reencryptCommand(): Command {
  return operatorCommand("reencrypt", "re-encrypt everything with the first key of SECRET_KEY", [
    "secrets reencrypt --dry-run",
    "secrets reencrypt",
  ])
    .option("--dry-run", "count only, change nothing")
    .addHelpText("after", `\nIt can run while the program does, and can be interrupted and repeated.\n${exitCodes}`)
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

/** Fails the command while an older key is needed, so that a script cannot remove it too early. */
async function report(s: Services, options: Options, reencrypted?: readonly ReencryptedColumn[]): Promise<void> {
  const older = await findOlderKeyUses(s);
  const [first, ...others] = s.keyring.keyIds;
  const words = [
    `First key: ${first}. Older keys: ${others.length === 0 ? "none" : others.join(", ")}.`,
    ...(reencrypted ? [table(["table", "column", options.dryRun ? "would change" : "re-encrypted"], reencrypted.map(inRow), "")] : []),
    ...(older.length === 0
      ? [others.length === 0 ? "Nothing needs another key." : "Nothing needs the older keys. Remove them from SECRET_KEY."]
      : ["Still needs an older key:", table(["table", "column", "key", "rows", "until"], older.map(inOlderRow), "")]),
  ].join("\n");
  answer(options, { json: { keyIds: s.keyring.keyIds, ...(reencrypted ? { reencrypted } : {}), older }, words });
  if (older.length > 0) process.exitCode = 1;
}

function inRow({ table: name, column, reencrypted }: ReencryptedColumn): string[] {
  return [name, column, reencrypted.toLocaleString("en")];
}

function inOlderRow({ table: name, column, keyId, isListed, rows, neededUntil }: OlderKeyUse): string[] {
  const key = keyId === null ? "unreadable" : isListed ? keyId : `${keyId} (not in SECRET_KEY)`;
  return [name, column, key, rows.toLocaleString("en"), neededUntil === null ? "reencrypt" : instant(neededUntil)];
}
