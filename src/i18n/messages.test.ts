// Runs on one engine: it is independent of the database.
import { describe, expect, expectTypeOf, it } from "vitest";
import { languages } from "../config/sections/site.ts";
import { type Html, html } from "../ui/html.ts";
import { directionOf } from "./direction.ts";
import { defineMessages, message, translate, translatedLocales } from "./messages.ts";
import { pluralCategories } from "./plural-categories.ts";
import { createTranslations } from "./translations.ts";
import { createTranslator, english } from "./translator.ts";

const messages = defineMessages("sample", {
  title: "Log in",
  greeting: "You're logged in as {username}.",
  swapped: "{a}, then {b}",
  minutes: { plural: "count", one: "{count} minute", other: "{count} minutes for {username}" },
  state: { select: "kind", open: "Open until {date}.", closed: "Closed." },
});

const german = translate(messages, "de", {
  title: "Anmelden",
  greeting: "Sie sind als {username} angemeldet.",
  swapped: "{b}, davor {a}",
  minutes: { plural: "count", one: "{count} Minute", other: "{count} Minuten für {username}" },
  state: { select: "kind", open: "Offen bis {date}.", closed: "Geschlossen." },
});

const t = createTranslator(english).messages(messages);
const de = createTranslator({ locale: "de", translations: [german] }).messages(messages);

describe("message", () => {
  it("message: without parameters is its text", () => {
    expect([t("title"), de("title")]).toEqual(["Log in", "Anmelden"]);
  });

  it("message: parameters are inserted in the order of the language", () => {
    expect([t("swapped", { a: "A", b: "B" }), de("swapped", { a: "A", b: "B" })]).toEqual(["A, then B", "B, davor A"]);
  });

  it("message: braces, dollar signs and object keys in a parameter are inserted literally", () => {
    for (const username of ["{username}", "$& $1", "__proto__", "{0}"])
      expect(t("greeting", { username })).toBe(`You're logged in as ${username}.`);
  });

  it("message: plurals and number grouping follow the language", () => {
    expect(t("minutes", { count: 1, username: "ada" })).toBe("1 minute");
    expect(t("minutes", { count: 1_500, username: "ada" })).toBe("1,500 minutes for ada");
    expect(de("minutes", { count: 1_500, username: "ada" })).toBe("1.500 Minuten für ada");
  });

  it("message: all plural categories of a language are supported", () => {
    const files = defineMessages("files", { files: { plural: "count", one: "{count} file", other: "{count} files" } });
    const texts = {
      files: { plural: "count", one: "{count} plik", few: "{count} pliki", many: "{count} plików", other: "{count} pliku" },
    } as const;
    const pl = createTranslator({ locale: "pl", translations: [translate(files, "pl", texts)] }).messages(files);
    expect([1, 3, 5, 1.5].map((count) => pl("files", { count }))).toEqual(["1 plik", "3 pliki", "5 plików", "1,5 pliku"]);
  });

  it("message: choices depend on a value, and times are formatted in the language", () => {
    const date = { instant: Date.UTC(2026, 2, 3, 9, 5) };
    expect(t("state", { kind: "open", date })).toBe("Open until 3 March 2026 at 09:05 UTC.");
    expect(de("state", { kind: "open", date })).toBe("Offen bis 3. März 2026 um 09:05 UTC.");
    expect(t("state", { kind: "closed", date })).toBe("Closed.");
  });

  it("message: with markup as a parameter is markup, and all other text is escaped", { tags: ["asvs-1.2.1"] }, () => {
    const link = html`<a href="/x">${"<b>"}</a>`;
    expect(html`<p>${t("swapped", { a: link, b: "<i>" })}</p>`.toString()).toBe('<p><a href="/x">&lt;b&gt;</a>, then &lt;i&gt;</p>');
    expect(html`<p>${t("greeting", { username: link })}</p>`.toString()).toBe('<p>You&#39;re logged in as <a href="/x">&lt;b&gt;</a>.</p>');
    expect(html`${t("greeting", { username: "<i>" })}`.toString()).toBe("You&#39;re logged in as &lt;i&gt;.");
  });

  it("message: without a translation is in English", () => {
    const other = defineMessages("other", { title: "Other" });
    expect(createTranslator({ locale: "de", translations: [german] }).messages(other)("title")).toBe("Other");
  });

  it("message: a missing or extra key or parameter does not compile", () => {
    expectTypeOf(t("greeting", { username: "ada" })).toEqualTypeOf<string>();
    expectTypeOf(t("greeting", { username: html`` })).toEqualTypeOf<string | Html>();
    const wrong = () => {
      // @ts-expect-error: no such key
      t("titel");
      // @ts-expect-error: a parameter is missing
      t("greeting");
      // @ts-expect-error: a parameter has another name
      t("greeting", { name: "ada" });
      // @ts-expect-error: a parameter is extra
      t("greeting", { username: "ada", email: "ada@example.com" });
      // @ts-expect-error: the plural parameter must be a number
      t("minutes", { count: "1", username: "ada" });
      // @ts-expect-error: no such choice
      t("state", { kind: "ajar", date: "" });
      // @ts-expect-error: the plural parameter is missing
      t("minutes", { username: "ada" });
      // @ts-expect-error: a reference needs its parameters
      message(messages, "greeting");
      // @ts-expect-error: markup cannot be serialised
      message(messages, "greeting", { username: html`` });
    };
    expect(wrong).toBeTypeOf("function");
  });
});

