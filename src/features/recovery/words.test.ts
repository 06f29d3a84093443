// Runs on one engine: what it tests does not touch the database.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkIn, type Person, type TestApp, testApp } from "../../../test/person.ts";
import { type Rendered, wordsOutside } from "../../../test/pseudo.ts";

const data = ["ada@example.com", "ada", "new@example.com", "Latchkey", "node"];
const mainOf = (html: string) => /<main[\s\S]*<\/main>/.exec(html)?.[0] ?? "";
const outside = (rendered: Rendered) => wordsOutside(rendered, data);
const secret = "nine grey herons";

describe("recovery: text outside of messages", () => {
  let app: TestApp;
  let ada: Person;
  beforeAll(async () => {
    app = await testApp({}, { locale: "pseudo", verified: true });
    ada = await app.person().isLoggedIn();
  });
  afterAll(() => app.close());

  const emailWith = async (path: string) => (await app.emails()).find(({ text }) => text.includes(`${path}?token=`));

  it("reset password: pages, JSON errors and emails show no text outside of messages", async () => {
    const visitor = app.person();
    expect(outside(mainOf((await visitor.opens("/reset-password")).html))).toEqual([]);
    await visitor.fillsIn("/reset-password", { email: "ada@example.com" });
    expect(outside(mainOf((await visitor.opens("/reset-password/sent")).html))).toEqual([]);
    expect(outside(mainOf((await app.person().opens("/reset-password/sent")).html))).toEqual([]);
    const email = await emailWith("/reset-password/choose");
    expect(outside(email ?? {})).toEqual([]);
    await visitor.opens(linkIn(email, "/reset-password/choose"));
    expect(outside(mainOf((await visitor.opens("/reset-password/choose")).html))).toEqual([]);
    await visitor.fillsIn("/reset-password/choose", { password: secret, confirm_password: secret });
    expect(outside((await app.emails())[0] ?? {})).toEqual([]);
    expect(outside(mainOf((await visitor.opens("/reset-password/choose")).html))).toEqual([]);
    const dead = await visitor.sendsJson("/reset-password/choose", { token: "x", password: secret, confirm_password: secret });
    expect(dead.json()).toMatchObject({ error: { code: "dead-link" } });
    expect(outside(dead.json() as object)).toEqual([]);
    await ada.logsIn({ password: secret });
  });

  it("revert email: pages, JSON errors and emails show no text outside of messages", async () => {
    await ada.fillsIn("/settings/change-email", { email: "new@example.com" });
    const code = /^ {4}(\d{6})$/m.exec((await app.emails("new@example.com"))[0]?.text ?? "")?.[1] ?? "";
    await ada.fillsIn("/settings/change-email/confirm", { code });
    const visitor = app.person();
    await visitor.opens(linkIn(await emailWith("/revert-email"), "/revert-email"));
    expect(outside(mainOf((await visitor.opens("/revert-email")).html))).toEqual([]);
    expect((await visitor.fillsIn("/revert-email", {})).status).toBe(303);
    const [takenBack, restored] = [(await app.emails("new@example.com"))[0], (await app.emails("ada@example.com"))[0]];
    for (const email of [takenBack, restored]) expect(outside(email ?? {})).toEqual([]);
    expect(outside(mainOf((await visitor.opens("/revert-email")).html))).toEqual([]);
    const dead = await visitor.sendsJson("/revert-email", { token: "x" });
    expect(dead.json()).toMatchObject({ error: { code: "dead-link" } });
    expect(outside(dead.json() as object)).toEqual([]);
  });

  it("report compromise: pages and JSON errors show no text outside of messages", async () => {
    const link = linkIn(await emailWith("/report-compromise"), "/report-compromise");
    const visitor = app.person();
    await visitor.opens(link);
    expect(outside(mainOf((await visitor.opens("/report-compromise")).html))).toEqual([]);
    expect((await visitor.fillsIn("/report-compromise", {})).status).toBe(303);
    expect(outside(mainOf((await visitor.opens("/report-compromise")).html))).toEqual([]);
    const dead = await visitor.sendsJson("/report-compromise", { token: "x" });
    expect(dead.json()).toMatchObject({ error: { code: "dead-link" } });
    expect(outside(dead.json() as object)).toEqual([]);
  });
});
