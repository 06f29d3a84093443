/** Says what is wrong with an email in a form. */
import { isEmail } from "../../core/users/users.ts";
import { type MessageReference, message } from "../../i18n/messages.ts";
import { hasInvisible } from "../../platform/typed-text.ts";
import { messages } from "./form.messages.ts";

/** The message for the field; undefined for a valid email. */
export function emailProblemMessage(email: string): MessageReference | undefined {
  if (email === "") return message(messages, "enterEmail");
  return invisibleInEmail(email) ?? (isEmail(email) ? undefined : message(messages, "invalidEmail"));
}

/** For logging in, where any text may be tried. Two people's emails would become one if invisible characters were removed inside. */
export function invisibleInEmail(email: string): MessageReference | undefined {
  return hasInvisible(email) ? message(messages, "invisibleInEmail") : undefined;
}

/** For an email that the mail server cannot write to (RFC 6531). */
export const unreachableEmail: MessageReference = message(messages, "unreachableEmail");
