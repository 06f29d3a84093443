/** Normalizes an email, so that two spellings of one inbox compare equal. */
import { domainToASCII } from "node:url";
import { trimTyped } from "../../platform/typed-text.ts";

/**
 * The email without pasted characters around it, its domain in ASCII form, the ASCII letters of its local part in lower case.
 * Account takeover by Unicode folding: nothing else is folded, for the Kelvin sign and the dotless i are other users (CVE-2019-19844).
 */
export function emailKey(typed: string): string {
  const email = trimTyped(typed);
  const at = email.lastIndexOf("@");
  // PostgreSQL refuses text with a NUL: it is replaced by a character that no email holds either.
  if (email.includes("\0")) return emailKey(email.replaceAll("\0", "\u{fffd}"));
  if (at < 0) return email;
  const local = email.slice(0, at).replaceAll(/[A-Z]/g, (upper) => upper.toLowerCase());
  return `${local}@${domainToASCII(email.slice(at + 1)) || email.slice(at + 1).toLowerCase()}`;
}
