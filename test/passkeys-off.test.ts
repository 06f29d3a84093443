/** Tests that a site without passkeys speaks of none, on pages, in errors and in emails. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkIn, type TestApp, testApp } from "./person.ts";
import { codeTo, generousLimits, type Listed, member, readsEverything, sentencesIn, unlisted } from "./said.ts";
import { addsPhone } from "./two-factor.ts";

const passkeyIn = (text: string) => /passkey/i.test(text);
const passkeys = { name: "passkey", isIn: passkeyIn } as const;

/** Where a message speaks of a passkey although the site has none: why no visitor or user reads it, or why it is true. */
const listed: Listed = {
  "a page, a link or a button that does not exist": [
    ...["passkeys.*", "passkey-prompt.*", "passkey-signup.*", "offer.*", "remove-password.*"],
    ...["two-factor.overviewOffPasskeys", "two-factor.addPasskey", "two-factor.passkeys", "two-factor.passkeysToo"],
    ...["two-factor.managePasskeys", "two-factor.onIntro", "two-factor.onAfter", "two-factor.onOffer"],
    ...["two-factor.stepPasskey", "login.lostPasskey", "login.lostPasskeyContact"],
  ],
  "something that happened while the site had passkeys": [
    ...["events.event.passkey-added", "events.event.passkey-renamed", "events.event.passkey-removed"],
    ...["events.event.passkey-refused", "events.event.passkey-counter", "events.event.passkey-backup-changed"],
    "passkey-notices.*",
  ],
  "shown for an account that has a passkey from that time": [
    ...["admin.passkey", "admin.alsoPasskeys", "admin.alsoPasskeysHint", "two-factor-reset.email.introWithPasskeys"],
  ],
};

describe("PASSKEYS=off: messages", () => {
  it("PASSKEYS=off: each message that speaks of a passkey is listed with the reason", () => {
    expect(unlisted(passkeys, listed)).toEqual({ missing: [], outdated: [] });
  });
});

const provider = {
  PROVIDERS: "work",
  PROVIDER_WORK_ISSUER: "https://id.example.com",
  PROVIDER_WORK_CLIENT_ID: "a",
  PROVIDER_WORK_SECRET: "b",
};

describe.each([
  { PASSKEYS: "off", EMAIL_LOGIN: "off", RECOVERY_BY_EMAIL: "3d" },
  { PASSKEYS: "off", EMAIL_LOGIN: "on", ...provider },
  { PASSKEYS: "off", EMAIL_LOGIN: "on", PASSWORDS: "off" },
  // Browsers refuse passkeys of an IP address.
  { BASE_URL: "http://192.0.2.1:5050", EMAIL_LOGIN: "on" },
])("%o", (site) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ ...site, ...generousLimits, CONTACT_URL: "https://example.com/help" });
  });
  afterAll(() => app.close());

  it("visitor: no page, error or answer says “passkey”", async () => {
    const visitor = app.person();
    await visitor.opens("/login?switch=1");
    expect(await readsEverything(app, visitor, passkeyIn)).toEqual([]);
  });

  it("user: no page, error or answer says “passkey”, without and with two-factor authentication, and when confirming the identity", async () => {
    const ada = await member(app, "ada");
    expect(await readsEverything(app, ada, passkeyIn)).toEqual([]);
    const grace = await member(app, "grace");
    await addsPhone(app, grace);
    expect(await readsEverything(app, grace, passkeyIn)).toEqual([]);
    app.passes(16 * 60_000);
    expect(await readsEverything(app, grace, passkeyIn)).toEqual([]);
  });

  it("emails: those of a login, of changes and reports, and the pages that they link to, speak of no passkey", async () => {
    const mary = await member(app, "mary");
    await addsPhone(app, mary);
    await mary.fillsIn("/settings/change-username", { username: "mary2" });
    await mary.fillsIn("/settings/change-email", { email: "mary2@example.com" });
    await mary.fillsIn("/settings/change-email/confirm", { code: await codeTo(app, app.person({ email: "mary2@example.com" })) });
    const said = [];
    const owner = app.person();
    const left = (await app.emails(mary.identity.email))[0];
    for (const path of ["/revert-email", "/report-compromise"]) {
      const opened = await owner.opens(linkIn(left, path));
      said.push(sentencesIn(await owner.opens(opened.location ?? "")));
      const done = await owner.fillsIn(opened.location ?? "", {});
      said.push(sentencesIn(done), sentencesIn(await owner.opens(done.location ?? "/login")));
    }
    for (const { subject, text } of await app.emails()) said.push(`${subject} ${text}`);
    expect(said.filter(passkeyIn)).toEqual([]);
    const kinds = (await app.emails()).map(({ kind }) => kind);
    for (const kind of ["two-factor-on", "username-changed", "email-left", "email-changed", "email-restored"])
      expect(kinds).toContain(kind);
  });
});
