/** Translates messages into a pseudo-language, to find untranslated text. */

import type { Message, Messages, Translation } from "../src/i18n/messages.ts";
import type { Language } from "../src/i18n/translator.ts";
import { dayWords, instantInWords } from "../src/ui/date-time.ts";

/** BCP 47 tag of accented pseudo-English (CLDR). */
const locale = "en-XA";

export function pseudoLanguage(messages: readonly Messages[]): Language {
  return {
    locale,
    translations: messages.map(pseudoTranslate),
    instantInWords: (ms) => pseudoText(instantInWords(ms)),
    dayInWords: (ms) => pseudoText(dayWords("en")(ms)),
  };
}

function pseudoTranslate({ name, texts }: Messages): Translation {
  return { name, locale, texts: Object.fromEntries(Object.entries(texts).map(([key, message]) => [key, pseudoMessage(message)])) };
}

function pseudoMessage(message: Message): Message {
  if (typeof message === "string") return pseudoText(message);
  const branches = Object.entries(message as Readonly<Record<string, string>>);
  return Object.fromEntries(
    branches.map(([name, text]) => [name, name === "plural" || name === "select" ? text : pseudoText(text)]),
  ) as unknown as Message;
}

/**
 * `Log in, {name}` becomes `[Ļööĝ ïïñ, {name}]`: several brackets in a sentence reveal concatenated messages, and double vowels make words as
 * long as in other languages.
 */
export function pseudoText(text: string): string {
  const accented = text.replaceAll(/\{\w+\}|[A-Za-z]/g, (found) => (accents[found] ?? found).repeat(/^[aeiou]$/i.test(found) ? 2 : 1));
  return `[${accented}]`;
}

const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const accent = "åƀçðéƒĝĥïĵķļɱñöþǫŕšţûṽŵẋýžÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ";
const accents: Readonly<Record<string, string>> = Object.fromEntries([...plain].map((letter, i) => [letter, [...accent][i] ?? letter]));
