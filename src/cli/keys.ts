/** The command `latchkey keys`: shows the keys that sign access tokens, and replaces them without a gap. */
import { Command, Option } from "commander";
import { type ListedKey, listKeys, rotateKeys, type SigningAlgorithm, signingAlgorithms } from "../core/sessions/signing-keys.ts";
import { withServices } from "./operator.ts";

interface Options {
  readonly json?: true;
  readonly now?: true;
  readonly algorithm: SigningAlgorithm;
}

export function keysCommand(): Command {
  return new Command("keys").description("list and rotate the keys that sign tokens").addCommand(listCommand()).addCommand(rotateCommand());
}

function listCommand(): Command {
  return new Command("list")
    .description("list the published keys, newest first")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  latchkey keys list")
    .action(({ json }: Options) =>
      withServices(async (s) => {
        const keys = await listKeys(s);
        tell(json ? JSON.stringify({ keys }) : inWords(keys));
      }),
    );
}

function rotateCommand(): Command {
  return new Command("rotate")
    .description("publish a new key, which signs once every service has had time to fetch it")
    .addOption(new Option("--algorithm <name>", "of which algorithm").choices(signingAlgorithms).default("EdDSA", "EdDSA: access tokens"))
    .option("--now", "for a key that has leaked: sign with the new one at once, and remove all others of the algorithm")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
The previous key stays published until the last token that it signed has expired. With --now it does not: its tokens are
refused as soon as services fetch the keys again.

Examples:
  latchkey keys rotate
  latchkey keys rotate --algorithm RS256`,
    )
    .action(({ json, now, algorithm }: Options) =>
      withServices(async (s) => {
        const id = await rotateKeys(s, { algorithm, now: now === true });
        const keys = await listKeys(s);
        tell(json ? JSON.stringify({ made: id, keys }) : inWords(keys));
      }),
    );
}

function inWords(keys: readonly ListedKey[]): string {
  if (keys.length === 0) return "There are no keys yet. The first is made with the first token.";
  return keys.map(keyInWords).join("\n");
}

function keyInWords({ id, algorithm, state, signsFrom, publishedUntil, isReadable }: ListedKey): string {
  const times = state === "retired" && publishedUntil !== null ? `published until ${at(publishedUntil)}` : `signs from ${at(signsFrom)}`;
  return `${id}  ${algorithm}  ${state.padEnd(7)}  ${times}${isReadable ? "" : "  (no SECRET_KEY opens it)"}`;
}

function at(instant: number): string {
  return new Date(instant).toISOString();
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}
