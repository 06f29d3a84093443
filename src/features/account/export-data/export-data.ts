/** Exports everything that is stored about an account, as one JSON file. */

import { z } from "zod";
import { exportAccount } from "../../../core/account/data-export.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { inTransaction, type Services } from "../../../core/services.ts";
import type { User } from "../../../core/users/user.ts";
import type { Context, FormState } from "../../../http/context.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { translator } from "../../../http/request/locale.ts";
import { answerFile } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./export-data.messages.ts";

export const exportData: Feature = {
  name: "export-data",
  messages: [messages],
  translations: [{ de: () => import("./export-data.messages.de.ts"), ar: () => import("./export-data.messages.ar.ts") }],
  events: eventsIn(messages),
  openapi: {
    "/settings/export": {
      post: { summary: "Download all data of the account", response: { type: "object" }, example: {} },
    },
  },
  settingsPage: {
    group: "data",
    icon: "download",
    action: "download",
    path: "/settings/export",
    title: message(messages, "title"),
    purpose: message(messages, "card.text"),
  },
  routes: (app) => {
    // Prefetching and link scanners: a POST, so that each copy is requested by the user and recorded.
    app.form("/settings/export", {
      recentAuth: true,
      answersFile: true,
      fields: z.object({}),
      keep: [],
      show: exportPage,
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

/** Such as `reading-room-ada-2026-11-23.json`: ASCII only, which every file system takes. */
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

function exportPage(c: Context, form: FormState): Page {
  const t = translator(c, messages);
  return {
    title: t("title"),
    width: "account",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
${postForm({ action: "/settings/export", csrfToken: form.csrfToken, button: t("submit"), body: html`<p>${t("intro", { passwords: c.get("s").settings.passwords })}</p>` })}`,
  };
}
