/** Development's mailbox: the letters that would have gone out, while no mail server is set. */
import { listKeptEmails } from "../../../core/mail/outbox.ts";
import type { Context } from "../../../http/context.ts";
import { notFromHere } from "../../../http/request/local-request.ts";
import { answerError } from "../../../http/response/respond.ts";
import { instant } from "../../../ui/date-time.ts";
import { html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";

type KeptLetter = Awaited<ReturnType<typeof listKeptEmails>>[number];

export const mailbox: Feature = {
  name: "mailbox",
  routes: (app, s) => {
    // Where people rely on it, a letter is for its addressee alone (ASVS 13.4.2).
    if (s.settings.deployedBy !== undefined || s.settings.smtpUrl !== undefined) return;
    const told = new Set<string>();
    const show = async (c: Context) => {
      const why = notFromHere(c);
      if (why === undefined) return mailboxPage(await listKeptEmails(s));
      if (!told.has(why)) s.log.warn(`/dev/mailbox is for this machine only and was not shown: ${why}.`);
      told.add(why);
      return answerError(c, 404, notThere);
    };
    app.page("/dev/mailbox", show, { access: "public" });
  },
};

/** The same as where there is nothing. */
const notThere = { code: "not-found", message: "There is no page at this address." };

function mailboxPage(letters: readonly KeptLetter[]): Page {
  return {
    title: "Mailbox",
    json: { letters },
    body: html`<h1>Mailbox</h1>
<p class="lead">No mail server is set, so letters wait here, newest first. In production this page is not there.</p>
${letters.length === 0 ? html`<p>No letters yet.</p>` : letters.map(oneLetter)}`,
  };
}

function oneLetter({ to, subject, text, at }: KeptLetter) {
  return html`<article class="card letter">
<h2>${subject}</h2>
<p class="hint">To <span class="name">${to}</span>, ${instant(at)}</p>
<div class="letter-text">${withLinks(text)}</div>
</article>`;
}

/** The text as it is, with its addresses as links. */
function withLinks(text: string) {
  return text.split(/(https?:\/\/\S+)/).map((part, i) => (i % 2 === 1 ? html`<a href="${part}">${part}</a>` : part));
}
