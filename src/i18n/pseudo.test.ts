// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { defineMessages } from "./messages.ts";
import { pseudoLanguage, pseudoText } from "./pseudo.ts";
import { createTranslations } from "./translations.ts";

const messages = defineMessages("sample", {
  title: "Log in",
  greeting: "Hello {name}!",
  days: { plural: "count", one: "a day", other: "{count} days" },
  state: { select: "kind", open: "Open", until: "Until {date}" },
});

describe("the pseudo-language", () => {
  const translations = createTranslations([messages], [pseudoLanguage([messages])]);
  const t = translations.translator("en-XA").messages(messages);

  it("accents every letter between brackets", () => {
    expect(t("title")).toBe("[Ļöĝ ïñ]");
    expect(pseudoText("abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ")).not.toMatch(/[A-Za-z]/);
  });

  it("keeps parameters, plurals and choices", () => {
    expect(t("greeting", { name: "ada" })).toBe("[Ĥéļļö ada!]");
    expect([1, 2].map((count) => t("days", { count }))).toEqual(["[å ðåý]", "[2 ðåýš]"]);
    expect(t("state", { kind: "open", date: "" })).toBe("[Öþéñ]");
  });

  it("writes times in accents, too", () => {
    expect(t("state", { kind: "until", date: { instant: 0 } })).toBe("[Ûñţïļ [1 Ĵåñûåŕý 1970 åţ 00:00 ÛŢÇ]]");
  });

  it("is the app's only language where no other is offered", () => {
    expect(translations.locales).toEqual(["en-XA"]);
  });
});
