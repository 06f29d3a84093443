/** Attack: bearer tokens as cookies, cookies as bearer tokens, and cross-origin scripts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../person.ts";

const listedOrigin = "https://app.example.test";
const password = "a harbour at dusk";
const asJson = { "content-type": "application/json", accept: "application/json" };

describe("bearer token", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ ALLOWED_ORIGINS: listedOrigin });
  });
  afterAll(() => app.close());

  async function tokenOf(username: string): Promise<string> {
    await app.person({ username }).signsUp();
    const answer = await app.person().sendsJson("/login", { email: `${username}@example.com`, password, session: "token" });
    expect([answer.status, [...answer.setCookies.keys()]]).toEqual([200, []]);
    return (answer.json() as { token: string }).token;
  }

  const withToken = (token: string, headers: Record<string, string> = {}) => ({ authorization: `Bearer ${token}`, ...headers });

  it("bearer token: gives access, is listed as a session, and ends at logout", { tags: ["asvs-7.4.1"] }, async () => {
    const token = await tokenOf("ada");
    const program = app.person();
    const seen = await program.opens("/dashboard", withToken(token));
    expect([seen.status, (seen.json() as { user: { username: string } }).user.username]).toEqual([200, "ada"]);
    const { sessions } = (await program.opens("/settings/sessions", withToken(token))).json() as { sessions: object[] };
    expect(sessions).toHaveLength(1);
    const change = await program.sendsJson("/settings/display-name", { display_name: "Ada L." }, withToken(token));
    expect(change.status).toBe(200);
    expect((await program.sendsJson("/logout", {}, withToken(token))).status).toBe(200);
    expect((await program.opens("/dashboard", withToken(token))).status).toBe(401);
  });

  it("bearer token: rejected as a cookie, and a session cookie is rejected as a bearer token", { tags: ["asvs-7.2.1"] }, async () => {
    const token = await tokenOf("grace");
    const thief = app.person();
    for (const value of [token, token.replace("latchkey_", "")]) {
      thief.cookies.set("latchkey_session", value);
      expect((await thief.opens("/dashboard")).status).toBe(303);
    }
    const grace = app.person({ username: "grace" });
    await grace.logsIn();
    const cookie = grace.cookies.get("latchkey_session") ?? "";
    for (const value of [cookie, `latchkey_${cookie}`, "", "latchkey_", "null"])
      expect((await app.person().opens("/dashboard", withToken(value))).status, value).toBe(401);
  });

  it("bearer token: an invalid one is rejected despite a valid cookie", async () => {
    const kay = await app.person({ username: "kay" }).isLoggedIn();
    expect((await kay.opens("/dashboard", { authorization: "Bearer nonsense" })).status).toBe(401);
    expect((await kay.opens("/dashboard", { authorization: "Basic a2F5OmtheQ==" })).status).toBe(200);
  });

  it("bearer token: forms get none and accept none", { tags: ["asvs-3.5.2"] }, async () => {
    const token = await tokenOf("mary");
    const mary = app.person({ username: "mary" });
    const answer = await mary.logsIn({ session: "token" });
    expect([answer.status, answer.html.includes("latchkey_")]).toEqual([303, false]);
    const sent = await app.person().posts("/settings/display-name", { display_name: "x" }, withToken(token));
    expect(sent.status).toBe(403);
  });

  const isValid = async (token: string) => (await app.person().opens("/dashboard", withToken(token))).status === 200;

  it("bearer token: sensitive changes require the password, and answer with a new token", { tags: ["asvs-7.5.1"] }, async () => {
    const token = await tokenOf("ruth");
    app.passes(16 * 60_000);
    const program = app.person();
    const change = (username: string, current_password?: string) =>
      program.sendsJson("/settings/change-username", { username, ...(current_password ? { current_password } : {}) }, withToken(token));
    expect((await change("ruth2")).status).toBe(403);
    expect((await change("ruth2", "wrong wrong")).status).toBe(401);
    expect(await isValid(token)).toBe(true);
    // The error of the change itself comes with the token too, since the password was right.
    const refused = await change("x y", password);
    const { token: next } = refused.json() as { token: string };
    expect([refused.status, refused.json()]).toMatchObject([
      422,
      { token: expect.stringMatching(/^latchkey_/), error: { code: "invalid" } },
    ]);
    expect([await isValid(token), await isValid(next)]).toEqual([false, true]);
    const changed = await program.sendsJson("/settings/change-username", { username: "ruth2" }, withToken(next));
    expect([changed.status, "token" in (changed.json() as object)]).toEqual([200, false]);
  });

  it("bearer token: a copy of it gains nothing when the owner confirms", { tags: ["asvs-7.2.4"] }, async () => {
    const token = await tokenOf("copied");
    app.passes(16 * 60_000);
    const confirmed = await app.person().sendsJson("/confirm-password", { current_password: password }, withToken(token));
    const answer = confirmed.json() as { token: string; expiresAt: number };
    expect([confirmed.status, answer]).toMatchObject([200, { user: { username: "copied" }, expiresAt: expect.any(Number) }]);
    expect(answer.expiresAt).toBeGreaterThan(app.s.now());
    expect([...confirmed.setCookies.keys()]).toEqual([]);
    const thief = app.person();
    expect((await thief.sendsJson("/settings/change-username", { username: "stolen" }, withToken(token))).status).toBe(401);
    expect((await app.person().sendsJson("/settings/change-username", { username: "copied2" }, withToken(answer.token))).status).toBe(200);
  });

  it("bearer token: a change of the password answers with a new token, and no cookie", { tags: ["asvs-7.2.4"] }, async () => {
    const token = await tokenOf("renewing");
    const fields = { current_password: password, password: "nine grey herons", confirm_password: "nine grey herons" };
    const changed = await app.person().sendsJson("/settings/change-password", fields, withToken(token));
    const { token: next } = changed.json() as { token: string };
    expect([changed.status, [...changed.setCookies.keys()].filter((name) => name.includes("session"))]).toEqual([200, []]);
    expect([await isValid(token), await isValid(next)]).toEqual([false, true]);
  });

  it("bearer token: a file cannot carry the new one, so the client confirms first", async () => {
    const token = await tokenOf("exporting");
    app.passes(16 * 60_000);
    const program = app.person();
    const asked = await program.sendsJson("/settings/export", { current_password: password }, withToken(token));
    expect([asked.status, asked.json()]).toMatchObject([403, { error: { code: "reauthentication-required" } }]);
    const { token: next } = (await program.sendsJson("/confirm-password", { current_password: password }, withToken(token))).json() as {
      token: string;
    };
    expect((await program.sendsJson("/settings/export", {}, withToken(next))).status).toBe(200);
  });

  describe("CORS", () => {
    const from = (origin: string) => ({ origin, "sec-fetch-site": "cross-site", ...asJson });
    const logIn = (person: Person, origin: string) =>
      person.sends("POST", "/login", {
        headers: from(origin),
        body: JSON.stringify({ email: "ada@example.com", password, session: "token" }),
      });

    it("CORS: a listed origin may log in with a token, without cookies", async () => {
      const answer = await logIn(app.person(), listedOrigin);
      expect([answer.status, answer.headers.get("access-control-allow-origin"), answer.headers.get("vary")]).toEqual([
        200,
        listedOrigin,
        "Origin",
      ]);
      expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
      expect([...answer.setCookies.keys()]).toEqual([]);
      const { token } = answer.json() as { token: string };
      const seen = await app.person().opens("/dashboard", { ...from(listedOrigin), authorization: `Bearer ${token}` });
      expect([seen.status, seen.headers.get("access-control-allow-origin")]).toEqual([200, listedOrigin]);
      // Scripts can read these headers only if they are exposed.
      for (const name of ["Retry-After", "WWW-Authenticate"])
        expect(seen.headers.get("access-control-expose-headers")?.split(", ")).toContain(name);
    });

    it("CORS: the preflight of a listed origin allows Authorization, and others get none", async () => {
      const asked = { "access-control-request-method": "POST", "access-control-request-headers": "authorization" };
      const answer = await app.person().sends("OPTIONS", "/login", { headers: { origin: listedOrigin, ...asked } });
      expect([answer.status, answer.headers.get("access-control-allow-headers")]).toEqual([204, "authorization, content-type"]);
      const refused = await app.person().sends("OPTIONS", "/login", { headers: { origin: "https://evil.test", ...asked } });
      expect([refused.status < 300, refused.headers.get("access-control-allow-origin")]).toEqual([false, null]);
    });

    it.each([["https://evil.test"], ["null"], [`${listedOrigin}.evil.test`], [`${listedOrigin}:8443`], ["http://app.example.test"]])(
      "CORS: a login from %s is rejected",
      { tags: ["asvs-3.4.2"] },
      async (origin) => {
        const answer = await logIn(app.person(), origin);
        expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([403, null]);
      },
    );

    it("CORS: no origin can use the session cookie, listed or not", { tags: ["asvs-3.5.1"] }, async () => {
      const lin = await app.person({ username: "lin" }).isLoggedIn();
      for (const origin of [listedOrigin, "https://evil.test"]) {
        const answer = await lin.sends("POST", "/settings/display-name", { headers: from(origin), body: '{"display_name":"evil"}' });
        expect([origin, answer.status]).toEqual([origin, 403]);
      }
      expect((await lin.opens("/dashboard")).text).toContain("Hello, lin");
    });
  });
});
