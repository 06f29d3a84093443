/** Attacks on two-factor authentication by logins at a provider, in a trusted browser or with the factors of the provider. */
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { linkedOf, unlinks } from "../../../../test/attacked-providers.ts";
import type { Person } from "../../../../test/person.ts";
import { type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { addsPhone, verifiesEmail } from "../../../../test/two-factor.ts";
import { findUserByName } from "../../../core/users/users.ts";

/** Logs a new user in, and links the login at the provider. */
async function linksWork(app: ProviderApp): Promise<Person> {
  const ada = await app.person().isLoggedIn();
  await verifiesEmail(app, ada);
  app.peer.user = { sub: "ada", email: "ada@work.example", email_verified: true };
  await app.continuesWith(ada, "?purpose=link");
  await ada.fillsIn("/login/link", {});
  return ada;
}

it("trusted browser: a login at the provider from before two-factor authentication confirms nothing without the second step", {
  tags: ["asvs-7.5.1"],
}, async () => {
  const app = await providerApp({ SIGNUP: "open", TWO_FACTOR_TRUST: "30d" });
  try {
    const authTime = Math.floor(app.s.now() / 1_000);
    app.peer.lies = { idToken: (claims) => ({ ...claims, auth_time: authTime }) };
    const ada = await linksWork(app);
    app.passes(60_000);
    const phone = await addsPhone(app, ada);
    app.passes(60_000);
    const trusted = app.person();
    await app.continuesWith(trusted);
    expect((await trusted.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" })).location).toBe("/dashboard");
    await trusted.logsOut();
    expect((await app.continuesWith(trusted)).location).toBe("/dashboard");
    const opened = await trusted.opens("/settings/delete");
    expect([opened.status, opened.location]).toEqual([303, "/confirm-password?next=%2Fsettings%2Fdelete"]);
  } finally {
    await app.close();
  }
});

it("trusted browser: a linked and an unlinked login ask for the second step again", { tags: ["asvs-6.3.3"] }, async () => {
  const app = await providerApp({ SIGNUP: "open", TWO_FACTOR_TRUST: "30d" });
  try {
    const ada = await app.person().isLoggedIn();
    const phone = await addsPhone(app, ada);
    const trusts = async () => {
      app.passes(60_000);
      await ada.logsOut();
      await ada.logsIn();
      await ada.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" });
    };
    const nextLogin = async () => {
      const browser = app.person(ada.identity);
      for (const [name, value] of ada.cookies) if (name !== "latchkey_session") browser.cookies.set(name, value);
      return (await browser.logsIn()).location;
    };
    app.peer.user = { sub: "ada", email: "ada@work.example", email_verified: true };
    await trusts();
    await app.continuesWith(ada, "?purpose=link");
    expect((await ada.fillsIn("/login/link", {})).status).toBe(303);
    expect(await nextLogin()).toBe("/login/two-factor");
    await trusts();
    const [identity] = await linkedOf(ada);
    expect((await unlinks(ada, identity?.id)).status).toBe(303);
    expect(await nextLogin()).toBe("/login/two-factor");
  } finally {
    await app.close();
  }
});

it.each([
  ["without a time", undefined, false],
  ["of long ago", 3_600_000, false],
  ["of this moment", 0, true],
])(
  "TRUST_AMR: a login with the provider's factors %s turns two-factor authentication off only if it is recent",
  { tags: ["asvs-7.5.1"] },
  async (_, agoMs, isRecent) => {
    const app = await providerApp({ SIGNUP: "open", PROVIDER_WORK_TRUST_AMR: "on" });
    try {
      const ada = await linksWork(app);
      await addsPhone(app, ada);
      app.passes(24 * 3_600_000);
      const authTime = agoMs === undefined ? undefined : Math.floor((app.s.now() - agoMs) / 1_000);
      app.peer.lies = {
        idToken: ({ auth_time: _known, ...claims }) => ({ ...claims, amr: ["mfa"], ...(authTime && { auth_time: authTime }) }),
      };
      const thief = app.person();
      expect((await app.continuesWith(thief)).location).toBe("/dashboard");
      await thief.fillsIn("/settings/two-factor/off", {});
      expect((await findUserByName(app.s, ada.identity.username))?.two_factor_since === null).toBe(isRecent);
    } finally {
      await app.close();
    }
  },
);

it("TRUST_AMR: an account that TWO_FACTOR covers sets up a factor here, although its provider says mfa", {
  tags: ["asvs-6.3.3"],
}, async () => {
  const app = await providerApp({ SIGNUP: "open", TWO_FACTOR: "all", TWO_FACTOR_GRACE: "0", PROVIDER_WORK_TRUST_AMR: "on" });
  try {
    app.peer.user = { sub: "grace", email: "grace@work.example", email_verified: true, preferred_username: "grace" };
    app.peer.lies = { idToken: (claims) => ({ ...claims, amr: ["mfa"] }) };
    const grace = app.person();
    expect((await app.continuesWith(grace)).status).toBe(303);
    expect((await findUserByName(app.s, "grace"))?.two_factor_since).toBeNull();
    expect((await grace.opens("/dashboard")).location).toBe("/settings/two-factor");
  } finally {
    await app.close();
  }
});

it("PROVIDER_…_ROLES: a login changes roles only after its second step, also in an app", { tags: ["asvs-6.3.4"] }, async () => {
  const callback = "https://app.example/callback";
  const app = await providerApp({ SIGNUP: "open", PROVIDER_WORK_ROLES: "groups:staff>staff", PROVIDER_CALLBACKS: callback });
  try {
    const ada = await linksWork(app);
    const phone = await addsPhone(app, ada);
    const roles = async () => (await findUserByName(app.s, ada.identity.username))?.roles;
    const groups = (...names: string[]) => Object.assign(app.peer.user ?? {}, { groups: names });
    groups("staff");
    app.passes(60_000);
    const back = app.person();
    expect((await app.continuesWith(back)).location).toBe("/login/two-factor");
    expect(await roles()).toBe("");
    expect((await back.fillsIn("/login/two-factor", { code: phone.code() })).location).toBe("/dashboard");
    expect(await roles()).toBe("staff");
    groups();
    const verifier = "v".repeat(43);
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const opened = await app.continuesWith(app.person(), `?callback=${callback}&challenge=${challenge}`);
    const code = new URL(opened.location ?? "").searchParams.get("code");
    const other = app.person();
    const answer = await other.sendsJson("/oauth/exchange", { code, verifier });
    const { pending } = answer.json() as { pending: string };
    expect([answer.status, await roles()]).toEqual([202, "staff"]);
    app.passes(60_000);
    const ended = await other.sendsJson("/login/two-factor", { pending, code: phone.code() });
    expect([ended.status, (ended.json() as { user: { roles: string[] } }).user.roles, await roles()]).toEqual([200, [], ""]);
  } finally {
    await app.close();
  }
});