describe("translation", () => {
  it("translation: other keys, parameters or choices than its source do not compile", () => {
    const source = defineMessages("source", {
      title: "Log in",
      greeting: "Hello {name}",
      days: { plural: "count", one: "a day", other: "{count} days" },
    });
    const choice = defineMessages("choice", { state: { select: "kind", open: "Open", closed: "Closed" } });
    const [title, greeting, days] = ["", "{name}", { plural: "count", one: "{count}", other: "{count}" }] as const;
    translate(source, "de", { title, greeting, days });
    const wrong = () => {
      // @ts-expect-error: a key is missing
      translate(source, "de", { title, greeting });
      // @ts-expect-error: a key is extra
      translate(source, "de", { title, greeting, days, more: "" });
      // @ts-expect-error: a parameter is missing
      translate(source, "de", { title, greeting: "Hallo", days });
      // @ts-expect-error: a parameter is extra
      translate(source, "de", { title: "{name}", greeting, days });
      // @ts-expect-error: another plural parameter
      translate(source, "de", { title, greeting, days: { plural: "n", one: "{count}", other: "{count}" } });
      // @ts-expect-error: a plural category is missing
      translate(source, "de", { title, greeting, days: { plural: "count", other: "{count}" } });
      // @ts-expect-error: German has no category "few"
      translate(source, "de-AT", { title, greeting, days: { ...days, few: "{count}" } });
      // @ts-expect-error: Arabic has six categories
      translate(source, "ar", { title, greeting, days: { plural: "count", zero: "", one: "", two: "", few: "{count}", other: "{count}" } });
      // @ts-expect-error: text instead of a plural
      translate(source, "de", { title, greeting, days: "{count} Tage" });
      // @ts-expect-error: a choice is missing
      translate(choice, "de", { state: { select: "kind", open: "Offen" } });
      // @ts-expect-error: a choice is extra
      translate(choice, "de", { state: { select: "kind", open: "Offen", closed: "Zu", ajar: "Angelehnt" } });
    };
    expect(wrong).toBeTypeOf("function");
  });
});

describe("offered languages", () => {
  it("offered languages: the setting accepts English and every language with translations", () => {
    expect(languages).toEqual(["en", ...translatedLocales]);
  });
});

describe("plural categories", () => {
  it("plural categories: those of each language are those of Intl", () => {
    for (const [locale, categories] of Object.entries(pluralCategories)) {
      const { pluralCategories: known } = new Intl.PluralRules(locale).resolvedOptions();
      expect(new Set(categories), locale).toEqual(new Set(known));
    }
  });
});

describe("right-to-left message", () => {
  const arabic = translate(messages, "ar", {
    title: "تسجيل الدخول",
    greeting: "سجّلت الدخول باسم {username}.",
    swapped: "{a} ثم {b}",
    minutes: {
      plural: "count",
      zero: "{count} دقيقة لـ {username}",
      one: "دقيقة واحدة",
      two: "دقيقتان",
      few: "{count} دقائق",
      many: "{count} دقيقة",
      other: "{count} دقيقة",
    },
    state: { select: "kind", open: "مفتوح حتى {date}.", closed: "مغلق." },
  });
  const ar = createTranslator({ locale: "ar", translations: [arabic] }).messages(messages);

  it("right-to-left message: names keep their direction, and URLs get no invisible characters", () => {
    expect(ar("greeting", { username: "ada@example.com" })).toBe("سجّلت الدخول باسم \u2068ada@example.com\u2069.");
    expect(ar("greeting", { username: "https://example.com/?token=a" })).toBe("سجّلت الدخول باسم https://example.com/?token=a.");
    expect(String(ar("greeting", { username: html`<b>ada</b>` }))).toBe("سجّلت الدخول باسم <bdi><b>ada</b></bdi>.");
  });

  it("right-to-left message: a message inside of a message stays right-to-left, though it begins with an IP", () => {
    expect(ar("greeting", { username: ar("greeting", { username: "81.2.69.142" }) })).toBe(
      "سجّلت الدخول باسم سجّلت الدخول باسم \u206881.2.69.142\u2069..",
    );
  });

  it("right-to-left message: all six plural categories of Arabic are used", () => {
    expect([0, 1, 2, 3, 11, 100].map((count) => ar("minutes", { count, username: "x" }))).toEqual([
      "0 دقيقة لـ \u2068x\u2069",
      "دقيقة واحدة",
      "دقيقتان",
      "3 دقائق",
      "11 دقيقة",
      "100 دقيقة",
    ]);
  });

  it("direction: is that of the language", () => {
    expect(["en", "de", "ar", "ar-EG", "he", "en-XA"].map(directionOf)).toEqual(["ltr", "ltr", "rtl", "rtl", "rtl", "ltr"]);
  });
});

describe("translations", () => {
  const translations = createTranslations([messages], [english, { locale: "de", translations: [german] }]);
  const ada = { username: "ada", displayName: "Ada" };

  it("translations: a stored reference is rendered in any language", () => {
    const stored = JSON.parse(JSON.stringify(message(messages, "minutes", { count: 2, username: { reader: "displayName" } })));
    expect(["en", "de", "fr"].map((locale) => translations.render(locale, stored, ada))).toEqual([
      "2 minutes for Ada",
      "2 Minuten für Ada",
      "2 minutes for Ada",
    ]);
  });

  it("translations: an unknown key, or a name without a logged-in reader, renders nothing", () => {
    for (const key of ["sample.none", "none.title", "sample", "", "sample.constructor", "__proto__.title"])
      expect(translations.render("en", { key }, ada)).toBeUndefined();
    expect(translations.render("en", message(messages, "greeting", { username: { reader: "username" } }), undefined)).toBeUndefined();
  });

  it("translations: two message sets with one name throw a TypeError", () => {
    expect(() => createTranslations([messages, messages])).toThrow(TypeError);
  });
});
