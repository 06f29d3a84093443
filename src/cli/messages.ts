/** Implements `latchkey messages`: lists all texts, for translations. */
import type { Command } from "commander";
import { features } from "../features/index.ts";
import { messagesOf } from "../features/messages.ts";
import { newCommand } from "./command.ts";

export function messagesCommand(): Command {
  return newCommand("messages", "list all texts by key, for the library option `translations`", ["messages > messages.json"]).action(
    ({ json }: { json?: true }) => {
      const texts = messagesOf(features).flatMap(({ name, texts: own }) =>
        Object.entries(own).map(([key, text]) => [`${name}.${key}`, text]),
      );
      process.stdout.write(`${JSON.stringify(Object.fromEntries(texts), null, json ? 0 : 2)}\n`);
    },
  );
}
