/** Taking one's data: everything that is held about a person, as one file. */

import { z } from "zod";
import { exportAccount } from "../../../core/account/data-export.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { inTransaction, type Services } from "../../../core/services.ts";
import type { User } from "../../../core/users/users.ts";
import type { Context, FormState } from "../../../http/context.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/request-info.ts";
import { answerFile } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./export-data.messages.ts";

export const exportData: Feature = {
  name: "export-data",
  messages: [messages],
  events: eventsIn(messages),
  openapi: {
    "/settings/export": {
      post: { summary: "Everything that is held about the person, as a file", gives: { type: "object" }, example: {} },
    },
  },
  settingsCard: { path: "/settings/export", title: message(messages, "card.title"), text: () => message(messages, "card.text") },
  routes: (app) => {
    // A POST, so that no prefetch takes a copy and each copy that is taken stands in the record.
    app.form("/settings/export", {
      recentAuth: true,
      fields: z.object({}),
      keep: [],
      show: (_, form) => exportPage(form),
      submit: download,
    });
  },
};

async function download(c: Context): Promise<Response> {
  const s = c.get("s");
  const { user } = requireVisitor(c);
  await inTransaction(s, (tx) => recordEvent(tx, user.id, "exported", requestInfo(c)));
  return answerFile(c, fileName(s, user), exportAccount(s, user.id));
}

/** Such as `reading-room-ada-2026-11-23.json`: of names, only what every system takes. */
function fileName({ settings, now }: Services, { username }: User): string {
  const plain = (text: string) =>
    text
      .normalize("NFKD")
      .replaceAll(/[^A-Za-z0-9]+/g, "-")
      .replaceAll(/^-+|-+$/g, "")
      .toLowerCase();
  const parts = [plain(settings.siteName), plain(username), new Date(now()).toISOString().slice(0, 10)];
  return `${parts.filter((part) => part !== "").join("-")}.json`;
}

function exportPage(form: FormState): Page {
  return {
    title: "Take your data",
    width: "narrow",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>Take your data</h1>
<p>One file with everything that is kept about you: the account, the devices that are logged in, what happened, and the letters that are under way. Passwords and links are not in it, for they are not kept in a form that could be read.</p>
${postForm({ action: "/settings/export", csrfToken: form.csrfToken, button: "Download", body: html`` })}
<p class="after"><a href="${at("/settings")}">Back to the settings</a></p>`,
  };
}
