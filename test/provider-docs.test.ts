/** Tests that the settings in the page on providers start a site, with the callback URLs that the page names. */
// Runs on one engine: it reads documents.
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { presets } from "../src/config/providers/presets.data.ts";
import { createTestProvider } from "../src/testing.ts";
import { testApp } from "./person.ts";

const text = readFileSync(resolve(import.meta.dirname, "../docs/providers.md"), "utf8");

/** The settings of each example, from the code blocks that begin with `PROVIDERS=`. */
const examples = [...text.matchAll(/^( *)PROVIDERS=.*(?:\n\1PROVIDER_.*)*/gm)].map(([block]) =>
  Object.fromEntries(block.split("\n").map((line) => line.trim().split(/=(.*)/s).slice(0, 2) as [string, string])),
);

describe("documents: examples of providers", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-provider-docs-"));
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeFileSync(join(folder, "key.p8"), privateKey.export({ type: "pkcs8", format: "pem" }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("examples of providers: there is one of each kind", () => {
    const names = examples.map(({ PROVIDERS }) => PROVIDERS);
    expect(names).toEqual(expect.arrayContaining(["github", "work", "google", "microsoft", "apple", "gitlab"]));
  });

  it.each(examples)(
    "examples of providers: $PROVIDERS gets a button, and leads there with the documented callback URL",
    async (example) => {
      // Of several, the last one is the subject of the example.
      const id = example["PROVIDERS"]?.split(",").at(-1) ?? "";
      const env = Object.fromEntries(
        Object.entries(example).map(([name, value]) => [name, name.endsWith("_KEY_FILE") ? join(folder, "key.p8") : value]),
      );
      const preset = id in presets && example[`PROVIDER_${id.toUpperCase()}_ISSUER`] === undefined ? id : undefined;
      const peer = await createTestProvider({ listens: false, ...(preset === undefined ? {} : { preset }) });
      const issuer = example[`PROVIDER_${id.toUpperCase()}_ISSUER`];
      // The provider of the example is this one, at its own URL.
      if (issuer !== undefined)
        peer.lies = { metadata: (metadata) => JSON.parse(JSON.stringify(metadata).replaceAll(peer.issuer, issuer)) as typeof metadata };
      const fetchProvider: typeof fetch = (input, init) =>
        peer.fetch(String(input instanceof Request ? input.url : input).replace(issuer ?? peer.issuer, peer.issuer), init);
      const app = await testApp({ ...env, BASE_URL: "https://accounts.example.com" }, { fetchProvider });
      try {
        const person = app.person();
        const login = await person.opens("/login");
        expect(login.html).toContain(`href="/oauth/start/${id}"`);
        const { status, location } = await person.opens(`/oauth/start/${id}`);
        const sent = new URL(location ?? "", app.url);
        const callback = `https://accounts.example.com/oauth/callback/${id}`;
        expect([status, sent.searchParams.get("redirect_uri")]).toEqual([303, callback]);
        expect(sent.searchParams.get("client_id")).toBe(example[`PROVIDER_${id.toUpperCase()}_CLIENT_ID`]);
        expect(text).toContain(callback);
      } finally {
        await app.close();
      }
    },
  );
});
