// Runs on one engine: it is independent of the database.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Answer, linkIn, type TestApp, testApp } from "../../../test/person.ts";
import { type Rendered, wordsOutside } from "../../../test/pseudo.ts";
import { HashQueueFullError } from "../../core/credentials/password/hash-queue.ts";
import { DatabaseUnavailableError } from "../../db/errors.ts";
import type { Feature } from "../../features/feature.ts";

const json = { accept: "application/json" };
const urlEncoded = "application/x-www-form-urlencoded";

describe("error pages", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({}, { locale: "pseudo" });
  });
  afterAll(() => app.close());

  it.each([
    ["an unknown path", 404, "GET", "/none", { headers: {} }],
    ["another method", 405, "POST", "/healthz", { headers: { "content-type": urlEncoded }, body: "a=1" }],
    ["too large a body", 413, "POST", "/login", { headers: { "content-type": urlEncoded }, body: "a".repeat(70_000) }],
    ["a malformed body", 400, "POST", "/login", { headers: { "content-type": urlEncoded }, body: "a=%ff" }],
    ["a compressed body", 415, "POST", "/login", { headers: { "content-type": urlEncoded, "content-encoding": "gzip" }, body: "a" }],
    ["another type of body", 415, "POST", "/login", { headers: { "content-type": "text/xml" }, body: "<a/>" }],
  ] as const)("error page: %s returns translated messages in HTML and JSON", async (_, status, method, path, init) => {
    expectOnlyMessages(await app.person().sends(method, path, init), status);
    expectOnlyMessages(await app.person().sends(method, path, { ...init, headers: { ...init.headers, ...json } }), status);
  });

  it("error page: a missing role returns translated messages", async () => {
    const ada = await app.person().isLoggedIn();
    expectOnlyMessages(await ada.opens("/admin"), 403);
  });

  it("error page: a form after the link of another email returns translated messages", async () => {
    const [first, second] = [app.person({ username: "first" }), app.person({ username: "second" })];
    const browser = app.person();
    for (const { identity } of [first, second]) {
      await app.person(identity).signsUp();
      await app.person().fillsIn("/reset-password", { email: identity.email });
    }
    const links = await Promise.all(
      [first, second].map(async ({ identity }) => linkIn((await app.emails(identity.email))[0], "/reset-password/choose")),
    );
    await browser.opens(links[0] ?? "");
    const page = await browser.opens("/reset-password/choose");
    await browser.opens(links[1] ?? "");
    const fingerprint = /name="email_mark" value="([^"]+)"/.exec(page.html)?.[1] ?? "";
    expectOnlyMessages(await browser.posts("/reset-password/choose", { csrf_token: page.token, email_mark: fingerprint }), 409);
  });
});

describe("failure pages", () => {
  let app: TestApp | undefined;
  afterEach(() => app?.close());

  it.each([
    ["a full hash queue", 503, () => new HashQueueFullError("full")],
    ["an unavailable database", 503, () => new DatabaseUnavailableError("gone")],
    ["an unexpected error", 500, () => new Error("a bug")],
  ])("failure page: %s returns translated messages in HTML and JSON", async (_, status, failure) => {
    const broken: Feature = {
      name: "broken",
      routes: (routes) => {
        const fail = () => {
          throw failure();
        };
        routes.page("/broken", fail, { access: "public" });
      },
    };
    app = await testApp({}, { locale: "pseudo", features: [broken] });
    expectOnlyMessages(await app.person().opens("/broken"), status);
    expectOnlyMessages(await app.person().opens("/broken", json), status);
  });
});

function expectOnlyMessages({ html, status }: Answer, expected: number): void {
  expect(status).toBe(expected);
  const body: Rendered = html.startsWith("{") ? (JSON.parse(html) as object) : html.replace(/<code>[0-9a-f-]{36}<\/code>/, "");
  expect(wordsOutside(body, ["ada", "Latchkey"])).toEqual([]);
}
