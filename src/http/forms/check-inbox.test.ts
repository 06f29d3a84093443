import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readForm, shownValue } from "../../../test/attacks/forms.ts";
import { type Answer, type Person, type TestApp, testApp } from "../../../test/person.ts";

const minute = 60_000;
const limits = { LIMIT_SIGNUP_PER_IP: "1000/1h", LIMIT_EMAILS_PER_INBOX_AND_IP: "3/30m" };
const linkTo = (path: string, { html }: Answer) => html.includes(`<a class="button small secondary" href="${path}">`);

describe("check your inbox", () => {
  let app: TestApp;
  let strict: TestApp;
  beforeAll(async () => {
    app = await testApp(limits, { verified: true });
    strict = await testApp({ ...limits, SIGNUP: "confirm" });
  });
  afterAll(() => Promise.all([app.close(), strict.close()]));

  /** The page after a form, opened twice. */
  async function inbox(person: Person, answer: Answer): Promise<Answer> {
    expect(answer.status).toBe(303);
    const first = await person.opens(answer.location ?? "");
    const second = await person.opens(answer.location ?? "");
    expect([second.status, second.text]).toEqual([200, first.text]);
    expect(first.html).toMatch(/<title>Check your inbox · Latchkey<\/title>[\s\S]*<h1>Check your inbox<\/h1>/);
    for (const sentence of [
      "Didn't get the email?",
      "Send it again",
      "Check your spam folder",
      "a minute or two",
      "Up to 3 emails every 30 minutes.",
    ])
      expect(first.text).toContain(sentence);
    return first;
  }

  /** Presses "Send again" on a page. */
  async function sendsAgain(person: Person, page: Answer, path: string): Promise<Answer> {
    const form = [...page.html.matchAll(/<form\b[\s\S]*?<\/form>/g)].map(([each]) => each).find((each) => each.includes("Send again"));
    const read = readForm({ ...page, html: `<main>${form}</main>` }, path, person);
    return person.posts(path, { ...read?.fields, csrf_token: read?.token ?? "" });
  }

  it("reset password: the page names the email, sends again within its limit, and leads back to the form filled in", async () => {
    await app.person({ username: "ada" }).signsUp();
    const sentTo = new Map<string, number>();
    for (const email of ["ada@example.com", "nobody@example.com"]) {
      const person = app.person();
      const page = await inbox(person, await person.fillsIn("/reset-password", { email }));
      expect(page.text).toContain(`If an account exists for ${email}, we've sent a reset link to it.`);
      expect([linkTo("/reset-password?correct=1", page), page.text.includes("We'll send a new link.")]).toEqual([true, true]);
      expect(shownValue(await person.opens("/reset-password?correct=1"), "email")).toBe(email);
      expect(shownValue(await person.opens("/reset-password"), "email")).toBe("");
      for (let i = 0; i < 4; i++) {
        const again = await sendsAgain(person, await person.opens("/reset-password/sent"), "/reset-password");
        expect([again.status, again.location]).toEqual([303, "/reset-password/sent"]);
      }
      sentTo.set(email, (await app.emails(email)).filter(({ text }) => text.includes("/reset-password/choose?")).length);
    }
    expect(sentTo.get("ada@example.com")).toBeGreaterThan(1);
    expect(sentTo.get("ada@example.com")).toBeLessThanOrEqual(3);
    expect(sentTo.get("nobody@example.com")).toBe(0);
  });

  it("reset password: without the cookie, and after ten minutes, the page says what to do and answers JSON", async () => {
    const person = app.person();
    await person.fillsIn("/reset-password", { email: "ada@example.com" });
    for (const visitor of [app.person(), person]) {
      if (visitor === person) app.passes(11 * minute);
      const page = await visitor.opens("/reset-password/sent");
      expect([page.status, page.text]).toEqual([200, expect.stringContaining("Request a new link")]);
      expect(page.html).not.toContain("ada@example.com");
    }
    const json = await app.person().opens("/reset-password/sent", { accept: "application/json" });
    expect([json.status, json.json()]).toEqual([200, { csrfToken: expect.any(String) }]);
  });

  it("sign up: the page sends the code again, and leads back to the form with email and username filled in", async () => {
    const typo = strict.person({ username: "typo", email: "typo@exmaple.com" });
    const page = await inbox(typo, await typo.signsUp());
    expect(page.text).toContain("the 6-digit code we sent to typo@exmaple.com");
    const again = await sendsAgain(typo, page, "/verify-email");
    expect([again.location, (await strict.emails("typo@exmaple.com")).length]).toEqual(["/verify-email", 2]);
    expect([linkTo("/signup?correct=1", page), page.text.includes("We'll send a new code.")]).toEqual([true, true]);
    const form = await typo.opens("/signup?correct=1");
    expect([shownValue(form, "username"), shownValue(form, "email")]).toEqual(["typo", "typo@exmaple.com"]);
    expect(shownValue(await typo.opens("/signup"), "email")).toBe("");
    const corrected = await inbox(typo, await typo.signsUp({ email: "typo@example.com" }));
    expect(corrected.text).toContain("typo@example.com");
    strict.passes(11 * minute);
    const later = await typo.opens("/signup?correct=1");
    expect([shownValue(later, "username"), shownValue(later, "email")]).toEqual(["", "typo@example.com"]);
  });

  it("sign up with SIGNUP=open: the page leads to the change of the email instead of a second account", async () => {
    const ada = await app.person({ username: "unsure" }).isLoggedIn();
    await app.s.db.updateTable("users").set({ email_verified_at: null }).where("username", "=", "unsure").execute();
    const page = await ada.opens("/verify-email");
    expect([linkTo("/settings/change-email", page), linkTo("/signup?correct=1", page)]).toEqual([true, false]);
  });

  it("change email: the page sends a new code, and leads back to the form filled in", async () => {
    const mover = await app.person({ username: "mover" }).isLoggedIn();
    const page = await inbox(mover, await mover.fillsIn("/settings/change-email", { email: "new@exmaple.com" }));
    expect(linkTo("/settings/change-email?correct=1", page)).toBe(true);
    expect(shownValue(await mover.opens("/settings/change-email?correct=1"), "email")).toBe("new@exmaple.com");
    const before = (await app.emails("new@exmaple.com"))[0]?.text;
    const again = await sendsAgain(mover, page, "/settings/change-email");
    expect(again.location).toBe("/settings/change-email/confirm");
    expect((await mover.opens("/settings/change-email/confirm")).text).toContain("We've sent a new code.");
    expect((await app.emails("new@exmaple.com"))[0]?.text).not.toBe(before);
    const json = await mover.opens("/settings/change-email/confirm", { accept: "application/json" });
    expect(json.json()).toMatchObject({ pending: { email: "new@exmaple.com" } });
  });

  it.each([
    ["4/8h", "Up to 4 emails every 8 hours."],
    ["1/1d", "Up to 1 email every day."],
    ["9/1h", "Up to 5 emails every hour."],
    ["2/90s", "Up to 2 emails every 2 minutes."],
  ])("check your inbox: with LIMIT_EMAILS_PER_INBOX_AND_IP=%s the page says %j", async (limit, sentence) => {
    const limited = await testApp({ LIMIT_EMAILS_PER_INBOX_AND_IP: limit });
    const person = limited.person();
    await person.fillsIn("/reset-password", { email: "ada@example.com" });
    expect((await person.opens("/reset-password/sent")).text).toContain(sentence);
    await limited.close();
  });
});
