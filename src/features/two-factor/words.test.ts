// Runs on one engine: what it tests does not touch the database.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../test/person.ts";
import { type Rendered, wordsOutside } from "../../../test/pseudo.ts";
import { addsPhone, type Phone, phoneWith, wrongCode } from "../../../test/two-factor.ts";

const mainOf = (html: string) => /<main[\s\S]*<\/main>/.exec(html)?.[0] ?? "";
const overview = "/settings/two-factor";
const setUp = "/settings/two-factor/authenticator";
const json = { accept: "application/json" };

describe("two-factor: text outside of messages", () => {
  let app: TestApp;
  let ada: Person;
  let phone: Phone & { readonly recoveryCodes: readonly string[] };
  const data = ["ada@example.com", "ada", "Latchkey", "node", "Phone", "QR", "Google Authenticator", "Microsoft Authenticator", "2FAS"];
  const outside = (rendered: Rendered) => wordsOutside(rendered, [...data, ...(phone?.recoveryCodes ?? [])]);
  beforeAll(async () => {
    app = await testApp({ CONTACT_URL: "mailto:help@example.com" }, { locale: "pseudo", verified: true });
    ada = await app.person().isLoggedIn();
  });
  afterAll(() => app.close());

  it("two-factor: pages and errors of the set-up show no text outside of messages", async () => {
    expect(outside(mainOf((await ada.opens(overview)).html))).toEqual([]);
    expect(outside(mainOf((await ada.fillsIn(setUp, { code: "123456" })).html))).toEqual([]);
    await ada.fillsIn(setUp, {});
    const { authenticator } = (await ada.opens(setUp, json)).json() as { authenticator: { secret: string } };
    data.push(...(authenticator.secret.match(/.{1,4}/g) ?? []));
    for (const code of ["", wrongCode(phoneWith(app, authenticator.secret))])
      expect(outside(mainOf((await ada.fillsIn(setUp, { code, name: "Phone" })).html))).toEqual([]);
    phone = await addsPhone(app, ada);
    await ada.fillsIn(`${overview}/recovery`, {});
    const shown = (await ada.opens(`${overview}/recovery`)).html;
    data.push(...[...shown.matchAll(/<li><code>([^<]*)</g)].map(([, code = ""]) => code));
    expect(outside(mainOf(shown))).toEqual([]);
  });

  it("two-factor: pages, errors and JSON of the settings show no text outside of messages", async () => {
    const { authenticators } = (await ada.opens(overview, json)).json() as { authenticators: { id: string }[] };
    const id = authenticators[0]?.id ?? "";
    for (const path of [overview, `${overview}/recovery`, `${overview}/off`, `${setUp}/rename?id=${id}`, `${setUp}/remove?id=${id}`])
      expect(outside(mainOf((await ada.opens(path)).html)), path).toEqual([]);
    expect(outside(mainOf((await ada.fillsIn(`${setUp}/rename?id=${id}`, { id, name: "" })).html))).toEqual([]);
    const { token } = await ada.opens(overview);
    expect(outside(mainOf((await ada.posts(`${overview}/recovery/download`, { csrf_token: token, codes: "x" })).html))).toEqual([]);
    const { user } = (await ada.opens("/dashboard", json)).json() as { user: { id: string } };
    data.push(user.id);
    expect(outside(mainOf((await ada.opens("/dashboard")).html))).toEqual([]);
  });

  it("two-factor: pages, errors, JSON and emails of the second step show no text outside of messages", async () => {
    const person = app.person();
    await person.logsIn();
    expect(outside(mainOf((await person.opens("/login/two-factor")).html))).toEqual([]);
    for (const code of ["", wrongCode(phone), phone.code(5)])
      expect(outside(mainOf((await person.fillsIn("/login/two-factor", { code })).html))).toEqual([]);
    const dead = await app.person().opens("/login/two-factor");
    expect(outside(mainOf(dead.html))).toEqual([]);
    const refused = await app.person().sendsJson("/login/two-factor", { pending: "x", code: "123456" });
    expect(outside(refused.json() as object)).toEqual([]);
    for (const email of await app.emails()) expect(outside(email)).toEqual([]);
  });
});
