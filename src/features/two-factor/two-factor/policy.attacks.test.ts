import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone } from "../../../../test/two-factor.ts";
import { createUserByAdmin } from "../../../core/account/admin-actions.ts";
import { actingAs } from "../../../core/request-info.ts";
import { findUserByName } from "../../../core/users/users.ts";

const settings = {
  TWO_FACTOR: "all",
  TWO_FACTOR_GRACE: "0",
  EMAIL_LOGIN: "on",
  TOKEN_AUDIENCES: "https://api.example.com",
  FORWARD_AUTH_HOSTS: "localhost:3000",
  LANGUAGES: "en,de",
  LIMIT_LOGIN_PER_IP: "10000/10m",
  LIMIT_SIGNUP_PER_IP: "1000/1h",
};
const json = { accept: "application/json" };
const overview = "/settings/two-factor";

let app: TestApp;
beforeAll(async () => {
  app = await testApp(settings, { verified: true });
});
afterAll(() => app.close());

/** Sends the code by email, and enters it. */
async function provesInbox(person: Person, of: TestApp): Promise<Answer> {
  expect((await person.fillsIn(`${overview}/verify`, { again: "1" })).location).toBe(`${overview}/verify`);
  return person.fillsIn(`${overview}/verify`, { code: await codeFor(person, of) });
}

async function codeFor(person: Person, of: TestApp): Promise<string> {
  return /^ {4}(\d{6})$/m.exec((await of.emails(person.identity.email))[0]?.text ?? "")?.[1] ?? "";
}

/** Routes that a held session may use. The other ones lead to the overview, or answer 403. */
const allowed = [
  "/verify-email",
  "/verify-email/confirm",
  "/report-compromise",
  "/confirm-password",
  "/revert-email",
  "/language",
  "/settings/language",
  "/settings/two-factor/verify",
  "/settings/two-factor",
  "/settings/two-factor/authenticator",
  "/settings/two-factor/on",
  "/settings/passkeys",
  "/settings/passkeys/options",
  // Options of a re-authentication, which enrolment asks for.
  "/passkeys/options",
  "/logout",
  "/dev/mailbox",
  "/dev/mailbox/message",
];

/** Routes that read no session. */
const sessionless = /^\/(?:healthz|readyz|assets\/.*|openapi\.json|\.well-known\/jwks\.json|dev\/theme\.css)$/;

