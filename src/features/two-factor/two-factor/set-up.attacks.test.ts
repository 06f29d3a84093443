/** Tests attacks on an account while its owner sets up an app or turns two-factor authentication on. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addsPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, codeUnlike, phoneWith } from "../../../../test/two-factor.ts";
import { findUserByName } from "../../../core/users/users.ts";

let app: TestApp;
beforeAll(async () => {
  app = await testApp({}, { verified: true });
});
afterAll(() => app.close());

const setUp = "/settings/two-factor/authenticator";
let counter = 0;
const member = () => app.person({ username: `owner${counter++}` }).isLoggedIn();
const isOn = async ({ identity }: Person) => (await findUserByName(app.s, identity.username))?.two_factor_since !== null;
const rows = () => app.s.db.selectFrom("authenticators").select("id").where("confirmed_at", "is", null).execute();

/** The secret that the page shows to this browser. */
async function secretShownTo(person: Person): Promise<string | undefined> {
  const answer = await person.opens(setUp, { accept: "application/json" });
  return answer.status === 200 ? (answer.json() as { authenticator?: { secret: string } }).authenticator?.secret : undefined;
}

/** A browser with the cookies of another. */
function copyOf(person: Person): Person {
  const copy = app.person(person.identity);
  for (const [name, value] of person.cookies) copy.cookies.set(name, value);
  return copy;
}

describe("setting up an app", () => {
  it("setting up an app: a thief with the password does not see its secret", async () => {
    const ada = await member();
    const thief = app.person(ada.identity);
    await thief.logsIn();
    await ada.fillsIn(setUp, {});
    const secret = (await secretShownTo(ada)) ?? "";
    expect([secret.length, await secretShownTo(thief)]).toEqual([32, undefined]);
    // Nor can the thief take it into use.
    expect((await thief.fillsIn(setUp, { code: phoneWith(app, secret).code() })).status).toBe(422);
    expect(await isOn(ada)).toBe(false);
  });

  it("setting up an app: before its first code, the owner hears of nothing, so it is no second factor", {
    tags: ["asvs-6.3.4"],
  }, async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    await ada.fillsIn(setUp, {});
    const begun = phoneWith(app, (await secretShownTo(ada)) ?? "");
    const thief = app.person(ada.identity);
    expect((await thief.logsIn()).location).toBe("/login/two-factor");
    expect((await thief.fillsIn("/login/two-factor", { code: codeUnlike(app, begun, phone) })).status).toBe(401);
    app.passes(9 * 60_000);
    expect((await ada.fillsIn("/confirm-password", { two_factor_code: codeUnlike(app, begun, phone) })).status).toBe(401);
  });

  it("setting up an app: a thief who begins as well replaces nothing, and neither page shows the other's secret", async () => {
    const ada = await member();
    const thief = app.person(ada.identity);
    await thief.logsIn();
    await ada.fillsIn(setUp, {});
    const secret = (await secretShownTo(ada)) ?? "";
    await thief.fillsIn(setUp, {});
    const planted = (await secretShownTo(thief)) ?? "";
    expect(planted).toHaveLength(32);
    const grouped = planted.match(/.{1,4}/g)?.join(" ") ?? "";
    const wrong = await ada.fillsIn(setUp, { code: codeUnlike(app, phoneWith(app, planted), phoneWith(app, secret)) });
    expect([wrong.status, wrong.html.includes(grouped)]).toEqual([422, false]);
    expect((await ada.fillsIn(setUp, { code: phoneWith(app, secret).code() })).status).toBe(303);
    // Turning it on ended the session of the thief, and with it that set-up.
    expect((await thief.fillsIn(setUp, { code: phoneWith(app, planted).code() })).location ?? "").toMatch(/^\/login/);
  });

  it("setting up an app: a session that begins again and again keeps one secret", async () => {
    const ada = await member();
    const before = (await rows()).length;
    for (let i = 0; i < 5; i++) await ada.fillsIn(setUp, {});
    expect((await rows()).length - before).toBe(1);
    await ada.logsOut();
    expect((await rows()).length - before).toBe(0);
  });

  it("setting up an app: a copy of the session's cookie ends, and a bearer token of the account sees no secret", async () => {
    const [ada, bob] = [await member(), await member()];
    await addsPhone(app, ada);
    const login = await app.person().sendsJson("/login", { email: bob.identity.email, password: bob.identity.password, session: "token" });
    const { token } = login.json() as { token: string };
    await bob.fillsIn(setUp, {});
    const headers = { accept: "application/json", authorization: `Bearer ${token}` };
    const seen = await app.person().sends("GET", setUp, { headers });
    expect([seen.status, seen.html.includes('"secret"')]).toEqual([200, false]);
    const copy = copyOf(ada);
    await ada.fillsIn(setUp, {});
    expect((await secretShownTo(ada))?.length).toBe(32);
    expect((await copy.opens(setUp)).location).toMatch(/^\/login/);
  });

  it("setting up an app: after a new login it begins again, and says so", async () => {
    const ada = await member();
    await ada.fillsIn(setUp, {});
    const code = phoneWith(app, (await secretShownTo(ada)) ?? "").code();
    await ada.logsIn();
    const answer = await ada.fillsIn(setUp, { code });
    const sentence = "This key is no longer valid. Start again, and scan the new one.";
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(sentence)]);
    await ada.fillsIn(setUp, {});
    expect((await ada.fillsIn(setUp, { code: phoneWith(app, (await secretShownTo(ada)) ?? "").code() })).status).toBe(303);
  });

  it("setting up an app: it follows its session through a re-authentication", async () => {
    const ada = await member();
    app.passes(14 * 60_000);
    await ada.fillsIn(setUp, {});
    const secret = (await secretShownTo(ada)) ?? "";
    app.passes(2 * 60_000);
    const { token } = await ada.opens("/settings/two-factor");
    const asked = await ada.posts(setUp, { csrf_token: token, code: phoneWith(app, secret).code() });
    expect(asked.status).toBe(403);
    await ada.fillsIn("/confirm-password", { current_password: ada.identity.password });
    expect(await secretShownTo(ada)).toBe(secret);
  });
});

