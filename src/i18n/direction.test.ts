// Runs on one engine: it is independent of the database.
import { expect, it } from "vitest";
import { directionOf } from "./direction.ts";

it("direction: Arabic, Hebrew and Persian are written from right to left, unless the locale names a Latin script", () => {
  for (const locale of ["ar", "ar-EG", "he", "fa-IR", "pa-Arab"]) expect(directionOf(locale), locale).toBe("rtl");
  for (const locale of ["en", "de", "en-XA", "ar-Latn", "pa", "sr-Cyrl"]) expect(directionOf(locale), locale).toBe("ltr");
});
