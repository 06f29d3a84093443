import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { findUserByEmail } from "../../../core/users/users.ts";

const path = "/settings/change-email";
const minute = 60_000;
const next = "ada.lovelace@example.org";

describe("change email", () => {
  let app: TestApp;
  let ada: Person;
  beforeEach(async () => {
    app = await testApp({}, { verified: true });
    ada = await app.person().isLoggedIn();
  });
  afterEach(() => app.close());

  const stored = () => findUserByEmail(app.s, ada.identity.email);
  const changed = () => findUserByEmail(app.s, next);
  const asks = (email = next, who = ada) => who.fillsIn(path, { email });
  const codeIn = async (email = next) => /^ {4}(\d{6})$/m.exec((await app.emails(email))[0]?.text ?? "")?.[1] ?? "";
  const types = (code: string, who = ada) => who.fillsIn(`${path}/confirm`, { code });

  it("change email: the email changes only after the code from the new inbox is entered", async () => {
    expect((await asks()).location).toBe(`${path}/confirm`);
    const page = await ada.opens(`${path}/confirm`);
    expect(page.text).toContain(`Enter the 6-digit code we sent to ${next}.`);
    expect(await changed()).toBeUndefined();
    expect(await stored()).toBeDefined();
    const done = await types(await codeIn());
    expect([done.status, done.location]).toEqual([303, "/settings"]);
    expect((await ada.opens("/settings")).text).toContain(`${next} Verified`);
    expect(await changed()).toMatchObject({ email: next, username: "ada", email_verified_at: expect.any(Number) });
    expect((await app.person().logsIn()).status).toBe(401);
    expect((await app.person({ email: next }).logsIn()).location).toBe("/dashboard");
  });

  it("change email: the link opens a page whose button changes the email", { tags: ["asvs-14.2.1"] }, async () => {
    await asks();
    const link = linkIn((await app.emails(next))[0], `${path}/confirm`);
    const opened = await ada.opens(link);
    expect([opened.status, opened.location]).toEqual([303, `${path}/confirm`]);
    const page = await ada.opens(`${path}/confirm`);
    expect(page.text).toContain(`You'll log in with ${next} from now on`);
    expect(await changed()).toBeUndefined();
    expect((await ada.posts(`${path}/confirm`, { csrf_token: page.token })).location).toBe("/settings");
    expect(await changed()).toBeDefined();
  });

  it("change email: the old inbox gets a link to undo, the new one a notice", { tags: ["asvs-6.3.7"] }, async () => {
    await asks();
    await types(await codeIn());
    const [toOld] = await app.emails(ada.identity.email);
    expect(toOld?.subject).toBe("Your email was changed");
    expect(linkIn(toOld, "/revert-email")).toContain("token=");
    expect(linkIn(toOld, "/report-compromise")).toContain("token=");
    // A sentence that announces a link or a code stands directly before it.
    for (const { text } of await app.emails()) expect(text.match(/:\n\n(?! {4}\d{6}$)/m), text).toBeNull();
    expect((await app.emails(next))[0]?.subject).toBe("Your account now uses this email");
    const events = await listEvents(app.s, (await changed())?.id ?? "", 2);
    expect(events.map(({ event }) => event)).toEqual(["email-changed", "email-change-requested"]);
  });

  it("change email: other sessions and reset links end, this session stays", { tags: ["asvs-7.4.3"] }, async () => {
    const phone = app.person();
    await phone.logsIn();
    await app.person().fillsIn("/reset-password", { email: ada.identity.email });
    const reset = linkIn((await app.emails(ada.identity.email))[0], "/reset-password/choose");
    await asks();
    await types(await codeIn());
    expect((await phone.opens("/dashboard")).status).toBe(303);
    expect((await ada.opens("/dashboard")).status).toBe(200);
    await phone.opens(reset);
    expect((await phone.opens("/reset-password/choose")).status).toBe(410);
  });

  it("change email: a pending change is shown and can be cancelled", async () => {
    await asks();
    expect((await ada.opens(path)).text).toContain(`Waiting for you to verify ${next}.`);
    const code = await codeIn();
    expect((await ada.fillsIn(`${path}/withdraw`, {})).location).toBe(path);
    expect((await ada.opens(path)).text).not.toContain("Waiting for you");
    expect((await types(code)).status).toBe(422);
    expect(await changed()).toBeUndefined();
    const { id = "" } = (await stored()) ?? {};
    expect((await listEvents(app.s, id, 1))[0]?.event).toBe("email-change-withdrawn");
  });

  it("change email: a second request replaces the first", async () => {
    await asks("first@example.org");
    const first = await codeIn("first@example.org");
    const link = linkIn((await app.emails("first@example.org"))[0], `${path}/confirm`);
    await asks();
    if (first !== (await codeIn())) expect((await types(first)).status).toBe(422);
    await ada.opens(link);
    expect((await ada.opens(`${path}/confirm`)).text).toContain(next);
    expect((await types(await codeIn())).status).toBe(303);
    expect(await findUserByEmail(app.s, "first@example.org")).toBeUndefined();
  });

  it("change email: the code expires after 10 minutes, the link after 1 hour", { tags: ["asvs-6.5.5"] }, async () => {
    await asks();
    const link = linkIn((await app.emails(next))[0], `${path}/confirm`);
    app.passes(10 * minute + 1);
    expect((await types(await codeIn())).status).toBe(422);
    app.passes(49 * minute);
    await ada.opens(link);
    expect((await ada.fillsIn(`${path}/confirm`, {})).status).toBe(303);
    await ada.fillsIn("/confirm-password", { current_password: ada.identity.password });
    await asks("later@example.org");
    const late = linkIn((await app.emails("later@example.org"))[0], `${path}/confirm`);
    app.passes(60 * minute + 1);
    await ada.opens(late);
    expect((await ada.opens(`${path}/confirm`)).text).toContain("No pending email change");
  });

  it("change email: a correct code is refused after five wrong ones", { tags: ["asvs-6.6.3"] }, async () => {
    await asks();
    const code = await codeIn();
    const wrong = code === "000000" ? "000001" : "000000";
    for (let i = 0; i < 5; i++) {
      const { status, text } = await types(wrong);
      expect([status, text.includes("That code is incorrect or has expired. Try again, or request a new one.")]).toEqual([422, true]);
    }
    expect((await types(code)).status).toBe(422);
    expect(await changed()).toBeUndefined();
  });

  it.each([
    ["no email", "", "Enter your new email."],
    ["half an email", "ada@", "Enter a valid email, such as name@example.com."],
    ["two emails", "a@example.com,b@example.com", "Enter a valid email, such as name@example.com."],
    ["the current email", "ada@example.com", "This is already your email. Enter a different one."],
  ])("change email: %s is refused beside the field, which keeps its value", async (_, email, sentence) => {
    const { status, text, html } = await asks(email);
    expect(status).toBe(422);
    expect(text).toContain(sentence);
    expect(html).toContain('id="email-problem"');
    expect(html).toContain(`value="${email}"`);
  });

  it("change email: the case of the current email can be changed", async () => {
    await asks("Ada@Example.com");
    await types(await codeIn("Ada@Example.com"));
    expect((await stored())?.email).toBe("Ada@Example.com");
  });

  it("change email: the change ends with an error where another account took the new email", async () => {
    await asks();
    await app.person({ username: "grace", email: next }).signsUp();
    const code =
      /^ {4}(\d{6})$/m.exec((await app.emails(next)).find(({ subject }) => subject.includes("new email"))?.text ?? "")?.[1] ?? "";
    const { status, text } = await types(code);
    expect([status, text.includes("Another account now uses this email, so yours wasn't changed.")]).toEqual([422, true]);
    expect((await stored())?.username).toBe("ada");
    expect((await ada.opens(`${path}/confirm`)).text).toContain("No pending email change");
  });

  it("change email: the page asks for re-authentication first", { tags: ["asvs-7.5.1"] }, async () => {
    app.passes(16 * minute);
    expect((await ada.opens(path)).location).toBe(`/confirm-password?next=${encodeURIComponent(path)}`);
  });

  it("change email: JSON shows the pending change and takes a code or token", async () => {
    const json = { accept: "application/json" };
    const { csrfToken, email } = (await ada.opens(path, json)).json() as { csrfToken: string; email: string };
    expect(email).toBe(ada.identity.email);
    const sends = (to: string, body: object) => ada.sendsJson(to, body, { "x-csrf-token": csrfToken });
    const asked = await sends(path, { email: next });
    expect([asked.status, asked.json()]).toEqual([202, { pending: { email: next } }]);
    expect((await ada.opens(path, json)).json()).toMatchObject({ pending: { email: next } });
    const wrong = await sends(`${path}/confirm`, { code: "12" });
    expect([wrong.status, wrong.json()]).toMatchObject([422, { error: { code: "invalid" } }]);
    const token = new URL(linkIn((await app.emails(next))[0], `${path}/confirm`), app.url).searchParams.get("token");
    const done = await sends(`${path}/confirm`, { token });
    expect([done.status, done.json()]).toMatchObject([200, { user: { email: next } }]);
    const again = await sends(`${path}/confirm`, { token });
    expect([again.status, again.json()]).toMatchObject([422, { error: { code: "dead-link" } }]);
  });
});
