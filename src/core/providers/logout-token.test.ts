/** Tests logout tokens of providers (OpenID Connect Back-Channel Logout 1.0). */
// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { testProtocol } from "../../../test/providers.ts";
import { checkLogoutClaims } from "./logout-token.ts";
import { readLogoutToken } from "./protocol.ts";

const at = 1_800_000_000;
const event = "http://schemas.openid.net/event/backchannel-logout";

describe("logout token", () => {
  it("logout token: it names the user, the session and its ID", async () => {
    const { s, provider, peer } = await testProtocol();
    const expiresAt = (at + 660) * 1_000;
    const whole = { ok: true, issuer: provider.issuer, subject: "1001", sid: peer.sid, jti: "1", expiresAt };
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
