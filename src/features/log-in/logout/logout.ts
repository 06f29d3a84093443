/** Logs out by ending the session on the server. */
import { z } from "zod";
import { recordEvent } from "../../../core/audit/log.ts";
import { inTransaction } from "../../../core/services.ts";
import { endSession, type Visitor } from "../../../core/sessions/session.ts";
import type { Context, FormState } from "../../../http/context.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { clearSession } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { expireCookie } from "../../../http/request/cookies.ts";
import { translator } from "../../../http/request/locale.ts";
import { answerJson, redirectWithFlash, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./logout.messages.ts";

export const logout: Feature = {
  name: "logout",
  messages: [messages],
  translations: [{ de: () => import("./logout.messages.de.ts"), ar: () => import("./logout.messages.ar.ts") }],
  openapi: {
    "/logout": { post: { summary: "Log out: end this session", response: schema.object({ user: { type: "null" } }), example: {} } },
  },
  routes: (app) => {
    app.form("/logout", {
      access: "public",
      whileEnrolling: true,
      fields: z.object({}),
      keep: [],
      // CSRF: an image, a prefetch or a crawler sends GET, so only POST logs out (ASVS 3.5.3).
      show: (c, form) => logoutPage(c, form),
      submit: async (c) => {
        const visitor = c.get("visitor");
        if (visitor) await endAndRecord(c, visitor);
        clearSession(c);
        expireCookie(c, "csrf");
        if (wantsJson(c)) return answerJson(c, { user: null });
        return redirectWithFlash(c, c.get("s").settings.afterLogoutUrl, "info", message(messages, "loggedOut"));
      },
    });
  },
};

/** Of two simultaneous requests, one ends the session and is recorded. */
function endAndRecord(c: Context, { session }: Visitor): Promise<void> {
  return inTransaction(c.get("s"), async (tx) => {
    const userId = await endSession(tx, session);
    if (userId !== undefined) await recordEvent(tx, userId, "logged-out", requestInfo(c));
  });
}

function logoutPage(c: Context, form: FormState): Page {
  const t = translator(c, messages);
  const username = c.get("visitor")?.user.username;
  if (username === undefined) {
    return {
      title: t("title"),
      width: "narrow",
      body: html`<h1>${t("notLoggedIn")}</h1>
<p><a class="button" href="${at("/login")}">${t("logIn")}</a></p>`,
    };
  }
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("question")}</h1>
<p>${t("intro", { username: html`<strong class="name">${username}</strong>` })}</p>
${postForm({ action: "/logout", csrfToken: form.csrfToken, button: t("button"), body: html`` })}
<p class="after"><a href="${c.get("s").settings.homeUrl}">${t("stay")}</a></p>`,
  };
}
