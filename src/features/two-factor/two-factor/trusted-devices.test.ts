import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addsPasskey, passkeyDevice, usesPasskey } from "../../../../test/passkeys.ts";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, type Phone } from "../../../../test/two-factor.ts";

const day = 24 * 3_600_000;

async function withPhone(app: TestApp, username: string): Promise<{ person: Person; phone: Phone }> {
  const person = await app.person({ username }).isLoggedIn();
  const phone = await addsPhone(app, person);
  await person.logsOut();
  return { person, phone };
}

async function trusts(app: TestApp, person: Person, phone: Phone): Promise<void> {
  expect((await person.logsIn()).location).toBe("/login/two-factor");
  expect((await person.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" })).location).toBe("/dashboard");
  app.passes(30_000);
}

describe("trusted browsers", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({}, { verified: true });
  });
  afterAll(() => app.close());

  it("trusted browsers: the second step is skipped for 30 days in a browser that the user trusts, and asked elsewhere", async () => {
    const { person, phone } = await withPhone(app, "ada");
    await person.logsIn();
    expect((await person.opens("/login/two-factor")).text).toContain("Trust this browser for 30 days");
    await person.fillsIn("/login/two-factor", { code: phone.code() });
    app.passes(30_000);
    await person.logsOut();
    expect((await person.logsIn()).location).toBe("/login/two-factor");
    await person.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" });
    await person.logsOut();
    expect((await person.logsIn()).location).toBe("/dashboard");
    expect((await app.person(person.identity).logsIn()).location).toBe("/login/two-factor");
    app.passes(30 * day);
    await person.logsOut();
    expect((await person.logsIn()).location).toBe("/login/two-factor");
  });

  it("trusted browsers: two accounts in one browser are each trusted", async () => {
    const one = await withPhone(app, "first");
    const two = await withPhone(app, "second");
    await trusts(app, one.person, one.phone);
    await one.person.logsOut();
    const sameBrowser = app.person(two.person.identity);
    for (const [name, value] of one.person.cookies) sameBrowser.cookies.set(name, value);
    await trusts(app, sameBrowser, two.phone);
    await sameBrowser.logsOut();
    expect((await sameBrowser.logsIn()).location).toBe("/dashboard");
    await sameBrowser.logsOut();
    expect((await sameBrowser.logsIn({ email: one.person.identity.email })).location).toBe("/dashboard");
  });

  it("trusted browsers: two tabs that log in at once both skip the second step", async () => {
    const { person, phone } = await withPhone(app, "tabs");
    await trusts(app, person, phone);
    await person.logsOut();
    const tabs = [app.person(person.identity), app.person(person.identity)];
    for (const tab of tabs) for (const [name, value] of person.cookies) tab.cookies.set(name, value);
    const answers = await Promise.all(tabs.map((tab) => tab.logsIn()));
    expect(answers.map(({ location }) => location)).toEqual(["/dashboard", "/dashboard"]);
    const [one, other] = tabs.map(({ cookies }) => cookies.get("latchkey_trusted"));
    expect(one).not.toBe(person.cookies.get("latchkey_trusted"));
    expect(other).toBe(one);
  });

  it.each(["the form", "JSON"])(
    "trusted browsers: a login by %s whose response was lost is repeated, and raises no alarm later",
    async (by) => {
      const { person, phone } = await withPhone(app, by === "JSON" ? "lost-json" : "lost-form");
      await trusts(app, person, phone);
      await person.logsOut();
      const before = new Map(person.cookies);
      const logsIn = async () => {
        if (by === "the form") return (await person.logsIn()).location;
        const { email, password } = person.identity;
        const { csrfToken } = (await person.opens("/login", { accept: "application/json" })).json() as { csrfToken: string };
        return (await person.sendsJson("/login", { email, password }, { "x-csrf-token": csrfToken })).status;
      };
      const isIn = by === "the form" ? "/dashboard" : 200;
      expect(await logsIn()).toBe(isIn);
      // The response was lost, so the browser has what it had.
      person.cookies.clear();
      for (const [name, value] of before) person.cookies.set(name, value);
      app.passes(5_000);
      expect(await logsIn()).toBe(isIn);
      app.passes(day);
      await person.logsOut();
      expect(await logsIn()).toBe(isIn);
      expect((await app.emails(person.identity.email)).map(({ kind }) => kind)).not.toContain("trusted-browser-copied");
    },
  );

  it("trusted browsers: they are listed with device and IP, and ended one by one or all", async () => {
    const { person, phone } = await withPhone(app, "listing");
    await trusts(app, person, phone);
    const other = app.person(person.identity);
    await trusts(app, other, phone);
    const overview = await person.opens("/settings/two-factor");
    expect(overview.text).toContain("Trusted browsers");
    const listed = (await person.opens("/settings/two-factor/devices", { accept: "application/json" })).json() as {
      devices: { id: string; ip: string; device: string }[];
    };
    expect(listed.devices.map(({ ip }) => ip)).toEqual(["127.0.0.1", "127.0.0.1"]);
    const last = listed.devices.at(-1)?.id ?? "";
    expect((await person.fillsIn("/settings/two-factor/devices", { device: last })).location).toBe("/settings/two-factor");
    expect((await person.fillsIn("/settings/two-factor/devices", { device: last })).status).toBe(422);
    await person.logsOut();
    expect((await person.logsIn()).location).toBe("/login/two-factor");
    await person.fillsIn("/login/two-factor", { code: phone.code() });
    expect((await person.fillsIn("/settings/two-factor/devices", { all: "1" })).status).toBe(303);
    await other.logsOut();
    expect((await other.logsIn()).location).toBe("/login/two-factor");
    expect((await person.opens("/settings/activity")).text).toContain("Browser no longer trusted");
  });

  it("trusted browsers: a login with cookies and JSON can trust the browser", async () => {
    const { person, phone } = await withPhone(app, "script");
    const { email, password } = person.identity;
    const headers = { origin: app.s.settings.baseUrl };
    const token = (await person.opens("/login", { accept: "application/json" })).json() as { csrfToken: string };
    const due = await person.sendsJson("/login", { email, password, csrf_token: token.csrfToken }, headers);
    const { pending } = due.json() as { pending: string };
    const done = await person.sendsJson(
      "/login/two-factor",
      { pending, code: phone.code(), trust: true, csrf_token: token.csrfToken },
      headers,
    );
    expect([done.status, person.cookies.has("latchkey_trusted")]).toEqual([200, true]);
  });

  it("trusted browsers: nothing is read for an account without two-factor authentication", async () => {
    const person = await app.person({ username: "plain" }).isLoggedIn();
    person.cookies.set("latchkey_trusted", "A".repeat(43));
    await person.logsOut();
    app.resetRecords();
    await person.logsIn();
    expect(app.queries.filter(({ sql }) => /trusted_devices|site_facts/.test(sql))).toEqual([]);
  });
});

