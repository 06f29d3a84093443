/** What a person wants to be called. */

import { z } from "zod";
import { recordEvent } from "../../../core/audit/log.ts";
import { inTransaction } from "../../../core/services.ts";
import type { Context, FormState } from "../../../http/context.ts";
import type { FormError } from "../../../http/forms/form.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/request-info.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./display-name.messages.ts";

const mostCharacters = 100;

const fields = z.object({
  // Empty, it takes the name away; what is left out must not.
  display_name: z.string().transform((text) => text.trim()),
});

export const displayName: Feature = {
  name: "display-name",
  messages: [messages],
  events: eventsIn(messages),
  openapi: {
    "/settings/display-name": {
      post: { summary: "Choose what to be called", gives: schema.object({ user: schema.user }), example: { display_name: "Ada Lovelace" } },
    },
  },
  settingsCard: {
    path: "/settings/display-name",
    title: message(messages, "card.title"),
    text: (c) => message(messages, "card.text", { displayName: requireVisitor(c).user.displayName }),
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
  const problem = problemOf(typed);
  if (problem) return { status: 422, code: "invalid", problems: { display_name: problem } };
  const name = typed === "" ? null : typed.normalize("NFC");
  await inTransaction(c.get("s"), async (tx) => {
    await tx.db.updateTable("users").set({ display_name: name }).where("id", "=", user.id).execute();
    await recordEvent(tx, user.id, "display-name-changed", requestInfo(c));
  });
  if (wantsJson(c)) return answerJson(c, { user: { ...user, displayName: name ?? user.username } });
  flash(c, "success", message(messages, name === null ? "removed" : "changed"));
  return redirect(c, "/settings");
}

/** What is a letter or a sign by its category, and nothing to the eye. */
const nothingToSee = /\p{Default_Ignorable_Code_Point}|\u2800/gu;

function problemOf(name: string): string | undefined {
  if (!name.isWellFormed()) return "This holds something that is not text. Type it again.";
  if ([...name.normalize("NFC")].length > mostCharacters) return `Use at most ${mostCharacters} characters.`;
  // A name that turns the text around it could make a letter say something else (UTS 55; ASVS 1.3.11).
  if (/[\p{Cc}\u2028\u2029]|\p{Bidi_Control}/u.test(name))
    return "Use letters, digits, signs and spaces only: this holds a character that nobody sees.";
  if (name !== "" && !/[\p{L}\p{N}\p{S}]/u.test(name.replaceAll(nothingToSee, ""))) return "Use at least one letter, digit or symbol.";
  return undefined;
}

function displayNamePage(c: Context, form: FormState): Page {
  const { values, problems, message, csrfToken } = form;
  const { user } = requireVisitor(c);
  const now = user.displayName === user.username ? "" : user.displayName;
  return {
    title: "Display name",
    width: "narrow",
    hasErrors: message !== undefined || Object.keys(problems).length > 0,
    body: html`${errorSummary(form)}
<h1>What should we call you?</h1>
${postForm({
  action: "/settings/display-name",
  csrfToken,
  button: "Save",
  body: field({
    name: "display_name",
    label: "Display name",
    type: "text",
    autocomplete: "name",
    value: values["display_name"] ?? now,
    problem: problems["display_name"],
    hint: `Up to ${mostCharacters} characters. Leave it empty to be called by your user name.`,
    isOptional: true,
  }),
})}
<p class="after"><a href="${at("/settings")}">Back to the settings</a></p>`,
  };
}
