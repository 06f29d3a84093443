/** Exports translations as gettext .po files for translators, and imports them again. */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import gettextParser, { type PoEntry } from "gettext-parser";
import type { Message, Messages, Texts, Translation } from "../src/i18n/messages.ts";

const root = resolve(import.meta.dirname, "..");

/** Rules of gettext for the plural categories of a language, in the order of `msgstr[0]`, `msgstr[1]`, … */
const pluralForms: Readonly<Record<string, string>> = {
  ar: "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
  de: "nplurals=2; plural=(n != 1);",
};

if (import.meta.main) await run(process.argv.slice(2));

async function run([command, first = "", ...rest]: readonly string[]): Promise<void> {
  if (command === "export" && first in pluralForms && rest.length === 0) {
    process.stdout.write(await exportPo(first));
    return;
  }
  if (command !== "import" || first === "" || rest.length > 0) {
    console.error(
      `Usage: node tools/translations.ts export LANGUAGE > FILE.po\n       node tools/translations.ts import FILE.po\nLanguages: ${Object.keys(pluralForms).join(", ")}`,
    );
    process.exitCode = 2;
    return;
  }
  const { files, problems } = await importPo(readFileSync(first, "utf8"), first);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) {
    console.error(`Nothing was imported: ${problems.length} problem${problems.length === 1 ? "" : "s"}.`);
    process.exitCode = 1;
    return;
  }
  for (const [path, text] of files) writeFileSync(join(root, path), text);
  format([...files.keys()].map((path) => join(root, path)));
}

/** Formats files below a folder with a `biome.json`. */
export function format(paths: readonly string[], folder = root): void {
  execFileSync(join(root, "node_modules/.bin/biome"), ["format", "--write", `--config-path=${folder}`, ...paths], {
    cwd: folder,
    stdio: "pipe",
  });
}

/** A file of messages, and its translation. */
interface Source {
  /** Such as `src/features/log-in/login/login.messages.ts`. */
  readonly path: string;
  readonly messages: Messages;
}

async function readSources(): Promise<Source[]> {
  const paths = globSync("src/**/*.messages.ts", { cwd: root }).sort();
  return Promise.all(
    paths.map(async (path) => ({ path, messages: ((await import(join(root, path))) as { messages: Messages }).messages })),
  );
}

function translationPath(path: string, locale: string): string {
  return path.replace(/\.ts$/, `.${locale}.ts`);
}

async function readTranslation({ path }: Source, locale: string): Promise<Texts> {
  const file = join(root, translationPath(path, locale));
  return existsSync(file) ? ((await import(file)) as { translation: Translation }).translation.texts : {};
}

/** One text to translate: a message, or one choice of it. */
interface Unit {
  /** `msgctxt`: `login.title`, or `admin.state[open]` for a choice. */
  readonly context: string;
  readonly english: string;
  /** Of a plural message: the English text of `other`. */
  readonly plural?: string | undefined;
  /** Of a plural message: the parameter with the number. */
  readonly counter?: string | undefined;
}

type Branches = Readonly<Record<string, string>>;

function unitsOf(context: string, message: Message): Unit[] {
  if (typeof message === "string") return [{ context, english: message }];
  const { plural, select: _, ...branches } = message as Branches;
  if (plural !== undefined) return [{ context, english: branches["one"] ?? "", plural: branches["other"], counter: plural }];
  return Object.entries(branches).map(([choice, english]) => ({ context: `${context}[${choice}]`, english }));
}

/** Returns all messages with their present translation; untranslated ones are empty. */
export async function exportPo(locale: string): Promise<string> {
  const header = pluralForms[locale] ?? "";
  const categories = categoriesOf(locale, header);
  const translations: Record<string, Record<string, PoEntry>> = {};
  for (const source of await readSources()) {
    const texts = await readTranslation(source, locale);
    for (const [key, message] of Object.entries(source.messages.texts)) {
      const translated = texts[key];
      for (const unit of unitsOf(`${source.messages.name}.${key}`, message)) {
        translations[unit.context] = { [unit.english]: entryOf(unit, source, textsOf(unit, translated, categories)) };
      }
    }
  }
  const headers = {
    "Project-Id-Version": "latchkey",
    Language: locale,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": header,
  };
  return `${gettextParser.po.compile({ charset: "utf-8", headers, translations }, { foldLength: 0 }).toString()}\n`;
}

/** `msgstr` of a unit. */
function textsOf({ context, counter }: Unit, translated: Message | undefined, categories: readonly string[]): string[] {
  if (counter !== undefined) return categories.map((category) => (translated as Branches | undefined)?.[category] ?? "");
  if (typeof translated === "string" || translated === undefined) return [translated ?? ""];
  const [, choice = ""] = /\[(.*)\]$/.exec(context) ?? [];
  return [(translated as Branches)[choice] ?? ""];
}

function entryOf({ context, english, plural, counter }: Unit, { path }: Source, msgstr: string[]): PoEntry {
  const hasParameters = namesIn(english + (plural ?? "")).length > 0;
  return {
    msgctxt: context,
    msgid: english,
    ...(plural === undefined ? {} : { msgid_plural: plural }),
    msgstr,
    comments: {
      reference: path,
      ...(hasParameters ? { flag: "python-brace-format" } : {}),
      ...(counter === undefined ? {} : { extracted: `{${counter}} is the number.` }),
    },
  };
}

function namesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name))];
}

