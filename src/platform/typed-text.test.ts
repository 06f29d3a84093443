// Runs on one engine: it is independent of the database.
import { describe, expect, it } from "vitest";
import { emailKey } from "../core/mail/email-key.ts";
import { hasInvisible, trimTyped } from "./typed-text.ts";

/** Zero-width characters, bidi marks and isolates, soft hyphen, byte order mark, word joiner. */
const invisibleCharacters = [
  "\u200b",
  "\u200c",
  "\u200d",
  "\u200e",
  "\u200f",
  "\u202a",
  "\u202e",
  "\u2066",
  "\u2069",
  "\u061c",
  "\u00ad",
  "\ufeff",
  "\u2060",
];

describe("typed text", () => {
  it.each([...invisibleCharacters, "\u00a0", " ", "\t\r\n", "\u3000", "\u{e0041}", "\ufe0f"])(
    "typed text: %j is removed at both ends and kept inside",
    (character) => {
      for (const text of [
        `${character}ada@example.com`,
        `ada@example.com${character}`,
        `${character} ${character}ada@example.com${character}`,
      ]) {
        expect(trimTyped(text)).toBe("ada@example.com");
        expect(emailKey(text)).toBe("ada@example.com");
      }
      expect(trimTyped(`a${character}b`)).toBe(`a${character}b`);
      expect(emailKey(`a${character}da@example.com`)).not.toBe("ada@example.com");
      expect(trimTyped(character)).toBe("");
    },
  );

  it("typed text: invisible characters are detected", () => {
    for (const character of invisibleCharacters) expect(hasInvisible(`a${character}b`)).toBe(true);
    for (const text of ["ada@example.com", "josé", "नमस्ते", "李雷"]) expect(hasInvisible(text)).toBe(false);
  });

  it("typed text: trimming takes linear time", () => {
    const long = `a${"\u200b".repeat(60_000)}b`.repeat(3);
    for (let i = 0; i < 50; i++) expect(trimTyped(long)).toBe(long);
  });
});
