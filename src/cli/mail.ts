/** Implements `latchkey mail`: lists and retries queued emails. */
import { Command } from "commander";
import { countEmails, listOutbox, type OutboxEntry, retryNow, sendDueEmails } from "../core/mail/outbox.ts";
import { CommandError, newCommand, readCount, withServices } from "./command.ts";
import { endProgress, instant, print, showProgress, table } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly limit: number;
  readonly before?: string;
  readonly failed?: true;
}

export function mailCommand(): Command {
  return new Command("mail").description("list and retry queued emails").addCommand(listCommand()).addCommand(retryCommand());
}

function listCommand(): Command {
  return newCommand("list", "list queued and failed emails, newest first", ["mail list", "mail list --failed --json"])
    .option("--limit <count>", "number of emails, 1000 at most", readCount, 50)
    .option("--before <id>", "continue after the email with this ID")
    .option("--failed", "only failed emails")
    .action(({ json, limit, ...filter }: Options) =>
      withServices(async (s) => {
        const emails = await listOutbox(s, { ...filter, count: limit });
        const next = emails.length === limit ? (emails.at(-1)?.id ?? null) : null;
        print({ json }, { json: { emails, next }, text: formatTable(emails, next) });
      }),
    );
}

function formatTable(emails: readonly OutboxEntry[], next: string | null): string {
  const rows = emails.map((each) => [
    each.id,
    each.subject ?? "-",
    each.state,
    String(each.attempts),
    instant(each.createdAt),
    instant(each.dueAt),
    each.failure ?? "-",
  ]);
  const text = table(["id", "subject", "state", "attempts", "created", "next attempt", "smtp reply"], rows, "No queued emails.");
  return next === null ? text : `${text}\nMore: --before ${next}`;
}

function retryCommand(): Command {
  return newCommand("retry", "retry all queued emails now, for example after an SMTP outage", ["mail retry"])
    .addHelpText("after", "\nFailed emails are discarded: users must request a new one.")
    .action((options: { json?: true }) =>
      withServices(async (s) => {
        if (!s.mailer) throw new CommandError("SMTP_URL is not set");
        await retryNow(s);
        showProgress("Sending emails …");
        const sent = await sendDueEmails(s).finally(endProgress);
        const { waiting, failed } = await countEmails(s);
        const text = `Sent ${sent}. Queued: ${waiting}. Failed: ${failed}.`;
        print(options, { json: { sent, waiting, failed }, text });
      }),
    );
}
