/** Attack: session fixation, leaks of session tokens, and weak cookie attributes. */
import { afterAll, describe, expect, it } from "vitest";
import { hashPassword } from "../../src/core/credentials/password/passwords.ts";
import { type Answer, type Person, type TestApp, testApp } from "../person.ts";
import { createUser } from "../transaction.ts";

const app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h" });
afterAll(() => app.close());

const session = "latchkey_session";
const tokenOf = (person: Person) => person.cookies.get(session) ?? "";
const hasAccess = async (person: Person) => (await person.opens("/dashboard")).status === 200;

/** A browser with this session cookie only. */
function browserWith(token: string): Person {
  const person = app.person();
  person.cookies.set(session, token);
  return person;
}

describe("session fixation", async () => {
  const mallory = await app.person({ username: "mallory" }).isLoggedIn();
  const victim = await app.person({ username: "victim" }).isLoggedIn();
  const ada = app.person({ username: "fixed" });
  await ada.signsUp();

  const ended = await app.person({ username: "ended" }).isLoggedIn();
  await browserWith(tokenOf(ended)).logsOut();

  const planted: [string, () => string][] = [
    ["an invented token", () => "A".repeat(43)],
    ["a session of the attacker", () => tokenOf(mallory)],
    ["a session of another user", () => tokenOf(victim)],
    ["a too long token", () => "A".repeat(8_000)],
    ["an ended session", () => tokenOf(ended)],
  ];

  it.each(planted)(
    "session fixation: a planted token is replaced at login and invalid: %s",
    { tags: ["asvs-7.2.4"] },
    async (_name, plant) => {
      const before = plant();
      ada.cookies.set(session, before);
      const { token } = await ada.opens("/login?switch=1");
      ada.cookies.set(session, before);
      const { email, password } = ada.identity;
      const answer = await ada.posts("/login", { csrf_token: token, email, password });
      expect(answer.status).toBe(303);
      expect(tokenOf(ada)).toMatch(/^[\w-]{43}$/);
      expect(tokenOf(ada)).not.toBe(before);
      expect((await ada.opens("/dashboard")).text).toContain("Hello, fixed");
      expect(await hasAccess(browserWith(before))).toBe(false);
    },
  );

  it("session fixation: a second login replaces the session", { tags: ["asvs-7.2.4"] }, async () => {
    const eve = await app.person({ username: "again" }).isLoggedIn();
    const before = tokenOf(eve);
    await eve.logsIn();
    expect(await hasAccess(eve)).toBe(true);
    expect(await hasAccess(browserWith(before))).toBe(false);
  });

  it("session fixation: a failed login starts no session and removes an invalid cookie", async () => {
    const anonymous = app.person({ username: "fixed", password: "not this one" });
    anonymous.cookies.set(session, "A".repeat(43));
    expect((await anonymous.logsIn()).status).toBe(401);
    expect(anonymous.cookies.has(session)).toBe(false);
  });
});

describe("session token", async () => {
  const ada = await app.person({ username: "secret" }).isLoggedIn();
  const token = tokenOf(ada);

  it("session token: accepted in its cookie only, not in a URL, form or other header", { tags: ["asvs-7.2.1"] }, async () => {
    const names = [session, "session", "sid", "token", "PHPSESSID"];
    const anonymous = app.person();
    for (const name of names) expect((await anonymous.opens(`/dashboard?${name}=${token}`)).status).toBe(303);
    const fields = Object.fromEntries(names.map((name) => [name, token]));
    expect((await anonymous.posts("/dashboard", fields)).status).toBe(405);
    expect((await anonymous.fillsIn("/login", { ...fields, email: "a@example.com", password: "b" })).setCookies.has(session)).toBe(false);
    expect((await anonymous.opens("/dashboard", { authorization: `Bearer ${token}` })).status).toBe(401);
    const headers = { authorization: `Basic ${token}`, "x-session": token, [session]: token, "x-session-token": token, cookie2: token };
    expect((await anonymous.opens("/dashboard", headers)).status).toBe(303);
    for (const name of ["session", "LATCHKEY_SESSION", "__Host-latchkey_session", "latchkey_session2", "xlatchkey_session"]) {
      expect((await app.person().opens("/dashboard", { cookie: `${name}=${token}` })).status, name).toBe(303);
    }
    expect((await app.person().opens("/dashboard", { cookie: `${session}=${token}` })).status).toBe(200);
  });

  it("session token: sent in Set-Cookie only, not in pages, JSON or URLs", { tags: ["asvs-3.3.4", "asvs-14.2.1"] }, async () => {
    for (const answer of await journey(app, "told")) {
      const cookie = /^latchkey_session=([^;]+)/.exec(answer.setCookies.get(session) ?? "")?.[1];
      for (const secret of [token, cookie ?? token]) expect(answer.html + (answer.location ?? "")).not.toContain(secret);
    }
    const asJson = await ada.opens("/dashboard", { accept: "application/json" });
    const program = await app.person().sendsJson("/login", { email: ada.identity.email, password: ada.identity.password });
    expect(program.html).not.toContain(/=([^;]+)/.exec(program.setCookies.get(session) ?? "")?.[1]);
    expect(asJson.html).not.toContain(token);
  });
});

