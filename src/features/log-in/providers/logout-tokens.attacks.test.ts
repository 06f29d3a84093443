/** Attacks on logins at a provider by logout tokens that anybody can send. */
import { expect, it } from "vitest";
import { atOnce } from "../../../../test/at-once.ts";
import { providerApp } from "../../../../test/provider-app.ts";
import { requestFrom } from "../../../../test/request-info.ts";
import { inTransaction } from "../../../core/services.ts";
import { signIn } from "../../../core/sign-in/sign-in.ts";
import { findUserByName } from "../../../core/users/users.ts";

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

it("logout at the provider: the session of a login that commits at the same time ends too", { tags: ["asvs-15.4.2"] }, async () => {
  const app = await providerApp({ SIGNUP: "open" });
  try {
    app.peer.user = { sub: "u2", email: "u2@work.example", email_verified: true, preferred_username: "usertwo" };
    expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
    const user = await findUserByName(app.s, "usertwo");
    const { id } = await app.s.db.selectFrom("identities").select("id").where("subject", "=", "u2").executeTakeFirstOrThrow();
    if (!user) throw new Error("There is no account.");
    const login = (holds: () => Promise<void>) =>
      inTransaction(app.s, async (tx) => {
        const authentication = { user, methods: ["provider:work"], identity: { id } } as const;
        const result = await signIn(tx, authentication, { remember: true, info: requestFrom("203.0.113.9") });
        await holds();
        return result;
      });
    const token = app.peer.logoutToken({ sub: "u2", sid: undefined });
    const logout = () => app.person().posts("/oauth/backchannel/work", { logout_token: token });
    const [loggedIn, loggedOut] = await atOnce(app.s, login, logout);
    expect([loggedIn.ok, loggedOut.status]).toEqual([true, 200]);
    expect(await app.s.db.selectFrom("sessions").select("user_id").execute()).toEqual([]);
  } finally {
    await app.close();
  }
});
