/** Lists an account's sessions, and ends them. */

import { z } from "zod";
import { recordEvent } from "../../../core/audit/log.ts";
import { endTrust } from "../../../core/credentials/end-trust.ts";
import { placeName } from "../../../core/place-name.ts";
import { inTransaction, pageWith } from "../../../core/services.ts";
import { endSession, endSessions } from "../../../core/sessions/session.ts";
import { countSessions, type ListedSession, listSessions, publicId } from "../../../core/sessions/session-list.ts";
import { findUserById, hasPassword } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { localeOf, translator } from "../../../http/request/locale.ts";
import { deviceOf, sessionRow } from "../../../http/response/account-rows.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, type MessageReference, message } from "../../../i18n/messages.ts";
import { badge } from "../../../ui/components.ts";
import { errorSummary } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./sessions.messages.ts";

const fields = z.object({ session: z.string().default(""), others: z.union([z.string(), z.literal(true)]).optional() });

export const sessions: Feature = {
  name: "sessions",
  pages: { sessions: { path: "/settings/sessions" } },
  messages: [messages],
  translations: [{ de: () => import("./sessions.messages.de.ts"), ar: () => import("./sessions.messages.ar.ts") }],
  events: eventsIn(messages),
  openapi: {
    "/settings/sessions": {
      post: {
        summary: "End one session by its ID, or all other sessions",
        response: schema.object({ ended: schema.yes }),
        example: { others: "1" },
      },
      formResponse: schema.object({ sessions: { type: "array", items: schema.ref("Session") } }),
    },
  },
  settingsPage: {
    group: "security",
    icon: "screen",
    action: "review",
    path: "/settings/sessions",
    title: message(messages, "title"),
    purpose: message(messages, "card.text"),
    badge: async (c) => {
      const count = await countSessions(c.get("s"), requireVisitor(c).user.id);
      return { kind: "neutral", text: message(messages, "badge", { count }) };
    },
  },
  securityCheck: (c, { sessionCount: count }) => {
    const t = translator(c, messages);
    return {
      state: count > 1 ? "info" : "ok",
      title: t("check.title", { count }),
      hint: t("check.hint"),
      action: { path: "/settings/sessions", text: t("check.action") },
    };
  },
  routes: (app) => {
    // Unlocked device: listing and ending sessions needs recent authentication (ASVS 7.5.2).
    app.form("/settings/sessions", { recentAuth: true, fields, keep: ["session", "others"], show: sessionsPage, submit: end });
  },
};

async function end(c: Context, { session, others }: z.output<typeof fields>): Promise<Response | FormError> {
  return others === undefined ? endOne(c, session) : endOthers(c);
}

async function endOne(c: Context, id: string): Promise<Response | FormError> {
  const s = c.get("s");
  const { user, session: own } = requireVisitor(c);
  const t = translator(c, messages);
  // Insecure direct object reference: only the user's own sessions are searched (ASVS 8.2.2).
  const found = (await listSessions(s, user.id)).find((each) => each.id === id);
  if (!found) return { status: 422, code: "invalid", message: t(id === "" ? "choose" : "alreadyEnded") };
  if (publicId(own.tokenHash) === id)
    return wantsJson(c) ? { status: 422, code: "this-device", message: t("thisSession") } : redirect(c, "/logout");
  await inTransaction(s, async (tx) => {
    if ((await endSession(tx, found)) !== undefined) await recordEvent(tx, user.id, "session-ended", requestInfo(c));
  });
  return answer(c, message(messages, "ended"));
}

async function endOthers(c: Context): Promise<Response> {
  const { user, session } = requireVisitor(c);
  await inTransaction(c.get("s"), async (tx) => {
    const count = await endSessions(tx, user.id, session);
    await endTrust(tx, { id: user.id, two_factor_since: user.twoFactorSince });
    if (count > 0) await recordEvent(tx, user.id, "other-sessions-ended", requestInfo(c));
  });
  return answer(c, message(messages, "othersEnded"));
}

function answer(c: Context, done: MessageReference): Response {
  if (wantsJson(c)) return answerJson(c, { ended: true });
  flash(c, "success", done);
  return redirect(c, "/settings/sessions");
}

async function sessionsPage(c: Context, form: FormState): Promise<Page> {
  const { user, session } = requireVisitor(c);
  const t = translator(c, messages);
  const own = publicId(session.tokenHash);
  const s = c.get("s");
  const listed = await Promise.all(
    (await listSessions(s, user.id)).map(async (each) => {
      const device = await deviceOf(c, each.userAgent);
      return { ...each, ...device, place: placeName(s, each.ip, localeOf(c)) ?? null };
    }),
  );
  const ordered = [...listed.filter(({ id }) => id === own), ...listed.filter(({ id }) => id !== own)];
  const account = await findUserById(s, user.id);
  const passwordChange = account && hasPassword(account) ? pageWith(s, "password-change") : undefined;
  return {
    title: t("title"),
    width: "account",
    hasErrors: form.message !== undefined,
    json: {
      csrfToken: form.csrfToken,
      sessions: ordered.map(({ id, device, ip, place, createdAt, lastSeenAt }) => ({
        id,
        device,
        ip,
        place,
        createdAt,
        lastSeenAt,
        isThis: id === own,
      })),
    },
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p class="lead">${passwordChange === undefined ? t("leadLogOut") : t("lead", { link: html`<a href="${at(passwordChange)}">${t("changePassword")}</a>` })}</p>
<section class="panel"><ul>${ordered.map((each) => html`<li>${sessionRow(c, each, each.id === own ? { badge: badge("ok", t("thisDevice")) } : { action: endForm(c, each, form.csrfToken) })}</li>`)}</ul></section>
${
  ordered.length > 1
    ? html`<form method="post" action="${at("/settings/sessions")}" class="plain">
<input type="hidden" name="csrf_token" value="${form.csrfToken}">
<button type="submit" name="others" value="1" class="button danger">${t("logOutOthers")}</button>
</form>`
    : ""
}`,
  };
}

function endForm(c: Context, { id, device, ip }: ListedSession & { device: string }, csrfToken: string): Html {
  const t = translator(c, messages);
  return html`<form method="post" action="${at("/settings/sessions")}" class="plain">
<input type="hidden" name="csrf_token" value="${csrfToken}">
<button type="submit" name="session" value="${id}" class="button danger small" aria-label="${t("logOutDevice", { device, ip })}">${t("logOut")}</button>
</form>`;
}
