/** Shows an account's details and its last two logins. */
import { pageWith } from "../../../core/services.ts";
import type { Context } from "../../../http/context.ts";
import { extraFields, formatExtraValue } from "../../../http/forms/extra-fields.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { localeOf, translator } from "../../../http/request/locale.ts";
import { instant } from "../../../ui/date-time.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./dashboard.messages.ts";

export const dashboard: Feature = {
  name: "dashboard",
  pages: { home: { path: "/dashboard" } },
  messages: [messages],
  openapi: {
    "/dashboard": { get: { summary: "Get the logged-in user", response: schema.object({ user: schema.user }) } },
  },
  routes: (app) => {
    app.page("/dashboard", dashboardPage);
  },
};

function dashboardPage(c: Context): Page {
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  const s = c.get("s");
  const { instantInWords } = s.translations.translator(localeOf(c));
  const time = (ms: number | null) => (ms === null ? t("none") : instant(ms, instantInWords));
  const verification = user.emailVerifiedAt === null ? pageWith(s, "email-verification") : undefined;
  return {
    title: t("title"),
    json: { user },
    body: html`<h1>${t("hello", { name: html`<span class="name">${user.displayName}</span>` })}</h1>
${verification === undefined ? "" : html`<div class="flash warning"><p>${t("verify", { link: html`<a href="${at(verification)}">${t("verifyLink")}</a>` })}</p></div>`}
<section class="card" aria-labelledby="account">
<h2 id="account">${t("account")}</h2>
<dl>
<div><dt>${t("username")}</dt><dd class="name">${user.username}</dd></div>
<div><dt>${t("email")}</dt><dd class="name">${user.email}</dd></div>
${extraFields(s).map((each) => html`<div><dt>${each.label}</dt><dd class="name">${formatExtraValue(c, each, user.extra[each.name])}</dd></div>\n`)}<div><dt>${t("accountId")}</dt><dd><code>${user.id}</code></dd></div>
<div><dt>${t("memberSince")}</dt><dd>${time(user.createdAt)}</dd></div>
<div><dt>${t("lastLogin")}</dt><dd>${time(user.lastLoginAt)}</dd></div>
<div><dt>${t("previousLogin")}</dt><dd>${time(user.previousLoginAt)}</dd></div>
</dl>
</section>`,
  };
}
