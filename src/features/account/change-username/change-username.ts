/** Taking another user name. */

import { z } from "zod";
import { recordEvent } from "../../../core/audit/log.ts";
import { type ActingUser, changeCredentials, guardCredentialChange, orTaken } from "../../../core/credentials/guard-change.ts";
import { type MailContent, sendSecurityNotice } from "../../../core/mail/emails.ts";
import { perNetwork, reserve } from "../../../core/rate-limits/rate-limits.ts";
import { inTransaction } from "../../../core/services.ts";
import { isReleasedName, releaseUsername, UsernameReleasedError } from "../../../core/users/released-usernames.ts";
import { toUser, type UserRow, usernameKey } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { say } from "../../../http/request/locale.ts";
import { requestInfo } from "../../../http/request/request-info.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { usernameHint, usernameProblemInWords, usernameTaken } from "../../../http/username-words.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./change-username.messages.ts";

const sameWords = "This is your user name already. Choose another.";
/** Until the address is confirmed, its mailbox may be a stranger's, and the names an advertisement. */
const notice = (before: string, { username, email_verified_at }: UserRow): MailContent => ({
  kind: "username-changed",
  subject: "Your user name was changed",
  paragraphs: [
    email_verified_at === null ? "Your user name was changed." : `Your user name was changed from ${before} to ${username}.`,
    "You log in as before, with your e-mail address.",
  ],
});

const fields = z.object({
  username: z.string().default("").transform(trimTyped),
});

export const changeUsername: Feature = {
  name: "change-username",
  messages: [messages],
  events: eventsIn(messages),
  emails: { "username-changed": {} },
  openapi: {
    "/settings/change-username": {
      post: { summary: "Choose another user name", gives: schema.object({ user: schema.user }), example: { username: "ada.lovelace" } },
    },
  },
  settingsCard: {
    path: "/settings/change-username",
    title: message(messages, "card.title"),
    text: (c) => message(messages, "card.text", { username: requireVisitor(c).user.username }),
  },
  routes: (app) => {
    app.form("/settings/change-username", {
      recentAuth: true,
      fields,
      keep: ["username"],
      show: (c, form) => usernamePage(c, form),
      submit: (c, { username }) => submit(c, username),
    });
  },
};

async function submit(c: Context, username: string): Promise<Response | FormError> {
  const s = c.get("s");
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const problem = username.normalize("NFC") === read.asker.was.username ? sameWords : usernameProblemInWords(username);
  if (problem) return { status: 422, code: "invalid", problems: { username: problem } };
  // Asking which names are taken counts together with asking it of the signup form.
  const attempt = await reserve(s, perNetwork(requestInfo(c), "signup-address", s.settings.signupPerIp));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const changed = await change(c, read.asker, username.normalize("NFC"));
  if (!changed.ok && changed.reason === "taken") return { status: 409, code: "taken", problems: { username: usernameTaken } };
  if (!changed.ok) return credentialRefusal(changed.reason);
  if (wantsJson(c)) return answerJson(c, { user: toUser(changed.user) });
  flash(c, "success", message(messages, "changed"));
  return redirect(c, "/settings");
}

function change(c: Context, asker: ActingUser, username: string) {
  const origin = requestInfo(c);
  const before = asker.was.username;
  const work = inTransaction(c.get("s"), async (tx) => {
    const allowed = await guardCredentialChange(tx, asker);
    if (!allowed.ok) return allowed;
    const user = await changeCredentials(tx, allowed.account, { username, username_key: usernameKey(username) });
    if (await isReleasedName(tx, usernameKey(username), user.id)) throw new UsernameReleasedError("The username rests.");
    if (user.username_key !== asker.was.username_key) await releaseUsername(tx, user.id, asker.was.username_key);
    await recordEvent(tx, user.id, "username-changed", origin);
    await sendSecurityNotice(tx, user, origin, notice(before, user));
    return { ok: true, user } as const;
  });
  return orTaken(
    work.catch((error: unknown) => {
      if (!(error instanceof UsernameReleasedError)) throw error;
      return { ok: false, reason: "taken" } as const;
    }),
  );
}

/** Of the name that is given up. */
function whatBecomes(restMs: number): string {
  const days = Math.max(1, Math.round(restMs / 86_400_000));
  if (restMs === 0) return "Once you have another name, anybody may take this one.";
  return `Once you have another name, nobody else can take this one for ${days} ${days === 1 ? "day" : "days"}; after that, anybody may.`;
}

function usernamePage(c: Context, form: FormState): Page {
  const { values, problems, message, csrfToken } = form;
  const { username } = requireVisitor(c).user;
  return {
    title: "Change your user name",
    width: "narrow",
    hasErrors: message !== undefined || Object.keys(problems).length > 0,
    body: html`${errorSummary(form)}
<h1>Change your user name</h1>
<p>You are <strong class="name">${username}</strong> now. ${whatBecomes(c.get("s").settings.usernameReleaseAfterMs)}</p>
${postForm({
  action: "/settings/change-username",
  csrfToken,
  button: "Change user name",
  body: field({
    name: "username",
    label: "New user name",
    type: "text",
    autocomplete: "nickname",
    value: values["username"],
    problem: problems["username"],
    hint: say(c, usernameHint),
  }),
})}
<p class="after"><a href="${at("/settings")}">Back to the settings</a></p>`,
  };
}
