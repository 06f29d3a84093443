/** Attacks on logins at a provider by logout tokens that anybody can send. */
import { expect, it } from "vitest";
import { providerApp } from "../../../../test/provider-app.ts";

it("logout at the provider: forged tokens keep nobody out of logins while the keys of the provider cannot be read", async () => {
  const app = await providerApp({ SIGNUP: "open" });
  try {
    app.peer.user = { sub: "u1", email: "u1@work.example", email_verified: true, preferred_username: "userone" };
    expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
    app.peer.lies = { respond: (endpoint, response) => (endpoint === "keys" ? new Response("busy", { status: 429 }) : response) };
    for (let i = 0; i < 5; i++) {
      app.passes(61_000);
      const token = app.peer.logoutToken({ jti: `forged-${i}` }, { kid: "forged" }).replace(/\.[^.]*$/, ".AAAA");
      const refused = await app.person().posts("/oauth/backchannel/work", { logout_token: token }, { accept: "application/json" });
      expect(refused.status).toBe(400);
      expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
    }
    // Several within the minute, too.
    for (let i = 0; i < 4; i++)
      await app.person().posts("/oauth/backchannel/work", { logout_token: app.peer.logoutToken({}, { kid: `forged-${i}` }) });
    expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
  } finally {
    await app.close();
  }
});
