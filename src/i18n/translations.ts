/** Holds an app's messages in every language that it offers. */
import type { Instant, MessageReference, Messages, ReaderName, Texts } from "./messages.ts";
import { createTranslator, english, type Language, type Translator } from "./translator.ts";

export interface Translations {
  /** The first is the default. */
  readonly locales: readonly [string, ...string[]];
  /** Of a locale that is not offered: the default's. */
  readonly translator: (locale: string) => Translator;
  /** Undefined where the key is unknown, as after an upgrade, or where a reader's name is asked for and nobody is logged in. */
  readonly render: (locale: string, reference: MessageReference, reader: Reader | undefined) => string | undefined;
}

interface KnownMessage {
  readonly messages: Messages<Texts>;
  readonly key: string;
}

type Reader = Readonly<Record<ReaderName["reader"], string>>;

/** Keys of references are looked up in `messages`. The caller loads the languages, so one that is not offered costs nothing. */
export function createTranslations(messages: readonly Messages[], languages: readonly [Language, ...Language[]] = [english]): Translations {
  const byName = new Map(messages.map((each) => [each.name, each]));
  if (byName.size !== messages.length) throw new TypeError("Two features define messages under one name.");
  const [first, ...others] = [createTranslator(languages[0]), ...languages.slice(1).map(createTranslator)] as const;
  const translators = new Map([first, ...others].map((each) => [each.locale, each]));
  const translator = (locale: string) => translators.get(locale) ?? first;
  // Each key is split and looked up once. Unknown keys are not kept, as their number has no limit.
  const known = new Map<string, KnownMessage>();
  const find = (reference: string): KnownMessage | undefined => {
    const [name = "", ...rest] = reference.split(".");
    const [messages, key] = [byName.get(name) as Messages<Texts> | undefined, rest.join(".")];
    if (!messages || !Object.hasOwn(messages.texts, key)) return undefined;
    const found = { messages, key };
    known.set(reference, found);
    return found;
  };
  return {
    locales: [first.locale, ...others.map(({ locale }) => locale)],
    translator,
    render: (locale, { key, parameters }, reader) => {
      const found = known.get(key) ?? find(key);
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
