import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, type Phone, wrongCode } from "../../../../test/two-factor.ts";
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
    const { password } = person.identity;
    const byPassword = await person.fillsIn(page, { level: "2", next: "/payouts?a=1", current_password: password });
    expect([byPassword.status, await guarded(person, 2)]).toEqual([422, [303, page]]);
    const wrong = await person.fillsIn(page, { level: "2", next: "/payouts?a=1", two_factor_code: wrongCode(phone) });
    expect([wrong.status, wrong.html.includes('name="level" value="2"')]).toEqual([401, true]);
    const done = await person.fillsIn(page, { level: "2", next: "/payouts?a=1", two_factor_code: phone.code() });
    expect([done.status, done.location]).toEqual([303, "/payouts?a=1"]);
    expect(await guarded(person, 2)).toBe("ada");
  });

  it("level: an account without a second factor is led to turn it on, and then the guard admits it", async () => {
    const person = await app.person({ username: "ben" }).isLoggedIn();
    expect(await guarded(person, 2)).toEqual([303, "/settings/two-factor"]);
    expect(await guarded(person, 2, { accept: "application/json" })).toMatchObject([403, { error: { code: "two-factor-required" } }]);
    await addsPhone(app, person);
    expect(await guarded(person, 2)).toBe("ben");
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
    expect((await plainUser.opens("/forward-auth?level=2", proxied)).location).toBe(`${app.s.settings.baseUrl}/settings/two-factor`);
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
