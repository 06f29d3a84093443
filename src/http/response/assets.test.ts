// Runs on one engine: what it tests does not touch the database.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { createApp } from "../pipeline.ts";
import { readAssets } from "./assets.ts";

const names = ["style.css", "icon.svg", "forms.js", "password.js", "strength.js"];
const { url } = readAssets();

describe("a style sheet, a script or the icon", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  /** The answer as it goes over the wire: `fetch` would unpack it. */
  async function get(path: string, encoding?: string, method = "GET") {
    const headers = encoding === undefined ? {} : { "accept-encoding": encoding };
    const answer = await app.hono.request(path, { method, headers });
    return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
  }

  it.each(names)("is named by its contents and kept for ever: %s", async (name) => {
    const { status, headers, bytes } = await get(url(name));
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(bytes.length).toBeGreaterThan(100);
    // The library that measures strength is named by its version, so that it need not be read before somebody wants it.
    const mark = name === "strength.js" ? /\.\d+\.\d+\.\d+-\d+\./ : `.${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}.`;
    expect(url(name)).toMatch(mark);
  });

  it.each([
    ["style.css", "text/css; charset=utf-8"],
    ["icon.svg", "image/svg+xml"],
    ["password.js", "text/javascript; charset=utf-8"],
    ["strength.js", "text/javascript; charset=utf-8"],
  ])("says what kind it is, and is guessed at by no browser: %s", { tags: ["asvs-4.1.1", "asvs-3.4.4"] }, async (name, type) => {
    const { headers } = await get(url(name));
    expect(headers.get("content-type")).toBe(type);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it.each(names)("is the same however it is packed: %s", async (name) => {
    const plain = await get(url(name));
    expect(plain.headers.get("content-encoding")).toBeNull();
    const brotli = await get(url(name), "gzip, deflate, br, zstd");
    expect(brotli.headers.get("content-encoding")).toBe("br");
    expect(brotliDecompressSync(brotli.bytes).equals(plain.bytes)).toBe(true);
    const gzip = await get(url(name), "gzip");
    expect(gzip.headers.get("content-encoding")).toBe("gzip");
    expect(gunzipSync(gzip.bytes).equals(plain.bytes)).toBe(true);
    for (const { headers } of [plain, brotli, gzip]) expect(headers.get("vary")).toContain("Accept-Encoding");
  });

  it.each(["identity", "deflate", "zstd, compress", "", "brotli, xgzip"])(
    "is not packed for who takes neither packing: %j",
    async (encoding) => {
      const { headers, bytes } = await get(url("style.css"), encoding);
      expect(headers.get("content-encoding")).toBeNull();
      expect(bytes.equals(readFileSync(new URL("../../ui/style.css", import.meta.url)))).toBe(true);
    },
  );

  it("is whole for everybody, however many ask at once for the first time", async () => {
    const { bytes } = await get(url("password.js"));
    const fresh = createApp(app.s, []);
    const ask = async () => (await fresh.request(url("password.js"), { headers: { "accept-encoding": "br" } })).arrayBuffer();
    for (const packed of await Promise.all(Array.from({ length: 8 }, ask))) expect(brotliDecompressSync(packed).equals(bytes)).toBe(true);
  });

  it("is told about by HEAD as by GET, without the bytes", async () => {
    const [got, told] = [await get(url("style.css"), "br"), await get(url("style.css"), "br", "HEAD")];
    expect([told.status, told.bytes.length]).toEqual([200, 0]);
    for (const header of ["content-type", "content-encoding", "cache-control"])
      expect(told.headers.get(header)).toBe(got.headers.get(header));
  });

  it("is small: the style under ten kilobytes packed, even by the older packing", async () => {
    for (const encoding of ["br", "gzip"]) expect((await get(url("style.css"), encoding)).bytes.length).toBeLessThan(10_000);
    expect((await get(url("password.js"), "gzip")).bytes.length).toBeLessThan(3_000);
  });

  it.each(["/assets", "/assets/", "/assets/../package.json", "/assets/../src/ui/style.css", "/assets/%2e%2e/%2e%2e/package.json"])(
    "is in no other place: %s",
    { tags: ["asvs-13.4.3"] },
    async (path) => {
      const { status, headers } = await get(path, "br");
      expect([status, headers.get("cache-control"), headers.get("content-encoding")]).toEqual([404, "no-store", null]);
    },
  );

  it("is what every page asks for, and nothing else is", { tags: ["asvs-3.6.1"] }, async () => {
    const { html } = await app.person().opens("/signup");
    const wanted = [...html.matchAll(/(?:src|data-url|<link[^>]* href)="([^"]+)"/g)].map(([, address]) => address);
    expect(new Set(wanted)).toEqual(new Set(names.map(url)));
  });

  it("has no address under a name that nobody gave it", () => {
    expect(url("secret-key")).toBe("");
  });

  it("needs nobody to be logged in, and sets no cookie", async () => {
    const { headers } = await app.person().opens(url("style.css"));
    expect(headers.getSetCookie()).toEqual([]);
  });
});
