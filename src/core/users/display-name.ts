/** Validates display names. */

export const maxDisplayName = 100;

/** Letters and symbols that are invisible despite their Unicode category. */
const invisibleLetters = /\p{Default_Ignorable_Code_Point}|\u2800/gu;

export type DisplayNameProblem = "notText" | "tooLong" | "invisible" | "empty";

/** Returns why a display name is refused; undefined for a valid one, and for an empty text. */
export function displayNameProblem(name: string): DisplayNameProblem | undefined {
  if (!name.isWellFormed()) return "notText";
  if ([...name.normalize("NFC")].length > maxDisplayName) return "tooLong";
  // Trojan source: bidirectional controls could reorder the text around the name (UTS 55; ASVS 1.3.11).
  if (/[\p{Cc}\u2028\u2029]|\p{Bidi_Control}/u.test(name)) return "invisible";
  if (name !== "" && !/[\p{L}\p{N}\p{S}]/u.test(name.replaceAll(invisibleLetters, ""))) return "empty";
  return undefined;
}