interface Imported {
  /** Source of each translation, by path. Empty if there are problems. */
  readonly files: ReadonlyMap<string, string>;
  /** Such as `de.po:12: login.title: not translated`. */
  readonly problems: readonly string[];
}

/** Reads a .po file. A message that is missing, empty, fuzzy, outdated or has other parameters than in English is a problem. */
export async function importPo(text: string, file: string): Promise<Imported> {
  const po = gettextParser.po.parse(text, { validation: true });
  const locale = po.headers["Language"] ?? "";
  if (!(locale in pluralForms)) return { files: new Map(), problems: [`${file}: the header Language is ${JSON.stringify(locale)}`] };
  const categories = categoriesOf(locale, po.headers["Plural-Forms"] ?? "");
  const problems: string[] = [];
  const known = new Set<string>();
  const report = (context: string, problem: string) => problems.push(`${file}:${lineOf(text, context)}: ${context}: ${problem}`);
  const files = new Map<string, string>();
  for (const { path, messages } of await readSources()) {
    const texts: Record<string, Message> = {};
    for (const [key, message] of Object.entries(messages.texts)) {
      const read = (unit: Unit): readonly string[] => {
        known.add(unit.context);
        const entries = Object.values(po.translations[unit.context] ?? {});
        const [entry] = entries;
        const problem = entry === undefined || entries.length > 1 ? "missing, or there twice" : problemOf(unit, entry, categories);
        if (problem !== undefined) report(unit.context, problem);
        return entry?.msgstr ?? [];
      };
      texts[key] = translatedMessage(message, unitsOf(`${messages.name}.${key}`, message).map(read), categories);
    }
    files.set(translationPath(path, locale), sourceOf(path, locale, texts));
  }
  for (const context of Object.keys(po.translations)) if (context !== "" && !known.has(context)) report(context, "unknown message");
  return problems.length > 0 ? { files: new Map(), problems } : { files, problems };
}

function problemOf({ english, plural, counter }: Unit, entry: PoEntry, categories: readonly string[]): string | undefined {
  if (entry.msgid !== english || entry.msgid_plural !== plural)
    return `the English text is now ${JSON.stringify(plural === undefined ? english : plural)}`;
  if (entry.comments?.flag?.split(/,\s*/).includes("fuzzy")) return "marked as fuzzy";
  const expected = namesIn(english + (plural ?? ""));
  for (const [i, text] of entry.msgstr.entries()) {
    if (text.trim() === "") return counter === undefined ? "not translated" : `msgstr[${i}] is not translated`;
    const names = namesIn(text);
    // "one minute" and "two minutes" need no number in some languages.
    const isOptional = (name: string) => name === counter && ["zero", "one", "two"].includes(categories[i] ?? "");
    const unknown = names.find((name) => !expected.includes(name));
    if (unknown !== undefined) return `unknown placeholder {${unknown}}`;
    const missing = expected.find((name) => !names.includes(name) && !isOptional(name));
    if (missing !== undefined) return `placeholder {${missing}} is missing`;
    if (/[{}]/.test(text.replaceAll(/\{\w+\}/g, ""))) return "unbalanced brace";
  }
  return undefined;
}

/** Line of a message in the file; 1 if it is not there. */
function lineOf(text: string, context: string): number {
  const index = text.split("\n").indexOf(`msgctxt ${JSON.stringify(context)}`);
  return index + 1 || 1;
}

function translatedMessage(message: Message, texts: readonly (readonly string[])[], categories: readonly string[]): Message {
  if (typeof message === "string") return texts[0]?.[0] ?? "";
  const { plural, select } = message as Branches;
  if (plural !== undefined)
    return { plural, ...Object.fromEntries(categories.map((category, i) => [category, texts[0]?.[i] ?? ""])) } as Message;
  const choices = unitsOf("", message).map(({ context }) => context.slice(1, -1));
  return { select, ...Object.fromEntries(choices.map((choice, i) => [choice, texts[i]?.[0] ?? ""])) } as unknown as Message;
}

function sourceOf(path: string, locale: string, texts: Texts): string {
  const language = new Intl.DisplayNames(["en"], { type: "language" }).of(locale);
  const from = relative(dirname(path), "src/i18n/messages.ts");
  return `/** Messages in ${language}; see ${basename(path)}. */
import { translate } from "${from}";
import { messages } from "./${basename(path)}";

export const translation = translate(messages, "${locale}", ${JSON.stringify(texts, null, 2)});
`;
}

/** The plural category of each `msgstr` index, by trying the rule of the header. Throws if it is not that of the language. */
function categoriesOf(locale: string, header: string): string[] {
  const [, count = "", rule = ""] = /^nplurals=(\d);\s*plural=([\sn0-9?:%=!<>&|()+-]+);?$/.exec(header.trim()) ?? [];
  if (rule === "") throw new Error(`The header Plural-Forms of ${locale} is ${JSON.stringify(header)}.`);
  const indexOf = new Function("n", `return Number(${rule})`) as (n: number) => number;
  const rules = new Intl.PluralRules(locale);
  const found = new Map<number, string>();
  for (let n = 0; n <= 1_000; n++) {
    const category = rules.select(n);
    const known = found.get(indexOf(n));
    if (known !== undefined && known !== category) throw new Error(`The header Plural-Forms does not fit ${locale}: ${n} is ${category}.`);
    found.set(indexOf(n), category);
  }
  return Array.from({ length: Number(count) }, (_, i) => found.get(i) ?? "");
}
