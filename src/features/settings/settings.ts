/** The settings: one page that leads to everything a person can change about their account. */
import { html } from "hono/html";
import type { Feature } from "../../feature.ts";

export const settings: Feature = {
  name: "settings",
  routes: (app, _s, all) => {
    const cards = all.flatMap(({ settingsCard }) => settingsCard ?? []);
    app.page("/settings", (c) => ({
      title: "Settings",
      body: html`<h1>Settings</h1>
<ul class="cards">
${cards.map(({ path, title, text }) => html`<li class="card"><a href="${path}">${title}</a><p>${text(c)}</p></li>`)}
</ul>`,
      json: { settings: cards.map(({ path, title }) => ({ path, title })) },
    }));
  },
};
