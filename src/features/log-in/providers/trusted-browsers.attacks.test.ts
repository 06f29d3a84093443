/** Attacks on two-factor authentication by logins at a provider in a trusted browser. */
import { expect, it } from "vitest";
import { providerApp } from "../../../../test/provider-app.ts";
import { addsPhone, verifiesEmail } from "../../../../test/two-factor.ts";

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
