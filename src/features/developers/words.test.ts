// Runs on one engine: what it tests does not touch the database.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { type Rendered, wordsOutside } from "../../../test/pseudo.ts";

const data = ["https://api.example.com", "ada@example.com", "ada", "Latchkey", "FORWARD_AUTH_HOSTS"];
const outside = (rendered: Rendered) => wordsOutside(rendered, data);
const mainOf = (html: string) => /<main[\s\S]*<\/main>/.exec(html)?.[0] ?? "";
const json = { accept: "application/json" };

describe("developers: text outside of messages", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ TOKEN_AUDIENCES: "https://api.example.com", FORWARD_AUTH_HOSTS: "localhost:3000" }, { locale: "pseudo" });
  });
  afterAll(() => app.close());

  it("access token: the form and its error show no text outside of messages", async () => {
    const ada = await app.person().isLoggedIn();
    expect(outside(mainOf((await ada.opens("/token")).html))).toEqual([]);
    const refused = await ada.fillsIn("/token", { audience: "" });
    expect([refused.status, outside(mainOf(refused.html))]).toEqual([422, []]);
  });

  it("forward auth: JSON errors show no text outside of messages", async () => {
    for (const [host, code] of [
      ["evil.test", "not-guarded"],
      ["localhost:3000", "login-required"],
    ] as const) {
      const answer = await app.person().opens("/forward-auth", { ...json, "x-forwarded-host": host, "x-forwarded-proto": "http" });
      expect(answer.json()).toMatchObject({ error: { code } });
      expect(outside(answer.json() as object), code).toEqual([]);
    }
  });
});
