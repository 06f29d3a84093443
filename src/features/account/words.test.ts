// Runs on one engine: what it tests does not touch the database.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endCodes } from "../../../test/codes.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../test/person.ts";
import { type Rendered, wordsOutside } from "../../../test/pseudo.ts";
import { actingAs } from "../../core/request-info.ts";
import { grantRole } from "../../core/users/roles.ts";
import { findUserByName } from "../../core/users/users.ts";

const data = ["new@example.com", "bob@example.com", "ada@example.com", "bob", "countess", "ada", "Latchkey", "node"];
const pages = [
  "/dashboard",
  "/settings",
  "/settings/display-name",
  "/settings/change-username",
  "/settings/change-email",
  "/settings/change-email/confirm",
  "/settings/change-email/withdraw",
  "/settings/change-password",
  "/settings/sessions",
  "/settings/activity",
  "/settings/export",
  "/settings/delete",
];
const outside = (rendered: Rendered) => wordsOutside(rendered, data);
const wrongCode = "000000";
/** Without the account's ID and its initial. */
const mainOf = (html: string) =>
  (/<main[\s\S]*<\/main>/.exec(html)?.[0] ?? "").replaceAll(/(<code>)[0-9a-f-]{36}|(<span class="initial"[^>]*>)./g, "$1$2");

/** Without the emails of sign-up, which `sign-up/words.test.ts` checks. */
const sinceSignUp = <T extends { readonly text: string }>(emails: readonly T[]) =>
  emails.filter(({ text }) => !text.includes("/verify-email/"));

