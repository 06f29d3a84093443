/** Describes the problem of an invalid username in a form. */
import { usernameProblem } from "../../core/users/users.ts";
import { type MessageReference, message } from "../../i18n/messages.ts";
import { messages } from "./form.messages.ts";

export const usernameTaken: MessageReference = message(messages, "usernameTaken");
export const usernameHint: MessageReference = message(messages, "usernameHint");

/** The message for the field; undefined for a valid username. */
export function usernameProblemMessage(username: string): MessageReference | undefined {
  if (username === "") return message(messages, "enterUsername");
  const problem = usernameProblem(username);
  return problem && message(messages, `username.${problem}`);
}
