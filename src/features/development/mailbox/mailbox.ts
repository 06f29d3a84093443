/** Shows the emails of development, while no SMTP server is configured. */
import { emailSource } from "../../../core/mail/mailer.ts";
import { listUnsentEmails } from "../../../core/mail/outbox.ts";
import type { Services } from "../../../core/services.ts";
import type { Context } from "../../../http/context.ts";
import { nonLocalReason } from "../../../http/request/local-request.ts";
import { translator } from "../../../http/request/locale.ts";
import { hasDevelopmentPages, localOnly } from "../../../http/response/development-page.ts";
import { allowFrames, answerFramedEmail, emailFrame } from "../../../http/response/framed-email.ts";
import { answerNotFound } from "../../../http/response/not-found.ts";
import { answerPage } from "../../../http/response/respond.ts";
import { recentTime } from "../../../http/response/times.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./mailbox.messages.ts";

const [path, messagePath] = ["/dev/mailbox", "/dev/mailbox/message"];
/** How long pages say that an email was sent. */
const noticeForMs = 120_000;

type KeptEmail = Awaited<ReturnType<typeof listUnsentEmails>>[number];

export const mailbox: Feature = {
  name: "mailbox",
  messages: [messages],
  translations: [{ de: () => import("./mailbox.messages.de.ts"), ar: () => import("./mailbox.messages.ar.ts") }],
  pages: { inbox: { path, isThere: isOn } },
  pageNotice: { isOn: (s) => isOn(s) && s.settings.environment === "development", show: justSentNotice },
  routes: (app, s) => {
    if (!isOn(s)) return;
    app.page(path, localOnly(s, path, inbox), { access: "public", whileEnrolling: true });
    app.page(messagePath, localOnly(s, messagePath, framedMessage), { access: "public", whileEnrolling: true });
  },
};

function isOn(s: Services): boolean {
  return hasDevelopmentPages(s) && s.settings.smtpUrl === undefined;
}

/** Leads to the inbox, until it is opened. */
function justSentNotice(c: Context): Html | undefined {
  const { keptEmails, settings, now } = c.get("s");
  if (now() - keptEmails.latestAt > noticeForMs || nonLocalReason(c) !== undefined) return undefined;
  const t = translator(c, messages);
  return html`${t("justSent", { link: html`<a href="${settings.mountPath}${path}">${t("openInbox")}</a>` })}`;
}

const parts = ["preview", "text", "source"] as const;

async function inbox(c: Context): Promise<Response> {
  const s = c.get("s");
  s.keptEmails.latestAt = 0;
  const emails = await listUnsentEmails(s);
  const chosen = emails.find(({ id }) => id === c.req.query("id"));
  const shown = chosen ?? emails[0];
  const t = translator(c, messages);
  const response = answerPage(c, {
    title: t("title"),
    json: { emails },
    body: html`<h1>${t("title")}</h1>
<p class="lead">${t("intro")}</p>
${shown ? html`<div class="mailbox${chosen ? " chosen" : ""}">\n${emailList(c, emails, shown)}\n${await shownEmail(c, shown)}\n</div>` : html`<p>${t("empty")} ${t("emptyHint")}</p>`}`,
  });
  return allowFrames(response);
}

function emailList(c: Context, emails: readonly KeptEmail[], shown: KeptEmail): Html {
  const t = translator(c, messages);
  const row = (email: KeptEmail) =>
    html`<li><a href="${at(`${path}?id=${email.id}`)}"${email === shown ? html` aria-current="true"` : ""}><strong>${email.subject}</strong><span class="hint">${t("sent", { email: recipient(email), when: recentTime(c, email.at) })}</span></a></li>\n`;
  return html`<section class="panel" aria-label="${t("list")}"><ol class="events">\n${emails.map(row)}</ol></section>`;
}

async function shownEmail(c: Context, email: KeptEmail): Promise<Html> {
  const t = translator(c, messages);
  const part = parts.find((each) => each === c.req.query("part")) ?? "preview";
  const tab = (each: (typeof parts)[number]) =>
    html`<a href="${at(`${path}?id=${email.id}&part=${each}`)}"${each === part ? html` aria-current="page"` : ""}>${t(each)}</a>\n`;
  const facts = { email: recipient(email), when: recentTime(c, email.at) };
  return html`<article>
<p class="crumb"><a href="${at(path)}">${t("back")}</a></p>
<h2>${email.subject}</h2>
<p class="hint">${email.kind === undefined ? t("sent", facts) : t("sentKind", { ...facts, kind: html`<code>${email.kind}</code>` })}</p>
<nav class="tabs" aria-label="${t("parts")}">${parts.map(tab)}</nav>
${await shownPart(c, email, part)}
</article>`;
}

async function shownPart(c: Context, email: KeptEmail, part: (typeof parts)[number]): Promise<Html> {
  if (part === "text") return html`<pre tabindex="0">${withLinks(email.text)}</pre>`;
  if (part === "source") return html`<pre tabindex="0"><code>${await emailSource(c.get("s").settings, email, email.id)}</code></pre>`;
  const title = translator(c, messages)("previewOf");
  return emailFrame(`${messagePath}?id=${email.id}`, title);
}

function recipient({ to }: KeptEmail): Html {
  return html`<span class="name">${to}</span>`;
}

/** The text, with its URLs as links. */
function withLinks(text: string) {
  return text.split(/(https?:\/\/\S+)/).map((part, i) => (i % 2 === 1 ? html`<a href="${part}">${part}</a>` : part));
}

/** The HTML of one email, for the frame. */
async function framedMessage(c: Context): Promise<Response> {
  const email = (await listUnsentEmails(c.get("s"))).find(({ id }) => id === c.req.query("id"));
  if (!email) return answerNotFound(new Map(), c);
  return answerFramedEmail(c, email.html);
}
