/** The first page: what this is, and the way in. */

import { schema } from "../../../http/openapi-schemas.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Feature } from "../../feature.ts";

export const home: Feature = {
  name: "home",
  openapi: {
    "/": { get: { summary: "Who is logged in, or null", gives: schema.object({ user: schema.nullable(schema.user) }) } },
  },
  routes: (app, s) => {
    app.page(
      "/",
      (c) => ({
        title: "Welcome",
        body: homeBody({
          siteName: s.settings.siteName,
          username: c.get("visitor")?.user.displayName,
          homeUrl: s.settings.homeUrl,
          signupIsOpen: s.settings.signup !== "closed",
        }),
        json: { user: c.get("visitor")?.user ?? null },
      }),
      { access: "public" },
    );
  },
};

interface HomeProps {
  readonly siteName: string;
  readonly username: string | undefined;
  readonly homeUrl: string;
  readonly signupIsOpen: boolean;
}

function homeBody({ siteName, username, homeUrl, signupIsOpen }: HomeProps): Html {
  return html`<section class="hero">
<h1>Your account at ${siteName}</h1>
${username === undefined ? welcomeStranger(signupIsOpen) : welcomeBack(username, homeUrl)}
</section>
<section class="promises" aria-label="What you can rely on">
<div><h2>Only you get in</h2><p>Your password is kept in a form that nobody can read back, and guessing it is slowed down after a few attempts.</p></div>
<div><h2>You decide how long</h2><p>Stay logged in on your own device, or only until you close the browser. Logging out ends it at once, everywhere that session was copied.</p></div>
<div><h2>Nobody watches</h2><p>No trackers, nothing loaded from other sites, and every page works without scripts.</p></div>
</section>`;
}

function welcomeStranger(signupIsOpen: boolean): Html {
  return html`<p class="lead">${signupIsOpen ? "This is the front door. Sign up for an account, or log in to the one that you have." : "This is the front door. Log in to your account."}</p>
<p class="actions">${signupIsOpen ? html`<a class="button" href="${at("/signup")}">Sign up</a> <a class="button secondary" href="${at("/login")}">Log in</a>` : html`<a class="button" href="${at("/login")}">Log in</a>`}</p>`;
}

function welcomeBack(username: string, homeUrl: string): Html {
  return html`<p class="lead">You are logged in as <strong class="name">${username}</strong>.</p>
<p class="actions"><a class="button" href="${homeUrl}">Go to your dashboard</a></p>`;
}
