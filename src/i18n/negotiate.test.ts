// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { negotiate } from "./negotiate.ts";

const locales = ["en", "de", "pt-BR", "zh-Hant"] as const;

describe("the language", () => {
  it.each([
    ["de", "de"],
    ["DE-ch", "de"],
    ["de-CH-1996, en;q=0.9", "de"],
    ["fr, de;q=0.5, en;q=0.4", "de"],
    ["en;q=0.4, de;q=0.5", "de"],
    ["de;q=0, en", "en"],
    ["de;q=0", "en"],
    ["pt-br", "pt-BR"],
    ["pt", "en"],
    ["zh-Hant-TW", "zh-Hant"],
    ["zh-Hant-x-private", "zh-Hant"],
    ["*", "en"],
    ["*, de;q=0.1", "de"],
    ["", "en"],
    [",;=-q", "en"],
    ["de;q=x", "de"],
    ["__proto__, constructor", "en"],
  ])("of Accept-Language %j is %s (RFC 4647, 3.4)", (acceptLanguage, expected) => {
    expect(negotiate(locales, { acceptLanguage })).toBe(expected);
  });

  it("is the account's, then the cookie's, then the browser's, as far as each is offered", () => {
    expect(negotiate(locales, { account: "pt-BR", cookie: "de", acceptLanguage: "en" })).toBe("pt-BR");
    expect(negotiate(locales, { account: "fr", cookie: "de", acceptLanguage: "en" })).toBe("de");
    expect(negotiate(locales, { account: null, cookie: "<script>", acceptLanguage: "zh-Hant" })).toBe("zh-Hant");
    expect(negotiate(locales, {})).toBe("en");
  });

  it("ignores a range that is longer than any tag, whose lookup would cost its length squared", () => {
    const long = `de-${"a-".repeat(50)}a`;
    expect(negotiate(locales, { acceptLanguage: long, cookie: long, account: long })).toBe("en");
  });
});
