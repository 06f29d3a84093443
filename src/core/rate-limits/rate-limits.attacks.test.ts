/** Attack: guessing passwords of one or many accounts, and lockout of their owners. */
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../test/database.ts";
import { type Answer, type Person, testApp } from "../../../test/person.ts";

const minute = 60_000;
const app = await testApp({
  LIMIT_LOGIN_PER_ACCOUNT: "3/1m",
  LIMIT_LOGIN_PER_IP: "8/10m",
  LIMIT_LOGIN_PER_SITE: "1000/10m",
  LIMIT_LOGIN_PER_DEVICE: "3/1m",
  LIMIT_SIGNUP_PER_IP: "1000/1h",
});
afterAll(() => app.close());
// Resets the limits for the next test.
afterEach(() => app.passes(60 * minute));

const guess = (email: string, person = app.person()) => person.sendsJson("/login", { email, password: "a guess" });

async function repeat(count: number, act: (i: number) => Promise<Answer>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push((await act(i)).status);
  return statuses;
}

async function member(username: string): Promise<Person> {
  const person = app.person({ username });
  await person.signsUp();
  return person;
}

describe("guessing the password of one account", () => {
  it("login limit: failures above it get 429 with Retry-After", { tags: ["asvs-6.3.1"] }, async () => {
    const ada = await member("ada");
    expect(await repeat(5, () => guess(ada.identity.email))).toEqual([401, 401, 401, 429, 429]);
    const answer = await ada.logsIn({ password: "a guess" });
    const seconds = Number(answer.headers.get("retry-after"));
    expect(answer.status).toBe(429);
    expect(seconds).toBeGreaterThan(50);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(answer.text).toMatch(/Too many attempts\. Try again in (?:5\d seconds|1 minute)\./);
  });

  it("login limit: above it, the right password gets the same response and no hash is computed", { tags: ["asvs-6.3.1"] }, async () => {
    const ada = await member("right");
    await repeat(3, () => guess(ada.identity.email));
    app.resetRecords();
    const wrong = await guess(ada.identity.email);
    const right = await app.person().sendsJson("/login", { email: ada.identity.email, password: ada.identity.password });
    expect([right.status, right.html, [...right.setCookies.keys()]]).toEqual([429, wrong.html, []]);
    expect(app.hashes).toEqual([]);
  });

  it("login limit: all spellings of an email share it, in forms and JSON", { tags: ["asvs-6.3.1"] }, async () => {
    const spellings = [
      "spelled@example.com",
      "Spelled@Example.COM",
      " spelled@example.com\t",
      "SPELLED@ｅxample.com",
      "\u200bSpelled@example.com\ufeff",
    ];
    await member("spelled");
    expect(await repeat(3, (i) => guess(spellings[i] ?? ""))).toEqual([401, 401, 401]);
    for (const email of spellings) {
      expect((await guess(email)).status, email).toBe(429);
      expect((await app.person().logsIn({ email })).status, email).toBe(429);
      expect((await app.person().fillsIn("/login?next=/x", { email, password: "a" })).status, email).toBe(429);
    }
    // A soft hyphen in the domain is invalid.
    expect((await guess("spelled@EXAM\u00adPLE.com")).status).toBe(422);
  });

  it("login limit: the window begins with the first failure, and neither failures nor rejected attempts extend it", async () => {
    const ada = await member("patient");
    await guess(ada.identity.email);
    app.passes(30_000);
    await repeat(2, () => guess(ada.identity.email));
    app.passes(15_000);
    expect(await repeat(3, () => guess(ada.identity.email))).toEqual([429, 429, 429]);
    app.passes(15_000);
    expect(await repeat(4, () => guess(ada.identity.email))).toEqual([401, 401, 401, 429]);
  });

  it("login limit: successful logins are not counted, and do not reset the failures", { tags: ["asvs-6.3.1"] }, async () => {
    const ada = await member("often");
    const { email, password } = ada.identity;
    const succeed = () => app.person().sendsJson("/login", { email, password });
    expect(await repeat(12, succeed)).toEqual(Array(12).fill(200));
    // A success does not reset the failures.
    expect(await repeat(7, (i) => (i % 2 === 1 ? succeed() : guess(email)))).toEqual([401, 200, 401, 200, 401, 429, 429]);
  });

  it("login limit: counts unknown accounts too", { tags: ["asvs-6.3.8"] }, async () => {
    expect(await repeat(4, () => guess("nobody@example.com"))).toEqual([401, 401, 401, 429]);
  });

  it("login limit: rejected attempts do not count against the network", async () => {
    await repeat(20, () => guess("burnt@example.com"));
    expect(await repeat(5, (i) => guess(`neighbour${i}@example.com`))).toEqual([401, 401, 401, 401, 401]);
  });

  it("login limit: counts survive a restart", { tags: ["asvs-6.3.1"] }, async () => {
    const database = await makeDatabase();
    const env = { DATABASE_URL: database.url, LIMIT_LOGIN_PER_ACCOUNT: "3/1h" };
    const before = await testApp(env);
    await repeat(3, () => guess("ada@example.com", before.person()));
    await before.close();
    const after = await testApp(env);
    expect((await guess("ada@example.com", after.person())).status).toBe(429);
    await after.close();
    await database.remove();
  });
});