describe("forced enrolment", () => {
  it("forced enrolment: a held session gets nothing but enrolment from any route", { tags: ["asvs-6.3.3"] }, async () => {
    const ada = await app.person({ username: "held" }).isLoggedIn();
    const { email, password } = ada.identity;
    const api = app.person(ada.identity);
    const { token } = (await api.sendsJson("/login", { email, password, session: "token" })).json() as { token: string };
    const bearer = { authorization: `Bearer ${token}`, ...json };
    const routes = app.hono.routes.filter(({ method, path }) => ["GET", "POST"].includes(method) && !sessionless.test(path));
    expect(routes.length).toBeGreaterThan(60);
    // Last, since it ends the session.
    routes.sort((a, b) => Number(a.path === "/logout") - Number(b.path === "/logout"));
    const open: string[] = [];
    for (const { method, path } of routes) {
      if (path === "/forward-auth") continue;
      const answer = method === "GET" ? await ada.opens(path) : await ada.posts(path, {});
      const asJson = method === "GET" ? await api.opens(path, bearer) : await api.sendsJson(path, {}, bearer);
      const isHeld = answer.status === 303 && answer.location === overview;
      const isHeldInJson = asJson.status === 403 && (asJson.json() as { error?: { code: string } }).error?.code === "two-factor-required";
      expect([method, path, isHeld]).toEqual([method, path, isHeldInJson]);
      if (!isHeld && !open.includes(path)) open.push(path);
    }
    expect(new Set(open)).toEqual(new Set(allowed));
  });

  it("forced enrolment: forward auth, access tokens and bearer tokens are refused", async () => {
    const ada = await app.person({ username: "gated" }).isLoggedIn();
    const proxied = { "x-forwarded-host": "localhost:3000", "x-forwarded-uri": "/", "x-forwarded-proto": "http" };
    const page = await ada.opens("/forward-auth", proxied);
    const next = `?next=${encodeURIComponent("http://localhost:3000/")}`;
    expect([page.status, page.location]).toEqual([303, `${app.s.settings.baseUrl}${overview}${next}`]);
    expect(page.headers.get("remote-user")).toBeNull();
    const script = await ada.opens("/forward-auth", { ...proxied, ...json });
    expect([script.status, script.json()]).toMatchObject([403, { error: { code: "two-factor-required" } }]);
    const { email, password } = ada.identity;
    const api = app.person();
    const { token } = (await api.sendsJson("/login", { email, password, session: "token" })).json() as { token: string };
    const asked = await api.sendsJson("/token", { audience: "https://api.example.com" }, { authorization: `Bearer ${token}` });
    expect([asked.status, asked.json()]).toMatchObject([403, { error: { code: "two-factor-required" } }]);
  });

  it("forced enrolment: a visit to an app is led back there, also through the code by email", async () => {
    const ada = await app.person({ username: "returning" }).isLoggedIn();
    const next = `?next=${encodeURIComponent("http://localhost:3000/a")}`;
    const { html, token } = await ada.opens(`${overview}${next}`);
    const action = `${overview}/authenticator${next}`;
    expect(html).toContain(`action="${action}"`);
    const asked = await ada.posts(action, { csrf_token: token });
    expect(asked.location).toBe(`${overview}/verify?next=${encodeURIComponent(action)}`);
    await provesInbox(ada, app);
    expect((await ada.opens(action)).html).toContain('name="next" value="http://localhost:3000/a"');
  });

  it("forced enrolment: it asks for a code by email first, and then gives the rights back", { tags: ["asvs-6.4.1"] }, async () => {
    const ada = await app.person({ username: "enrolling" }).isLoggedIn();
    const authenticator = `${overview}/authenticator`;
    for (const answer of [await ada.opens(authenticator), await ada.posts(authenticator, {})])
      expect([answer.status, answer.location?.split("?")[0]]).toEqual([303, `${overview}/verify`]);
    const asScript = await ada.opens(authenticator, json);
    expect([asScript.status, asScript.json()]).toMatchObject([403, { error: { code: "email-code-required" } }]);
    const wrong = await provesInbox(ada, { ...app, emails: async () => [] });
    expect(wrong.status).toBe(422);
    const proved = await ada.fillsIn(`${overview}/verify?next=${authenticator}`, { code: await codeFor(ada, app), next: authenticator });
    expect([proved.status, proved.location]).toEqual([303, authenticator]);
    expect((await ada.opens("/dashboard")).location).toBe(overview);
    await addsPhone(app, ada);
    expect((await ada.opens("/dashboard")).status).toBe(200);
  });

  it("forced enrolment: the email says what to do about a code that nobody asked for, with “This wasn't me”", {
    tags: ["asvs-6.3.7"],
  }, async () => {
    const ada = await app.person({ username: "warned" }).isLoggedIn();
    await ada.fillsIn(`${overview}/verify`, { again: "1" });
    const [email] = await app.emails(ada.identity.email);
    expect(email?.kind).toBe("enrolment-code");
    const words = email?.text.replaceAll(/\s+/g, " ");
    expect(words).toContain(
      "If you didn't request this, someone knows your password. Use the link below to lock it and to log out all devices.",
    );
    expect(words).toContain("IP address: 127.0.0.1");
    const owner = app.person();
    const opened = await owner.opens(linkIn(email, "/report-compromise"));
    expect((await owner.fillsIn(opened.location ?? "", {})).status).toBe(303);
    expect((await ada.opens(overview)).location).toContain("/login");
    expect((await ada.logsIn()).status).toBe(401);
  });

  it("forced enrolment: without anything to confirm, JSON gets an error and browsers the overview", async () => {
    const ada = await app.person({ username: "enrolled" }).isLoggedIn();
    await provesInbox(ada, app);
    await addsPhone(app, ada);
    const answer = await ada.opens(`${overview}/verify`, json);
    expect([answer.status, answer.json()]).toMatchObject([409, { error: { code: "nothing-to-confirm" } }]);
    expect((await ada.opens(`${overview}/verify`)).location).toBe(overview);
  });

  it("forced enrolment: the code works in the browser that asked for it only, and for its account only", async () => {
    const ada = await app.person({ username: "asking" }).isLoggedIn();
    await ada.fillsIn(`${overview}/verify`, { again: "1" });
    const code = await codeFor(ada, app);
    const thief = app.person(ada.identity);
    await thief.logsIn();
    expect((await thief.fillsIn(`${overview}/verify`, { code })).status).toBe(422);
    const ben = await app.person({ username: "other" }).isLoggedIn();
    expect((await ben.fillsIn(`${overview}/verify`, { code })).status).toBe(422);
    expect((await ada.fillsIn(`${overview}/verify`, { code })).status).toBe(303);
  });

  it("forced enrolment: a thief who asks for a code in another browser does not end the owner's", async () => {
    const ada = await app.person({ username: "interrupted" }).isLoggedIn();
    const asks = (who: Person) => who.fillsIn(`${overview}/verify`, { again: "1" });
    await asks(ada);
    const first = await codeFor(ada, app);
    await asks(ada);
    const code = await codeFor(ada, app);
    const thief = app.person(ada.identity);
    await thief.logsIn();
    await asks(thief);
    expect((await ada.fillsIn(`${overview}/verify`, { code: first })).status).toBe(first === code ? 303 : 422);
    expect((await ada.fillsIn(`${overview}/verify`, { code })).status).toBe(303);
  });

  it("forced enrolment: five wrong codes end the right one", { tags: ["asvs-6.6.3"] }, async () => {
    const ada = await app.person({ username: "guessed" }).isLoggedIn();
    await ada.fillsIn(`${overview}/verify`, { again: "1" });
    const code = await codeFor(ada, app);
    const wrong = code === "000000" ? "000001" : "000000";
    for (let i = 0; i < 5; i++) expect((await ada.fillsIn(`${overview}/verify`, { code: wrong })).status).toBe(422);
    expect((await ada.fillsIn(`${overview}/verify`, { code })).status).toBe(422);
  });

  it("forced enrolment: an account verifies its email before it is asked for the code", async () => {
    const unverified = await testApp(settings);
    const ada = await unverified.person({ username: "unverified" }).isLoggedIn();
    const page = await ada.opens(`${overview}/verify`);
    expect([page.status, page.html.includes('href="/verify-email?next=%2Fsettings%2Ftwo-factor%2Fverify"')]).toEqual([200, true]);
    const { token } = await ada.opens(overview);
    const asked = await ada.posts(`${overview}/verify`, { csrf_token: token, again: "1" });
    expect(asked.status).toBe(403);
    expect((await ada.opens("/verify-email")).status).toBe(200);
    await unverified.close();
  });

  it("forced enrolment: a code that verifies the email counts in the session that entered it, and in no other", {
    tags: ["asvs-6.4.1", "asvs-7.2.4"],
  }, async () => {
    const unverified = await testApp(settings);
    const ada = await unverified.person({ username: "verifying" }).isLoggedIn();
    const thief = unverified.person(ada.identity);
    await thief.logsIn();
    await thief.fillsIn("/verify-email", { again: "1" });
    const cookie = ada.cookies.get("latchkey_session");
    await ada.fillsIn("/verify-email", { again: "1" });
    const code = await codeFor(ada, unverified);
    expect((await thief.fillsIn("/verify-email", { code })).status).toBe(422);
    expect((await ada.fillsIn("/verify-email", { code })).status).toBe(303);
    expect((await ada.opens(`${overview}/authenticator`)).status).toBe(200);
    // A copy of the cookie gains nothing.
    expect(ada.cookies.get("latchkey_session")).not.toBe(cookie);
    expect((await thief.opens(`${overview}/authenticator`)).location).toContain(`${overview}/verify`);
    await unverified.close();
  });

  it("forced enrolment: the link that verifies the email counts in a session of its account only", { tags: ["asvs-6.4.1"] }, async () => {
    const unverified = await testApp(settings);
    const ada = await unverified.person({ username: "linked" }).isLoggedIn();
    const thief = unverified.person(ada.identity);
    await thief.logsIn();
    await thief.fillsIn("/verify-email", { again: "1" });
    const link = linkIn((await unverified.emails(ada.identity.email))[0], "/verify-email/confirm");
    await ada.opens(link);
    expect((await ada.fillsIn("/verify-email/confirm", {})).status).toBe(303);
    expect((await ada.opens(`${overview}/authenticator`)).status).toBe(200);
    expect((await thief.opens(`${overview}/authenticator`)).location).toContain(`${overview}/verify`);
    await unverified.close();
  });

  it("forced enrolment: a thief who verifies an account of their own in the same browser gets no factor in another", {
    tags: ["asvs-6.4.1"],
  }, async () => {
    const unverified = await testApp(settings);
    const ada = unverified.person({ username: "robbed" });
    await ada.signsUp();
    const thief = await unverified.person({ username: "robber" }).isLoggedIn();
    await thief.fillsIn("/verify-email", { again: "1" });
    const code = await codeFor(thief, unverified);
    // The thief's browser, with a session of the victim.
    const login = unverified.person(ada.identity);
    await login.logsIn();
    thief.cookies.set("latchkey_session", login.cookies.get("latchkey_session") ?? "");
    await unverified.s.db.updateTable("users").set({ email_verified_at: 1 }).where("username", "=", "robbed").execute();
    expect((await thief.fillsIn("/verify-email", { code })).status).toBe(303);
    expect((await findUserByName(unverified.s, "robber"))?.email_verified_at).not.toBeNull();
    expect((await thief.opens(`${overview}/authenticator`)).location).toContain(`${overview}/verify`);
    await unverified.close();
  });

  it("forced enrolment: JSON gets the next token with the code that verifies the email", async () => {
    const unverified = await testApp(settings);
    const ada = unverified.person({ username: "bearer" });
    await ada.signsUp();
    const { email, password } = ada.identity;
    const { token } = (await ada.sendsJson("/login", { email, password, session: "token" })).json() as { token: string };
    const app = unverified.person({}, { authorization: `Bearer ${token}` });
    expect((await app.sendsJson("/verify-email", { again: "1" })).status).toBe(202);
    const done = await app.sendsJson("/verify-email", { code: await codeFor(ada, unverified) });
    expect(done.json()).toMatchObject({ confirmed: true, token: expect.stringMatching(/^latchkey_/) });
    const next = unverified.person({}, { authorization: `Bearer ${(done.json() as { token: string }).token}` });
    expect((await next.sendsJson(`${overview}/authenticator`, {})).status).toBe(200);
    await unverified.close();
  });

  it("forced enrolment: a covered account cannot turn two-factor authentication off or remove its last factor", async () => {
    const ada = await app.person({ username: "stays-on" }).isLoggedIn();
    await provesInbox(ada, app);
    await addsPhone(app, ada);
    const shown = await ada.opens(overview);
    expect([shown.html.includes(`${overview}/off`), shown.text.includes("you can't turn it off")]).toEqual([false, true]);
    const { token } = shown;
    const off = await ada.posts(`${overview}/off`, { csrf_token: token });
    expect([off.status, off.text.includes("can't turn it off")]).toEqual([403, true]);
    const id = /authenticator\/remove\?id=([\w-]+)/.exec(shown.html)?.[1] ?? "";
    const page = await ada.opens(`${overview}/authenticator/remove?id=${id}`);
    expect([page.html.includes(`action="${overview}/authenticator/remove"`), page.text.includes("can't turn it off")]).toEqual([
      false,
      true,
    ]);
    const removed = await ada.posts(`${overview}/authenticator/remove`, { csrf_token: token, id });
    expect(removed.status).toBe(403);
    expect((await ada.opens(overview)).html).toContain(`remove?id=${id}`);
    expect((await ada.opens("/dashboard")).status).toBe(200);
  });

  it("forced enrolment: a session in a trusted browser satisfies the policy", async () => {
    const ada = await app.person({ username: "trusted" }).isLoggedIn();
    await provesInbox(ada, app);
    const phone = await addsPhone(app, ada);
    await ada.logsOut();
    await ada.logsIn();
    await ada.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" });
    await ada.logsOut();
    expect((await ada.logsIn()).location).toBe("/dashboard");
    expect((await ada.opens("/dashboard")).status).toBe(200);
  });

  it("forced enrolment: a cookie of the previous app gets no page but enrolment, with its first request", {
    tags: ["asvs-6.3.3"],
  }, async () => {
    const key = "the key of the app before";
    const migrated = await testApp({ ...settings, FLASK_SECRET_KEY: key, FLASK_COOKIES_UNTIL: "2100-01-01" }, { verified: true });
    await migrated.person({ username: "migrated" }).signsUp();
    const user = await findUserByName(migrated.s, "migrated");
    const imported = { id: `${migrated.s.settings.flaskApplication}:1`, user_id: user?.id ?? "", imported_at: 1, digest: "" };
    await migrated.s.db.insertInto("imports").values(imported).execute();
    const ada = migrated.person({ username: "migrated" });
    const digest = createHmac("sha512", Buffer.from(key, "latin1")).update("1").digest("hex");
    ada.cookies.set("remember_token", `1|${digest}`);
    for (const _ of ["exchanged", "later"]) {
      const page = await ada.opens("/settings/activity");
      expect([page.status, page.location]).toEqual([303, overview]);
    }
    await migrated.close();
  });

  it("forced enrolment: a stranger who spends the emails of an inbox does not keep its owner from the code", {
    tags: ["asvs-6.3.1"],
  }, async () => {
    const behind = await testApp({ ...settings, TRUST_PROXY: "127.0.0.1" }, { verified: true });
    const ada = await behind.person({ username: "flooded" }).isLoggedIn();
    const { email } = ada.identity;
    for (const ip of ["203.0.113.1", "203.0.113.2"])
      for (let i = 0; i < 4; i++) await behind.person({}, { "x-forwarded-for": ip }).fillsIn("/reset-password", { email });
    expect((await ada.fillsIn(`${overview}/verify`, { again: "1" })).status).toBe(303);
    expect((await ada.fillsIn(`${overview}/verify`, { code: await codeFor(ada, behind) })).status).toBe(303);
    await behind.close();
  });

  it("forced enrolment: the codes of an account are limited", { tags: ["asvs-2.4.1"] }, async () => {
    const ada = await app.person({ username: "impatient" }).isLoggedIn();
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await ada.fillsIn(`${overview}/verify`, { again: "1" })).status);
    expect(statuses).toEqual([303, 303, 303, 303, 303, 429]);
  });
});

