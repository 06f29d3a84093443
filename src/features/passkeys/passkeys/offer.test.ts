import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addsPasskey, logsInByPasskey, origin, passkeyDevice, sendsScript } from "../../../../test/passkeys.ts";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";

const title = "Log in faster next time";

describe("offer of a passkey", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({}, { verified: true });
  });
  afterAll(() => app.close());

  let counter = 0;
  const member = () => app.person({ username: `member${counter++}` }).isLoggedIn();
  const isOffered = async (person: Person) => (await person.opens("/dashboard")).text.includes(title);

  it("offer: after a login with a password the dashboard has one card, through that session", async () => {
    const ada = await member();
    expect(await isOffered(ada)).toBe(true);
    expect(await isOffered(ada)).toBe(true);
    expect((await ada.opens("/settings")).text).not.toContain(title);
    expect((await ada.opens("/dashboard", { accept: "application/json" })).html).not.toContain(title);
  });

  it("offer: the next sessions of the browser show none for 30 days", async () => {
    const ada = await member();
    expect(await isOffered(ada)).toBe(true);
    await ada.logsOut();
    await ada.logsIn();
    expect(await isOffered(ada)).toBe(false);
    expect((await ada.opens("/dashboard")).setCookies.has("latchkey_offer")).toBe(false);
  });

  it("offer: “Not now” hides it without JavaScript, for 30 days", async () => {
    const ada = await member();
    const { token, html } = await ada.opens("/dashboard");
    expect(html).toContain('action="/settings/passkeys/later"');
    const dismissed = await ada.posts("/settings/passkeys/later", { csrf_token: token });
    expect([dismissed.status, dismissed.location]).toEqual([303, "/dashboard"]);
    expect(dismissed.setCookies.get("latchkey_offer")).toMatch(/max-age=2592000/i);
    expect(await isOffered(ada)).toBe(false);
  });

  it("offer: an account with a passkey, and a login without a password, get none", async () => {
    const [ada, device] = [await member(), passkeyDevice()];
    await addsPasskey(ada, device);
    expect(await isOffered(ada)).toBe(false);
    const other = app.person(ada.identity);
    await logsInByPasskey(other, device);
    expect(await isOffered(other)).toBe(false);
  });

  it("offer: before the emailed code that a policy asks for, the card has no data for a silent passkey", async () => {
    const covered = await testApp({ TWO_FACTOR: "all" }, { verified: true });
    const ada = await covered.person().isLoggedIn();
    const { text, html } = await ada.opens("/dashboard");
    expect([text.includes(title), html.includes("data-passkey-upgrade=")]).toEqual([true, false]);
    await covered.close();
  });

  it("offer: without recent authentication the card has no data for a silent passkey", { tags: ["asvs-7.5.1"] }, async () => {
    const ada = await member();
    expect((await ada.opens("/dashboard")).html).toContain("data-passkey-upgrade=");
    app.passes(16 * 60_000);
    expect((await ada.opens("/dashboard")).html).not.toContain("data-passkey-upgrade=");
    const answer = await sendsScript(ada, "/settings/passkeys/options", { upgrade: "1" }, "/dashboard");
    expect(answer.status).toBe(403);
  });

  it("offer: a passkey that was made without asking is added, by its own challenge only", async () => {
    const [ada, device] = [await member(), passkeyDevice()];
    const options = async (body: object) => {
      const answer = await sendsScript(ada, "/settings/passkeys/options", body, "/dashboard");
      return (answer.json() as { publicKey: Parameters<typeof device.createJSON>[1] }).publicKey;
    };
    const silent = await options({ upgrade: "1" });
    expect(silent).toMatchObject({ authenticatorSelection: { userVerification: "preferred", residentKey: "required" } });
    const passkey = device.createJSON(origin, silent);
    expect((await sendsScript(ada, "/settings/passkeys", { new_passkey: passkey }, "/dashboard")).status).toBe(422);
    const again = device.createJSON(origin, await options({ upgrade: "1" }));
    expect((await sendsScript(ada, "/settings/passkeys", { new_passkey: again, upgrade: "1" }, "/dashboard")).status).toBe(201);
    expect(await isOffered(ada)).toBe(false);
    expect((await app.emails(ada.identity.email)).map(({ kind }) => kind)).toContain("passkey-added");
  });
});
