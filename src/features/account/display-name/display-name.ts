/** Changes or removes the display name. */

import { z } from "zod";
import { recordEvent } from "../../../core/audit/log.ts";
import { inTransaction } from "../../../core/services.ts";
import { displayNameProblem, maxDisplayName } from "../../../core/users/display-name.ts";
import { displayNameColumns } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./display-name.messages.ts";

const fields = z.object({
  // Required: an empty field removes the name, a missing field must not.
  display_name: z.string().transform((text) => text.trim()),
});

export const displayName: Feature = {
  name: "display-name",
  messages: [messages],
  translations: [{ de: () => import("./display-name.messages.de.ts"), ar: () => import("./display-name.messages.ar.ts") }],
  events: eventsIn(messages),
  openapi: {
    "/settings/display-name": {
      post: {
        summary: "Change or remove the display name",
        response: schema.object({ user: schema.user }),
        example: { display_name: "Ada Lovelace" },
      },
    },
  },
  settingsPage: {
    group: "profile",
    icon: "note",
    action: "change",
    path: "/settings/display-name",
    title: message(messages, "title"),
    value: (c) => requireVisitor(c).user.displayName,
  },
  routes: (app) => {
    app.form("/settings/display-name", {
      fields,
      keep: ["display_name"],
      show: (c, form) => displayNamePage(c, form),
      submit: (c, data) => submit(c, data.display_name),
    });
  },
};

async function submit(c: Context, typed: string): Promise<Response | FormError> {
  const { user } = requireVisitor(c);
  const problem = displayNameProblem(typed);
  if (problem) {
    const t = translator(c, messages);
    return {
      status: 422,
      code: "invalid",
      problems: { display_name: problem === "tooLong" ? t(problem, { max: maxDisplayName }) : t(problem) },
    };
  }
  const name = typed === "" ? null : typed.normalize("NFC");
  await inTransaction(c.get("s"), async (tx) => {
    await tx.db.updateTable("users").set(displayNameColumns(name)).where("id", "=", user.id).execute();
    await recordEvent(tx, user.id, "display-name-changed", requestInfo(c));
  });
  if (wantsJson(c)) return answerJson(c, { user: { ...user, displayName: name ?? user.username } });
  flash(c, "success", message(messages, name === null ? "removed" : "changed"));
  return redirect(c, "/settings");
}

function displayNamePage(c: Context, form: FormState): Page {
  const { values, problems, message, csrfToken } = form;
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  const current = user.displayName === user.username ? "" : user.displayName;
  return {
    title: t("title"),
    width: "account",
    hasErrors: message !== undefined || Object.keys(problems).length > 0,
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
${postForm({
  action: "/settings/display-name",
  csrfToken,
  button: t("submit"),
  body: field({
    name: "display_name",
    label: t("title"),
    type: "text",
    autocomplete: "name",
    value: values["display_name"] ?? current,
    problem: problems["display_name"],
    hint: t("hint", { max: maxDisplayName }),
    isOptional: true,
  }),
})}`,
  };
}
