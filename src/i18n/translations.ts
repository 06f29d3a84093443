/** Translates messages into every offered language. */
import type { Instant, MessageReference, Messages, ReaderName, Texts } from "./messages.ts";
import { createTranslator, english, type Language, type Translator } from "./translator.ts";

export interface Translations {
  /** The first is the default. */
  readonly locales: readonly [string, ...string[]];
  /** Returns the default's translator if the locale is not offered. */
  readonly translator: (locale: string) => Translator;
  /** Undefined if the key is unknown, such as one of an older version, or if it needs the name of a reader who is not logged in. */
  readonly render: (locale: string, reference: MessageReference, reader: Reader | undefined) => string | undefined;
}

interface KnownMessage {
  readonly messages: Messages<Texts>;
  readonly key: string;
}

type Reader = Readonly<Record<ReaderName["reader"], string>>;

/** `messages` are the source texts of all references. Only languages in use need to be loaded. */
export function createTranslations(messages: readonly Messages[], languages: readonly [Language, ...Language[]] = [english]): Translations {
  const byName = new Map(messages.map((each) => [each.name, each]));
  if (byName.size !== messages.length) throw new TypeError("Two features define messages under one name.");
  const [first, ...others] = [createTranslator(languages[0]), ...languages.slice(1).map(createTranslator)] as const;
  const translators = new Map([first, ...others].map((each) => [each.locale, each]));
  const translator = (locale: string) => translators.get(locale) ?? first;
  // Cache of parsed keys. Memory exhaustion: unknown keys are not cached, because their number is unlimited.
  const cache = new Map<string, KnownMessage>();
  const find = (reference: string): KnownMessage | undefined => {
    const [name = "", ...rest] = reference.split(".");
    const [messages, key] = [byName.get(name) as Messages<Texts> | undefined, rest.join(".")];
    if (!messages || !Object.hasOwn(messages.texts, key)) return undefined;
    const found = { messages, key };
    cache.set(reference, found);
    return found;
  };
  return {
    locales: [first.locale, ...others.map(({ locale }) => locale)],
    translator,
    render: (locale, { key, parameters }, reader) => {
      const found = cache.get(key) ?? find(key);
      if (!found) return undefined;
      const t = translator(locale).messages(found.messages) as (key: string, values?: object) => string;
      if (parameters === undefined) return t(found.key);
      const values: Record<string, string | number | Instant> = {};
      for (const [parameter, value] of Object.entries(parameters)) {
        const resolved = typeof value === "object" && "reader" in value ? reader?.[value.reader] : value;
        if (resolved === undefined) return undefined;
        values[parameter] = resolved;
      }
      return t(found.key, values);
    },
  };
}
