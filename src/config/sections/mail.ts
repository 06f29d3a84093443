/** Settings of the mail server; they stand in the table with all others. */
import { z } from "zod";
import { asSender, isMailName, isSmtpUrl } from "../parsers.ts";
import { row } from "../setting.ts";

export const mailSettings = {
  smtpUrl: row(
    "SMTP_URL",
    undefined,
    z.string().refine(isSmtpUrl),
    "a URL such as smtp://name:password@mail.example.com:587 or smtps://…",
    "The mail server. STARTTLS is demanded of every host but this machine; `?tls=optional` at the end of the URL lets it go. Without the setting, development keeps letters at `/dev/mailbox`.",
    "secret",
  ),
  smtpName: row(
    "SMTP_NAME",
    undefined,
    z.string().refine(isMailName),
    "a host name such as accounts.example.com, or an IP address in square brackets",
    "What the program calls itself to the mail server (EHLO), which some refuse unless it is a full name. Without it, the host of `BASE_URL`.",
  ),
  mailFrom: row(
    "MAIL_FROM",
    undefined,
    z.string().transform(asSender),
    "an address, or a name and an address such as Example <no-reply@example.com>",
    "Who letters come from. Without it, `SITE_NAME <no-reply@HOST>`, with the host of `BASE_URL`.",
  ),
};
