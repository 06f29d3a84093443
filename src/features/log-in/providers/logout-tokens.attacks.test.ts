/** Attacks on logins at a provider by logout tokens that anybody can send. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { atOnce } from "../../../../test/at-once.ts";
import { type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { requestFrom } from "../../../../test/request-info.ts";
import type { ProvenLogin } from "../../../core/identities/proofs.ts";
import { redeemToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { inTransaction, type Transaction } from "../../../core/services.ts";
import { signIn } from "../../../core/sign-in/sign-in.ts";
import { findUserById, findUserByName } from "../../../core/users/users.ts";
import { decide } from "./decide.ts";
import { exchangeToken } from "./exchange-token.ts";
import { findProvider } from "./offered.ts";

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

it("logout at the provider: a token that is sent again ends no session that has begun since", { tags: ["asvs-6.5.1"] }, async () => {
  const app = await providerApp({ SIGNUP: "open" });
  try {
    app.peer.user = { sub: "u5", email: "u5@work.example", email_verified: true, preferred_username: "userfive" };
    const first = app.person();
    await app.continuesWith(first);
    app.passes(2_000);
    const token = app.peer.logoutToken({ sub: "u5", sid: undefined });
    const isSent = async () =>
      (await app.person().posts("/oauth/backchannel/work", { logout_token: token }, { accept: "application/json" })).status;
    expect([await isSent(), (await first.opens("/dashboard")).status]).toEqual([200, 303]);
    app.passes(2_000);
    const next = app.person();
    expect((await app.continuesWith(next)).location).toBe("/dashboard");
    expect([await isSent(), (await next.opens("/dashboard")).status]).toEqual([200, 200]);
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

it.each<[string, (sid: string) => Record<string, unknown>]>([
  ["session", (sid) => ({ sid, sub: undefined })],
  ["user", () => ({ sid: undefined })],
  ["both", (sid) => ({ sid })],
])("logout at the provider: a login that is under way ends too, by %s", { tags: ["asvs-15.4.2"] }, async (name, claims) => {
  const app = await providerApp({ SIGNUP: "open" });
  const logsOut = (own: Record<string, unknown>) =>
    app.person().posts("/oauth/backchannel/work", { logout_token: app.peer.logoutToken(own) }, { accept: "application/json" });
  try {
    app.peer.user = { sub: "u3", email: "u3@work.example", email_verified: true, preferred_username: "userthree" };
    app.peer.sid = "session 1";
    expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
    app.passes(1_000);
    // The user logs out at the provider after it has issued the ID token, and before the token arrives.
    const during = (own: Record<string, unknown>) => {
      app.peer.lies = {
        respond: async (endpoint, response) => {
          if (endpoint !== "token") return response;
          app.passes(1_000);
          expect((await logsOut(own)).status).toBe(200);
          return response;
        },
      };
    };
    const late = app.person();
    during(claims("session 1"));
    const refused = await app.continuesWith(late);
    expect([refused.location, (await late.opens("/dashboard")).status]).toEqual(["/login", 303]);
    expect((await late.opens("/login")).text).toContain("has expired or was already used");
    // Of others: it goes on.
    app.passes(1_000);
    during({ sid: "another session", ...(name === "session" ? { sub: undefined } : { sub: "another user" }) });
    expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
    // The next login of the same session and user is a new one.
    app.peer.lies = {};
    app.passes(1_000);
    expect((await app.continuesWith(late)).location).toBe("/dashboard");
  } finally {
    await app.close();
  }
});

describe("logout at the provider by session, at the same time", () => {
  let app: ProviderApp;
  const callback = "https://app.example.com/callback";
  const options = { remember: true, info: requestFrom("203.0.113.9") };
  beforeAll(async () => {
    app = await providerApp({ SIGNUP: "open", PROVIDER_CALLBACKS: callback });
    app.peer.user = { sub: "u4", email: "u4@work.example", email_verified: true, preferred_username: "userfour" };
  });
  afterAll(() => app.close());

  /** The work commits while the logout token, which names only the session, waits for it. */
  const committing = async (work: (tx: Transaction) => Promise<boolean>) => {
    const login = (holds: () => Promise<void>) =>
      inTransaction(app.s, async (tx) => {
        const isDone = await work(tx);
        await holds();
        return isDone;
      });
    const token = app.peer.logoutToken({ sub: undefined });
    const [isDone, logout] = await atOnce(app.s, login, () => app.person().posts("/oauth/backchannel/work", { logout_token: token }));
    expect([isDone, logout.status]).toEqual([true, 200]);
    expect(await app.s.db.selectFrom("sessions").select("user_id").execute()).toEqual([]);
  };

  it("providers: the session of a login ends", { tags: ["asvs-15.4.2"] }, async () => {
    const provider = findProvider(app.s, "work");
    if (!provider) throw new Error("There is no provider.");
    const at = Math.floor(app.s.now() / 1_000) * 1_000;
    const user = { email: "u4@work.example", isEmailVouched: true, username: "userfour", roles: [] };
    const proven = { provider: "work", issuer: provider.issuer, subject: "u4", sid: app.peer.sid, issuedAt: at, ...user };
    const login: ProvenLogin = { ...proven, methods: ["provider:work"], remember: true };
    await committing(async (tx) => {
      const decision = await decide(tx, { provider, login, options });
      return decision.kind === "session" && decision.result.ok;
    });
  });

  it("providers: the session of an app that exchanges its code ends", { tags: ["asvs-15.4.2"] }, async () => {
    app.passes(1_000);
    const query = `?callback=${encodeURIComponent(callback)}&challenge=${"c".repeat(43)}`;
    const back = await app.continuesWith(app.person(), query);
    const code = new URL(back.location ?? "").searchParams.get("code");
    await committing(async (tx) => {
      const row = await redeemToken(tx, exchangeToken, code);
      const user = row && (await findUserById(tx, row.user_id));
      if (!user) return false;
      const { identity } = JSON.parse(row.payload ?? "{}");
      return (await signIn(tx, { user, methods: ["provider:work"], identity }, options)).ok;
    });
  });
});
