// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { defineMessages, type Message } from "../i18n/messages.ts";
import { createTranslations } from "../i18n/translations.ts";
import { features } from "./index.ts";
import { loadLanguages, messagesOf } from "./messages.ts";
import { readOwnTranslations } from "./own-translations.ts";

const messages = defineMessages("sample.part", {
  title: "Log in",
  "field.name": "Hello {name}",
  days: { plural: "count", one: "{count} day", other: "{count} days" },
  state: { select: "kind", open: "Open for {name}", closed: "Closed" },
});

const read = (key: string, text: unknown, locale = "fr") =>
  readOwnTranslations([messages], { [locale]: { [key]: text as Message } }, locale);

describe("texts of the host app", () => {
  it.each([
    ["sample.part.titel", "x", "sample.part.titel is no message. Did you mean sample.part.title?"],
    ["nothing", "x", "nothing is no message."],
    ["sample.part.title", 7, "sample.part.title must be a string."],
    ["sample.part.title", { plural: "count", other: "" }, "must be a string."],
    ["sample.part.title", "Salut {name}", "has the unknown parameter {name}."],
    ["sample.part.field.name", "Salut", "lacks the parameter {name}."],
    ["sample.part.days", "{count} jours", 'must be an object with plural: "count".'],
    ["sample.part.days", { plural: "n", one: "", many: "", other: "" }, 'must be an object with plural: "count".'],
    ["sample.part.days", { plural: "count", one: "un jour", other: "{count} jours" }, "lacks the text for many."],
    ["sample.part.state", { select: "kind", open: "Ouvert pour {name}" }, "lacks the text for closed."],
  ])("text of the host app: %s as %j throws at the start", (key, text, problem) => {
    expect(() => read(key, text)).toThrow(problem);
  });

  it("text of the host app: a valid one takes precedence, and missing ones are in English", () => {
    const days = { plural: "count", one: "un jour", many: "{count} jours", other: "{count} jours" };
    const translations = [...read("sample.part.days", days), ...read("sample.part.field.name", "Salut {name}")];
    const t = createTranslations([messages], [{ locale: "fr", translations }])
      .translator("fr")
      .messages(messages);
    expect([t("days", { count: 1 }), t("days", { count: 2 }), t("field.name", { name: "Ada" }), t("title")]).toEqual([
      "un jour",
      "2 jours",
      "Salut Ada",
      "Log in",
    ]);
  });

  it("text of the host app: languages of its own are offered beside the others, and English can be changed", async () => {
    const own = { fr: { "login.title": "Connexion" }, en: { "login.title": "Enter" } };
    const languages = await loadLanguages(features, ["fr", "en", "de"], own);
    const translations = createTranslations(messagesOf(features), languages);
    expect(translations.locales).toEqual(["fr", "en", "de"]);
    expect(["fr", "en"].map((locale) => translations.render(locale, { key: "login.title" }, undefined))).toEqual(["Connexion", "Enter"]);
  });
});
