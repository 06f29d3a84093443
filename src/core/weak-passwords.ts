/** Passwords that anyone would try first. Loaded when the first new password is chosen, not before. */
import { dictionary } from "@zxcvbn-ts/language-common";

let common: Set<string> | undefined;

/** Whether the whole password, whatever its case, is one of the 49,000 most used (NIST SP 800-63B-4, 3.1.1.2; ASVS 6.2.4). */
export async function isCommonPassword(password: string): Promise<boolean> {
  common ??= new Set((dictionary["passwords-common"] as string[]).map(fold));
  return common.has(fold(password));
}

/** Whether the whole password is one of these words or a simple derivation: digits and signs around it, letters as digits, backwards, or repeated. */
export function isMadeOf(password: string, words: readonly string[]): boolean {
  const typed = fold(password);
  const unsigned = typed.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
  const forms = [typed, withoutEnds(typed), lettersOf(typed), plainLetters(unsigned), withoutEnds(plainLetters(unsigned))];
  const both = forms.flatMap((form) => [form, [...form].reverse().join("")]).filter((form) => form !== "");
  return words.flatMap(partsOf).some((word) => both.some((form) => form.replaceAll(word, "") === ""));
}

/** A word as it is and by its letters alone, the two sides of an address, and the pieces between dots and dashes. */
function partsOf(word: string): string[] {
  const sides = [word, ...word.split("@")].map(fold);
  const parts = sides.flatMap((side) => [side, withoutEnds(side), lettersOf(side), ...side.split(/[^\p{L}\p{N}]+/u)]);
  // Shorter ones are in too many words to mean anything.
  return [...new Set(parts)].filter((part) => [...part].length >= 3);
}

function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

/** Without digits and signs at either end: `acme2026!` is `acme`. */
function withoutEnds(text: string): string {
  return text.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
}

function lettersOf(text: string): string {
  return text.replaceAll(/[^\p{L}]+/gu, "");
}

function plainLetters(text: string): string {
  const letters: Record<string, string> = { "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", $: "s", "!": "i" };
  return [...text].map((character) => letters[character] ?? character).join("");
}
