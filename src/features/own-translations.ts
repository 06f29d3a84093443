/** Checks the texts of the host app, and turns them into translations. */
import type { Message, Messages, Translation } from "../i18n/messages.ts";
import { suggest } from "../platform/suggest.ts";

/** Texts by language, and by key such as `login.title`. */
export type OwnTranslations = Readonly<Record<string, Readonly<Record<string, Message>>>>;

type Branches = Readonly<Record<string, string>>;

/** Throws a TypeError for an unknown key, other parameters or choices than in English, and missing plural categories. */
export function readOwnTranslations(known: readonly Messages[], own: OwnTranslations, locale: string): Translation[] {
  const sources = new Map(
    known.flatMap(({ name, texts }) => Object.entries(texts).map(([key, source]) => [`${name}.${key}`, { name, key, source }])),
  );
  const byName = new Map<string, Record<string, Message>>();
  for (const [reference, text] of Object.entries(own[locale] ?? {})) {
    const found = sources.get(reference);
    const problem = found === undefined ? unknownKey(reference, [...sources.keys()]) : problemOf(found.source, text, locale);
    if (problem !== undefined) throw new TypeError(`translations: ${locale}: ${reference} ${problem}`);
    if (found) byName.set(found.name, { ...byName.get(found.name), [found.key]: text });
  }
  return [...byName].map(([name, texts]) => ({ name, locale, texts }));
}

function unknownKey(reference: string, known: readonly string[]): string {
  const meant = suggest(reference, known);
  return `is no message.${meant === undefined ? "" : ` Did you mean ${meant}?`}`;
}

function problemOf(source: Message, text: unknown, locale: string): string | undefined {
  const [expected, given] = [shapeOf(source), isMessage(text) ? shapeOf(text) : undefined];
  if (given === undefined || given.kind !== expected.kind) return `must be ${expected.kind}.`;
  const categories = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
  const branches = expected.isPlural ? categories : expected.branches;
  const missing = branches.find((each) => !given.branches.includes(each));
  if (missing !== undefined) return `lacks the text for ${missing}.`;
  const extra = given.names.find((name) => !expected.names.includes(name));
  if (extra !== undefined) return `has the unknown parameter {${extra}}.`;
  const lost = expected.names.find((name) => !given.names.includes(name));
  return lost === undefined ? undefined : `lacks the parameter {${lost}}.`;
}

function isMessage(text: unknown): text is Message {
  return (
    typeof text === "string" || (typeof text === "object" && text !== null && Object.values(text).every((each) => typeof each === "string"))
  );
}

interface Shape {
  /** Such as `{ plural: "count" }`; a plain text is `a string`. */
  readonly kind: string;
  readonly isPlural: boolean;
  readonly branches: readonly string[];
  readonly names: readonly string[];
}

function shapeOf(message: Message): Shape {
  if (typeof message === "string") return { kind: "a string", isPlural: false, branches: [], names: namesIn(message) };
  const { plural, select, ...branches } = message as Branches;
  return {
    kind: `an object with ${plural === undefined ? `select: "${select}"` : `plural: "${plural}"`}`,
    isPlural: plural !== undefined,
    branches: Object.keys(branches),
    // The number itself may be left out: "one minute".
    names: [...new Set([plural ?? select ?? "", ...Object.values(branches).flatMap(namesIn)])],
  };
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
}