/** The steps of a user from home page to logout; returns all responses. */
async function journey(on: TestApp, username: string, remember: Record<string, string> = {}): Promise<Answer[]> {
  const ada = on.person({ username });
  return [
    await ada.opens("/"),
    await ada.opens("/dashboard"),
    await ada.opens("/login"),
    await ada.signsUp(),
    await ada.logsIn({ password: "not this one" }),
    await ada.logsIn(remember),
    await ada.opens("/dashboard"),
    await ada.opens("/login"),
    await ada.posts("/login", {}),
    await ada.logsOut(),
    await ada.opens("/login"),
    await ada.sends("GET", "/dashboard", { headers: { cookie: `${session}=${"A".repeat(43)}; __Host-${session}=${"A".repeat(43)}` } }),
  ];
}

/** Returns all cookies that responses set, with attributes. */
function cookiesOf(answers: readonly Answer[]) {
  return answers
    .flatMap(({ setCookies }) => [...setCookies])
    .map(([name, line]) => {
      const [value = "", ...attributes] = line.split("; ");
      return { name, size: value.length, isSession: name.endsWith("session"), isDropped: /max-age=0/i.test(line), attributes };
    });
}

const everyCookie = ["latchkey_csrf", "latchkey_device", "latchkey_flash", "latchkey_session", "latchkey_typed", "latchkey_verification"];

describe("cookies", async () => {
  const secure = await testApp({ BASE_URL: "https://accounts.example.test", LIMIT_SIGNUP_PER_IP: "1000/1h" });
  afterAll(() => secure.close());

  it("cookies: over https they are __Host-, Secure, HttpOnly and SameSite=Lax", {
    tags: ["asvs-3.3.1", "asvs-3.3.2", "asvs-3.3.3", "asvs-3.3.4"],
  }, async () => {
    const cookies = cookiesOf(await journey(secure, "ada", { remember: "on" }));
    expect([...new Set(cookies.map(({ name }) => name))].sort()).toEqual(everyCookie.map((name) => `__Host-${name}`));
    for (const { name, attributes } of cookies) {
      const fixed = attributes.filter((attribute) => !/^(?:max-age|expires)=/i.test(attribute)).sort();
      expect(fixed, name).toEqual(["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);
    }
  });

  it("cookies: over http they are HttpOnly and SameSite=Lax", { tags: ["asvs-3.3.2", "asvs-3.3.4"] }, async () => {
    const cookies = cookiesOf(await journey(app, "local", { remember: "on" }));
    expect([...new Set(cookies.map(({ name }) => name))].sort()).toEqual(everyCookie);
    for (const { name, attributes } of cookies) {
      const fixed = attributes.filter((attribute) => !/^(?:max-age|expires)=/i.test(attribute)).sort();
      expect(fixed, name).toEqual(["HttpOnly", "Path=/", "SameSite=Lax"]);
    }
  });

  it("cookies: the session cookie is persistent only with remember me", async () => {
    const lifetimes = async (username: string, remember: Record<string, string>) =>
      cookiesOf(await journey(app, username, remember))
        .filter(({ isSession, isDropped }) => isSession && !isDropped)
        .map(({ attributes }) => attributes.find((attribute) => /^(?:max-age|expires)=/i.test(attribute)));
    expect(await lifetimes("passing", {})).toEqual([undefined]);
    expect(await lifetimes("staying", { remember: "on" })).toEqual([`Max-Age=${30 * 24 * 3_600}`]);
  });

  it("cookies: at most 4096 bytes after logins to 60 accounts", { tags: ["asvs-3.3.5"] }, async () => {
    const shared = secure.person();
    const sizes: number[] = [];
    const password = "a harbour at dusk";
    const passwordHash = await hashPassword(secure.s, password, {});
    for (let i = 0; i < 60; i++) {
      const email = `relative${i}@example.com`;
      await createUser(secure.s, { username: `relative${i}`, email, passwordHash });
      const answers = [await shared.logsIn({ email, password }), await shared.opens("/dashboard")];
      sizes.push(...cookiesOf(answers).map(({ size }) => size));
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4_096);
  });

  it("cookies: without the __Host- prefix they are ignored over https", { tags: ["asvs-3.3.3"] }, async () => {
    const ada = await secure.person({ username: "prefixed" }).isLoggedIn();
    const token = ada.cookies.get(`__Host-${session}`) ?? "";
    const status = async (cookie: string) => (await secure.person().opens("/dashboard", { cookie })).status;
    expect(await status(`__Host-${session}=${token}`)).toBe(200);
    expect(await status(`${session}=${token}`)).toBe(303);
  });
});
