/** A person's own page: who they are here, and when they last came. */
import { canVerifyEmail } from "../../../core/account/unverified.ts";
import type { User } from "../../../core/users/users.ts";
import type { Context } from "../../../http/context.ts";
import { extraFields, extraInWords } from "../../../http/forms/extra-fields.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { instant } from "../../../ui/date-time.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Feature } from "../../feature.ts";

export const dashboard: Feature = {
  name: "dashboard",
  openapi: {
    "/dashboard": { get: { summary: "Who is logged in", gives: schema.object({ user: schema.user }) } },
  },
  routes: (app) => {
    app.page("/dashboard", (c) => {
      const { user } = requireVisitor(c);
      return {
        title: "Dashboard",
        body: dashboardBody(c, user),
        json: { user },
      };
    });
  },
};

function dashboardBody(c: Context, user: User): Html {
  const s = c.get("s");
  const asksToConfirm = user.emailVerifiedAt === null && canVerifyEmail(s);
  return html`<h1>Hello, <span class="name">${user.displayName}</span></h1>
${asksToConfirm ? confirmBanner : ""}
<p class="lead">You are logged in. Only you can see this page.</p>
<section class="card" aria-labelledby="account">
<h2 id="account">Your account</h2>
<dl>
<div><dt>User name</dt><dd class="name">${user.username}</dd></div>
<div><dt>E-mail</dt><dd class="name">${user.email}</dd></div>
${extraFields(s).map((each) => html`<div><dt>${each.label}</dt><dd class="name">${extraInWords(c, each, user.extra[each.name])}</dd></div>\n`)}<div><dt>Account ID</dt><dd><code>${user.id}</code></dd></div>
<div><dt>Member since</dt><dd>${instant(user.createdAt)}</dd></div>
<div><dt>Last login</dt><dd>${user.lastLoginAt === null ? "Not yet" : instant(user.lastLoginAt)}</dd></div>
<div><dt>Login before that</dt><dd>${user.previousLoginAt === null ? "None: this is your first" : instant(user.previousLoginAt)}</dd></div>
</dl>
</section>`;
}

const confirmBanner = html`<div class="flash warning"><p>Please confirm your e-mail address: it is the only way back in if you forget your password. <a href="${at("/verify-email")}">Confirm it now</a></p></div>`;
