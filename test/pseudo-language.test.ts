// Runs on one engine: it is independent of the database.
import { describe, expect, it } from "vitest";
import { defineMessages } from "../src/i18n/messages.ts";
import { createTranslations } from "../src/i18n/translations.ts";
import { pseudoLanguage, pseudoText } from "./pseudo-language.ts";

const messages = defineMessages("sample", {
  title: "Log in",
  greeting: "Hello {name}!",
  days: { plural: "count", one: "a day", other: "{count} days" },
  state: { select: "kind", open: "Open", until: "Until {date}" },
});

describe("pseudo-language", () => {
  const translations = createTranslations([messages], [pseudoLanguage([messages])]);
  const t = translations.translator("en-XA").messages(messages);

  it("pseudo-language: every letter is accented, vowels are doubled, and each message is in brackets", () => {
    expect(t("title")).toBe("[Ļööĝ ïïñ]");
    expect(pseudoText("abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ")).not.toMatch(/[A-Za-z]/);
  });

  it("pseudo-language: parameters, plurals and choices are kept", () => {
    expect(t("greeting", { name: "ada" })).toBe("[Ĥééļļöö ada!]");
    expect([1, 2].map((count) => t("days", { count }))).toEqual(["[åå ðååý]", "[2 ðååýš]"]);
    expect(t("state", { kind: "open", date: "" })).toBe("[ÖÖþééñ]");
  });

  it("pseudo-language: times are accented", () => {
    expect(t("state", { kind: "until", date: { instant: 0 } })).toBe("[ÛÛñţïïļ [1 Ĵååñûûååŕý 1970 ååţ 00:00 ÛÛŢÇ]]");
  });

  it("pseudo-language: is the default if it is the only language", () => {
    expect(translations.locales).toEqual(["en-XA"]);
  });
});
