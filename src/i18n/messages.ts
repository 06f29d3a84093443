/** Defines messages as data: text with `{parameters}`, plurals and choices. */
import type { PluralCategory } from "./plural-categories.ts";

/** Text by plural category of `Intl.PluralRules`. */
interface PluralMessage {
  /** Name of the parameter with the number. */
  readonly plural: string;
  readonly zero?: string;
  readonly one?: string;
  readonly two?: string;
  readonly few?: string;
  readonly many?: string;
  readonly other: string;
}

/** Text by choice: one property for each value of the parameter. */
interface SelectMessage {
  /** Name of the parameter with the choice. */
  readonly select: string;
  readonly [choice: string]: string;
}

export type Message = string | PluralMessage | SelectMessage;
export type Texts = Readonly<Record<string, Message>>;

/** A feature's messages in English, the source that translations are checked against. */
export interface Messages<T extends Texts = Texts> {
  /** Prefix of each key, unique in the product. */
  readonly name: string;
  readonly texts: T;
}

export interface Translation {
  readonly name: string;
  /** BCP 47, such as `de` or `pt-BR`. */
  readonly locale: string;
  readonly texts: Texts;
}

/** A time in milliseconds since 1970, formatted in the language of the message. */
export interface Instant {
  readonly instant: number;
}

/** Value of a parameter; numbers are grouped by the rules of the language. */
export type Text = string | number | Instant;

export function defineMessages<const T extends Texts>(name: string, texts: T): Messages<T> {
  return { name, texts };
}

/** Other keys, parameters or choices than in the source, and other plural categories than those of the language, do not compile. */
export function translate<T extends Texts, const L extends string, const U extends { readonly [K in keyof T]: Message }>(
  { name }: Messages<T>,
  locale: L,
  texts: U & Translated<T, U, L>,
): Translation {
  return { name, locale, texts };
}

type NamesIn<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type Branches<M> = M extends string ? M : Extract<M[Exclude<keyof M, "plural" | "select">], string>;
type Counter<M> = M extends { readonly plural: infer Name extends string } ? Name : never;
type Chooser<M> = M extends { readonly select: infer Name extends string } ? Name : never;
type ParameterName<M> = NamesIn<Branches<M>> | Counter<M> | Chooser<M>;

/** Parameters of a message: a number for plurals, one of the choices for selects, else `V`. */
export type ParametersOf<M, V> = {
  readonly [N in ParameterName<M>]: N extends Counter<M> ? number : N extends Chooser<M> ? Exclude<keyof M, "select"> : V;
};

/** Keys of messages without parameters. */
export type PlainKey<T> = { [K in keyof T]: [ParameterName<T[K]>] extends [never] ? K : never }[keyof T];

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Choices<M> = M extends { readonly select: string } ? keyof M : never;
type Shape<M> = [ParameterName<M>, Counter<M>, Chooser<M>, Choices<M>];

/** Categories that the language needs and the message lacks, or the reverse. */
type WrongCategory<M, L> = M extends { readonly plural: string }
  ? unknown extends PluralCategory<L>
    ? never
    : Exclude<PluralCategory<L>, keyof M> | Exclude<keyof M, PluralCategory<L> | "plural">
  : never;

type Translated<T, U, L> = {
  readonly [K in keyof U]: K extends keyof T
    ? Same<Shape<T[K]>, Shape<U[K]>> extends true
      ? [WrongCategory<U[K], L>] extends [never]
        ? U[K]
        : { readonly "missing or extra plural categories": WrongCategory<U[K], L> }
      : { readonly "expected parameters": ParameterName<T[K]> }
    : never;
};

/** A language that Latchkey is translated into. */
export const translatedLocales = ["de", "ar"] as const;
export type TranslatedLocale = (typeof translatedLocales)[number];

/** Loads the translations of one file of messages: `{ de: () => import("./login.messages.de.ts"), … }`. */
export type TranslationFiles = Readonly<Record<TranslatedLocale, () => Promise<{ readonly translation: Translation }>>>;

/** Placeholder for the reader's name, so that stored messages and cookies do not contain it (ASVS 14.3.3). */
export interface ReaderName {
  readonly reader: "username" | "displayName";
}

export type ReferenceValue = Text | ReaderName;

/** A serializable message, translated when it is shown. */
export interface MessageReference {
  /** Such as `login.welcome`. */
  readonly key: string;
  readonly parameters?: Readonly<Record<string, ReferenceValue>> | undefined;
}

/** `message(messages, "welcome", { name: { reader: "displayName" } })` */
export function message<T extends Texts, K extends PlainKey<T> & string>(messages: Messages<T>, key: K): MessageReference;
export function message<T extends Texts, K extends keyof T & string>(
  messages: Messages<T>,
  key: K,
  parameters: ParametersOf<T[K], ReferenceValue>,
): MessageReference;
export function message({ name }: Messages, key: string, parameters?: Readonly<Record<string, ReferenceValue>>): MessageReference {
  return { key: `${name}.${key}`, ...(parameters ? { parameters } : {}) };
}

/** Descriptions of audit events on the Activity page: the messages with keys `event.…`, by event. */
export function eventsIn({ name, texts }: Messages): Readonly<Record<string, MessageReference>> {
  const keys = Object.keys(texts).filter((key) => key.startsWith("event."));
  return Object.fromEntries(keys.map((key) => [key.slice("event.".length), { key: `${name}.${key}` }]));
}