describe("turning on", () => {
  it("turning on: a copy of the session's cookie ends, also with a passkey as the factor", { tags: ["asvs-7.2.4"] }, async () => {
    const ada = await member();
    await addsPasskey(ada, passkeyDevice());
    const copy = copyOf(ada);
    const stranger = app.person(ada.identity);
    await stranger.logsIn();
    const on = await ada.fillsIn("/settings/two-factor/on", {});
    expect(on.location).toBe("/settings/two-factor/recovery");
    expect((await ada.opens(on.location ?? "")).html).toContain('<ol class="codes">');
    for (const other of [copy, stranger]) {
      expect((await other.opens("/settings/two-factor/off")).location).toMatch(/^\/login/);
      expect((await other.fillsIn("/settings/two-factor/off", {})).location ?? "").toMatch(/^\/login/);
    }
    expect(await isOn(ada)).toBe(true);
    expect((await ada.opens("/dashboard")).status).toBe(200);
  });

  it("turning on: a copy of a bearer token ends, and the answers carry the next one", { tags: ["asvs-7.2.4"] }, async () => {
    const ada = await member();
    await addsPasskey(ada, passkeyDevice());
    const { email, password } = ada.identity;
    const api = app.person();
    const tokenIn = (answer: { json: () => unknown }) => (answer.json() as { token: string }).token;
    const sends = (path: string, token: string) => api.sendsJson(path, {}, { authorization: `Bearer ${token}` });
    const first = tokenIn(await api.sendsJson("/login", { email, password, session: "token" }));
    const second = tokenIn(await sends(setUp, first));
    expect((await sends(setUp, first)).status).toBe(401);
    const on = await sends("/settings/two-factor/on", second);
    expect([on.status, (on.json() as { recoveryCodes: string[] }).recoveryCodes.length]).toEqual([200, 10]);
    expect((await sends("/settings/two-factor/off", second)).status).toBe(401);
    expect((await sends("/settings/two-factor/recovery", tokenIn(on))).status).toBe(200);
  });
});