describe("account: text outside of messages", () => {
  let app: TestApp;
  let ada: Person;
  beforeAll(async () => {
    app = await testApp({}, { locale: "pseudo" });
    await app.person({ username: "bob" }).signsUp();
    ada = await app.person().isLoggedIn();
  });
  afterAll(() => app.close());

  const expectOnlyMessages = async (path: string) => {
    const { html, status } = await ada.opens(path);
    expect([status, outside(mainOf(html))], path).toEqual([200, []]);
  };
  const codeIn = async (to: string) => /^ {4}(\d{6})$/m.exec((await app.emails(to))[0]?.text ?? "")?.[1] ?? "";

  it.each(pages)("account: %s shows no text outside of messages", async (path) => {
    await expectOnlyMessages(path);
  });

  it("account: pages with more sessions, events and a pending change show no text outside of messages", async () => {
    await app.person().logsIn();
    for (let i = 0; i < 26; i++) await ada.fillsIn("/settings/display-name", { display_name: "ada" });
    await ada.fillsIn("/settings/change-email", { email: "new@example.com" });
    for (const path of ["/settings/sessions", "/settings/activity", "/settings/change-email", "/settings/change-email/withdraw"])
      await expectOnlyMessages(path);
    await ada.opens(linkIn((await app.emails("new@example.com"))[0], "/settings/change-email/confirm"));
    await expectOnlyMessages("/settings/change-email/confirm");
  });

  it.each<[path: string, fields: Record<string, string>]>([
    ["/settings/display-name", { display_name: "x".repeat(101) }],
    ["/settings/display-name", { display_name: "a\u202e" }],
    ["/settings/display-name", { display_name: "\u200b" }],
    ["/settings/display-name", { display_name: "\ud800" }],
    ["/settings/change-username", { username: "ada" }],
    ["/settings/change-email", { email: "" }],
    ["/settings/change-email", { email: "ada@example.com" }],
    ["/settings/change-email/confirm", { code: "12" }],
    ["/settings/change-email/confirm", { code: wrongCode }],
    ["/settings/change-email/confirm", { token: "x" }],
    ["/settings/change-password", { password: "nine grey herons", confirm_password: "nine grey herons" }],
    [
      "/settings/change-password",
      { current_password: "nine grey herons", password: "nine grey herons", confirm_password: "nine grey herons" },
    ],
    ["/settings/sessions", {}],
    ["/settings/sessions", { session: "x" }],
    ["/settings/delete", { username: "x" }],
  ])("account: JSON errors of %s for %j show no text outside of messages", async (path, fields) => {
    const { csrfToken } = (await ada.opens(path, { accept: "application/json" })).json() as { csrfToken: string };
    if (fields["code"] === wrongCode) await endCodes(app);
    const answer = await ada.sendsJson(path, fields, { "x-csrf-token": csrfToken });
    expect(answer.json()).toMatchObject({ error: { code: expect.any(String) } });
    expect(outside(answer.json() as object)).toEqual([]);
  });

  it("account: the error for ending one's own session shows no text outside of messages", async () => {
    const { csrfToken, sessions } = (await ada.opens("/settings/sessions", { accept: "application/json" })).json() as {
      csrfToken: string;
      sessions: { id: string; isThis: boolean }[];
    };
    const session = sessions.find(({ isThis }) => isThis)?.id;
    const answer = await ada.sendsJson("/settings/sessions", { session }, { "x-csrf-token": csrfToken });
    expect(answer.json()).toMatchObject({ error: { code: "this-device" } });
    expect(outside(answer.json() as object)).toEqual([]);
  });

  it("account: emails and flashes of changes show no text outside of messages", async () => {
    const change = async (path: string, fields: Record<string, string>, to: string) => {
      const answer = await ada.fillsIn(path, fields);
      expect([answer.status, answer.location], path).toEqual([303, to]);
      await expectOnlyMessages(to);
    };
    await change("/settings/change-email/withdraw", {}, "/settings/change-email");
    await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).execute();
    await change("/settings/change-email", { email: "bob@example.com" }, "/settings/change-email/confirm");
    await change("/settings/change-email", { email: "new@example.com" }, "/settings/change-email/confirm");
    await change("/settings/change-email/confirm", { code: await codeIn("new@example.com") }, "/settings");
    await app.s.db.updateTable("users").set({ email_verified_at: null }).where("username", "=", "ada").execute();
    await change("/settings/change-email", { email: "ada@example.com" }, "/settings/change-email/confirm");
    await change("/settings/change-email/confirm", { code: await codeIn("ada@example.com") }, "/settings");
    await change("/settings/change-username", { username: "countess" }, "/settings");
    const [current_password, password] = [ada.identity.password, "nine grey herons"];
    await change("/settings/change-password", { current_password, password, confirm_password: password }, "/settings");
    await change("/settings/sessions", { others: "1" }, "/settings/sessions");
    for (const display_name of ["ada", ""]) await change("/settings/display-name", { display_name }, "/settings");
    const id = (await findUserByName(app.s, "countess"))?.id ?? "";
    await grantRole(app.s, id, "admin", actingAs("command line"));
    await expectOnlyMessages("/settings/delete");
    const refused = await ada.fillsIn("/settings/delete", { username: "countess" });
    expect([refused.status, outside(mainOf(refused.html))]).toEqual([422, []]);
    expect((await ada.fillsIn("/settings/delete", { username: "countess", last_admin: "on" })).status).toBe(303);
    const emails = sinceSignUp(await app.emails());
    expect(emails.length).toBeGreaterThan(10);
    for (const email of emails) expect(outside(email), email.text).toEqual([]);
  });

  it.each<[name: string, env: Record<string, string>]>([
    ["with email", {}],
    ["without email", { NODE_ENV: "production", SECRET_KEY: "k".repeat(32), BASE_URL: "https://accounts.example.com" }],
  ])("account: the password page of an account without a password shows no text outside of messages, %s", async (_, env) => {
    const other = await testApp(env, { locale: "pseudo" });
    const visitor = await other.person().isLoggedIn();
    await other.s.db.deleteFrom("passwords").execute();
    const { html, status } = await visitor.opens("/settings/change-password");
    expect([status, outside(mainOf(html))]).toEqual([200, []]);
    await other.close();
  });

  it("account: pages and the email of an immediate deletion show no text outside of messages", async () => {
    const immediate = await testApp({ DELETE_AFTER: "0", USERNAME_RELEASE_AFTER: "0" }, { locale: "pseudo" });
    const visitor = await immediate.person().isLoggedIn();
    for (const path of ["/settings/delete", "/settings/change-username"])
      expect(outside(mainOf((await visitor.opens(path)).html)), path).toEqual([]);
    await visitor.fillsIn("/settings/delete", { username: "ada" });
    const emails = sinceSignUp(await immediate.emails());
    expect(emails).toHaveLength(1);
    for (const email of emails) expect(outside(email), email.text).toEqual([]);
    await immediate.close();
  });
});
