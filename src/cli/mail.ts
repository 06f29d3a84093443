/** The command `latchkey mail`: letters that are not out yet, and another try at them. */
import { Command } from "commander";
import { countEmails, listOutbox, type OutboxEntry, retryNow, sendDueEmails } from "../core/mail/outbox.ts";
import { CommandError, operatorCommand, readCount, withServices } from "./operator.ts";
import { answer, endProgress, instant, showProgress, table } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly limit: number;
  readonly before?: string;
  readonly failed?: true;
}

export function mailCommand(): Command {
  return new Command("mail")
    .description("show letters that are not out yet, and try them again")
    .addCommand(listCommand())
    .addCommand(retryCommand());
}

function listCommand(): Command {
  return operatorCommand("list", "show letters that are not out yet, the newest first", ["mail list", "mail list --failed --json"])
    .option("--limit <count>", "how many, 1000 at most", readCount, 50)
    .option("--before <id>", "go on after the letter with this id")
    .option("--failed", "only those that were given up")
    .action(({ json, limit, ...filter }: Options) =>
      withServices(async (s) => {
        const letters = await listOutbox(s, { ...filter, count: limit });
        const next = letters.length === limit ? (letters.at(-1)?.id ?? null) : null;
        answer({ json }, { json: { letters, next }, words: inTable(letters, next) });
      }),
    );
}

function inTable(letters: readonly OutboxEntry[], next: string | null): string {
  const rows = letters.map((each) => [
    each.id,
    each.subject ?? "-",
    each.state,
    String(each.attempts),
    instant(each.createdAt),
    instant(each.dueAt),
    each.failure ?? "-",
  ]);
  const text = table(["id", "about", "state", "tries", "written", "next try", "answer"], rows, "No letter is waiting.");
  return next === null ? text : `${text}\nThere may be more: --before ${next}`;
}

function retryCommand(): Command {
  return operatorCommand("retry", "try every letter that waits now, such as when the mail server is back", ["mail retry"])
    .addHelpText("after", "\nA letter that was given up is gone: what it was about has to be asked for again.")
    .action((options: { json?: true }) =>
      withServices(async (s) => {
        if (!s.mailer) throw new CommandError("There is no mail server to send letters to: SMTP_URL is not set.");
        await retryNow(s);
        showProgress("Sending letters …");
        const sent = await sendDueEmails(s).finally(endProgress);
        const { waiting, failed } = await countEmails(s);
        const words = `Sent ${sent}. ${waiting} still waiting, ${failed} given up.`;
        answer(options, { json: { sent, waiting, failed }, words });
      }),
    );
}
