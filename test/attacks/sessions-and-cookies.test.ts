/** Attack: a session planted, read or sent elsewhere than in its cookie, and cookies that give too much away. */
import { afterAll, describe, expect, it } from "vitest";
import { hashPassword } from "../../src/core/credentials/password/passwords.ts";
import { type Answer, type Person, type TestApp, testApp } from "../person.ts";
import { createUser } from "../transaction.ts";

const app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h" });
afterAll(() => app.close());

const session = "latchkey_session";
const tokenOf = (person: Person) => person.cookies.get(session) ?? "";
const isIn = async (person: Person) => (await person.opens("/dashboard")).status === 200;

/** A browser that holds this session cookie and nothing else. */
function browserWith(token: string): Person {
  const person = app.person();
  person.cookies.set(session, token);
  return person;
}

describe("a session that was planted before the login", async () => {
  const mallory = await app.person({ username: "mallory" }).isLoggedIn();
  const victim = await app.person({ username: "victim" }).isLoggedIn();
  const ada = app.person({ username: "fixed" });
  await ada.signsUp();

  const ended = await app.person({ username: "ended" }).isLoggedIn();
  await browserWith(tokenOf(ended)).logsOut();

  const planted: [string, () => string][] = [
    ["one that somebody made up", () => "A".repeat(43)],
    ["one that the attacker has logged in to", () => tokenOf(mallory)],
    ["one of somebody else", () => tokenOf(victim)],
    ["one that is far too long", () => "A".repeat(8_000)],
    ["one that has ended", () => tokenOf(ended)],
  ];

  it.each(planted)("is replaced at the login, and dead: %s", { tags: ["asvs-7.2.4"] }, async (_name, plant) => {
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
    expect(await isIn(browserWith(before))).toBe(false);
  });

  it("is not gone on with when the same person logs in again", { tags: ["asvs-7.2.4"] }, async () => {
    const eve = await app.person({ username: "again" }).isLoggedIn();
    const before = tokenOf(eve);
    await eve.logsIn();
    expect(await isIn(eve)).toBe(true);
    expect(await isIn(browserWith(before))).toBe(false);
  });

  it("does not begin where a login fails", async () => {
    const stranger = app.person({ username: "fixed", password: "not this one" });
    stranger.cookies.set(session, "A".repeat(43));
    expect((await stranger.logsIn()).status).toBe(401);
    expect(stranger.cookies.has(session)).toBe(false);
  });
});

describe("a session's secret", async () => {
  const ada = await app.person({ username: "secret" }).isLoggedIn();
  const token = tokenOf(ada);

  it("counts in its cookie only: not in an address, a form or another header", { tags: ["asvs-7.2.1"] }, async () => {
    const names = [session, "session", "sid", "token", "PHPSESSID"];
    const stranger = app.person();
    for (const name of names) expect((await stranger.opens(`/dashboard?${name}=${token}`)).status).toBe(303);
    const fields = Object.fromEntries(names.map((name) => [name, token]));
    expect((await stranger.posts("/dashboard", fields)).status).toBe(405);
    expect((await stranger.fillsIn("/login", { ...fields, email: "a@example.com", password: "b" })).setCookies.has(session)).toBe(false);
    expect((await stranger.opens("/dashboard", { authorization: `Bearer ${token}` })).status).toBe(401);
    const headers = { authorization: `Basic ${token}`, "x-session": token, [session]: token, "x-session-token": token, cookie2: token };
    expect((await stranger.opens("/dashboard", headers)).status).toBe(303);
    for (const name of ["session", "LATCHKEY_SESSION", "__Host-latchkey_session", "latchkey_session2", "xlatchkey_session"]) {
      expect((await app.person().opens("/dashboard", { cookie: `${name}=${token}` })).status, name).toBe(303);
    }
    expect((await app.person().opens("/dashboard", { cookie: `${session}=${token}` })).status).toBe(200);
  });

  it("is told in Set-Cookie only: in no page, no JSON and no address", { tags: ["asvs-3.3.4", "asvs-14.2.1"] }, async () => {
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

/** Everything that a person does, in order, with what came back. */
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

/** The `Set-Cookie` lines of all answers, as names with their attributes. */
function cookiesOf(answers: readonly Answer[]) {
  return answers
    .flatMap(({ setCookies }) => [...setCookies])
    .map(([name, line]) => {
      const [value = "", ...attributes] = line.split("; ");
      return { name, size: value.length, isSession: name.endsWith("session"), isDropped: /max-age=0/i.test(line), attributes };
    });
}

const everyCookie = ["latchkey_csrf", "latchkey_device", "latchkey_flash", "latchkey_session", "latchkey_verification"];

describe("the cookies", async () => {
  const secure = await testApp({ BASE_URL: "https://accounts.example.test", LIMIT_SIGNUP_PER_IP: "1000/1h" });
  afterAll(() => secure.close());

  it("over https are bound to this host, to https, and kept from scripts", {
    tags: ["asvs-3.3.1", "asvs-3.3.2", "asvs-3.3.3", "asvs-3.3.4"],
  }, async () => {
    const cookies = cookiesOf(await journey(secure, "ada", { remember: "on" }));
    expect([...new Set(cookies.map(({ name }) => name))].sort()).toEqual(everyCookie.map((name) => `__Host-${name}`));
    for (const { name, attributes } of cookies) {
      const fixed = attributes.filter((attribute) => !/^(?:max-age|expires)=/i.test(attribute)).sort();
      expect(fixed, name).toEqual(["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);
    }
  });

  it("in development, over http, are as strict as http allows", { tags: ["asvs-3.3.2", "asvs-3.3.4"] }, async () => {
    const cookies = cookiesOf(await journey(app, "local", { remember: "on" }));
    expect([...new Set(cookies.map(({ name }) => name))].sort()).toEqual(everyCookie);
    for (const { name, attributes } of cookies) {
      const fixed = attributes.filter((attribute) => !/^(?:max-age|expires)=/i.test(attribute)).sort();
      expect(fixed, name).toEqual(["HttpOnly", "Path=/", "SameSite=Lax"]);
    }
  });

  it("of a session outlive the browser only where the person asked to be remembered", async () => {
    const lifetimes = async (username: string, remember: Record<string, string>) =>
      cookiesOf(await journey(app, username, remember))
        .filter(({ isSession, isDropped }) => isSession && !isDropped)
        .map(({ attributes }) => attributes.find((attribute) => /^(?:max-age|expires)=/i.test(attribute)));
    expect(await lifetimes("passing", {})).toEqual([undefined]);
    expect(await lifetimes("staying", { remember: "on" })).toEqual([`Max-Age=${30 * 24 * 3_600}`]);
  });

  it("stay small enough for every browser, however many accounts one has", { tags: ["asvs-3.3.5"] }, async () => {
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

  it("without the prefix, as a sibling host could plant them, count for nothing over https", { tags: ["asvs-3.3.3"] }, async () => {
    const ada = await secure.person({ username: "prefixed" }).isLoggedIn();
    const token = ada.cookies.get(`__Host-${session}`) ?? "";
    const status = async (cookie: string) => (await secure.person().opens("/dashboard", { cookie })).status;
    expect(await status(`__Host-${session}=${token}`)).toBe(200);
    expect(await status(`${session}=${token}`)).toBe(303);
  });
});
