// Runs on one engine: what it tests does not touch the database.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSettings } from "../../config/load.ts";
import { guardedOrigins, guardedUrl, safeNext, safeReturn } from "./return-url.ts";

const atRoot = { mountPath: "", homeUrl: "/dashboard" };

describe("where to go on to", () => {
  it.each(["/dashboard?x=1#y", "/settings", "/a/b;c", "/%E2%82%AC?next=//x"])("is a path of this site: %s", (path) => {
    expect(safeNext(atRoot, path)).toBe(path);
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
  ])("is the dashboard instead of %j", { tags: ["asvs-3.7.2"] }, (next) => {
    expect(safeNext(atRoot, next)).toBe("/dashboard");
  });

  it("leads home below the path that everything lives under, and knows the doors there", () => {
    const below = { mountPath: "/auth", homeUrl: "/auth/dashboard" };
    for (const next of [undefined, "//evil.test", "/auth/login", "/auth/logout?x", "/auth/%6cogin/"])
      expect(safeNext(below, next)).toBe("/auth/dashboard");
    expect(safeNext(below, "/reports?page=2")).toBe("/reports?page=2");
    expect(safeNext(below, "/login")).toBe("/login");
  });

  it("is given as the parser wrote it anew, not as it was typed", () => {
    expect(safeNext(atRoot, "/a/../b/./c?x y#z z")).toBe("/b/c?x%20y#z%20z");
    expect(safeNext(atRoot, "/é?é=é")).toBe("/%C3%A9?%C3%A9=%C3%A9");
  });

  it("is the dashboard for what is longer than any address of ours", () => {
    expect(safeNext(atRoot, `/${"a".repeat(2_047)}`)).toHaveLength(2_048);
    expect(safeNext(atRoot, `/${"a".repeat(2_048)}`)).toBe("/dashboard");
  });

  it("stays on this site, whatever is asked for, and however often", { tags: ["asvs-3.7.2"] }, () => {
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
          const path = safeNext(atRoot, next);
          expect(path).toMatch(/^\/(?![/\\])/);
          expect(new URL(path, "https://this.example").origin).toBe("https://this.example");
          expect(safeNext(atRoot, path)).toBe(path);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("where to go on to on another host", () => {
  const settings = readSettings({
    BASE_URL: "https://accounts.example.com",
    COOKIE_DOMAIN: "example.com",
    FORWARD_AUTH_HOSTS: "app.example.com,wiki.example.com:8443",
  });
  const overHttp = readSettings({ BASE_URL: "http://localhost:5050", FORWARD_AUTH_HOSTS: "localhost:3000" });

  it("is a listed one, over https, or http where we are on http ourselves", () => {
    expect(guardedOrigins(settings)).toEqual(["https://app.example.com", "https://wiki.example.com:8443"]);
    expect(guardedOrigins(overHttp)).toEqual(["https://localhost:3000", "http://localhost:3000"]);
    expect(guardedOrigins(readSettings({}))).toEqual([]);
  });

  it("is given as the parser wrote it anew, and else is what a path of this site may be", () => {
    expect(safeReturn(settings, "https://app.example.com/a/../b?é#c")).toBe("https://app.example.com/b?%C3%A9#c");
    expect(safeReturn(settings, "https://wiki.example.com:8443")).toBe("https://wiki.example.com:8443/");
    expect(safeReturn(settings, "/settings")).toBe("/settings");
    for (const next of ["https://evil.test/", "//app.example.com", 7, undefined]) expect(safeReturn(settings, next)).toBe("/dashboard");
    expect(safeReturn(readSettings({}), "https://app.example.com/")).toBe("/dashboard");
  });

  it("is not longer than any path of ours", () => {
    const start = "https://app.example.com/";
    expect(guardedUrl(settings, start.padEnd(2_048, "a"))).toHaveLength(2_048);
    expect(guardedUrl(settings, start.padEnd(2_049, "a"))).toBeUndefined();
  });

  it("is a listed one, whatever is asked for, however it is put together, and however often", { tags: ["asvs-3.7.2"] }, () => {
    const piece = fc.constantFrom(
      ...[
        "https://",
        "http://",
        "app.example.com",
        "wiki.example.com:8443",
        "evil.test",
        "accounts.example.com",
        ".",
        ":",
        ":443",
        "@",
        "/",
        "\\",
      ],
      ...["?", "#", "%2f", "%00", "\t", "\n", " ", "。", "a", "..", "[", "]", "javascript:", "\u00ad", "xn--"],
    );
    const put = fc.array(fc.oneof(piece, fc.string({ maxLength: 2 })), { maxLength: 8 }).map((pieces) => pieces.join(""));
    const next = fc.oneof(
      put,
      put.map((rest) => `https://app.example.com${rest}`),
      put.map((rest) => `https://${rest}app.example.com/`),
      fc.webUrl(),
    );
    fc.assert(
      fc.property(next, (text) => {
        const url = guardedUrl(settings, text);
        if (url === undefined) return;
        expect(["https://app.example.com", "https://wiki.example.com:8443"]).toContain(new URL(url).origin);
        expect(url).toMatch(/^https:\/\/(?:app\.example\.com|wiki\.example\.com:8443)\//);
        expect(guardedUrl(settings, url)).toBe(url);
      }),
      { numRuns: 5_000 },
    );
  });
});
