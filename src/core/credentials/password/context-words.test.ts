// Runs on one engine: no test uses the database.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDerivedFrom } from "./context-words.ts";

const words = ["Acme", "login.acme.example", "Ada_L", "ada.lovelace@mail.example"];

describe("password derived from a word", () => {
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

  it("context words: a word with digits and signs around it is found, in any case", { tags: ["asvs-6.2.11"] }, () => {
    refuses(fc.tuple(around, cased, around).map((parts) => parts.join("")));
  });

  it("context words: a reversed word is found", { tags: ["asvs-6.2.11"] }, () => {
    refuses(fc.tuple(around, cased, around).map(([before, text, after]) => before + [...text].reverse().join("") + after));
  });

  it("context words: a repeated word is found", { tags: ["asvs-6.2.11"] }, () => {
    const simple = fc.constantFrom("acme", "ACME", "Lovelace", "adalovelace");
    refuses(fc.tuple(simple, fc.integer({ min: 2, max: 9 }), around).map(([text, times, after]) => text.repeat(times) + after));
    refuses(fc.tuple(simple, fc.constantFrom("-", ".", " ", "_", "!!")).map(([text, between]) => [text, text, text].join(between)));
  });

  it.each(["4cm3", "acm3!!!", "$acm3$", "l0vel4ce", "L0V3L4C3", "ad4lov3lace", "3c4l3v0l", "4cm34cm3"])(
    "context words: a word with digits for letters is found: %s",
    { tags: ["asvs-6.2.11"] },
    (password) => {
      expect(isDerivedFrom(password, words)).toBe(true);
    },
  );

  it("context words: a phrase with other words is accepted", { tags: ["asvs-6.1.2"] }, () => {
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

  it("context words: words of fewer than three letters are ignored", () => {
    expect(isDerivedFrom("alalalal", ["al", "a@b.example"])).toBe(false);
    expect(isDerivedFrom("aliali99", ["Ali"])).toBe(true);
  });

  it("context words: any text and any words cause no error, and no words find nothing", () => {
    const text = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 80 });
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 4 }), (password, own) => {
        expect(typeof isDerivedFrom(password, own)).toBe("boolean");
        // Signs alone are not a word.
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

describe("password derived from several words", () => {
  const words = ["adalovelace", "ada.lovelace@babbage.example", "Latchkey", "Ada L."];

  it.each(["lovelaceada1", "adalatchkey1", "adalovelacex", "xadalovelace", "ada123lovelace", "Ada Lovelace Babbage", "L0velaceAda"])(
    "context words: a combination of username, email and site name is found: %s",
    { tags: ["asvs-6.2.11"] },
    (password) => {
      expect(isDerivedFrom(password, words)).toBe(true);
    },
  );

  it.each(["adamant harbours", "a lovelace engine", "my babbage is a machine", "latchkeys and lighthouses"])(
    "context words: a combination with other words is accepted: %s",
    (password) => {
      expect(isDerivedFrom(password, words)).toBe(false);
    },
  );
});
