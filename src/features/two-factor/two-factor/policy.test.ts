import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addsPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { type TestApp, testApp } from "../../../../test/person.ts";
import { actingAs } from "../../../core/request-info.ts";
import { grantRole } from "../../../core/users/roles.ts";
import { findUserByName } from "../../../core/users/users.ts";

const day = 24 * 3_600_000;
const overview = "/settings/two-factor";

let app: TestApp;
beforeAll(async () => {
  app = await testApp({ TWO_FACTOR: "admins", REMEMBER_IDLE: "30d" }, { verified: true, startsAt: Date.UTC(2030, 0, 1) });
});
afterAll(() => app.close());

describe("two-factor policy", () => {
  it("two-factor policy: pages say until when it must be turned on, and after that the session can only enrol", async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn({ remember: "on" });
    const ben = await app.person({ username: "ben" }).isLoggedIn({ remember: "on" });
    const { id = "" } = (await findUserByName(app.s, "ada")) ?? {};
    await grantRole(app.s, id, "admin", actingAs("test"));
    const shown = await ada.opens("/dashboard");
    expect(shown.status).toBe(200);
    expect(shown.html).toContain("needs two-factor authentication from");
    expect(shown.html).toContain("8 January 2030");
    expect(shown.html).toMatch(/class="sign warn">(?:(?!class="sign).)*Two-factor authentication is off/s);
    expect((await ben.opens("/dashboard")).html).toMatch(/class="sign info">(?:(?!class="sign).)*Two-factor authentication is off/s);
    expect((await ada.opens(overview)).text).toContain("needs two-factor authentication from");
    app.passes(7 * day);
    const held = await ada.opens("/dashboard");
    expect([held.status, held.location]).toEqual([303, overview]);
    expect((await ada.opens(overview)).text).toContain("Set up two-factor authentication to continue.");
    expect((await ben.opens("/dashboard")).status).toBe(200);
    expect((await ada.logsOut()).status).toBe(303);
  });

  it("two-factor policy: during the grace time too, the first factor asks for a code by email", async () => {
    const eve = await app.person({ username: "eve" }).isLoggedIn();
    const { id = "" } = (await findUserByName(app.s, "eve")) ?? {};
    expect((await eve.opens(`${overview}/authenticator`)).status).toBe(200);
    await grantRole(app.s, id, "admin", actingAs("test"));
    expect((await eve.opens("/dashboard")).status).toBe(200);
    expect((await eve.opens(`${overview}/authenticator`)).location).toContain(`${overview}/verify`);
  });

  it("two-factor policy: the page offers a passkey too, and an added one leads to turning it on", async () => {
    const eve = await app.person({ username: "pat" }).isLoggedIn();
    const offered = await eve.opens(overview);
    expect(offered.text).toContain("a code from an app on your phone, or a passkey.");
    expect(offered.html).toMatch(/<a class="button secondary" href="\/settings\/passkeys">Add a passkey/);
    const { id = "" } = (await findUserByName(app.s, "pat")) ?? {};
    await grantRole(app.s, id, "admin", actingAs("test"));
    await eve.fillsIn(`${overview}/verify`, { again: "1" });
    const code = /^ {4}(\d{6})$/m.exec((await app.emails("pat@example.com"))[0]?.text ?? "")?.[1] ?? "";
    expect((await eve.fillsIn(`${overview}/verify`, { code })).status).toBe(303);
    expect((await addsPasskey(eve, passkeyDevice())).location).toBe(`${overview}/on`);
    const on = await eve.opens(overview);
    expect(on.html).toMatch(/<a class="button" href="\/settings\/two-factor\/on">/);
    expect(on.html).toMatch(/<button type="submit" class="button secondary">Set up an authenticator app/);
    expect((await eve.fillsIn(`${overview}/on`, {})).location).toBe(`${overview}/recovery`);
    expect((await eve.opens(`${overview}/recovery`)).text).not.toContain("phone");
    const without = await testApp({ PASSKEYS: "off" });
    const plain = await (await without.person().isLoggedIn()).opens(overview);
    expect(plain.text).toContain("a code from an app on your phone.");
    expect(plain.text).not.toContain("asskey");
    await without.close();
  });

  it("two-factor policy: without the feature two-factor, the app does not start", async () => {
    const { features } = await import("../../index.ts");
    const without = features.filter(({ name }) => name !== "two-factor");
    await expect(testApp({ TWO_FACTOR: "all" }, { features: without })).rejects.toThrow("TWO_FACTOR must be optional");
  });

  it("two-factor policy: without one, pages read nothing about it", async () => {
    const free = await testApp();
    const ada = await free.person().isLoggedIn();
    free.resetRecords();
    await ada.opens("/settings");
    await ada.logsOut();
    await ada.logsIn();
    expect(free.queries.filter(({ sql }) => /site_facts|trusted_devices|authenticators|recovery_codes/.test(sql))).toEqual([]);
    await free.close();
  });
});
