/** Formats messages in one language. */
import { dayWords, instantWords } from "../ui/date-time.ts";
import { type Html, html } from "../ui/html.ts";
import { type Direction, directionOf } from "./direction.ts";
import type { Message, Messages, ParametersOf, PlainKey, Text, Texts, Translation } from "./messages.ts";

/** Formats the messages of one feature. With markup as a parameter, the result is markup, and all other text is escaped. */
export interface Translate<T extends Texts> {
  <K extends PlainKey<T>>(key: K): string;
  <K extends keyof T>(key: K, parameters: ParametersOf<T[K], Text>): string;
  <K extends keyof T>(key: K, parameters: ParametersOf<T[K], Text | Html>): string | Html;
}

/** Translations and time format of a language. */
export interface Language {
  /** BCP 47. */
  readonly locale: string;
  /** Messages without a translation are shown in English. */
  readonly translations: readonly Translation[];
  /** Overrides the time format of `Intl`. */
  readonly instantInWords?: (ms: number) => string;
  /** Overrides the format of days of `Intl`. */
  readonly dayInWords?: (ms: number) => string;
}

export interface Translator {
  readonly locale: string;
  readonly direction: Direction;
  readonly messages: <T extends Texts>(messages: Messages<T>) => Translate<T>;
  readonly instantInWords: (ms: number) => string;
  readonly dayInWords: (ms: number) => string;
}

/** English, the source language of all messages. */
export const english: Language = { locale: "en", translations: [] };

export function createTranslator(language: Language): Translator {
  const { locale, instantInWords = instantWords(locale), dayInWords = dayWords(locale) } = language;
  const translations = new Map<string, Texts>();
  // Later ones take precedence: those of the host app.
  for (const { name, texts } of language.translations) translations.set(name, { ...translations.get(name), ...texts });
  const translates = new Map<string, Translate<Texts>>();
  const direction = locale === "en" ? "ltr" : directionOf(locale);
  // Created at first use: the constructors take longer than rendering a page.
  let numbers: Intl.NumberFormat | undefined;
  let plurals: Intl.PluralRules | undefined;
  const numeral = cachedForCounts((value) => {
    numbers ??= new Intl.NumberFormat(locale);
    return numbers.format(value);
  });
  const category = cachedForCounts((count) => {
    plurals ??= new Intl.PluralRules(locale);
    return plurals.select(count);
  });
  const format: Format = {
    isRightToLeft: direction === "rtl",
    text: (value) => {
      if (typeof value === "string") return direction === "rtl" ? isolated(value) : value;
      if (typeof value === "object") return instantInWords(value.instant);
      return numeral(value);
    },
    category,
  };
  return {
    locale,
    direction,
    instantInWords,
    dayInWords,
    messages: <T extends Texts>({ name, texts }: Messages<T>) => {
      const cached = translates.get(name);
      if (cached) return cached as unknown as Translate<T>;
      const made = createTranslate({ ...texts, ...translations.get(name) }, format);
      translates.set(name, made as Translate<Texts>);
      return made as unknown as Translate<T>;
    },
  };
}

/** Caches the results for whole numbers below 100: `Intl` takes longer than the rest of a message. */
function cachedForCounts<Result>(compute: (value: number) => Result): (value: number) => Result {
  const known = new Map<number, Result>();
  return (value) => {
    const cached = known.get(value);
    if (cached !== undefined) return cached;
    const computed = compute(value);
    if (Number.isInteger(value) && value >= 0 && value < 100) known.set(value, computed);
    return computed;
  };
}

type Values = Readonly<Record<string, Text | Html>>;

/**
 * Reordered text: emails, IPs and codes keep their own direction within a right-to-left sentence (UAX 9). Not URLs, which mail clients would
 * end with the invisible character, and not messages with isolated parts: they would run from left to right.
 */
function isolated(text: string): string {
  return /^https?:|\u2068/.test(text) ? text : `\u2068${text}\u2069`;
}

interface Format {
  readonly isRightToLeft: boolean;
  readonly text: (value: Text) => string;
  readonly category: (count: number) => Intl.LDMLPluralRule;
}

function createTranslate(texts: Texts, format: Format): (key: string, values?: Values) => string | Html {
  const parsed = new Map<string, readonly string[]>();
  const parse = (text: string) => {
    const before = parsed.get(text);
    if (before) return before;
    const pieces = text.split(/\{(\w+)\}/);
    parsed.set(text, pieces);
    return pieces;
  };
  return (key, values) => {
    const message = texts[key] ?? "";
    if (values === undefined && typeof message === "string") return message;
    return fill(parse(choose(message, values ?? {}, format)), values ?? {}, format);
  };
}

function choose(message: Message, values: Values, { category }: Format): string {
  if (typeof message === "string") return message;
  const branches = message as Readonly<Record<string, string>>;
  const branch = branches["plural"] === undefined ? values[branches["select"] ?? ""] : category(Number(values[branches["plural"]]));
  return (Object.hasOwn(branches, String(branch)) ? branches[String(branch)] : branches["other"]) ?? "";
}

/** Inserts values into pieces, which alternate between text and parameter names. */
function fill(pieces: readonly string[], values: Values, { text, isRightToLeft }: Format): string | Html {
  let filled = pieces[0] ?? "";
  let markup: Html | undefined;
  for (let i = 1; i < pieces.length; i += 2) {
    const value = values[pieces[i] ?? ""] ?? "";
    const after = pieces[i + 1] ?? "";
    if (isHtml(value)) {
      markup = isRightToLeft ? html`${markup}${filled}<bdi>${value}</bdi>` : html`${markup}${filled}${value}`;
      filled = after;
    } else filled += text(value) + after;
  }
  return markup ? html`${markup}${filled}` : filled;
}

function isHtml(value: Text | Html): value is Html {
  return typeof value === "object" && !("instant" in value);
}
