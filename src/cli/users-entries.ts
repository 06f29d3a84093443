/** Builds commands that list what belongs to an account, such as its passkeys, or remove one of them by its ID. */
import type { Command } from "commander";
import type { Services } from "../core/services.ts";
import type { AccountRow } from "../core/users/users.ts";
import { CommandError, newCommand, requireUser, userArgument, withServices } from "./command.ts";
import { print, table } from "./terminal.ts";

export interface Entries<Entry> {
  readonly name: string;
  readonly description: string;
  /** In JSON, such as `passkeys`. */
  readonly key: string;
  readonly list: (s: Services, user: AccountRow) => Promise<readonly Entry[]>;
  readonly columns: readonly string[];
  readonly row: (entry: Entry) => string[];
  /** Shown instead of an empty table. */
  readonly none: string;
  /** Name and description of the option that removes one. */
  readonly option: "remove" | "unlink";
  readonly optionText: string;
  /** Key of the ID in JSON. */
  readonly removedKey: string;
  /** Returns what refuses it, or undefined. */
  readonly remove: (s: Services, user: AccountRow, id: string) => Promise<string | undefined>;
  readonly done: (user: AccountRow) => string;
}

interface Options extends Partial<Record<"remove" | "unlink", string>> {
  readonly json?: true;
}

const exampleId = "01975c1e-0d7c-7f02-8d5c-6f0d4c7e2a10";

export function entriesCommand<Entry>(of: Entries<Entry>): Command {
  const example = `users ${of.name} ada@example.com`;
  return newCommand(of.name, of.description, [example, `${example} --${of.option} ${exampleId}`])
    .argument(...userArgument)
    .option(`--${of.option} <id>`, of.optionText)
    .action((named: string, options: Options) =>
      withServices(async (s) => {
        const user = await requireUser(s, named);
        const id = options[of.option];
        if (id !== undefined) {
          const refusal = await of.remove(s, user, id);
          if (refusal !== undefined) throw new CommandError(refusal);
          return print(options, { json: { user: user.id, [of.removedKey]: id }, text: of.done(user) });
        }
        const entries = await of.list(s, user);
        const text = table(of.columns, entries.map(of.row), of.none);
        print(options, { json: { user: user.id, [of.key]: entries }, text });
      }),
    );
}
