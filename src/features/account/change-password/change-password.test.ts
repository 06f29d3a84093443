import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { findUserByEmail } from "../../../core/users/users.ts";

const path = "/settings/change-password";
const fresh = "another harbour at dawn";

describe("change password", () => {
  let app: TestApp;
  let ada: Person;
  beforeEach(async () => {
    app = await testApp();
    ada = await app.person().isLoggedIn();
  });
  afterEach(() => app.close());

  const stored = async () => await findUserByEmail(app.s, ada.identity.email);
  const changes = (fields: Record<string, string> = {}, who = ada) =>
    who.fillsIn(path, { current_password: ada.identity.password, password: fresh, confirm_password: fresh, ...fields });

  it("change password: the new password logs in, the old one no longer does", { tags: ["asvs-6.2.2"] }, async () => {
    const before = await stored();
    app.passes(1);
    expect((await changes()).location).toBe("/settings");
    expect((await ada.opens("/settings")).text).toContain("Password updated. Your other devices have been logged out.");
    expect((await stored())?.password_changed_at).toBeGreaterThan(before?.password_changed_at ?? 0);
    expect((await app.person().logsIn()).status).toBe(401);
    expect((await app.person({ password: fresh }).logsIn()).location).toBe("/dashboard");
  });

  it("change password: other sessions end, and this one gets a new token", { tags: ["asvs-7.4.3", "asvs-7.2.4"] }, async () => {
    const phone = app.person();
    await phone.logsIn();
    const before = ada.cookies.get("latchkey_session");
    await changes();
    expect((await phone.opens("/dashboard")).status).toBe(303);
    expect((await ada.opens("/dashboard")).status).toBe(200);
    expect(ada.cookies.get("latchkey_session")).not.toBe(before);
    const copy = app.person();
    copy.cookies.set("latchkey_session", before ?? "");
    expect((await copy.opens("/dashboard")).status).toBe(303);
  });

  it("change password: links to reset the password and to change the email end", async () => {
    await app.person().fillsIn("/reset-password", { email: ada.identity.email });
    const reset = linkIn((await app.emails(ada.identity.email))[0], "/reset-password/choose");
    await ada.fillsIn("/settings/change-email", { email: "new@example.com" });
    await changes();
    const person = app.person();
    await person.opens(reset);
    expect((await person.opens("/reset-password/choose")).status).toBe(410);
    expect((await ada.opens("/settings/change-email/confirm")).text).toContain("No pending email change");
  });

  it("change password: the change is recorded and a notice sent", { tags: ["asvs-6.3.7"] }, async () => {
    await changes();
    expect((await listEvents(app.s, (await stored())?.id ?? "", 1))[0]?.event).toBe("password-changed");
    const [notice] = await app.emails(ada.identity.email);
    expect([notice?.subject, notice?.text.includes("/report-compromise?token=")]).toEqual(["Your password was changed", true]);
    expect(notice?.text).not.toContain(fresh);
  });

  it("change password: the device cookie is replaced", async () => {
    const before = ada.cookies.get("latchkey_device");
    await changes();
    expect(ada.cookies.get("latchkey_device")).not.toBe(before);
    // Known device: separate budget, so attackers cannot lock the owner out (ASVS 6.3.1).
    const visitor = app.person({ password: "wrong" });
    for (let i = 0; i < 11; i++) await visitor.logsIn();
    expect((await visitor.logsIn()).status).toBe(429);
    expect((await ada.logsIn({ password: fresh })).status).toBe(303);
  });

  it.each([
    ["no current password", { current_password: "" }, "current_password", "Enter your current password."],
    ["no new password", { password: "" }, "password", "Enter a new password."],
    ["a short password", { password: "7 chars", confirm_password: "7 chars" }, "password", "Use at least 8 characters in your password."],
    ["a common password", { password: "Password1", confirm_password: "Password1" }, "password", "too common"],
    ["a password made of the username", { password: "ada2026!", confirm_password: "ada2026!" }, "password", "too similar to"],
    ["a different second password", { confirm_password: "another" }, "confirm_password", "The passwords don't match."],
    [
      "the current password",
      { password: "a harbour at dusk", confirm_password: "a harbour at dusk" },
      "password",
      "This is already your password. Choose a different one.",
    ],
  ])("change password: %s is refused beside its field, is not shown and counts no failure", async (_, fields, name, sentence) => {
    const { status, text, html } = await changes(fields);
    expect(status).toBe(422);
    expect(text).toContain(sentence);
    expect(html).toContain(`id="${name}-problem"`);
    for (const secret of [fresh, ada.identity.password]) expect(html).not.toContain(secret);
    expect(await stored()).toMatchObject({ password_failures: 0 });
  });

  it("change password: a wrong current password counts as a failed login", { tags: ["asvs-6.2.3", "asvs-6.3.1"] }, async () => {
    for (let i = 0; i < 10; i++) {
      const { status, html } = await changes({ current_password: `wrong ${i}` });
      expect(status).toBe(401);
      expect(html).toContain('id="current_password-problem"');
    }
    expect((await stored())?.password_failures).toBe(10);
    expect((await changes()).status).toBe(429);
    app.passes(61_000);
    expect((await changes()).status).toBe(303);
    expect(await stored()).toMatchObject({ password_failures: 0, password_scheme: null });
  });

  it("change password: of two simultaneous changes one succeeds", async () => {
    const token = (await ada.opens(path)).token;
    const send = (password: string) =>
      ada.posts(path, { csrf_token: token, current_password: ada.identity.password, password, confirm_password: password });
    const words = ["one harbour at dawn", "two harbours at dawn"];
    const both = await Promise.all(words.map(send));
    const winners = both.flatMap(({ location }, i) => (location === "/settings" ? [words[i]] : []));
    expect(winners).toHaveLength(1);
    // The other may find its session ended, and is sent to log in.
    const loser = both.find(({ location }) => location !== "/settings");
    expect(loser?.location ?? loser?.text).toMatch(/updated elsewhere|\/login\?|Incorrect password/);
    expect((await app.person({ password: winners[0] ?? "" }).logsIn()).status).toBe(303);
  });

  it("change password: JSON gives the same errors, and the user after the change", async () => {
    const { csrfToken } = (await ada.opens(path, { accept: "application/json" })).json() as { csrfToken: string };
    const body = { current_password: "wrong", password: fresh, confirm_password: fresh };
    const wrong = await ada.sendsJson(path, body, { "x-csrf-token": csrfToken });
    expect([wrong.status, wrong.json()]).toMatchObject([
      401,
      { error: { code: "bad-credentials", fields: { current_password: expect.any(String) } } },
    ]);
    const done = await ada.sendsJson(path, { ...body, current_password: ada.identity.password }, { "x-csrf-token": csrfToken });
    expect([done.status, done.json()]).toMatchObject([200, { user: { username: "ada" }, csrfToken: expect.any(String) }]);
  });

  it("change password: /.well-known/change-password redirects to the page", async () => {
    const answer = await app.person().opens("/.well-known/change-password");
    expect([answer.status, answer.location]).toEqual([303, "/settings/change-password"]);
    const { html } = await (await app.person({ username: "managed" }).isLoggedIn()).opens("/settings/change-password");
    // Password managers ignore fields of type hidden.
    expect(html).toMatch(/<input type="text" autocomplete="username" value="managed@example.com" class="for-ears" readonly/);
  });
});
