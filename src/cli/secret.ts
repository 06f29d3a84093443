/** The command `latchkey secret`: makes a key for SECRET_KEY. */
import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { operatorCommand } from "./operator.ts";
import { answer } from "./terminal.ts";

export function secretCommand(): Command {
  return operatorCommand("secret", "make a key for SECRET_KEY, and print it", ["secret"])
    .addHelpText(
      "after",
      "\nIt is kept nowhere. Put it in front of the key before, SECRET_KEY=new,old, and take the old one out a month later.",
    )
    .action((options: { json?: true }) => {
      // 384 bits of the system's generator, in letters that need no quotes (ASVS 11.5.1).
      const secret = randomBytes(48).toString("base64url");
      answer(options, { json: { secret }, words: secret });
    });
}
