/** What is wrong with an email address, in words. */

import { isEmail } from "../core/users/users.ts";
import { hasInvisible } from "../platform/typed-text.ts";

/** Taken out, it would make two people's addresses one. */
const hidden = "This e-mail address has a character in it that nobody sees. Type it instead of pasting it.";

/** A sentence for the field, or undefined where the address is fine. */
export function emailProblemInWords(email: string): string | undefined {
  if (email === "") return "Enter your e-mail address.";
  return hiddenInEmail(email) ?? (isEmail(email) ? undefined : "Enter an e-mail address such as ada@example.com.");
}

/** The same for what need not be an address, such as what somebody logs in with. */
export function hiddenInEmail(email: string): string | undefined {
  return hasInvisible(email) ? hidden : undefined;
}

/** For one that the mail server cannot write to (RFC 6531). */
export const unreachable = "We cannot send letters to this address. Enter one that has only plain letters before the @.";
