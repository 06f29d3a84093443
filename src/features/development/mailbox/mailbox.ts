/** Shows the emails of development, while no SMTP server is configured. */
import { listUnsentEmails } from "../../../core/mail/outbox.ts";
import type { Services } from "../../../core/services.ts";
import type { Context } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { hasDevelopmentPages, localOnly } from "../../../http/response/development-page.ts";
import { recentTime } from "../../../http/response/times.ts";
import { type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./mailbox.messages.ts";

type KeptEmail = Awaited<ReturnType<typeof listUnsentEmails>>[number];

export const mailbox: Feature = {
  name: "mailbox",
  messages: [messages],
  pages: { inbox: { path: "/dev/mailbox", isThere: isOn } },
  routes: (app, s) => {
    if (!isOn(s)) return;
    const show = async (c: Context) => mailboxPage(c, await listUnsentEmails(s));
    app.page("/dev/mailbox", localOnly(s, "/dev/mailbox", show), { access: "public" });
  },
};

function isOn(s: Services): boolean {
  return hasDevelopmentPages(s) && s.settings.smtpUrl === undefined;
}

function mailboxPage(c: Context, emails: readonly KeptEmail[]): Page {
  const t = translator(c, messages);
  return {
    title: t("title"),
    json: { emails },
    body: html`<h1>${t("title")}</h1>
<p class="lead">${t("intro")}</p>
${emails.length === 0 ? html`<p>${t("empty")}</p>` : emails.map((email) => emailCard(c, email))}`,
  };
}

function emailCard(c: Context, { to, subject, text, at }: KeptEmail): Html {
  const when = recentTime(c, at);
  const sent = translator(c, messages)("sent", { email: html`<span class="name">${to}</span>`, when });
  return html`<article class="card letter">
<h2>${subject}</h2>
<p class="hint">${sent}</p>
<div class="letter-text">${withLinks(text)}</div>
</article>`;
}

/** The text, with its URLs as links. */
function withLinks(text: string) {
  return text.split(/(https?:\/\/\S+)/).map((part, i) => (i % 2 === 1 ? html`<a href="${part}">${part}</a>` : part));
}
