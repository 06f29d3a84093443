/** Passwords that are made of what everybody knows about a person or a site. */
import { fold } from "./common.ts";

/** Whether the whole password is one of these words or a simple derivation: digits and signs around it, letters as digits, backwards, or repeated. */
export function isDerivedFrom(password: string, words: readonly string[]): boolean {
  const typed = fold(password);
  const unsigned = typed.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
  const forms = [typed, withoutEnds(typed), lettersOf(typed), plainLetters(unsigned), withoutEnds(plainLetters(unsigned))];
  const both = forms.flatMap((form) => [form, [...form].reverse().join("")]).filter((form) => form !== "");
  const parts = words.flatMap(partsOf);
  return parts.some((word) => both.some((form) => isOnly(form, word))) || forms.some((form) => isLittleBeside(form, parts));
}

/** All of the words together, in whatever order, with a few characters besides: the rest could be guessed in a moment. */
function isLittleBeside(form: string, parts: readonly string[]): boolean {
  const letters = lettersOf(form);
  const rest = parts.toSorted((a, b) => b.length - a.length).reduce((left, part) => left.replaceAll(part, ""), letters);
  return rest !== letters && [...rest].length <= 3;
}

/** Nothing but the word, with at most a few digits or signs between its repetitions. */
function isOnly(form: string, word: string): boolean {
  return form.includes(word) && /^[^\p{L}]{0,4}$/u.test(form.replaceAll(word, ""));
}

/** A word as it is and by its letters alone, the two sides of an address, and the pieces between dots and dashes. */
function partsOf(word: string): string[] {
  const sides = [word, ...word.split("@")].map(fold);
  const parts = sides.flatMap((side) => [side, withoutEnds(side), lettersOf(side), ...side.split(/[^\p{L}\p{N}]+/u)]);
  // Shorter ones are in too many words to mean anything.
  return [...new Set(parts)].filter((part) => [...part].length >= 3 && !inEveryAddress.has(part));
}

const inEveryAddress: ReadonlySet<string> = new Set(["com", "org", "net", "edu", "gov", "info", "www", "mail"]);

/** Without digits and signs at either end: `acme2026!` is `acme`. */
function withoutEnds(text: string): string {
  return text.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
}

/** Without the signs between: `ada.lovelace` is `adalovelace`. Digits within stay, or anything could be whittled down to a name. */
function lettersOf(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]+/gu, "");
}

function plainLetters(text: string): string {
  const letters: Record<string, string> = { "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", $: "s", "!": "i" };
  return [...text].map((character) => letters[character] ?? character).join("");
}
