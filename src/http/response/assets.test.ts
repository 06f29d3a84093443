// Runs on one engine: it is independent of the database.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { createApp } from "../pipeline.ts";
import { readAssets } from "./assets.ts";

const names = ["style.css", "icon.svg", "page.js", "dialog.js", "password.js", "passkeys.js", "strength.js"];
const { url } = readAssets();

describe("asset", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  /** Returns the compressed body, which `fetch` would decompress. */
  async function get(path: string, encoding?: string, method = "GET") {
    const headers = encoding === undefined ? {} : { "accept-encoding": encoding };
    const response = await app.hono.request(path, { method, headers });
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  it.each(names)("asset: %s has a hash in its URL and is cached as immutable", async (name) => {
    const { status, headers, bytes } = await get(url(name));
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(bytes.length).toBeGreaterThan(100);
    // The strength meter has its version instead, so that the file is read at first use only.
    const mark = name === "strength.js" ? /\.\d+\.\d+\.\d+-\d+\./ : `.${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}.`;
    expect(url(name)).toMatch(mark);
  });

  it.each([
    ["style.css", "text/css; charset=utf-8"],
    ["icon.svg", "image/svg+xml"],
    ["password.js", "text/javascript; charset=utf-8"],
    ["strength.js", "text/javascript; charset=utf-8"],
  ])("asset: %s has its media type and nosniff", { tags: ["asvs-4.1.1", "asvs-3.4.4"] }, async (name, type) => {
    const { headers } = await get(url(name));
    expect(headers.get("content-type")).toBe(type);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it.each(names)("asset: %s has the same content in each encoding", async (name) => {
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
    "asset: is not compressed for Accept-Encoding %j",
    async (encoding) => {
      const { headers, bytes } = await get(url("style.css"), encoding);
      expect(headers.get("content-encoding")).toBeNull();
      expect(bytes.equals(readFileSync(new URL("../../ui/style.css", import.meta.url)))).toBe(true);
    },
  );

  it("asset: concurrent first requests all get the whole file", async () => {
    const { bytes } = await get(url("password.js"));
    const newApp = createApp(app.s, []);
    const request = async () => (await newApp.request(url("password.js"), { headers: { "accept-encoding": "br" } })).arrayBuffer();
    for (const compressed of await Promise.all(Array.from({ length: 8 }, request)))
      expect(brotliDecompressSync(compressed).equals(bytes)).toBe(true);
  });

  it("asset: HEAD returns the headers of GET without a body", async () => {
    const [whole, head] = [await get(url("style.css"), "br"), await get(url("style.css"), "br", "HEAD")];
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    for (const header of ["content-type", "content-encoding", "cache-control"])
      expect(head.headers.get(header)).toBe(whole.headers.get(header));
  });

  it("asset: the compressed style sheet is under 10 kB and the script under 3 kB", async () => {
    for (const encoding of ["br", "gzip"]) expect((await get(url("style.css"), encoding)).bytes.length).toBeLessThan(10_000);
    expect((await get(url("password.js"), "gzip")).bytes.length).toBeLessThan(3_000);
  });

  it.each(["/assets", "/assets/", "/assets/../package.json", "/assets/../src/ui/style.css", "/assets/%2e%2e/%2e%2e/package.json"])(
    "asset: %s returns 404",
    { tags: ["asvs-13.4.3"] },
    async (path) => {
      const { status, headers } = await get(path, "br");
      expect([status, headers.get("cache-control"), headers.get("content-encoding")]).toEqual([404, "no-store", null]);
    },
  );

  it("asset: pages load the assets and nothing else", { tags: ["asvs-3.6.1"] }, async () => {
    const { html } = await app.person().opens("/signup");
    const loaded = [...html.matchAll(/(?:src|data-url|<link[^>]* href)="([^"]+)"/g)].map(([, loadedUrl]) => loadedUrl);
    // Only pages with dialogs load their script; the script of passkeys shows the link to a sign-up with one.
    expect(new Set(loaded)).toEqual(new Set(names.filter((name) => name !== "dialog.js").map(url)));
  });

  it("asset: an unknown name has no URL", () => {
    expect(url("secret-key")).toBe("");
  });

  it("asset: a logged-out browser gets no cookie", async () => {
    const { headers } = await app.person().opens(url("style.css"));
    expect(headers.getSetCookie()).toEqual([]);
  });
});
