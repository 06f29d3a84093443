/** Shows the profile, and a card for each page of the settings. */

import type { User } from "../../../core/users/user.ts";
import type { Context } from "../../../http/context.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { localeOf, say, translator } from "../../../http/request/locale.ts";
import { instant } from "../../../ui/date-time.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./settings.messages.ts";

export const settings: Feature = {
  name: "settings",
  messages: [messages],
  openapi: {
    "/settings": {
      get: {
        summary: "List the settings pages",
        response: schema.object({
          user: schema.user,
          settings: { type: "array", items: schema.object({ path: schema.text, title: schema.text }) },
        }),
      },
    },
  },
  routes: (app, s, all) => {
    const cards = all.flatMap(({ settingsCard }) => settingsCard ?? []).filter(({ isThere }) => isThere?.(s) ?? true);
    app.page("/settings", (c) => settingsPage(c, cards));
  },
};

type Card = NonNullable<Feature["settingsCard"]>;

function settingsPage(c: Context, all: readonly Card[]): Page {
  const { user } = requireVisitor(c);
  const title = translator(c, messages)("title");
  const cards = all.filter(({ isFor }) => isFor?.(user) ?? true);
  return {
    title,
    body: html`<h1>${title}</h1>
${profile(c, user)}
<ul class="cards">
${cards.map((card) => html`<li class="card"><h2><a href="${at(card.path)}">${say(c, card.title)}</a></h2><p>${say(c, card.text(c))}</p></li>`)}
</ul>`,
    json: { user, settings: cards.map((card) => ({ path: card.path, title: say(c, card.title) })) },
  };
}

function profile(c: Context, { displayName, username, email, emailVerifiedAt, createdAt }: User): Html {
  const t = translator(c, messages);
  const { instantInWords } = c.get("s").translations.translator(localeOf(c));
  const names = { username: html`<span class="name">${username}</span>`, email: html`<span class="name">${email}</span>` };
  const [initial] = new Intl.Segmenter().segment(displayName);
  // Screen readers skip the initial: the name follows it.
  return html`<section class="who" aria-label="${t("profile")}">
<span class="initial" aria-hidden="true">${initial?.segment.toLocaleUpperCase("en") ?? ""}</span>
<div>
<p class="who-name name">${displayName}</p>
<p class="hint">${t(emailVerifiedAt === null ? "unverified" : "verified", names)}</p>
<p class="hint">${t("memberSince", { when: instant(createdAt, instantInWords) })}</p>
</div>
</section>`;
}
