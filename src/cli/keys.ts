/** Implements `latchkey keys`: lists and rotates the signing keys of access tokens. */
import { Command, Option } from "commander";
import { type ListedKey, listKeys, rotateKeys, type SigningAlgorithm, signingAlgorithms } from "../core/sessions/signing-keys.ts";
import { newCommand, withServices } from "./command.ts";
import { instant, print } from "./terminal.ts";

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
  return newCommand("list", "list published keys, newest first", ["keys list"]).action((options: Options) =>
    withServices(async (s) => {
      const keys = await listKeys(s);
      print(options, { json: { keys }, text: formatText(keys) });
    }),
  );
}

function rotateCommand(): Command {
  return newCommand("rotate", "publish a new signing key, which is used once services have fetched it", [
    "keys rotate",
    "keys rotate --algorithm RS256",
  ])
    .addOption(new Option("--algorithm <name>", "signing algorithm").choices(signingAlgorithms).default("EdDSA", "EdDSA: access tokens"))
    .option("--now", "for a leaked key: sign with the new key immediately and remove all others of the algorithm")
    .addHelpText(
      "after",
      `
The previous key stays published until its last token expires. With --now it is removed: services reject its tokens as soon as
they fetch the keys again.`,
    )
    .action(({ json, now, algorithm }: Options) =>
      withServices(async (s) => {
        const id = await rotateKeys(s, { algorithm, now: now === true });
        const keys = await listKeys(s);
        print({ json }, { json: { created: id, keys }, text: formatText(keys) });
      }),
    );
}

function formatText(keys: readonly ListedKey[]): string {
  if (keys.length === 0) return "No keys yet. The first token creates one.";
  return keys.map(formatKey).join("\n");
}

function formatKey({ id, algorithm, state, signsFrom, publishedUntil, isReadable }: ListedKey): string {
  const times =
    state === "retired" && publishedUntil !== null ? `published until ${instant(publishedUntil)}` : `signs from ${instant(signsFrom)}`;
  return `${id}  ${algorithm}  ${state.padEnd(7)}  ${times}${isReadable ? "" : "  (SECRET_KEY cannot decrypt it)"}`;
}
