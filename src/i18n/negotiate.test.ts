// Runs on one engine: it is independent of the database.
import { describe, expect, it } from "vitest";
import { negotiate } from "./negotiate.ts";

const locales = ["en", "de", "pt-BR", "zh-Hant"] as const;

describe("language negotiation", () => {
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
  ])("language negotiation: Accept-Language %j gives %s (RFC 4647, 3.4)", (acceptLanguage, expected) => {
    expect(negotiate(locales, { acceptLanguage })).toBe(expected);
  });

  it("language negotiation: the account precedes the cookie, which precedes Accept-Language", () => {
    expect(negotiate(locales, { account: "pt-BR", cookie: "de", acceptLanguage: "en" })).toBe("pt-BR");
    expect(negotiate(locales, { account: "fr", cookie: "de", acceptLanguage: "en" })).toBe("de");
    expect(negotiate(locales, { account: null, cookie: "<script>", acceptLanguage: "zh-Hant" })).toBe("zh-Hant");
    expect(negotiate(locales, {})).toBe("en");
  });

  it("language negotiation: ranges over 100 characters are ignored", () => {
    const long = `de-${"a-".repeat(50)}a`;
    expect(negotiate(locales, { acceptLanguage: long, cookie: long, account: long })).toBe("en");
  });
});