describe("owner of an attacked account", () => {
  it("known device: logs in while the account's limit is reached elsewhere", { tags: ["asvs-6.3.1"] }, async () => {
    const ada = await member("owner");
    await ada.logsIn();
    await ada.logsOut();
    expect(await repeat(6, () => guess(ada.identity.email))).toEqual([401, 401, 401, 429, 429, 429]);
    expect((await ada.logsIn()).status).toBe(303);
    expect((await guess(ada.identity.email)).status).toBe(429);
  });

  it("known device: has a separate limit, which does not count against the account", async () => {
    const ada = await member("device");
    await ada.logsIn();
    expect(await repeat(4, () => ada.logsIn({ password: "a guess" }))).toEqual([401, 401, 401, 429]);
    expect(await repeat(4, () => guess(ada.identity.email))).toEqual([401, 401, 401, 429]);
  });

  it("known device: each device has a limit of its own", async () => {
    const ada = await member("two");
    const second = app.person({ username: "two" });
    await ada.logsIn();
    await second.logsIn();
    await repeat(3, () => ada.logsIn({ password: "a guess" }));
    expect([(await ada.logsIn()).status, (await second.logsIn()).status]).toEqual([429, 303]);
  });

  it("login limit: an existing session stays active", { tags: ["asvs-6.3.1"] }, async () => {
    const ada = await member("inside");
    await ada.logsIn();
    await repeat(12, () => guess(ada.identity.email));
    expect((await ada.opens("/dashboard")).status).toBe(200);
  });
});

describe("guessing passwords of many accounts", () => {
  it("login limit per IP: guesses at many accounts get 429", { tags: ["asvs-6.3.1"] }, async () => {
    const ada = await member("sprayed");
    const owner = await app.person({ username: "settled" }).isLoggedIn();
    expect(await repeat(10, (i) => guess(`sprayed${i}@example.com`))).toEqual([...Array(8).fill(401), 429, 429]);
    expect((await guess(ada.identity.email)).status).toBe(429);
    expect((await owner.logsIn()).status).toBe(303);
    app.passes(10 * minute);
    expect((await guess(ada.identity.email)).status).toBe(401);
  });

  it("login limit of the site: guesses from many IPs get 429, and known devices log in", { tags: ["asvs-6.3.1"] }, async () => {
    const small = await testApp({ LIMIT_LOGIN_PER_SITE: "5/10m", TRUST_PROXY: "127.0.0.1" });
    const owner = await small.person({ username: "known" }).isLoggedIn();
    const from = (i: number) => small.person({}, { "x-forwarded-for": `203.0.113.${i}` });
    expect(await repeat(7, (i) => guess(`a${i}@example.com`, from(i)))).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const [known, stranger] = [await owner.logsIn(), await small.person({ username: "known" }).logsIn()];
    expect([known.status, stranger.status]).toEqual([303, 429]);
    await small.close();
  });
});

describe("sign-ups from one IP", async () => {
  const strict = await testApp({ LIMIT_SIGNUP_PER_IP: "3/1h" });
  afterAll(() => strict.close());
  const signUp = (i: number) => strict.person({ username: `new${i}` }).signsUp();

  it("sign-up limit per IP: sign-ups above it get 429 with Retry-After, and invalid forms are not counted", async () => {
    expect(await repeat(5, (i) => strict.person({ username: `new${i}` }).signsUp({ confirm_password: "a slip" }))).toEqual(
      Array(5).fill(422),
    );
    expect(await repeat(4, signUp)).toEqual([303, 303, 303, 429]);
    const answer = await signUp(9);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(3_500);
    expect(answer.text).toContain("Try again in 1 hour");
    strict.passes(60 * minute);
    expect((await signUp(9)).status).toBe(303);
  });

  it("sign-up limit per IP: forms with a taken username are counted", { tags: ["asvs-6.3.8"] }, async () => {
    strict.passes(60 * minute);
    expect(await repeat(4, () => signUp(0))).toEqual([422, 422, 422, 429]);
  });
});
