/** Tests the translations, and the tool that exports and imports them. */
// Runs on one engine: what pages say does not depend on the database.
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { features } from "../src/features/index.ts";
import { loadLanguages, messagesOf } from "../src/features/messages.ts";
import { type Message, translatedLocales } from "../src/i18n/messages.ts";
import { exportPo, format, importPo } from "../tools/translations.ts";
import { openEveryPage } from "./every-page.ts";
import { testApp } from "./person.ts";
import { shownTexts } from "./pseudo.ts";

const root = resolve(import.meta.dirname, "..");
const hasGettext = spawnSync("msgfmt", ["--version"]).status === 0;
const sources = messagesOf(features);

const textsOf = (message: Message): string[] =>
  typeof message === "string"
    ? [message]
    : Object.entries(message).flatMap(([name, text]) => (name === "plural" || name === "select" ? [] : [text as string]));
const withoutParameters = (text: string) => text.replaceAll(/\{\w+\}/g, "");

/** As in the terms of CONTRIBUTING.md. */
const twoFactorNames = { de: "Zwei-Faktor-Authentifizierung", ar: "المصادقة الثنائية" };
/** Names of two-factor authentication that other products use. */
const otherNames = { de: /Authentisierung|in zwei Schritten|Bestätigung in zwei/, ar: /بخطوتين|خطوتين/ };

