/** Where one is logged in: each session, with a button to end it. */

import { z } from "zod";
import { recordEvent } from "../../../core/audit/log.ts";
import { deviceName } from "../../../core/device-name.ts";
import { inTransaction } from "../../../core/services.ts";
import { endSession, endSessions } from "../../../core/sessions/session.ts";
import { type ListedSession, listSessions, publicId } from "../../../core/sessions/session-list.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { say } from "../../../http/request/locale.ts";
import { requestInfo } from "../../../http/request/request-info.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { hasPage } from "../../../http/response/site.ts";
import { eventsIn, type MessageReference, message } from "../../../i18n/messages.ts";
import { instant } from "../../../ui/date-time.ts";
import { errorSummary } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./sessions.messages.ts";

const gone = "This session has ended already.";
const thisOne = "This is your own session. Log out to end it.";

const fields = z.object({ session: z.string().default(""), others: z.union([z.string(), z.literal(true)]).optional() });

export const sessions: Feature = {
  name: "sessions",
  messages: [messages],
  events: eventsIn(messages),
  openapi: {
    "/settings/sessions": {
      post: { summary: "End one session by its id, or all others", gives: schema.object({ ended: schema.yes }), example: { others: "1" } },
      formGives: schema.object({ sessions: { type: "array", items: schema.ref("Session") } }),
    },
  },
  settingsCard: {
    path: "/settings/sessions",
    title: message(messages, "card.title"),
    text: () => message(messages, "card.text"),
  },
  routes: (app) => {
    // Whoever finds a device unlocked must not learn where else its owner is, nor log them out (ASVS 7.5.2).
    app.form("/settings/sessions", { recentAuth: true, fields, keep: ["session", "others"], show: sessionsPage, submit: end });
  },
};

async function end(c: Context, { session, others }: z.output<typeof fields>): Promise<Response | FormError> {
  return others === undefined ? endOne(c, session) : endOthers(c);
}

async function endOne(c: Context, id: string): Promise<Response | FormError> {
  const s = c.get("s");
  const { user, session: own } = requireVisitor(c);
  // Looked for among the person's own sessions only, so that no id of somebody else's does anything.
  const found = (await listSessions(s, user.id)).find((each) => each.id === id);
  if (!found) return { status: 422, code: "invalid", message: id === "" ? "Say which session is to end, or that all others are." : gone };
  if (publicId(own.tokenHash) === id) return wantsJson(c) ? { status: 422, code: "this-device", message: thisOne } : redirect(c, "/logout");
  await inTransaction(s, async (tx) => {
    if ((await endSession(tx, found)) !== undefined) await recordEvent(tx, user.id, "session-ended", requestInfo(c));
  });
  return answer(c, message(messages, "ended"));
}

async function endOthers(c: Context): Promise<Response> {
  const { user, session } = requireVisitor(c);
  await inTransaction(c.get("s"), async (tx) => {
    const count = await endSessions(tx, user.id, session);
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
  const own = publicId(session.tokenHash);
  const listed = await Promise.all(
    (await listSessions(c.get("s"), user.id)).map(async (each) => ({ ...each, device: say(c, await deviceName(each.userAgent)) })),
  );
  const ordered = [...listed.filter(({ id }) => id === own), ...listed.filter(({ id }) => id !== own)];
  return {
    title: "Where you are logged in",
    hasErrors: form.message !== undefined,
    json: {
      csrfToken: form.csrfToken,
      sessions: ordered.map(({ id, device, ip, createdAt, lastSeenAt }) => ({
        id,
        device,
        ip,
        createdAt,
        lastSeenAt,
        isThis: id === own,
      })),
    },
    body: html`${errorSummary(form)}
<h1>Where you are logged in</h1>
${hasPage(c, "/settings/change-password") ? html`<p class="lead">A device that you do not know? Log it out, and <a href="${at("/settings/change-password")}">change your password</a>.</p>` : ""}
<ul class="cards">${ordered.map((each) => sessionCard(each, { isThis: each.id === own, csrfToken: form.csrfToken }))}</ul>
${
  ordered.length > 1
    ? html`<form method="post" action="${at("/settings/sessions")}" class="plain">
<input type="hidden" name="csrf_token" value="${form.csrfToken}">
<button type="submit" name="others" value="1" class="button">Log out all other devices</button>
</form>`
    : ""
}
<p><a href="${at("/settings")}">Back to the settings</a></p>`,
  };
}

function sessionCard(
  { id, device, ip, createdAt, lastSeenAt }: ListedSession & { device: string },
  { isThis, csrfToken }: { isThis: boolean; csrfToken: string },
): Html {
  return html`<li class="card">
<h2><span class="name">${device}</span>${isThis ? html` <span class="tag">This device</span>` : ""}</h2>
<p>From ${ip || "an unknown address"}</p>
<p>Last used ${instant(lastSeenAt)}</p>
<p>Logged in ${instant(createdAt)}</p>
${
  isThis
    ? ""
    : html`<form method="post" action="${at("/settings/sessions")}" class="plain">
<input type="hidden" name="csrf_token" value="${csrfToken}">
<button type="submit" name="session" value="${id}" class="button secondary" aria-label="Log out ${device}, from ${ip}">Log out</button>
</form>`
}
</li>`;
}
