/** Lists the plural categories of languages, so that incomplete translations do not compile. */

const one = ["one", "other"] as const;
const oneMany = ["one", "many", "other"] as const;
const oneFew = ["one", "few", "other"] as const;
const oneFewMany = ["one", "few", "many", "other"] as const;
const other = ["other"] as const;

/** As `Intl.PluralRules` reports them. A translation into a language that is not listed may have any. */
export const pluralCategories = {
  ar: ["zero", "one", "two", "few", "many", "other"],
  bg: one,
  cs: oneFewMany,
  da: one,
  de: one,
  el: one,
  en: one,
  es: oneMany,
  et: one,
  fa: one,
  fi: one,
  fr: oneMany,
  he: ["one", "two", "other"],
  hi: one,
  hr: oneFew,
  hu: one,
  id: other,
  it: oneMany,
  ja: other,
  ko: other,
  lt: oneFewMany,
  lv: ["zero", "one", "other"],
  nb: one,
  nl: one,
  pl: oneFewMany,
  pt: oneMany,
  ro: oneFew,
  ru: oneFewMany,
  sk: oneFewMany,
  sl: ["one", "two", "few", "other"],
  sr: oneFew,
  sv: one,
  th: other,
  tr: one,
  uk: oneFewMany,
  vi: other,
  zh: other,
} as const satisfies Readonly<Record<string, readonly Intl.LDMLPluralRule[]>>;

type Table = typeof pluralCategories;

/** Categories of a language tag such as `pt-BR`; `unknown` if the language is not listed. */
export type PluralCategory<L> = L extends keyof Table
  ? Table[L][number]
  : L extends `${infer Language}-${string}`
    ? PluralCategory<Language>
    : unknown;
