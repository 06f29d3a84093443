/** Attacks on two-factor authentication by logins at a provider, in a trusted browser or with the factors of the provider. */
import { expect, it } from "vitest";
import { providerApp } from "../../../../test/provider-app.ts";
import { addsPhone, verifiesEmail } from "../../../../test/two-factor.ts";
import { findUserByName } from "../../../core/users/users.ts";

it("trusted browser: a login at the provider from before two-factor authentication confirms nothing without the second step", {
  tags: ["asvs-7.5.1"],
}, async () => {
  const app = await providerApp({ SIGNUP: "open", TWO_FACTOR_TRUST: "30d" });
  try {
    const ada = await app.person().isLoggedIn();
    await verifiesEmail(app, ada);
    app.peer.user = { sub: "ada", email: "ada@work.example", email_verified: true };
    const authTime = Math.floor(app.s.now() / 1_000);
    app.peer.lies = { idToken: (claims) => ({ ...claims, auth_time: authTime }) };
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
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
      const ada = await app.person().isLoggedIn();
      await verifiesEmail(app, ada);
      app.peer.user = { sub: "ada", email: "ada@work.example", email_verified: true };
      await app.continuesWith(ada, "?purpose=link");
      await ada.fillsIn("/login/link", {});
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
