// Runs on one engine: it is independent of the database.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSettings } from "../../config/load.ts";
import { guardedOrigins, guardedUrl, safeNext, safeReturn } from "./return-url.ts";

const atRoot = { mountPath: "", homeUrl: "/dashboard" };

describe("return path", () => {
  it.each(["/dashboard?x=1#y", "/settings", "/a/b;c", "/%E2%82%AC?next=//x"])(
    "return path: a path of this site is accepted: %s",
    (path) => {
      expect(safeNext(atRoot, path)).toBe(path);
    },
  );

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
  ])("return path: %j leads to the dashboard", { tags: ["asvs-3.7.2"] }, (next) => {
    expect(safeNext(atRoot, next)).toBe("/dashboard");
  });

  it("return path: with a mount path, login and logout below it lead to the dashboard", () => {
    const mounted = { mountPath: "/auth", homeUrl: "/auth/dashboard" };
    for (const next of [undefined, "//evil.test", "/auth/login", "/auth/logout?x", "/auth/%6cogin/"])
      expect(safeNext(mounted, next)).toBe("/auth/dashboard");
    expect(safeNext(mounted, "/reports?page=2")).toBe("/reports?page=2");
    expect(safeNext(mounted, "/login")).toBe("/login");
  });

  it("return path: is normalized", () => {
    expect(safeNext(atRoot, "/a/../b/./c?x y#z z")).toBe("/b/c?x%20y#z%20z");
    expect(safeNext(atRoot, "/é?é=é")).toBe("/%C3%A9?%C3%A9=%C3%A9");
  });

  it("return path: more than 2,048 characters lead to the dashboard", () => {
    expect(safeNext(atRoot, `/${"a".repeat(2_047)}`)).toHaveLength(2_048);
    expect(safeNext(atRoot, `/${"a".repeat(2_048)}`)).toBe("/dashboard");
  });

  it("return path: any input leads to this site and is stable when validated again", { tags: ["asvs-3.7.2"] }, () => {
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

describe("return URL of another host", () => {
  const settings = readSettings({
    BASE_URL: "https://accounts.example.com",
    COOKIE_DOMAIN: "example.com",
    FORWARD_AUTH_HOSTS: "app.example.com,wiki.example.com:8443",
    HOME_URL: "/dashboard",
  });
  const httpSettings = readSettings({ BASE_URL: "http://localhost:5050", FORWARD_AUTH_HOSTS: "localhost:3000" });

  it("return URL of another host: allows listed hosts over https, and over http only if BASE_URL is http", () => {
    expect(guardedOrigins(settings)).toEqual(["https://app.example.com", "https://wiki.example.com:8443"]);
    expect(guardedOrigins(httpSettings)).toEqual(["https://localhost:3000", "http://localhost:3000"]);
    expect(guardedOrigins(readSettings({}))).toEqual([]);
  });

  it("return URL of another host: is normalized; an unlisted host leads to the dashboard", () => {
    expect(safeReturn(settings, "https://app.example.com/a/../b?é#c")).toBe("https://app.example.com/b?%C3%A9#c");
    expect(safeReturn(settings, "https://wiki.example.com:8443")).toBe("https://wiki.example.com:8443/");
    expect(safeReturn(settings, "/settings")).toBe("/settings");
    for (const next of ["https://evil.test/", "//app.example.com", 7, undefined]) expect(safeReturn(settings, next)).toBe("/dashboard");
    expect(safeReturn(readSettings({ HOME_URL: "/dashboard" }), "https://app.example.com/")).toBe("/dashboard");
  });

  it("return URL of another host: more than 2,048 characters are rejected", () => {
    const start = "https://app.example.com/";
    expect(guardedUrl(settings, start.padEnd(2_048, "a"))).toHaveLength(2_048);
    expect(guardedUrl(settings, start.padEnd(2_049, "a"))).toBeUndefined();
  });

  it("return URL of another host: any input yields a listed host or nothing, and is stable when validated again", {
    tags: ["asvs-3.7.2"],
  }, () => {
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
    const hostile = fc.array(fc.oneof(piece, fc.string({ maxLength: 2 })), { maxLength: 8 }).map((pieces) => pieces.join(""));
    const next = fc.oneof(
      hostile,
      hostile.map((rest) => `https://app.example.com${rest}`),
      hostile.map((rest) => `https://${rest}app.example.com/`),
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
