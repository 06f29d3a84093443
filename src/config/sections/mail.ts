/** Settings of email: the SMTP server and the sender. */
import { z } from "zod";
import { asSender, isMailName, isSmtpUrl } from "../parsers.ts";
import type { Section } from "../setting.ts";

export const mail = {
  smtpUrl: {
    env: "SMTP_URL",
    default: undefined,
    schema: z.string().refine(isSmtpUrl),
    format: "a URL such as smtp://name:password@mail.example.com:587 or smtps://…",
    description:
      "SMTP server. STARTTLS is required, except on this machine; append `?tls=optional` to allow plain text. If unset, development shows emails at `/dev/mailbox`.",
    secret: true,
  },
  smtpName: {
    env: "SMTP_NAME",
    default: undefined,
    schema: z.string().refine(isMailName),
    format: "a host name such as accounts.example.com, or an IP address in square brackets",
    description: "Host name sent to the SMTP server (EHLO); some servers require a full name. Default: the host of `BASE_URL`.",
  },
  mailFrom: {
    env: "MAIL_FROM",
    default: undefined,
    schema: z.string().transform(asSender),
    format: "an email address, or a name and an email address such as Example <no-reply@example.com>",
    description: "Sender of emails. Default: `SITE_NAME <no-reply@HOST>`, with the host of `BASE_URL`.",
  },
  emailFooter: {
    env: "EMAIL_FOOTER",
    default: "",
    schema: z.string().trim().max(300),
    format: "a postal address of up to 300 characters, such as Example Ltd, 1 Example Street, London",
    description: "Postal address at the end of each email; in some countries, companies must state it. Default: `SITE_NAME` alone.",
  },
} satisfies Section;
