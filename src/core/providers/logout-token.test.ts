/** Tests logout tokens of providers (OpenID Connect Back-Channel Logout 1.0). */
// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { testProtocol } from "../../../test/providers.ts";
import { checkLogoutClaims } from "./logout-token.ts";
import { complete, readLogoutToken } from "./protocol.ts";

const at = 1_800_000_000;
const event = "http://schemas.openid.net/event/backchannel-logout";

describe("logout token", () => {
  it("logout token: it names the user, the session and its ID", async () => {
    const { s, provider, peer } = await testProtocol();
    const expiresAt = (at + 660) * 1_000;
    const whole = { ok: true, issuer: provider.issuer, subject: "1001", sid: peer.sid, jti: "1", issuedAt: at * 1_000, expiresAt };
    expect(await readLogoutToken(s, provider, peer.logoutToken({ jti: "1" }))).toEqual(whole);
    const { sid: _, ...userOnly } = whole;
    expect(await readLogoutToken(s, provider, peer.logoutToken({ jti: "1", sid: undefined }))).toEqual(userOnly);
    const { subject: __, ...sessionOnly } = whole;
    expect(await readLogoutToken(s, provider, peer.logoutToken({ jti: "1", sub: undefined }))).toEqual(sessionOnly);
    expect(await readLogoutToken(s, provider, peer.logoutToken({ exp: undefined, aud: ["other", "test-client"] }))).toMatchObject({
      ok: true,
    });
    expect(await readLogoutToken(s, provider, peer.logoutToken({}, { typ: "application/logout+JWT" }))).toMatchObject({ ok: true });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>?]>([
    ["has no type logout+jwt", {}, { typ: "JWT" }],
    ["has no type logout+jwt", {}, { typ: undefined }],
    ["has another issuer", { iss: "https://evil.example" }],
    ["is for another client", { aud: "other" }],
    ["is for another client", { aud: undefined }],
    ["has a nonce", { nonce: "x" }],
    ["has a nonce", { nonce: null }],
    ["has no logout event", { events: undefined }],
    ["has no logout event", { events: { other: {} } }],
    ["has no logout event", { events: event }],
    ["has no jti", { jti: undefined }],
    ["has no jti", { jti: "x".repeat(256) }],
    ["was not issued just now", { iat: undefined }],
    ["was not issued just now", { iat: at + 61 }],
    ["was not issued just now", { iat: at - 601 }],
    ["has expired", { exp: at - 60 }],
    ["has expired", { exp: "never" }],
    ["is not valid yet", { nbf: at + 61 }],
    ["names neither a user nor a session", { sub: undefined, sid: undefined }],
    ["has a malformed subject", { sub: 1 }],
    ["has a malformed sid", { sid: "" }],
    ["has a malformed sid", { sid: "s\0" }],
    ["has a malformed sid", { sid: "s".repeat(256) }],
    ["has a malformed subject", { sub: "ada\0" }],
    ["has a critical header", {}, { crit: ["x"], x: 1 }],
  ])("logout token: one that %s (%o) is refused before any request", { tags: ["asvs-10.5.5"] }, async (why, claims, header) => {
    const { s, provider, peer } = await testProtocol();
    expect(await readLogoutToken(s, provider, peer.logoutToken(claims, header))).toEqual({ ok: false, detail: `The logout token ${why}.` });
    expect(peer.requests).toEqual([]);
  });

  it.each(["none", "hmac", "other-key", "tampered"] as const)(
    "logout token: one whose signature is forged (%s) is refused",
    { tags: ["asvs-10.5.5"] },
    async (signature) => {
      const { s, provider, peer } = await testProtocol();
      peer.lies = { signature };
      expect(await readLogoutToken(s, provider, peer.logoutToken())).toMatchObject({ ok: false });
    },
  );

  it("logout token: a time with a fraction of a second is stored as whole milliseconds", async () => {
    const { s, provider, peer } = await testProtocol();
    const read = await readLogoutToken(s, provider, peer.logoutToken({ iat: at - 0.123_456 }));
    expect(read).toMatchObject({ ok: true, expiresAt: (at + 660) * 1_000 - 123 });
  });

  it("logout token: an ID token is none", async () => {
    const { provider, peer, logIn } = await testProtocol({}, { KEEP_TOKENS: "on" });
    peer.lies = { idToken: (claims) => ({ ...claims, jti: "1", events: { [event]: {} } }) };
    const result = await logIn();
    const idToken = result.ok ? (result.tokens?.idToken ?? "") : "";
    expect(() => checkLogoutClaims(provider, idToken, at * 1_000)).toThrow("The logout token has no type logout+jwt.");
  });

  it.each(["github", "discord", "facebook", "spotify", "x"])(
    "logout token: %s has no keys, so none is accepted and none fails",
    async (preset) => {
      const { s, provider, peer } = await testProtocol({ preset });
      const refused = { ok: false, detail: "The logout token is of a provider without OpenID Connect." };
      expect(await readLogoutToken(s, provider, peer.logoutToken({ sub: "1001" }))).toEqual(refused);
    },
  );

  it("logout token: one that the known keys verify is accepted while the provider is not asked", async () => {
    const { s, provider, peer, logIn } = await testProtocol();
    expect(await logIn()).toMatchObject({ ok: true });
    peer.lies = { respond: () => Promise.reject(new Error("down")) };
    for (let i = 0; i < 3; i++) expect(await logIn().catch(() => "down")).not.toMatchObject({ ok: true });
    const asked = peer.requests.length;
    expect(await logIn().catch((error: Error) => error.message)).toContain("it is not asked for now");
    expect(await readLogoutToken(s, provider, peer.logoutToken())).toMatchObject({ ok: true });
    peer.rotateKey();
    expect(await readLogoutToken(s, provider, peer.logoutToken())).toMatchObject({ ok: false });
    expect(peer.requests.length).toBe(asked);
  });

  it.each(["metadata", "keys"])("logout token: forged ones keep no login out while the %s cannot be read", async (document) => {
    const { s, provider, peer, passes, goThere, logIn } = await testProtocol();
    expect(await logIn()).toMatchObject({ ok: true });
    passes(3_500_000);
    const { attempt, parameters } = await goThere();
    // Metadata and keys must be read anew.
    passes(300_000);
    peer.lies = { respond: (asked, response) => (asked === document ? new Response("busy", { status: 429 }) : response) };
    for (let i = 0; i < 5; i++)
      expect(await readLogoutToken(s, provider, peer.logoutToken({}, { kid: "forged" }))).toMatchObject({ ok: false });
    peer.lies = {};
    expect(await complete(s, provider, attempt, parameters)).toMatchObject({ ok: true });
    expect(await logIn()).toMatchObject({ ok: true });
  });

  it("logout token: forged ones make keys that cannot be read be asked for once a minute, and known keys still log in", async () => {
    const { s, provider, peer, passes, logIn } = await testProtocol();
    const count = () => peer.requests.filter((each) => each === "keys").length;
    expect(await logIn()).toMatchObject({ ok: true });
    peer.lies = { respond: (asked, response) => (asked === "keys" ? new Response("busy", { status: 503 }) : response) };
    for (let minute = 1; minute <= 5; minute++) {
      passes(60_000);
      for (let i = 0; i < 4; i++)
        expect(await readLogoutToken(s, provider, peer.logoutToken({}, { kid: "forged" }))).toMatchObject({ ok: false });
      expect(count()).toBe(1 + minute);
      expect(await logIn()).toMatchObject({ ok: true });
    }
  });

  it("logout token: a provider that fails is asked once in half a minute, however many tokens come", async () => {
    const { s, provider, peer, passes } = await testProtocol();
    peer.lies = { respond: () => Promise.reject(new Error("down")) };
    for (let i = 0; i < 40; i++) expect(await readLogoutToken(s, provider, peer.logoutToken())).toMatchObject({ ok: false });
    expect(peer.requests).toEqual(["metadata", "metadata", "metadata"]);
    peer.lies = {};
    for (let i = 0; i < 29; i++) {
      passes(1_000);
      expect(await readLogoutToken(s, provider, peer.logoutToken())).toMatchObject({ ok: false });
    }
    passes(1_000);
    expect(await readLogoutToken(s, provider, peer.logoutToken())).toMatchObject({ ok: true });
  });

  it("logout token: text that is no token is refused", async () => {
    const { s, provider } = await testProtocol();
    for (const text of ["", "a", "a.b", "a.b.c", "..", "a.b.c.d", "x".repeat(100_000)])
      expect(await readLogoutToken(s, provider, text)).toMatchObject({ ok: false });
  });

  it("logout token: the subject has the form of the identity", async () => {
    const { s, provider, peer, logIn } = await testProtocol({ preset: "microsoft" });
    const tid = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const login = await logIn();
    const logout = await readLogoutToken(s, provider, peer.logoutToken({ tid, oid: "1001" }));
    expect(login.ok && logout.ok && [login.identity.issuer, login.identity.subject]).toEqual([
      `https://login.microsoftonline.com/${tid}/v2.0`,
      "1001",
    ]);
    expect(logout).toMatchObject({ issuer: `https://login.microsoftonline.com/${tid}/v2.0`, subject: "1001" });
  });
});
