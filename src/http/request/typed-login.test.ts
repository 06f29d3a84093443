import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shownValue } from "../../../test/attacks/forms.ts";
import { type Answer, linkIn, type TestApp, testApp } from "../../../test/person.ts";

const minute = 60_000;
const cookieOf = ({ setCookies }: Answer) => setCookies.get("latchkey_typed");
/** The email of a login form, and the field with the focus. */
const filledIn = (page: Answer) => [shownValue(page, "email"), /<input id="(\w+)"[^>]* autofocus>/.exec(page.html)?.[1]];

describe("typed email", () => {
  let app: TestApp;
  let strict: TestApp;
  beforeAll(async () => {
    const limits = { LIMIT_SIGNUP_PER_IP: "1000/1h" };
    app = await testApp(limits, { startsAt: Date.now() });
    strict = await testApp({ ...limits, SIGNUP: "confirm" });
  });
  afterAll(() => Promise.all([app.close(), strict.close()]));

  it("log in: after signing up, the email is filled in once, and the focus is in the password", { tags: ["asvs-14.2.1"] }, async () => {
    const ada = app.person({ username: "ada", email: "Ada@Example.com" });
    const signedUp = await ada.signsUp();
    expect(signedUp.location).toBe("/login");
    expect(cookieOf(signedUp)).toMatch(/^latchkey_typed=v1\.[^;]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
    for (const part of decodeURIComponent(cookieOf(signedUp) ?? "").split(/[.;]/))
      for (const text of [part, Buffer.from(part, "base64url").toString("latin1")])
        expect(text.toLowerCase()).not.toContain("ada@example.com");
    const login = await ada.opens("/login");
    expect(filledIn(login)).toEqual(["Ada@Example.com", "password"]);
    expect(login.html.match(/ autofocus/g)).toHaveLength(1);
    expect(ada.cookies.has("latchkey_typed")).toBe(false);
    expect(filledIn(await ada.opens("/login"))).toEqual(["", undefined]);
  });

  it("log in: after verifying by code or by link, the email is filled in", async () => {
    for (const username of ["bycode", "bylink"]) {
      const person = strict.person({ username });
      await person.signsUp();
      const [sent] = await strict.emails(person.identity.email);
      const code = /^ {4}(\d{6})$/m.exec(sent?.text ?? "")?.[1] ?? "";
      const reader = username === "bycode" ? person : strict.person();
      if (username === "bylink") await reader.opens(linkIn(sent, "/verify-email/confirm"));
      const { password } = person.identity;
      const [path, fields] = username === "bycode" ? ["/verify-email", { code }] : ["/verify-email/confirm", { password }];
      expect((await reader.fillsIn(path, fields as Record<string, string>)).location).toBe("/login");
      expect(filledIn(await reader.opens("/login"))).toEqual([person.identity.email, "password"]);
    }
  });

  it("log in: after resetting the password, the email is filled in", async () => {
    await app.person({ username: "resets" }).signsUp();
    const reader = app.person();
    await reader.fillsIn("/reset-password", { email: "resets@example.com" });
    await reader.opens(linkIn((await app.emails("resets@example.com"))[0], "/reset-password/choose"));
    const fresh = { password: "a lighthouse at dawn", confirm_password: "a lighthouse at dawn" };
    expect((await reader.fillsIn("/reset-password/choose", fresh)).location).toBe("/login");
    expect(filledIn(await reader.opens("/login"))).toEqual(["resets@example.com", "password"]);
  });

  it("log in: without a typed email, no field has the focus", async () => {
    expect(filledIn(await app.person().opens("/login"))).toEqual(["", undefined]);
    const refused = await app.person({ username: "nobody" }).logsIn();
    expect(filledIn(refused)).toEqual(["nobody@example.com", undefined]);
  });

  it("typed email: it expires after ten minutes, also on the server", { tags: ["asvs-14.3.1"] }, async () => {
    const slow = app.person({ username: "slow" });
    await slow.signsUp();
    const cookie = slow.cookies.get("latchkey_typed") ?? "";
    app.passes(10 * minute - 1);
    expect(filledIn(await slow.opens("/login"))[0]).toBe("slow@example.com");
    app.passes(1);
    slow.cookies.set("latchkey_typed", cookie);
    expect(filledIn(await slow.opens("/login"))).toEqual(["", undefined]);
  });

  it("typed email: a login and a logout delete it", { tags: ["asvs-14.3.1"] }, async () => {
    const quick = app.person({ username: "quick" });
    await quick.signsUp();
    const cookie = quick.cookies.get("latchkey_typed") ?? "";
    const { token } = await quick.opens("/signup");
    expect((await quick.posts("/login", { csrf_token: token, ...quick.identity })).status).toBe(303);
    expect(quick.cookies.has("latchkey_typed")).toBe(false);
    quick.cookies.set("latchkey_typed", cookie);
    await quick.logsOut();
    expect(quick.cookies.has("latchkey_typed")).toBe(false);
  });

  it("typed email: JSON requests get no cookie and leave it as it is", async () => {
    const apiClient = app.person({ username: "jason" });
    const { password } = apiClient.identity;
    const made = await apiClient.sendsJson("/signup", { ...apiClient.identity, confirm_password: password });
    const asked = await apiClient.sendsJson("/reset-password", { email: "jason@example.com" });
    expect([made.status, cookieOf(made), asked.status, cookieOf(asked)]).toEqual([201, undefined, 202, undefined]);
    await apiClient.fillsIn("/reset-password", { email: "jason@example.com" });
    await apiClient.opens("/login", { accept: "application/json" });
    expect(filledIn(await apiClient.opens("/login"))[0]).toBe("jason@example.com");
  });
});
