/** Shows the first page: links to sign up and log in, or to the dashboard. */
import { pageWith } from "../../../core/services.ts";
import type { Context } from "../../../http/context.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { translator } from "../../../http/request/locale.ts";
import type { Translate } from "../../../i18n/translator.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./home.messages.ts";

export const home: Feature = {
  name: "home",
  pages: { front: { path: "/" } },
  messages: [messages],
  translations: [{ de: () => import("./home.messages.de.ts"), ar: () => import("./home.messages.ar.ts") }],
  openapi: {
    "/": { get: { summary: "Get the logged-in user, or null", response: schema.object({ user: schema.nullable(schema.user) }) } },
  },
  routes: (app) => {
    app.page("/", homePage, { access: "public" });
  },
};

type Words = Translate<typeof messages.texts>;

function homePage(c: Context): Page {
  const s = c.get("s");
  const t = translator(c, messages);
  const user = c.get("visitor")?.user;
  return {
    title: t("title"),
    json: { user: user ?? null },
    body: html`<section class="hero">
<h1>${t("heading", { siteName: s.settings.siteName })}</h1>
${user ? userActions(c, t, user.displayName) : visitorActions(t, pageWith(s, "signup"))}
</section>`,
  };
}

function visitorActions(t: Words, signup: string | undefined): Html {
  if (signup === undefined) {
    return html`<p class="lead">${t("leadClosed")}</p>
<p class="actions"><a class="button" href="${at("/login")}">${t("logIn")}</a></p>`;
  }
  return html`<p class="lead">${t("lead")}</p>
<p class="actions"><a class="button" href="${at(signup)}">${t("signUp")}</a> <a class="button secondary" href="${at("/login")}">${t("logIn")}</a></p>`;
}

function userActions(c: Context, t: Words, name: string): Html {
  const s = c.get("s");
  return html`<p class="lead">${t("loggedInAs", { name: html`<strong class="name">${name}</strong>` })}</p>
<p class="actions"><a class="button" href="${s.settings.homeUrl}">${t(pageWith(s, "home") === undefined ? "continue" : "dashboard")}</a></p>`;
}
