/** The settings: who one is here, and one page that leads to everything that can be changed about it. */

import type { User } from "../../../core/users/users.ts";
import type { Context } from "../../../http/context.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { say } from "../../../http/request/locale.ts";
import { instant } from "../../../ui/date-time.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";

export const settings: Feature = {
  name: "settings",
  openapi: {
    "/settings": {
      get: {
        summary: "What can be changed, and where",
        gives: schema.object({
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
  const cards = all.filter(({ isFor }) => isFor?.(user) ?? true);
  return {
    title: "Settings",
    body: html`<h1>Settings</h1>
${whoOneIs(user)}
<ul class="cards">
${cards.map(({ path, title, text }) => html`<li class="card"><h2><a href="${at(path)}">${say(c, title)}</a></h2><p>${say(c, text(c))}</p></li>`)}
</ul>`,
    json: { user, settings: cards.map(({ path, title }) => ({ path, title: say(c, title) })) },
  };
}

/** The initial is a picture of the name beside it, so it is not read out. */
function whoOneIs({ displayName, username, email, emailVerifiedAt, createdAt }: User): Html {
  const [initial = ""] = new Intl.Segmenter().segment(displayName);
  return html`<section class="who" aria-label="You">
<span class="initial" aria-hidden="true">${initial === "" ? "" : initial.segment.toLocaleUpperCase("en")}</span>
<div>
<p class="who-name name">${displayName}</p>
<p class="hint"><span class="name">${username}</span> · <span class="name">${email}</span> · ${emailVerifiedAt === null ? "not confirmed yet" : "confirmed"}</p>
<p class="hint">Here since ${instant(createdAt)}</p>
</div>
</section>`;
}
