/** Tests attacks on the cookie with the typed email: tampering, other keys, account enumeration. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shownValue } from "../../../test/attacks/forms.ts";
import { type Answer, type TestApp, testApp } from "../../../test/person.ts";

const shape = ({ status, location, headers, setCookies }: Answer) => ({
  status,
  location,
  names: [...headers.keys()],
  cookies: [...setCookies].map(([name, line]) => [name, line.length, line.replace(/^[^;]*/, "")]),
});

describe("attacks on the typed email", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ SIGNUP: "confirm", LIMIT_SIGNUP_PER_IP: "1000/1h" });
    const known = app.person({ username: "known" });
    await known.signsUp();
    const code = /^ {4}(\d{6})$/m.exec((await app.emails("known@example.com"))[0]?.text ?? "")?.[1] ?? "";
    await known.fillsIn("/verify-email", { code });
  });
  afterAll(() => app.close());

  const shownWith = async (cookie: string) => {
    const visitor = app.person();
    visitor.cookies.set("latchkey_typed", cookie);
    const { status, ...page } = await visitor.opens("/login");
    return [status, shownValue({ status, ...page }, "email"), page.html.includes("autofocus")];
  };
  const typedBy = async (other: TestApp) => {
    const person = other.person();
    await person.fillsIn("/reset-password", { email: "mine@example.com" });
    return person.cookies.get("latchkey_typed") ?? "";
  };

  it("typed email: a changed cookie, one of another key and one of another purpose are ignored", { tags: ["asvs-11.3.2"] }, async () => {
    const cookie = await typedBy(app);
    expect(await shownWith(cookie)).toEqual([200, "mine@example.com", true]);
    const foreign = await testApp({ SECRET_KEY: "another test key that is long enough to sign" });
    const text = JSON.stringify({ email: "mine@example.com", expiresAt: app.s.now() + 60_000 });
    const otherPurpose = app.s.keyring.encrypt("verification", text, { to: ["cookie"] });
    const middle = Math.floor(cookie.length / 2);
    const changed = `${cookie.slice(0, middle)}${cookie[middle] === "A" ? "B" : "A"}${cookie.slice(middle + 1)}`;
    for (const bad of [await typedBy(foreign), otherPurpose, changed, cookie.slice(0, -4), "mine@example.com", "v1.", text])
      expect(await shownWith(bad)).toEqual([200, "", false]);
    await foreign.close();
  });

  it("typed email: with a lifetime of more than ten minutes, or another shape, it is ignored", async () => {
    for (const content of [
      { email: "mine@example.com", expiresAt: app.s.now() + 3_600_000 },
      { email: 7, expiresAt: app.s.now() + 60_000 },
      [],
    ])
      expect(await shownWith(app.s.keyring.encrypt("typed-login", JSON.stringify(content), { to: ["cookie"] }))).toEqual([200, "", false]);
  });

  it("typed email: two cookies of this name are ignored and expired", async () => {
    const [mine, planted] = [await typedBy(app), await typedBy(app)];
    const answer = await app.person().opens("/login", { cookie: `latchkey_typed=${mine}; latchkey_typed=${planted}` });
    expect(shownValue(answer, "email")).toBe("");
    expect(answer.setCookies.get("latchkey_typed")).toMatch(/Max-Age=0/);
  });

  it("typed email: it never comes from the URL", { tags: ["asvs-14.2.1"] }, async () => {
    for (const path of [
      "/login?email=x@example.com",
      "/reset-password?correct=1&email=x@example.com",
      "/signup?correct=1&email=x@example.com",
    ])
      expect(shownValue(await app.person().opens(path), "email"), path).toBe("");
    expect((await app.person().opens("/reset-password/sent?email=x@example.com")).html).not.toContain("x@example.com");
  });

  it("typed email: markup in it is escaped", { tags: ["asvs-1.2.1"] }, async () => {
    const person = app.person();
    await person.fillsIn("/reset-password", { email: "a'b&amp@example.com" });
    const { html } = await person.opens("/reset-password/sent");
    expect(html).toContain("a&#39;b&amp;amp@example.com");
  });

  it.each(["/signup", "/reset-password"])(
    "POST %s: a known and a new email get the same cookies and the same pages",
    {
      tags: ["asvs-6.3.8"],
    },
    async (path) => {
      const results = [];
      for (const [i, email] of ["known@example.com", "novel@example.com"].entries()) {
        const person = app.person({ username: `visitor${i}`, email });
        const answer = path === "/signup" ? await person.signsUp() : await person.fillsIn(path, { email });
        const next = await person.opens(answer.location ?? "");
        const login = await person.opens("/login");
        expect(shownValue(login, "email")).toBe(email);
        results.push({ ...shape(answer), next: next.text.replaceAll(email, "…"), login: login.text, loginCookies: shape(login) });
      }
      expect(results[1]).toEqual(results[0]);
    },
  );

  it("sign-up with SIGNUP=open: a taken email sets the same cookie as a new one", { tags: ["asvs-6.3.8"] }, async () => {
    const open = await testApp();
    await open.person({ username: "known" }).signsUp();
    const cookies = [];
    for (const email of ["known@example.com", "novel@example.com"]) {
      const answer = await open.person({ username: `a${cookies.length}`, email }).signsUp();
      cookies.push(answer.setCookies.get("latchkey_typed")?.replace(/^[^;]*/, (value) => String(value.length)));
    }
    expect(cookies[1]).toEqual(cookies[0]);
    await open.close();
  });
});
