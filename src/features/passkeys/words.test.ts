// Runs on one engine: what it tests does not touch the database.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addsPasskey, logsInByPasskey, passkeyDevice } from "../../../test/passkeys.ts";
import { type Answer, type Person, type TestApp, testApp } from "../../../test/person.ts";
import { type Rendered, wordsOutside } from "../../../test/pseudo.ts";

const known = ["ada", "ada@example.com", "Latchkey", "node", "Windows Hello", "old.example.com"];

describe("passkeys: text outside of messages", () => {
  let app: TestApp;
  let ada: Person;
  const device = passkeyDevice();
  beforeAll(async () => {
    app = await testApp({ SIGNUP: "open" }, { locale: "pseudo", verified: true });
    ada = await app.person().isLoggedIn();
  });
  afterAll(() => app.close());

  it("passkeys: the settings show no text outside of messages", async () => {
    expectNoWordsOutside(await ada.opens("/settings/passkeys"));
    await addsPasskey(ada, device);
    await logsInByPasskey(app.person(), device);
    await addsPasskey(ada, passkeyDevice());
    await app.s.db
      .updateTable("passkeys")
      .set({ rp_id: "old.example.com", aaguid: "08987058-cadc-4b81-b6e1-30de50dcbe96" })
      .where("last_used_at", "is", null)
      .execute();
    expectNoWordsOutside(await ada.opens("/settings/passkeys"));
    const id = /remove\?id=([\w-]+)/.exec((await ada.opens("/settings/passkeys")).html)?.[1] ?? "";
    expectNoWordsOutside(await ada.opens(`/settings/passkeys/rename?id=${id}`));
    expectNoWordsOutside(await ada.opens(`/settings/passkeys/remove?id=${id}`));
    expectNoWordsOutside(await ada.fillsIn(`/settings/passkeys/rename?id=${id}`, { id, name: "" }), 422);
    expectNoWordsOutside(await ada.fillsIn("/settings/passkeys", { new_passkey: "{}" }), 422);
  });

  it("passkeys: a refused login shows no text outside of messages, in HTML and JSON", async () => {
    const visitor = app.person();
    const { token } = await visitor.opens("/login");
    expectNoWordsOutside(await visitor.posts("/passkeys/verify", { csrf_token: token, passkey: "{}" }), 401);
    expectNoWordsOutside(await app.person().sendsJson("/passkeys/verify", { passkey: {} }), 401);
  });

  it("passkeys: emails show no text outside of messages", async () => {
    for (const email of await app.emails()) expect(wordsOutside(email, known)).toEqual([]);
  });
});

function expectNoWordsOutside({ html, status }: Answer, expected = 200): void {
  expect(status).toBe(expected);
  const body: Rendered = html.startsWith("{") ? (JSON.parse(html) as object) : html;
  expect(wordsOutside(body, known)).toEqual([]);
}