describe("trusted browsers that are turned off", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ TWO_FACTOR_TRUST: "0" }, { verified: true });
  });
  afterAll(() => app.close());

  it("TWO_FACTOR_TRUST=0: there is no checkbox, the field is ignored and so are cookies", async () => {
    const { person, phone } = await withPhone(app, "ada");
    await person.logsIn();
    expect((await person.opens("/login/two-factor")).text).not.toContain("Trust this browser");
    await person.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" });
    expect(person.cookies.has("latchkey_trusted")).toBe(false);
    expect((await person.opens("/settings/two-factor")).text).not.toContain("Trusted browsers");
    expect((await person.opens("/settings/two-factor/devices")).status).toBe(404);
  });
});

describe("trusted browsers of accounts with passkeys", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ SIGNUP: "open" }, { verified: true });
  });
  afterAll(() => app.close());

  it("trusted browsers: a second step by passkey can trust the browser", async () => {
    const person = await app.person({ username: "keys" }).isLoggedIn();
    const device = passkeyDevice();
    await addsPasskey(person, device);
    expect((await person.fillsIn("/settings/two-factor/on", {})).status).toBe(303);
    await person.logsOut();
    expect((await person.logsIn()).location).toBe("/login/two-factor");
    const passkey = await usesPasskey(person, device, "two-factor", { page: "/login/two-factor" });
    const { token } = await person.opens("/login/two-factor");
    const done = await person.posts("/passkeys/verify", { csrf_token: token, purpose: "two-factor", passkey, trust: "on" });
    expect([done.status, done.location]).toEqual([303, "/dashboard"]);
    await person.logsOut();
    expect((await person.logsIn()).location).toBe("/dashboard");
  });
});
