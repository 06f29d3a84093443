import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createsPasskey, insertPasskeys, passkeyDevice } from "../../../../test/passkeys.ts";
import { type Answer, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, type Phone, phoneWith, wrongCode } from "../../../../test/two-factor.ts";
import { createRouteGuard, type GuardRequest } from "../../../http/pipeline.ts";

const proxied = { "x-forwarded-host": "localhost:3000", "x-forwarded-uri": "/payouts?level=1", "x-forwarded-proto": "http" };

let app: TestApp;
beforeAll(async () => {
  app = await testApp({ TOKEN_AUDIENCES: "https://api.example.com", FORWARD_AUTH_HOSTS: "localhost:3000" }, { verified: true });
});
afterAll(() => app.close());

/** A guard of the host app. */
async function guarded(person: Person, level: 1 | 2, headers: Record<string, string> = { accept: "text/html" }) {
  const guard: GuardRequest = { recentAuth: false, level, anyOrigin: false, visitor: undefined };
  const request = new Request(`${app.url}/payouts?a=1`, { headers: { cookie: person.cookieHeader(), ...headers } });
  const response = await createRouteGuard(app.s)(request, guard);
  return guard.visitor ? guard.visitor.user.username : [response.status, response.headers.get("location") ?? (await response.json())];
}

/** A session of level 1, of an account with a second factor. */
async function inTrustedBrowser(username: string): Promise<{ person: Person; phone: Phone }> {
  const person = await app.person({ username }).isLoggedIn();
  const phone = await addsPhone(app, person);
  await person.logsOut();
  await person.logsIn();
  await person.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" });
  app.passes(30_000);
  await person.logsOut();
  expect((await person.logsIn()).location).toBe("/dashboard");
  return { person, phone };
}

/** The page that a form leads back to. */
const nextIn = ({ html }: Answer): string => /name="next" value="([^"]+)"/.exec(html)?.[1] ?? "";

/** Sets an app up from this page on. Returns the page of the recovery codes. */
async function setsUp(person: Person, page: string): Promise<Answer> {
  const overview = await person.opens(page);
  const path = "/settings/two-factor/authenticator";
  const begun = await person.posts(path, { csrf_token: overview.token, next: nextIn(overview) });
  const setUp = await person.opens(begun.location ?? "");
  const { authenticator } = (await person.opens(path, { accept: "application/json" })).json() as { authenticator: { secret: string } };
  const code = phoneWith(app, authenticator.secret).code();
  const done = await person.posts(path, { csrf_token: setUp.token, next: nextIn(setUp), code });
  return person.opens(done.location ?? "");
}

