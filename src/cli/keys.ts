/** Implements `latchkey keys`: lists and rotates the signing keys of access tokens. */
import { Command, Option } from "commander";
import { type ListedKey, listKeys, rotateKeys, type SigningAlgorithm, signingAlgorithms } from "../core/sessions/signing-keys.ts";
import { withServices } from "./command.ts";

interface Options {
  readonly json?: true;
  readonly now?: true;
  readonly algorithm: SigningAlgorithm;
}

export function keysCommand(): Command {
  return new Command("keys")
    .description("list and rotate the signing keys of access tokens")
    .addCommand(listCommand())
    .addCommand(rotateCommand());
}

function listCommand(): Command {
  return new Command("list")
    .description("list published keys, newest first")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  latchkey keys list")
    .action(({ json }: Options) =>
      withServices(async (s) => {
        const keys = await listKeys(s);
        tell(json ? JSON.stringify({ keys }) : formatText(keys));
      }),
    );
}

function rotateCommand(): Command {
  return new Command("rotate")
    .description("publish a new signing key, which is used once services have fetched it")
    .addOption(new Option("--algorithm <name>", "signing algorithm").choices(signingAlgorithms).default("EdDSA", "EdDSA: access tokens"))
    .option("--now", "for a leaked key: sign with the new key immediately and remove all others of the algorithm")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
The previous key stays published until its last token expires. With --now it is removed: services reject its tokens as soon as
they fetch the keys again.

Examples:
  latchkey keys rotate
  latchkey keys rotate --algorithm RS256`,
    )
    .action(({ json, now, algorithm }: Options) =>
      withServices(async (s) => {
        const id = await rotateKeys(s, { algorithm, now: now === true });
        const keys = await listKeys(s);
        tell(json ? JSON.stringify({ made: id, keys }) : formatText(keys));
      }),
    );
}

function formatText(keys: readonly ListedKey[]): string {
  if (keys.length === 0) return "No keys yet. The first token creates one.";
  return keys.map(keyInWords).join("\n");
}

function keyInWords({ id, algorithm, state, signsFrom, publishedUntil, isReadable }: ListedKey): string {
  const times = state === "retired" && publishedUntil !== null ? `published until ${at(publishedUntil)}` : `signs from ${at(signsFrom)}`;
  return `${id}  ${algorithm}  ${state.padEnd(7)}  ${times}${isReadable ? "" : "  (SECRET_KEY cannot decrypt it)"}`;
}

function at(instant: number): string {
  return new Date(instant).toISOString();
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}
