import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeNext } from "./safe-next.ts";

describe("where to go on to", () => {
  it.each(["/dashboard?x=1#y", "/settings", "/a/b;c", "/%E2%82%AC?next=//x"])("is a path of this site: %s", (path) => {
    expect(safeNext(path)).toBe(path);
  });

  it.each([
    undefined,
    null,
    7,
    ["/a"],
    "",
    "dashboard",
    "?x",
    "/login",
    "/login/",
    "/logout?x",
    "/..//evil.test",
    "//evil.test",
    "/\\evil.test",
  ])("is the dashboard instead of %j [ASVS 3.7.2]", (next) => {
    expect(safeNext(next)).toBe("/dashboard");
  });

  it("is given as the parser wrote it anew, not as it was typed", () => {
    expect(safeNext("/a/../b/./c?x y#z z")).toBe("/b/c?x%20y#z%20z");
    expect(safeNext("/é?é=é")).toBe("/%C3%A9?%C3%A9=%C3%A9");
  });

  it("is the dashboard for what is longer than any address of ours", () => {
    expect(safeNext(`/${"a".repeat(2_047)}`)).toHaveLength(2_048);
    expect(safeNext(`/${"a".repeat(2_048)}`)).toBe("/dashboard");
  });

  it("stays on this site, whatever is asked for, and however often [ASVS 3.7.2]", () => {
    const piece = fc.constantFrom(
      "/",
      "\\",
      "//",
      "..",
      ".",
      "%2f",
      "%5c",
      "\t",
      "\n",
      "\r",
      "@",
      ":",
      "evil.test",
      "http:",
      "javascript:",
      "?",
      "#",
      " ",
      "\0",
      "。",
      "a",
    );
    const hostile = fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 8 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(
        fc.oneof(
          hostile,
          hostile.map((path) => `/${path}`),
          fc.webUrl(),
          fc.string(),
        ),
        (next) => {
          const path = safeNext(next);
          expect(path).toMatch(/^\/(?![/\\])/);
          expect(new URL(path, "https://this.example").origin).toBe("https://this.example");
          expect(safeNext(path)).toBe(path);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
