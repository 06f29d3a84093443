// Runs on one engine: what it tests does not touch the database.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Answer, linkIn, type TestApp, testApp } from "../../../test/person.ts";
import { type Rendered, wordsOutside } from "../../../test/pseudo.ts";
import { HashQueueFullError } from "../../core/credentials/password/hash-queue.ts";
import { DatabaseUnavailableError } from "../../db/errors.ts";
import type { Feature } from "../../features/feature.ts";

const json = { accept: "application/json" };
const urlEncoded = "application/x-www-form-urlencoded";

describe("words of errors", () => {
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
  ] as const)("%s: the page and the JSON are all messages", async (_, status, method, path, init) => {
    isAllMessages(await app.person().sends(method, path, init), status);
    isAllMessages(await app.person().sends(method, path, { ...init, headers: { ...init.headers, ...json } }), status);
  });

  it("a role that the user does not have: the page is all messages", async () => {
    const ada = await app.person().isLoggedIn();
    isAllMessages(await ada.opens("/admin"), 403);
  });

  it("a form after the link of another email: the error is all messages", async () => {
    const [mine, other] = [app.person({ username: "mine" }), app.person({ username: "other" })];
    const browser = app.person();
    for (const { identity } of [mine, other]) {
      await app.person(identity).signsUp();
      await app.person().fillsIn("/reset-password", { email: identity.email });
    }
    const links = await Promise.all(
      [mine, other].map(async ({ identity }) => linkIn((await app.emails(identity.email))[0], "/reset-password/choose")),
    );
    await browser.opens(links[0] ?? "");
    const page = await browser.opens("/reset-password/choose");
    await browser.opens(links[1] ?? "");
    const mark = /name="email_mark" value="([^"]+)"/.exec(page.html)?.[1] ?? "";
    isAllMessages(await browser.posts("/reset-password/choose", { csrf_token: page.token, email_mark: mark }), 409);
  });
});

describe("words of failures", () => {
  let app: TestApp | undefined;
  afterEach(() => app?.close());

  it.each([
    ["a full queue", 503, () => new HashQueueFullError("full")],
    ["a lost database", 503, () => new DatabaseUnavailableError("gone")],
    ["a bug", 500, () => new Error("a bug")],
  ])("%s: the page and the JSON are all messages", async (_, status, failure) => {
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
    isAllMessages(await app.person().opens("/broken"), status);
    isAllMessages(await app.person().opens("/broken", json), status);
  });
});

function isAllMessages({ html, status }: Answer, expected: number): void {
  expect(status).toBe(expected);
  const body: Rendered = html.startsWith("{") ? (JSON.parse(html) as object) : html.replace(/<code>[0-9a-f-]{36}<\/code>/, "");
  expect(wordsOutside(body, ["ada", "Latchkey"])).toEqual([]);
}
