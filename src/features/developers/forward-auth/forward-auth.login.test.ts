import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone } from "../../../../test/two-factor.ts";

const env = {
  BASE_URL: "https://accounts.example.com",
  COOKIE_DOMAIN: "example.com",
  FORWARD_AUTH_HOSTS: "app.example.com, wiki.example.com:8443",
};
const session = "__Secure-latchkey_session";

describe("with forward auth", () => {
  let app: TestApp;
  let ada: Person;
  beforeAll(async () => {
    app = await testApp(env);
    ada = await app.person().isLoggedIn();
  });
  afterAll(() => app.close());

  describe("the login", () => {
    it("login: the page names the app's host, and a login leads there", { tags: ["asvs-3.7.2"] }, async () => {
      const target = "https://app.example.com/reports/7?a=1&b=%26#x";
      const { html, text } = await app.person().opens(`/login?next=${encodeURIComponent(target)}`);
      expect(text).toContain("Log in to continue to app.example.com.");
      expect(html).toContain(`name="next" value="${target.replaceAll("&", "&amp;")}"`);
      const back = app.person();
      const answer = await back.logsIn({ next: target });
      expect([answer.status, answer.location]).toEqual([303, target]);
      // A flash would stay until the next visit to Latchkey's own pages.
      expect([...answer.setCookies.keys()].filter((name) => name.includes("flash"))).toEqual([]);
      const again = `/login?next=${encodeURIComponent(target)}`;
      const { status, location, setCookies } = await back.opens(again);
      expect([status, location]).toEqual([303, target]);
      expect([...setCookies.keys()].filter((name) => name.includes("flash"))).toEqual([]);
      expect((await back.opens(`${again}&switch=1`)).html).toContain(
        `<a href="${target.replaceAll("&", "&amp;")}">Continue to app.example.com</a>`,
      );
    });

    it("login: a wrong password keeps the return URL", async () => {
      const answer = await app.person().logsIn({ password: "not this one", next: "https://app.example.com/x" });
      expect(answer.status).toBe(401);
      expect(answer.html).toContain('name="next" value="https://app.example.com/x"');
    });

    it("second step: a code, and the page after a refused passkey, lead to the app", { tags: ["asvs-3.4.3"] }, async () => {
      const grace = await app.person({ username: "hopper", email: "hopper@example.com" }).isLoggedIn();
      const phone = await addsPhone(app, grace);
      await grace.logsOut();
      const target = "https://app.example.com/reports";
      expect((await grace.logsIn({ next: target })).location).toBe("/login/two-factor");
      const refused = await grace.fillsIn("/login/two-factor", { code: "" });
      const again = await grace.posts("/passkeys/verify", {
        csrf_token: (await grace.opens("/login?switch=1")).token,
        passkey: "{}",
        next: target,
      });
      expect([again.status, again.html.includes(`name="next" value="${target}"`)]).toEqual([401, true]);
      for (const { headers } of [await grace.opens("/login/two-factor"), refused, again]) {
        // Browsers apply it to the redirect after the form too.
        const policy = headers.get("content-security-policy") ?? "";
        expect(policy).toContain("form-action 'self' https://app.example.com https://wiki.example.com:8443;");
      }
      const done = await grace.fillsIn("/login/two-factor", { code: phone.code() });
      expect([done.status, done.location]).toEqual([303, target]);
    });

    it("login page: form-action has the listed hosts only", { tags: ["asvs-3.4.3"] }, async () => {
      const { headers } = await app.person().opens("/login");
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("form-action 'self' https://app.example.com https://wiki.example.com:8443;");
      for (const path of ["/", "/signup", "/reset-password", "/forward-auth"]) {
        expect((await app.person().opens(path)).headers.get("content-security-policy"), path).toContain("form-action 'self';");
      }
    });
  });

  describe("the session's cookie", () => {
    it("session cookie: it is sent to sibling hosts, other cookies are not", { tags: ["asvs-3.3.1", "asvs-3.3.3"] }, async () => {
      const grace = app.person({ username: "grace" });
      await grace.signsUp();
      const { setCookies } = await grace.logsIn();
      expect(setCookies.get(session)).toMatch(/; Domain=example\.com; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
      for (const [name, line] of [...setCookies, ...(await app.person().opens("/login")).setCookies]) {
        if (name !== session) expect([name, line]).toEqual([expect.stringMatching(/^__Host-/), expect.not.stringMatching(/; *domain=/i)]);
      }
      const { setCookies: dropped } = await grace.logsOut();
      expect(dropped.get(session)).toMatch(/Max-Age=0; Domain=example\.com/);
    });

    it("session cookie: without COOKIE_DOMAIN it is sent to this host only", async () => {
      const own = await testApp({ BASE_URL: env.BASE_URL });
      const grace = await own.person({ username: "grace" }).isLoggedIn();
      expect([...grace.cookies.keys()].filter((name) => name.includes("session"))).toEqual(["__Host-latchkey_session"]);
      await own.close();
    });

    it("session cookie: it is ignored beside another one that a sibling host has set", async () => {
      const grace = app.person({ username: "grace" });
      await grace.logsIn();
      const cookie = `${session}=${ada.cookies.get(session)}; ${session}=${grace.cookies.get(session)}`;
      expect((await app.person().opens("/forward-auth", { cookie })).status).toBe(401);
    });
  });
});
