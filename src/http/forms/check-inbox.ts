/** Renders what to do if an email does not arrive. */
import { panel, row, rowLink } from "../../ui/components.ts";
import { at, type Html, html } from "../../ui/html.ts";
import type { Context } from "../context.ts";
import { translator } from "../request/locale.ts";
import { messages } from "./check-inbox.messages.ts";

interface HelpProps {
  /** What the email has. */
  readonly sends: "code" | "link";
  /** The form that sends another email; its fields include the CSRF token. */
  readonly resend: { readonly action: string; readonly fields: Html };
  /** Path of the form with the email filled in; undefined if it cannot be corrected there. */
  readonly correctPath: string | undefined;
}

/** The same for every email, with and without an account. */
export function noEmailHelp(c: Context, { sends, resend, correctPath }: HelpProps): Html {
  const t = translator(c, messages);
  const again = html`<form method="post" action="${at(resend.action)}" class="plain">
${resend.fields}
<button type="submit" class="button small secondary">${t("againButton")}</button>
</form>`;
  const correct =
    correctPath &&
    row({ value: t("wrongEmail"), hint: t("wrongEmailHint", { sends }), action: rowLink({ path: correctPath, text: t("correct") }) });
  return panel({
    title: t("helpTitle"),
    body: html`${row({ value: t("spam"), hint: t("spamHint") })}
${row({ value: t("again"), hint: emailLimit(c), action: again })}
${correct}`,
  });
}

/** The strictest limit of one inbox. Past it no email is sent, and only this text says so. */
function emailLimit(c: Context): string {
  const t = translator(c, messages);
  const { emailsPerInboxAndIp, emailsPerInbox, emailsPerInboxLong } = c.get("s").settings;
  const [strictest = emailsPerInbox] = [emailsPerInboxAndIp, emailsPerInbox, emailsPerInboxLong].sort(
    (a, b) => a.count - b.count || b.perMs - a.perMs,
  );
  const { count, perMs } = strictest;
  const emails = t("emails", { count });
  const minutes = Math.ceil(perMs / 60_000);
  if (minutes % 60 !== 0) return t("limitMinutes", { emails, count: minutes });
  const hours = minutes / 60;
  return hours % 24 === 0 ? t("limitDays", { emails, count: hours / 24 }) : t("limitHours", { emails, count: hours });
}
