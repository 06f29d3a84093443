/** Passwords that are made of what everybody knows about a person or a site. */
import { fold } from "./common-passwords.ts";

/** Whether the whole password is one of these words or a simple derivation: digits and signs around it, letters as digits, backwards, or repeated. */
export function isMadeOf(password: string, words: readonly string[]): boolean {
  const typed = [fold(password), fold(plainLetters(password))].flatMap((form) => [form, lettersWithin(form)]);
  const forms = typed.flatMap((form) => [form, [...form].reverse().join("")]);
  return words.flatMap(partsOf).some((word) => forms.some((form) => form !== "" && form.replaceAll(word, "") === ""));
}

/** A word as it is, without what surrounds its letters, and the parts of an address or host. */
function partsOf(word: string): string[] {
  const parts = [word, ...word.split("@"), ...word.split(/[@.\s_-]+/), word.replaceAll(/[@.\s_-]+/g, "")];
  return [...new Set(parts.flatMap((part) => [fold(part), lettersWithin(fold(part))]))].filter((part) => [...part].length >= 3);
}

/** Without digits and signs at either end: `acme2026!` is `acme`. */
function lettersWithin(text: string): string {
  return text.replace(/^[^\p{L}]+/u, "").replace(/[^\p{L}]+$/u, "");
}

function plainLetters(text: string): string {
  const letters: Record<string, string> = { "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", $: "s", "!": "i" };
  return [...text].map((character) => letters[character] ?? character).join("");
}