describe("the code by email of enrolment", () => {
  it("forced enrolment: renews no session of an account that has a second factor", { tags: ["asvs-7.5.1"] }, async () => {
    const person = await app.person({ username: "renews" }).isLoggedIn();
    await provesInbox(person, app);
    await addsPhone(app, person);
    app.passes(14 * 60_000);
    const { token } = await person.opens("/settings/change-password");
    const answer = await person.posts("/settings/two-factor/verify", { csrf_token: token, again: "1" });
    expect([answer.status, answer.location]).toEqual([303, overview]);
    expect((await app.emails(person.identity.email))[0]?.kind).not.toBe("enrolment-code");
    app.passes(2 * 60_000);
    expect((await person.opens("/settings/two-factor/recovery")).location).toMatch(/^\/confirm-password/);
  });
});

describe("a mistyped email", () => {
  it("forced enrolment: a thief with the password does not replace the unverified email of an imported account", {
    tags: ["asvs-6.4.1"],
  }, async () => {
    const thief = await app.person({ username: "imported" }).isLoggedIn();
    const { id } = await app.s.db.selectFrom("users").select("id").where("username", "=", "imported").executeTakeFirstOrThrow();
    await app.s.db.updateTable("users").set({ email_verified_at: null }).where("id", "=", id).execute();
    await app.s.db.insertInto("imports").values({ id: "flask:1", user_id: id, digest: "", imported_at: app.s.now() }).execute();
    expect((await thief.opens("/settings/change-email")).location).toBe(overview);
    const { token } = await thief.opens(overview);
    const answer = await thief.posts("/settings/change-email", { csrf_token: token, email: "thief@example.com" });
    expect([answer.status, answer.location]).toEqual([303, overview]);
    expect(await app.emails("thief@example.com")).toEqual([]);
    // Its own inbox can still be verified.
    expect((await thief.opens("/verify-email")).status).toBe(200);
  });

  it("forced enrolment: a thief with the password does not replace the unverified email that an administrator has given", {
    tags: ["asvs-6.4.1"],
  }, async () => {
    const thief = app.person({ username: "created" });
    const { username, email, password } = thief.identity;
    await createUserByAdmin(app.s, { username, email, password, emailVerified: false }, actingAs("command line"));
    await thief.logsIn();
    expect((await thief.opens("/settings/change-email")).location).toBe(overview);
    const { token } = await thief.opens(overview);
    expect((await thief.posts("/settings/change-email", { csrf_token: token, email: "robber@example.com" })).location).toBe(overview);
    expect(await app.emails("robber@example.com")).toEqual([]);
    // Its own inbox can still be verified.
    expect((await thief.opens("/verify-email")).status).toBe(200);
  });

  it("forced enrolment: a held session corrects an email that is not verified, and no other", async () => {
    const person = await app.person({ username: "mistyped" }).isLoggedIn();
    expect((await person.opens("/settings/change-email")).location).toBe(overview);
    await app.s.db.updateTable("users").set({ email_verified_at: null }).where("username", "=", "mistyped").execute();
    expect((await person.fillsIn("/settings/change-email", { email: "correct@example.com" })).location).toBe(
      "/settings/change-email/confirm",
    );
    const code = /^ {4}(\d{6})$/m.exec((await app.emails("correct@example.com"))[0]?.text ?? "")?.[1] ?? "";
    expect((await person.fillsIn("/settings/change-email/confirm", { code })).status).toBe(303);
    expect((await person.opens("/settings/two-factor")).status).toBe(200);
    expect((await person.opens("/settings/change-email")).location).toBe(overview);
    // The code that has verified the corrected email is not asked for again.
    expect((await person.opens(`${overview}/authenticator`)).status).toBe(200);
  });

  it("forced enrolment: during the grace time, the code of a changed email does not count for the one that was verified", {
    tags: ["asvs-6.4.1"],
  }, async () => {
    const grace = await testApp({ ...settings, TWO_FACTOR_GRACE: "7d" }, { verified: true });
    const thief = await grace.person({ username: "changing" }).isLoggedIn();
    await thief.fillsIn("/settings/change-email", { email: "thief@example.com" });
    const code = /^ {4}(\d{6})$/m.exec((await grace.emails("thief@example.com"))[0]?.text ?? "")?.[1] ?? "";
    expect((await thief.fillsIn("/settings/change-email/confirm", { code })).status).toBe(303);
    expect((await thief.opens(`${overview}/authenticator`)).location).toContain(`${overview}/verify`);
    await grace.close();
  });
});
