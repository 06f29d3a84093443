/** Shows the emails of development, while no SMTP server is configured. */
import { listUnsentEmails } from "../../../core/mail/outbox.ts";
import type { Services } from "../../../core/services.ts";
import type { Context } from "../../../http/context.ts";
import { nonLocalReason } from "../../../http/request/local-request.ts";
import { translator } from "../../../http/request/locale.ts";
import { answerNotFound } from "../../../http/response/not-found.ts";
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
    const logged = new Set<string>();
    const show = async (c: Context) => {
      const why = nonLocalReason(c);
      if (why === undefined) return mailboxPage(c, await listUnsentEmails(s));
      if (!logged.has(why)) s.log.warn(`/dev/mailbox is for this machine only and was not shown: ${why}.`);
      logged.add(why);
      // The same answer as for an unknown path.
      return answerNotFound(new Map(), c);
    };
    app.page("/dev/mailbox", show, { access: "public" });
  },
};

/** Information leak: emails hold links that log in, so a deployment has no such page (ASVS 13.4.2). */
function isOn({ settings }: Services): boolean {
  return settings.deployedBy === undefined && settings.smtpUrl === undefined;
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
