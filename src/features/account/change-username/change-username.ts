/** Changes the username, and reserves the old one for a time. */

import { z } from "zod";
import { recordEvent } from "../../../core/audit/log.ts";
import { type ActingUser, changeCredentials, guardCredentialChange, orTaken } from "../../../core/credentials/guard-change.ts";
import { emailWords, type MailContent, sendSecurityNotice } from "../../../core/mail/emails.ts";
import { perNetwork, reserve } from "../../../core/rate-limits/rate-limits.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import { inTransaction, type Transaction } from "../../../core/services.ts";
import { isReleasedName, releaseUsername, UsernameReleasedError } from "../../../core/users/released-usernames.ts";
import { toUser, type UserRow, usernameKey } from "../../../core/users/users.ts";
import type { Context, FormError, FormState, Sentence } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { loginFieldHints, usernameProblemMessage, usernameTaken } from "../../../http/forms/username-problems.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./change-username.messages.ts";

const fields = z.object({
  username: z.string().default("").transform(trimTyped),
});

export const changeUsername: Feature = {
  name: "change-username",
  messages: [messages],
  translations: [{ de: () => import("./change-username.messages.de.ts"), ar: () => import("./change-username.messages.ar.ts") }],
  events: eventsIn(messages),
  emails: { "username-changed": {} },
  openapi: {
    "/settings/change-username": {
      post: { summary: "Change the username", response: schema.object({ user: schema.user }), example: { username: "ada.lovelace" } },
    },
  },
  settingsPage: {
    group: "profile",
    icon: "user",
    action: "change",
    path: "/settings/change-username",
    title: message(messages, "title"),
    value: (c) => requireVisitor(c).user.username,
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
  const problem = problemOf(c, username, read.requester.was.username);
  if (problem) return { status: 422, code: "invalid", problems: { username: problem } };
  // Username enumeration: shares its rate limit with the signup form.
  const attempt = await reserve(s, perNetwork(requestInfo(c), "signup-ip", s.settings.signupPerIp));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const changed = await change(c, read.requester, username.normalize("NFC"));
  if (!changed.ok && changed.reason === "taken") return { status: 409, code: "taken", problems: { username: usernameTaken } };
  if (!changed.ok) return credentialRefusal(changed.reason);
  if (wantsJson(c)) return answerJson(c, { user: toUser(changed.user) });
  flash(c, "success", message(messages, "changed"));
  return redirect(c, "/settings");
}

function problemOf(c: Context, username: string, current: string): Sentence | undefined {
  const t = translator(c, messages);
  if (username === "") return t("enter");
  return username.normalize("NFC") === current ? t("same") : usernameProblemMessage(username);
}

function change(c: Context, requester: ActingUser, username: string) {
  const origin = requestInfo(c);
  const before = requester.was.username;
  const work = inTransaction(c.get("s"), async (tx) => {
    const allowed = await guardCredentialChange(tx, requester);
    if (!allowed.ok) return allowed;
    const user = await changeCredentials(tx, allowed.account, { username, username_key: usernameKey(username) });
    if (await isReleasedName(tx, usernameKey(username), user.id)) throw new UsernameReleasedError("The username is reserved.");
    if (user.username_key !== requester.was.username_key) await releaseUsername(tx, user.id, requester.was.username_key);
    await recordEvent(tx, user.id, "username-changed", origin);
    await sendSecurityNotice(tx, user, origin, notice(tx, { before, user, info: origin }));
    return { ok: true, user } as const;
  });
  return orTaken(
    work.catch((error: unknown) => {
      if (!(error instanceof UsernameReleasedError)) throw error;
      return { ok: false, reason: "taken" } as const;
    }),
  );
}

function notice(tx: Transaction, { before, user, info }: { before: string; user: UserRow; info: RequestInfo }): MailContent {
  const t = emailWords(tx, messages, { to: user, info });
  // Spam through usernames: an unverified inbox is sent neither of them.
  const changed = user.email_verified_at === null ? t("email.intro") : t("email.introWithNames", { before, after: user.username });
  return {
    kind: "username-changed",
    subject: t("email.subject"),
    paragraphs: [changed, t("email.login", { loginWith: tx.settings.loginWith })],
  };
}

function usernamePage(c: Context, form: FormState): Page {
  const { values, problems, message, csrfToken } = form;
  const t = translator(c, messages);
  const { usernameReleaseAfterMs } = c.get("s").settings;
  const username = html`<strong class="name">${requireVisitor(c).user.username}</strong>`;
  const days = Math.max(1, Math.round(usernameReleaseAfterMs / 86_400_000));
  return {
    title: t("title"),
    width: "account",
    hasErrors: message !== undefined || Object.keys(problems).length > 0,
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p class="lead">${t("current", { username })} ${usernameReleaseAfterMs === 0 ? t("released") : t("reserved", { days })}</p>
${postForm({
  action: "/settings/change-username",
  csrfToken,
  button: t("submit"),
  body: field({
    name: "username",
    label: t("newUsername"),
    type: "text",
    value: values["username"],
    problem: problems["username"],
    ...loginFieldHints(c).username,
  }),
})}`,
  };
}