describe("level", () => {
  it("level: a guard asks for the second factor, and lets the session through once it has confirmed it", {
    tags: ["asvs-7.5.3"],
  }, async () => {
    const { person, phone } = await inTrustedBrowser("ada");
    expect(await guarded(person, 1)).toBe("ada");
    expect(await guarded(person, 2)).toEqual([303, "/confirm-password?level=2&next=%2Fpayouts%3Fa%3D1"]);
    expect(await guarded(person, 2, { accept: "application/json" })).toMatchObject([403, { error: { code: "second-factor-required" } }]);
    const page = "/confirm-password?level=2&next=%2Fpayouts%3Fa%3D1";
    const shown = await person.opens(page);
    expect([shown.html.includes('name="two_factor_code"'), shown.html.includes('name="current_password"')]).toEqual([true, false]);
    expect(shown.text).toContain("The 6-digit code from your authenticator app, or one of your recovery codes.");
    const { password } = person.identity;
    const byPassword = await person.fillsIn(page, { level: "2", next: "/payouts?a=1", current_password: password });
    expect([byPassword.status, await guarded(person, 2)]).toEqual([422, [303, page]]);
    const wrong = await person.fillsIn(page, { level: "2", next: "/payouts?a=1", two_factor_code: wrongCode(phone) });
    expect([wrong.status, wrong.html.includes('name="level" value="2"')]).toEqual([401, true]);
    const done = await person.fillsIn(page, { level: "2", next: "/payouts?a=1", two_factor_code: phone.code() });
    expect([done.status, done.location]).toEqual([303, "/payouts?a=1"]);
    expect(await guarded(person, 2)).toBe("ada");
  });

  it("level: an account without a second factor is led to turn it on and back, and then the guard admits it", async () => {
    const person = await app.person({ username: "ben" }).isLoggedIn();
    const page = "/settings/two-factor?next=%2Fpayouts%3Fa%3D1";
    expect(await guarded(person, 2)).toEqual([303, page]);
    expect((await setsUp(person, page)).html).toContain('href="/payouts?a=1"');
    expect(await guarded(person, 2)).toBe("ben");
  });

  it("level: a passkey that is added for a guard leads to turning it on, and back", async () => {
    const person = await app.person({ username: "bert" }).isLoggedIn();
    const next = encodeURIComponent("/payouts?a=1");
    const overview = await person.opens(`/settings/two-factor?next=${next}`);
    expect(overview.html).toContain(`href="/settings/passkeys?next=${next}"`);
    const passkey = await createsPasskey(person, passkeyDevice());
    const list = await person.opens(`/settings/passkeys?next=${next}`);
    const added = await person.posts("/settings/passkeys", { csrf_token: list.token, new_passkey: passkey, next: nextIn(list) });
    expect(added.location).toBe(`/settings/two-factor/on?next=${next}`);
    const other = await person.posts("/settings/passkeys", {
      csrf_token: list.token,
      new_passkey: await createsPasskey(person, passkeyDevice()),
    });
    expect(other.location).toBe("/settings/passkeys");
  });

  it("level: an account with a passkey turns it on with that, and is led back", async () => {
    const person = await app.person({ username: "bea" }).isLoggedIn();
    await insertPasskeys(app, person);
    const next = encodeURIComponent("http://localhost:3000/payouts");
    const overview = await person.opens(`/settings/two-factor?next=${next}`);
    expect(overview.html).toContain(`href="/settings/two-factor/on?next=${next}"`);
    const page = await person.opens(`/settings/two-factor/on?next=${next}`);
    const done = await person.posts("/settings/two-factor/on", { csrf_token: page.token, next: nextIn(page) });
    expect((await person.opens(done.location ?? "")).html).toContain('href="http://localhost:3000/payouts"');
  });

  it("level: forward auth leads to the page that turns it on, which says why, and back to the app only", {
    tags: ["asvs-3.7.2"],
  }, async () => {
    const person = await app.person({ username: "bill" }).isLoggedIn();
    const { location } = await person.opens("/forward-auth?level=2", proxied);
    const path = `/settings/two-factor?next=${encodeURIComponent("http://localhost:3000/payouts?level=1")}`;
    expect(location).toBe(`${app.s.settings.baseUrl}${path}`);
    const said = "Set up two-factor authentication to continue.";
    expect((await person.opens(path)).text).toContain(said);
    expect((await person.opens("/settings/two-factor?next=http://evil.test/")).text).not.toContain(said);
    expect((await setsUp(person, path)).html).toContain('href="http://localhost:3000/payouts?level=1"');
    expect((await person.opens("/settings/two-factor/recovery?next=http://evil.test/")).html).not.toContain("evil.test");
    expect((await person.opens(path)).text).not.toContain(said);
  });

  it("level: an account without a second factor gets 403 where it asks for JSON", async () => {
    const person = await app.person({ username: "bob" }).isLoggedIn();
    expect(await guarded(person, 2, { accept: "application/json" })).toMatchObject([403, { error: { code: "two-factor-required" } }]);
    await addsPhone(app, person);
    expect(await guarded(person, 2)).toBe("bob");
  });

  it("level: forward auth sends it to the app, and asks for the second factor where the proxy wants it", async () => {
    const { person, phone } = await inTrustedBrowser("cleo");
    const plain = await person.opens("/forward-auth", { ...proxied, "remote-level": "2" });
    expect([plain.status, plain.headers.get("remote-level")]).toEqual([204, "1"]);
    const strict = await person.opens("/forward-auth?level=2", proxied);
    const next = encodeURIComponent("http://localhost:3000/payouts?level=1");
    expect([strict.status, strict.location]).toEqual([303, `${app.s.settings.baseUrl}/confirm-password?level=2&next=${next}`]);
    const script = await person.opens("/forward-auth?level=2", { ...proxied, accept: "application/json" });
    expect([script.status, script.json()]).toMatchObject([403, { error: { code: "second-factor-required" } }]);
    const done = await person.fillsIn(`/confirm-password?level=2&next=${next}`, {
      level: "2",
      next: "http://localhost:3000/payouts?level=1",
      two_factor_code: phone.code(),
    });
    expect(done.location).toBe("http://localhost:3000/payouts?level=1");
    const after = await person.opens("/forward-auth?level=2", proxied);
    expect([after.status, after.headers.get("remote-level")]).toEqual([204, "2"]);
    const plainUser = await app.person({ username: "dora" }).isLoggedIn();
    expect((await plainUser.opens("/forward-auth?level=2", proxied)).location).toContain("/settings/two-factor?next=");
  });

  it("level: a session that used an app is of level 1 once two-factor authentication is off", async () => {
    const person = await app.person({ username: "turnsoff" }).isLoggedIn();
    await addsPhone(app, person);
    const headers = { ...proxied, accept: "text/html" };
    expect((await person.opens("/forward-auth", headers)).headers.get("remote-level")).toBe("2");
    expect((await person.fillsIn("/settings/two-factor/off", {})).status).toBe(303);
    expect((await person.opens("/forward-auth", headers)).headers.get("remote-level")).toBe("1");
    expect(await guarded(person, 2)).toEqual([303, expect.stringContaining("/settings/two-factor")]);
  });

  it("level: access tokens say it in acr", async () => {
    const { person, phone } = await inTrustedBrowser("fred");
    expect(await claims(person)).toMatchObject({ acr: "latchkey:1", amr: ["pwd"] });
    await person.fillsIn("/confirm-password?level=2", { level: "2", two_factor_code: phone.code() });
    expect(await claims(person)).toMatchObject({ acr: "latchkey:2", amr: ["pwd", "otp", "mfa"] });
  });
});

async function claims(person: Person): Promise<unknown> {
  const { token } = await person.opens("/token");
  const answer = await person.sends("POST", "/token", {
    headers: { "content-type": "application/json", accept: "application/json", "x-csrf-token": token, origin: app.s.settings.baseUrl },
    body: JSON.stringify({ audience: "https://api.example.com" }),
  });
  const { access_token } = answer.json() as { access_token: string };
  return JSON.parse(Buffer.from(access_token.split(".")[1] ?? "", "base64url").toString());
}