describe.each(translatedLocales)("translation into %s", (locale) => {
  it(`translation into ${locale}: has every file of messages, and no other`, async () => {
    const [{ translations }] = await loadLanguages(features, [locale]);
    expect(translations.map(({ name }) => name).sort()).toEqual(sources.map(({ name }) => name).sort());
    expect(globSync(`src/**/*.messages.${locale}.ts`, { cwd: root })).toHaveLength(sources.length);
  });

  it(`translation into ${locale}: exported and imported again, it is the same files`, async () => {
    const { files, problems } = await importPo(await exportPo(locale), "all.po");
    expect(problems).toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), "translations-"));
    try {
      for (const [path, text] of files) {
        mkdirSync(join(folder, dirname(path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      const { formatter } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8")) as { formatter: object };
      writeFileSync(join(folder, "biome.json"), JSON.stringify({ formatter }));
      format([folder], folder);
      for (const path of files.keys()) expect(readFileSync(join(folder, path), "utf8")).toBe(readFileSync(join(root, path), "utf8"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.skipIf(!hasGettext)(`translation into ${locale}: gettext accepts the exported file`, async () => {
    const { status, stderr } = spawnSync("msgfmt", ["--check", "-o", "/dev/null", "-"], {
      input: await exportPo(locale),
      encoding: "utf8",
    });
    expect([status, stderr.replaceAll(/.*warning: header field .*\n/g, "")]).toEqual([0, ""]);
  });

  it(`translation into ${locale}: no sentence is still English`, async () => {
    const [{ translations }] = await loadLanguages(features, [locale]);
    const english = new Set(sources.flatMap(({ texts }) => Object.values(texts).flatMap(textsOf)));
    const copies = translations.flatMap(({ texts }) => Object.values(texts).flatMap(textsOf)).filter((text) => english.has(text));
    expect(copies.filter((text) => /[A-Za-z]{2,} [A-Za-z]{2,}/.test(withoutParameters(text)))).toEqual([]);
  });

  it(`translation into ${locale}: two-factor authentication has one name`, async () => {
    const [{ translations }] = await loadLanguages(features, [locale]);
    const texts = translations.flatMap((each) => Object.values(each.texts).flatMap(textsOf));
    expect(texts.filter((text) => otherNames[locale].test(text))).toEqual([]);
    expect(texts.filter((text) => text.includes(twoFactorNames[locale])).length).toBeGreaterThan(20);
  });

  it(`translation into ${locale}: no page shows a visitor, a user or an administrator English or a key`, async () => {
    const [{ translations }] = await loadLanguages(features, [locale]);
    const translated = new Set(translations.flatMap(({ texts }) => Object.values(texts).flatMap(textsOf)));
    const english = sources.flatMap(({ texts }) => Object.values(texts).flatMap(textsOf));
    const patterns = english
      .filter((text) => /[A-Za-z]{3}/.test(withoutParameters(text)) && !translated.has(text))
      .map((text) => new RegExp(`^${text.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&").replaceAll(/\{\w+\}/g, ".+")}$`));
    const keys = new Set(sources.flatMap(({ name, texts }) => Object.keys(texts).map((key) => `${name}.${key}`)));
    const app = await testApp({ TOKEN_AUDIENCES: "https://api.example.com", SIGNUP: "open", LANGUAGES: locale });
    const { pages } = await openEveryPage(app);
    await app.close();
    const found = pages.flatMap(({ who, path, html }) =>
      shownTexts(html)
        .filter((text) => patterns.some((pattern) => pattern.test(text)) || text.split(/\s+/).some((word) => keys.has(word)))
        .map((text) => `${who} ${path}: ${text}`),
    );
    expect(found).toEqual([]);
    expect(pages.length).toBeGreaterThan(40);
  });
});

describe("import of translations", () => {
  const context = 'msgctxt "authenticate.loggedInAs"';
  const replaced = async (pattern: RegExp, text: string) => {
    const po = await exportPo("de");
    const changed = po.replace(pattern, text);
    expect(changed).not.toBe(po);
    const { files, problems } = await importPo(changed, "de.po");
    expect(files.size).toBe(0);
    return problems.map((problem) => problem.replace(/:\d+:/, ":LINE:"));
  };

  it("import of translations: a problem is reported with file, line and key", async () => {
    const po = (await exportPo("de")).replace(/(?<=authenticate\.loggedInAs"\nmsgid .*\nmsgstr ".*)\{username\}/, "{user}");
    const line = po.split("\n").indexOf(context) + 1;
    expect((await importPo(po, "de.po")).problems).toEqual([`de.po:${line}: authenticate.loggedInAs: unknown placeholder {user}`]);
  });

  it.each<[string, RegExp, string, string]>([
    ["missing placeholder", /(?<=authenticate\.loggedInAs"\nmsgid .*\nmsgstr ).*/, '"Angemeldet"', "placeholder {username} is missing"],
    ["unbalanced brace", /(?<=authenticate\.loggedInAs"\nmsgid .*\nmsgstr ).*/, '"Als {username} {x"', "unbalanced brace"],
    ["empty text", /(?<=authenticate\.loggedInAs"\nmsgid .*\nmsgstr ).*/, '""', "not translated"],
    ["fuzzy text", /python-brace-format(?=\nmsgctxt "authenticate\.loggedInAs")/, "fuzzy, python-brace-format", "marked as fuzzy"],
    ["outdated text", /(?<=authenticate\.loggedInAs"\nmsgid ).*/, '"Old {username}"', "the English text is now"],
    ["unknown message", /authenticate\.loggedInAs/, "authenticate.old", "missing, or there twice"],
  ])("import of translations: a %s is refused", async (_, pattern, text, problem) => {
    expect((await replaced(pattern, text))[0]).toContain(`de.po:LINE: authenticate.loggedInAs: ${problem}`);
  });

  it("import of translations: a missing plural form, another rule or another language is refused", async () => {
    const po = await exportPo("ar");
    const plural = /(?<=form\.tooManySeconds"\nmsgid .*\nmsgid_plural .*\nmsgstr\[0\] .*\nmsgstr\[1\] ).*/;
    expect((await importPo(po.replace(plural, '""'), "ar.po")).problems).toEqual([
      expect.stringMatching(/^ar\.po:\d+: form\.tooManySeconds: msgstr\[1\] is not translated$/),
    ]);
    await expect(importPo(po.replace("n==1 ? 1", "n==4 ? 1"), "ar.po")).rejects.toThrow("does not fit ar");
    expect((await importPo(po.replace("Language: ar", "Language: xx"), "ar.po")).problems).toEqual(['ar.po: the header Language is "xx"']);
  });
});
