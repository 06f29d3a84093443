/** Describes the problem of an invalid email in a form. */
import { isEmail } from "../../core/users/users.ts";
import { type MessageReference, message } from "../../i18n/messages.ts";
import { hasInvisible } from "../../platform/typed-text.ts";
import { messages } from "./form.messages.ts";

/** The message for the field; undefined for a valid email. */
export function emailProblemMessage(email: string): MessageReference | undefined {
  if (email === "") return message(messages, "enterEmail");
  return invisibleInEmail(email) ?? (isEmail(email) ? undefined : message(messages, "invalidEmail"));
}

/** Account confusion: invisible characters inside an email are an error, because removing them could yield another user's email. */
export function invisibleInEmail(email: string): MessageReference | undefined {
  return hasInvisible(email) ? message(messages, "invisibleInEmail") : undefined;
}

/** For an email with a non-ASCII local part, if the SMTP server lacks SMTPUTF8 (RFC 6531). */
export const unreachableEmail: MessageReference = message(messages, "unreachableEmail");
