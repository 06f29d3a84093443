import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { createUserByAdmin } from "../../account/admin-actions.ts";
import { actingAs } from "../../request-info.ts";
import { beginSessionForTest } from "../../sign-in/sign-in.ts";
import { findUser, toUserDetails } from "../../users/directory.ts";
import { findUserByEmail, hasPassword } from "../../users/users.ts";

let app: TestApp;
beforeAll(async () => {
  app = await testApp();
});
afterAll(() => app.close());

const newPassword = { password: "a lighthouse at dawn", confirm_password: "a lighthouse at dawn" };
let counter = 0;

/** An account that an administrator created without a password. */
async function person(): Promise<Person> {
  const one = app.person({ username: `without${counter++}` });
  const { username, email } = one.identity;
  const created = await createUserByAdmin(app.s, { username, email, password: undefined, emailVerified: true }, actingAs("command line"));
  if (!created.ok) throw new Error("The account was not created.");
  return one;
}

async function loggedIn(): Promise<Person> {
  const one = await person();
  const { id = "" } = (await findUserByEmail(app.s, one.identity.email)) ?? {};
  one.cookies.set("latchkey_session", await beginSessionForTest(app.s, id));
  return one;
}

describe("account without a password", () => {
  it("no password: the administrator sees hasPassword false", async () => {
    const { identity } = await person();
    const account = await findUserByEmail(app.s, identity.email);
    expect(account).toMatchObject({ password_hash: null, password_failures: null });
    expect(account && hasPassword(account)).toBe(false);
    const found = await findUser(app.s, identity.email);
    expect(found && toUserDetails(found)).toMatchObject({ hasPassword: false });
  });

  it("no password: a login fails with the answer, queries and hashes of a wrong password", { tags: ["asvs-6.3.8"] }, async () => {
    const [without, wrong] = [await person(), app.person({ username: `withone${counter++}` })];
    await wrong.signsUp();
    const trace = async ({ identity: { email } }: Person, password: string) => {
      app.resetRecords();
      const { status, text } = await app.person().logsIn({ email, password });
      return { status, text: text.replaceAll(email, ""), hashes: [...app.hashes], queries: app.queries.map(({ sql }) => sql) };
    };
    const expected = await trace(wrong, "not this one");
    expect(expected).toMatchObject({ status: 401, hashes: [expect.any(String)] });
    for (const password of ["not this one", "null", "x"]) expect(await trace(without, password)).toEqual(expected);
  });

  it("no password: a reset by email creates one", { tags: ["asvs-6.4.3"] }, async () => {
    const one = await person();
    const { email } = one.identity;
    await one.fillsIn("/reset-password", { email });
    const opened = await one.opens(linkIn((await app.emails(email))[0], "/reset-password/choose"));
    expect((await one.fillsIn(opened.location ?? "/reset-password/choose", newPassword)).status).toBe(303);
    expect((await one.logsIn({ password: newPassword.password })).status).toBe(303);
    expect(await findUserByEmail(app.s, email)).toMatchObject({ password_hash: expect.any(String), password_failures: 0 });
  });

  it("no password: an open session alone sets none", { tags: ["asvs-6.2.3"] }, async () => {
    const one = await loggedIn();
    const page = await one.opens("/settings/change-password");
    expect(page.text).toContain("Your account has no password.");
    expect(page.html).toContain('href="/reset-password"');
    const { token } = await one.opens("/settings");
    for (const current_password of ["", "null", newPassword.password]) {
      const answer = await one.posts("/settings/change-password", { csrf_token: token, current_password, ...newPassword });
      expect([answer.status, answer.text]).toEqual([403, expect.stringContaining("Your account has no password.")]);
      const json = await one.sendsJson("/settings/change-password", { current_password, ...newPassword }, { "x-csrf-token": token });
      expect([json.status, json.json()]).toMatchObject([403, { error: { code: "no-password" } }]);
    }
    expect(await findUserByEmail(app.s, one.identity.email)).toMatchObject({ password_hash: null });
  });

  it("no password: a change that asks for the password again is refused with the way to set one", { tags: ["asvs-7.5.1"] }, async () => {
    const one = await loggedIn();
    app.passes(24 * 60_000);
    const answer = await one.fillsIn("/confirm-password", { current_password: "anything" });
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining("Your account has no password.")]);
  });
});
