/** Detects passwords made of the username, the email or the site's name. */
import { fold } from "./common.ts";

/** Whether the whole password is one of the words, or derived from one: digits and signs around it, leetspeak, reversed or repeated. */
export function isDerivedFrom(password: string, words: readonly string[]): boolean {
  const typed = fold(password);
  const unsigned = typed.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
  const forms = [typed, withoutEnds(typed), lettersOf(typed), plainLetters(unsigned), withoutEnds(plainLetters(unsigned))];
  const both = forms.flatMap((form) => [form, [...form].reverse().join("")]).filter((form) => form !== "");
  const parts = words.flatMap(partsOf);
  return parts.some((word) => both.some((form) => isRepeatedWord(form, word))) || forms.some((form) => isMostlyWords(form, parts));
}

/** Whether at most three characters remain when all words are removed: those are guessed at once. */
function isMostlyWords(form: string, parts: readonly string[]): boolean {
  const letters = lettersOf(form);
  const rest = parts.toSorted((a, b) => b.length - a.length).reduce((left, part) => left.replaceAll(part, ""), letters);
  return rest !== letters && [...rest].length <= 3;
}

/** Whether the form is the word, repeated or not, with at most four digits or signs besides. */
function isRepeatedWord(form: string, word: string): boolean {
  return form.includes(word) && /^[^\p{L}]{0,4}$/u.test(form.replaceAll(word, ""));
}

/** The word, its letters and digits alone, both sides of an email, and the pieces between dots and dashes. */
function partsOf(word: string): string[] {
  const sides = [word, ...word.split("@")].map(fold);
  const parts = sides.flatMap((side) => [side, withoutEnds(side), lettersOf(side), ...side.split(/[^\p{L}\p{N}]+/u)]);
  // Shorter parts occur in too many passwords.
  return [...new Set(parts)].filter((part) => [...part].length >= 3 && !commonEmailParts.has(part));
}

const commonEmailParts: ReadonlySet<string> = new Set(["com", "org", "net", "edu", "gov", "info", "www", "mail"]);

/** `acme2026!` -> `acme`. */
function withoutEnds(text: string): string {
  return text.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
}

/** `ada.lovelace` -> `adalovelace`. Digits stay, or long random passwords would be reduced to a short name. */
function lettersOf(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]+/gu, "");
}

function plainLetters(text: string): string {
  const letters: Record<string, string> = { "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", $: "s", "!": "i" };
  return [...text].map((character) => letters[character] ?? character).join("");
}
