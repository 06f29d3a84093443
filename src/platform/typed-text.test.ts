// Runs on one engine: what it tests does not touch the database.
import { describe, expect, it } from "vitest";
import { emailKey } from "../core/mail/email-key.ts";
import { hasInvisible, trimTyped } from "./typed-text.ts";

/** Zero-width, bidi marks and isolates, soft hyphen, byte order mark, word joiner, no-break space. */
const pasted = [
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

describe("what somebody typed or pasted", () => {
  it.each([...pasted, "\u00a0", " ", "\t\r\n", "\u3000", "\u{e0041}", "\ufe0f"])("loses %j at either end, and nothing inside", (odd) => {
    for (const text of [`${odd}ada@example.com`, `ada@example.com${odd}`, `${odd} ${odd}ada@example.com${odd}`]) {
      expect(trimTyped(text)).toBe("ada@example.com");
      expect(emailKey(text)).toBe("ada@example.com");
    }
    expect(trimTyped(`a${odd}b`)).toBe(`a${odd}b`);
    expect(emailKey(`a${odd}da@example.com`)).not.toBe("ada@example.com");
    expect(trimTyped(odd)).toBe("");
  });

  it("holds something that nobody sees where it does", () => {
    for (const odd of pasted) expect(hasInvisible(`a${odd}b`)).toBe(true);
    for (const text of ["ada@example.com", "josé", "नमस्ते", "李雷"]) expect(hasInvisible(text)).toBe(false);
  });

  it("takes no longer for it, however much of it there is", () => {
    const long = `a${"\u200b".repeat(60_000)}b`.repeat(3);
    for (let i = 0; i < 50; i++) expect(trimTyped(long)).toBe(long);
  });
});
