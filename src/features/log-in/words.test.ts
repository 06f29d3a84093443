// Runs on one engine: what it tests does not touch the database.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type TestApp, testApp } from "../../../test/person.ts";
import { type Rendered, wordsOutside } from "../../../test/pseudo.ts";

const minute = 60_000;
const json = { accept: "application/json" };

describe("log in: text outside of messages", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ FORWARD_AUTH_HOSTS: "localhost:3000" }, { locale: "pseudo" });
    await app.person().signsUp();
  });
  afterAll(() => app.close());

  it.each(["/", "/login", "/login?next=http%3A%2F%2Flocalhost%3A3000%2F", "/logout"])(
    "log in: %s shows a visitor no text outside of messages",
    async (path) => {
      expectNoWordsOutside(await app.person().opens(path));
    },
  );

  it.each(["/", "/login?switch=1", "/login?switch=1&next=http%3A%2F%2Flocalhost%3A3000%2F", "/logout", "/confirm-password"])(
    "log in: %s shows a user no text outside of messages",
    async (path) => {
      const ada = app.person();
      await ada.logsIn();
      expectNoWordsOutside(await ada.opens(path));
    },
  );

  it.each([
    ["nothing", { email: "", password: "" }, 422],
    ["a hidden character", { email: "a\u200bda@example.com", password: "x" }, 422],
    ["two values", { email: ["a", "b"], password: "x" }, 422],
    ["a wrong password", { email: "ada@example.com", password: "wrong" }, 401],
  ])("log in: errors for %s show no text outside of messages, in HTML and JSON", async (_, fields, status) => {
    const sent = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((each): [string, string] => [name, each]));
    const visitor = app.person();
    const { token } = await visitor.opens("/login");
    const refused = await visitor.posts("/login", [["csrf_token", token], ...sent]);
    expectNoWordsOutside(refused, status);
    expectNoWordsOutside(await visitor.sendsJson("/login", fields), status);
  });

  it("log in: CSRF errors and rate limits show no text outside of messages", async () => {
    expectNoWordsOutside(await app.person().posts("/login", { email: "ada@example.com", password: "x" }), 403);
    expectNoWordsOutside(await app.person().posts("/login", { email: "ada@example.com" }, { origin: "https://evil.test" }), 403);
    const guesser = app.person({ username: "guessed" });
    for (let i = 0; i < 10; i++) await guesser.logsIn({ password: `wrong ${i}` });
    expectNoWordsOutside(await guesser.logsIn(), 429);
  });

  it("confirm password: page, errors and JSON show no text outside of messages", async () => {
    const ada = app.person();
    await ada.logsIn();
    const { token } = await ada.opens("/settings/change-username");
    app.passes(16 * minute);
    const asked = await ada.posts("/settings/change-username", { csrf_token: token, username: "lovelace" });
    expectNoWordsOutside(asked, 403);
    for (const current_password of ["", "wrong"])
      expectNoWordsOutside(await ada.fillsIn("/confirm-password", { current_password }), current_password === "" ? 422 : 401);
    expectNoWordsOutside(await ada.opens("/settings/change-username", json), 403);
  });

  it("log in, log out: flashes show no text outside of messages", async () => {
    const grace = await app.person({ username: "grace" }).isLoggedIn({ next: "/settings" });
    await grace.opens("/login");
    expectFlashes(await grace.opens("/"), 2);
    await grace.logsOut();
    expectFlashes(await grace.opens("/login"), 1);
  });
});

describe("locked password: text outside of messages", () => {
  let app: TestApp | undefined;
  afterEach(() => app?.close());

  it("locked password: the email shows no text outside of messages, and names the device and IP address", async () => {
    app = await testApp({ LIMIT_LOGIN_PER_ACCOUNT: "1000/1m" }, { locale: "pseudo", verified: true });
    const ada = app.person({}, { "user-agent": "curl/8.5.0" });
    await ada.signsUp();
    await app.s.db.updateTable("passwords").set({ failures: 99 }).execute();
    await ada.logsIn({ password: "the hundredth" });
    const [email] = await app.emails("ada@example.com");
    expect(email?.text).toMatch(/ 127\.0\.0\.1/);
    expect(email && wordsOutside(email, ["ada", "Latchkey", "curl"])).toEqual([]);
  });
});

describe("new device notice: text outside of messages", () => {
  it("new device notice: email and event show no text outside of messages", async () => {
    const app = await testApp({}, { locale: "pseudo", verified: true });
    await app.person().isLoggedIn();
    const other = app.person({}, { "user-agent": "curl/8.5.0" });
    await other.logsIn();
    const [email] = await app.emails("ada@example.com");
    expect(email?.text).toMatch(/ 127\.0\.0\.1/);
    expect(email && wordsOutside(email, ["ada", "Latchkey", "curl"])).toEqual([]);
    expect(wordsOutside((await other.opens("/settings/activity")).html, ["Latchkey", "curl", "node", "ada"])).toEqual([]);
    await app.close();
  });
});

function expectNoWordsOutside({ html, status }: Answer, expected = 200): void {
  expect(status).toBe(expected);
  const body: Rendered = html.startsWith("{") ? (JSON.parse(html) as object) : html;
  expect(wordsOutside(body, ["ada", "grace", "ada@example.com", "guessed@example.com", "Latchkey", "localhost:3000"])).toEqual([]);
}

function expectFlashes({ html }: Answer, count: number): void {
  const flashes = [...html.matchAll(/<div class="flash[\s\S]*?<\/div>/g)].map(([flash]) => flash);
  expect(flashes).toHaveLength(count);
  for (const flash of flashes) expect(wordsOutside(flash, ["grace"])).toEqual([]);
}
