// Runs on one engine: what it tests does not touch the database.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDerivedFrom } from "./context-words.ts";

const words = ["Acme", "login.acme.example", "Ada_L", "ada.lovelace@mail.example"];

describe("a password made of a word that everybody knows", () => {
  const word = fc.constantFrom("acme", "lovelace", "ada.lovelace", "adalovelace", "ada.lovelace@mail.example", "login.acme.example");
  const around = fc.stringMatching(/^[0-9!?.#*_ -]{0,8}$/);
  const cased = fc.tuple(word, fc.infiniteStream(fc.boolean())).map(([text, flips]) => {
    return [...text].map((letter) => (flips.next().value ? letter.toUpperCase() : letter)).join("");
  });
  const refuses = (arbitrary: fc.Arbitrary<string>) =>
    fc.assert(
      fc.property(arbitrary, (password) => {
        expect(isDerivedFrom(password, words), password).toBe(true);
      }),
      { numRuns: 300 },
    );

  it("is still that word with digits and signs around it, in any case", { tags: ["asvs-6.2.11"] }, () => {
    refuses(fc.tuple(around, cased, around).map((parts) => parts.join("")));
  });

  it("is still that word backwards", { tags: ["asvs-6.2.11"] }, () => {
    refuses(fc.tuple(around, cased, around).map(([before, text, after]) => before + [...text].reverse().join("") + after));
  });

  it("is still that word said again and again", { tags: ["asvs-6.2.11"] }, () => {
    const simple = fc.constantFrom("acme", "ACME", "Lovelace", "adalovelace");
    refuses(fc.tuple(simple, fc.integer({ min: 2, max: 9 }), around).map(([text, times, after]) => text.repeat(times) + after));
    refuses(fc.tuple(simple, fc.constantFrom("-", ".", " ", "_", "!!")).map(([text, between]) => [text, text, text].join(between)));
  });

  it.each(["4cm3", "acm3!!!", "$acm3$", "l0vel4ce", "L0V3L4C3", "ad4lov3lace", "3c4l3v0l", "4cm34cm3"])(
    "is still that word with digits for letters: %s",
    { tags: ["asvs-6.2.11"] },
    (password) => {
      expect(isDerivedFrom(password, words)).toBe(true);
    },
  );

  it("is another password when the word is one of several", { tags: ["asvs-6.1.2"] }, () => {
    const other = fc.constantFrom<string[]>("harbour", "seven", "paints", "lantern", "mild", "ébène", "река");
    const phrase = fc
      .tuple(fc.array(other, { minLength: 1, maxLength: 4 }), cased, fc.nat(4), fc.constantFrom(" ", "-", ""))
      .map(([others, text, where, between]) => others.toSpliced(where % (others.length + 1), 0, text).join(between));
    fc.assert(
      fc.property(phrase, (password) => {
        expect(isDerivedFrom(password, words), password).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it("is judged by words of three letters or more: shorter ones are in too many others", () => {
    expect(isDerivedFrom("alalalal", ["al", "a@b.example"])).toBe(false);
    expect(isDerivedFrom("aliali99", ["Ali"])).toBe(true);
  });

  it("is judged for any text and any words, without an error", () => {
    const text = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 80 });
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 4 }), (password, own) => {
        expect(typeof isDerivedFrom(password, own)).toBe("boolean");
        // Of nothing, nothing is made; and signs alone are no word.
        expect(isDerivedFrom(password, [])).toBe(false);
        expect(
          isDerivedFrom(
            "12345678!",
            [...own, "", "@", "..."].filter((each) => !/[1-8]/.test(each)),
          ),
        ).toBe(false);
      }),
    );
  });
});

describe("a password of all that is known about somebody", () => {
  const words = ["adalovelace", "ada.lovelace@babbage.example", "Latchkey", "Ada L."];

  it.each(["lovelaceada1", "adalatchkey1", "adalovelacex", "xadalovelace", "ada123lovelace", "Ada Lovelace Babbage", "L0velaceAda"])(
    "is made of it: %s",
    { tags: ["asvs-6.2.11"] },
    (password) => {
      expect(isDerivedFrom(password, words)).toBe(true);
    },
  );

  it.each(["adamant harbours", "a lovelace engine", "my babbage is a machine", "latchkeys and lighthouses"])(
    "is not, where more stands beside it: %s",
    (password) => {
      expect(isDerivedFrom(password, words)).toBe(false);
    },
  );
});
