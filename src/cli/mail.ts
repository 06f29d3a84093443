/** Implements `latchkey mail`: lists and retries queued emails. */
import { Command } from "commander";
import { countEmails, listOutbox, type OutboxEntry, retryNow, sendDueEmails } from "../core/mail/outbox.ts";
import { CommandError, newCommand, toPage, withNext, withPaging, withServices } from "./command.ts";
import { endProgress, instant, print, showProgress, table } from "./terminal.ts";

interface Options {
  readonly json?: true;
  readonly limit: number;
  readonly after?: string;
  readonly failed?: true;
}

export function mailCommand(): Command {
  return new Command("mail").description("list and retry queued emails").addCommand(listCommand()).addCommand(retryCommand());
}

function listCommand(): Command {
  return withPaging(newCommand("list", "list queued and failed emails, newest first", ["mail list", "mail list --failed --json"]))
    .option("--failed", "only failed emails")
    .action(({ json, limit, ...filter }: Options) =>
      withServices(async (s) => {
        const { page: emails, next } = toPage(await listOutbox(s, { ...filter, count: limit + 1 }), limit);
        print({ json }, { json: { emails, next }, text: withNext(formatTable(emails), next) });
      }),
    );
}

function formatTable(emails: readonly OutboxEntry[]): string {
  const rows = emails.map((each) => [
    each.id,
    each.subject ?? "-",
    each.state,
    String(each.attempts),
    instant(each.createdAt),
    instant(each.dueAt),
    each.failure ?? "-",
  ]);
  return table(["id", "subject", "state", "attempts", "created", "next attempt", "smtp reply"], rows, "No queued emails.");
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
