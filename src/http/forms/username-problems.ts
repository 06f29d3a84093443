/** Describes the problem of an invalid username in a form. */
import { asksForName } from "../../core/credentials/login-ways.ts";
import { usernameProblem } from "../../core/users/users.ts";
import { type MessageReference, message } from "../../i18n/messages.ts";
import { hasInvisible } from "../../platform/typed-text.ts";
import type { Context } from "../context.ts";
import { translator } from "../request/locale.ts";
import { messages } from "./form.messages.ts";

export const usernameTaken: MessageReference = message(messages, "usernameTaken");

/** The parts of the fields of a username and an email that depend on which of them, if any, logs in. */
export function loginFieldHints(c: Context) {
  const t = translator(c, messages);
  const s = c.get("s");
  const isUsername = s.settings.loginWith === "username";
  const isAsked = asksForName(s);
  return {
    // Password managers store the field that login asks for.
    username: { autocomplete: isUsername ? "username" : "nickname", hint: t(isUsername && isAsked ? "usernameLoginHint" : "usernameHint") },
    email: { autocomplete: isUsername ? "email" : "username", hint: isUsername || !isAsked ? undefined : t("emailHint") },
  } as const;
}

/** The message for the field; undefined for a valid username. */
export function usernameProblemMessage(username: string): MessageReference | undefined {
  if (username === "") return message(messages, "enterUsername");
  const problem = usernameProblem(username);
  return problem && message(messages, `username.${problem}`);
}

export function invisibleInUsername(username: string): MessageReference | undefined {
  return hasInvisible(username) ? message(messages, "username.invisible") : undefined;
}
