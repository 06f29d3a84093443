import { createHash } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify, SignJWT, UnsecuredJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import {
  audience,
  fetchedKeys,
  publishedKeys,
  requestToken,
  tokenIn,
  tokenSettings,
  verifierFor,
} from "../../../../test/resource-server.ts";

const minute = 60_000;

describe("access token", () => {
  let app: TestApp;
  let ada: Person;
  beforeEach(async () => {
    app = await testApp(tokenSettings);
    ada = await app.person().isLoggedIn();
  });
  afterEach(() => app.close());

  it("access token: it is signed, and valid for five minutes and one service", async () => {
    await app.s.db.updateTable("users").set({ email_verified_at: 1 }).execute();
    const before = Math.floor(app.s.now() / 1_000);
    const answer = await requestToken(ada);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.json()).toEqual({ access_token: expect.any(String), token_type: "Bearer", expires_in: 300 });
    const { payload, protectedHeader } = await verifierFor(app)(tokenIn(answer));
    const user = await app.s.db.selectFrom("users").select("id").executeTakeFirstOrThrow();
    expect(protectedHeader).toEqual({ alg: "EdDSA", typ: "at+jwt", kid: expect.stringMatching(/^[\w-]{43}$/) });
    expect(payload).toEqual({
      iss: "http://accounts.test",
      amr: ["pwd"],
      acr: "latchkey:1",
      sub: user.id,
      aud: audience,
      iat: expect.any(Number),
      exp: (payload.iat ?? 0) + 300,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      username: "ada",
      email: "ada@example.com",
      email_verified: true,
      sid: expect.any(String),
      auth_time: expect.any(Number),
      roles: [],
    });
    expect(payload.iat).toBeGreaterThanOrEqual(before);
    expect(payload["auth_time"]).toBeLessThanOrEqual(payload.iat ?? 0);
    expect(decodeJwt(await getsToken())["jti"]).not.toBe(payload.jti);
  });

  it("access token: it has email_verified and the time of the last authentication", async () => {
    const first = decodeJwt(await getsToken());
    expect(first["email_verified"]).toBe(false);
    app.passes(30 * minute);
    expect(decodeJwt(await getsToken())["auth_time"]).toBe(first["auth_time"]);
    await ada.fillsIn("/confirm-password", { current_password: ada.identity.password });
    const later = decodeJwt(await getsToken())["auth_time"] as number;
    expect(later - (first["auth_time"] as number)).toBeGreaterThanOrEqual(30 * 60);
    expect(later).toBeLessThanOrEqual(app.s.now() / 1_000);
  });

  it("access token: its session ID is the public one of the session list", async () => {
    const cookie = ada.cookies.get("latchkey_session") ?? "-";
    const hash = createHash("sha256").update(cookie).digest();
    const token = await getsToken();
    const { sid } = decodeJwt(token);
    const claims = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
    for (const secret of [cookie, hash.toString("hex"), hash.toString("base64url"), hash.toString("base64")])
      expect(claims).not.toContain(secret);
    const other = app.person();
    await other.logsIn();
    expect((await other.opens("/settings/sessions")).html).toContain(String(sid));
  });

  it("access token: only listed services get one, each its own", { tags: ["asvs-9.2.4"] }, async () => {
    for (const wanted of ["https://evil.test", "", audience.toUpperCase(), `${audience}/`, "*", `${audience}, billing`]) {
      const answer = await requestToken(ada, { audience: wanted });
      expect([answer.status, answer.json()], wanted).toMatchObject([
        422,
        { error: { code: "invalid", fields: { audience: expect.any(String) } } },
      ]);
    }
    for (const wanted of [[audience], { $ne: 1 }, null]) expect((await requestToken(ada, { audience: wanted })).status).toBe(422);
    expect((await requestToken(ada, {})).status).toBe(422);
    const token = tokenIn(await requestToken(ada, { audience: "billing" }));
    await expect(verifierFor(app)(token)).rejects.toThrow('unexpected "aud"');
    expect((await verifierFor(app, "billing")(token)).payload.aud).toBe("billing");
  });

  it("access token: the request needs a session and a CSRF token", { tags: ["asvs-3.5.1"] }, async () => {
    expect((await app.person().sendsJson("/token", { audience })).status).toBe(401);
    expect((await ada.sendsJson("/token", { audience })).json()).toMatchObject({ error: { code: "bad-token" } });
    expect((await requestToken(ada, { audience }, { origin: "https://evil.test" })).json()).toMatchObject({
      error: { code: "foreign-origin" },
    });
    await ada.logsOut();
    expect((await ada.sendsJson("/token", { audience })).status).toBe(401);
  });

  it("access token: the form issues one too", async () => {
    const wrong = await ada.fillsIn("/token", { audience: "nobody" });
    expect(wrong.status).toBe(422);
    expect(wrong.html).toContain('id="audience-problem"');
    expect((await verifierFor(app)(tokenIn(await ada.fillsIn("/token", { audience })))).payload["username"]).toBe("ada");
  });

  it("access token: without TOKEN_AUDIENCES the routes return 404", async () => {
    const without = await testApp();
    const grace = await without.person({ username: "grace" }).isLoggedIn();
    const { token } = await grace.opens("/logout");
    expect((await grace.sendsJson("/token", { audience }, { "x-csrf-token": token })).status).toBe(404);
    for (const person of [grace, without.person()]) {
      for (const path of ["/token", "/.well-known/jwks.json"]) expect((await person.opens(path)).status).toBe(404);
    }
    await without.close();
  });

  describe("verification with the published keys", () => {
    it("access token: verification refuses an unsigned token, a public key used as a secret, and another key", {
      tags: ["asvs-9.1.1", "asvs-9.1.2"],
    }, async () => {
      const token = await getsToken();
      const verifies = verifierFor(app);
      await verifies(token);
      const claims = decodeJwt(token);
      const { kid = "" } = decodeProtectedHeader(token);
      const { keys } = await publishedKeys(app);
      const bytes = Buffer.from(keys[0]?.x ?? "", "base64url");
      const other = await generateKeyPair("EdDSA", { extractable: true });
      const signed = (alg: string, key: Parameters<SignJWT["sign"]>[0], more = {}) =>
        new SignJWT(claims).setProtectedHeader({ alg, typ: "at+jwt", kid, ...more }).sign(key);
      const [head = "", body = "", signature = ""] = token.split(".");
      const changed = Buffer.from(JSON.stringify({ ...claims, sub: "somebody-else" })).toString("base64url");
      const forged = [
        new UnsecuredJWT(claims).encode(),
        `${Buffer.from(JSON.stringify({ alg: "none", kid })).toString("base64url")}.${body}.`,
        await signed("HS256", bytes),
        await signed("HS256", Buffer.from(JSON.stringify(keys[0]))),
        await signed("EdDSA", other.privateKey),
        await signed("EdDSA", other.privateKey, { jwk: await exportJWK(other.publicKey) }),
        await signed("EdDSA", other.privateKey, { jku: "https://evil.test/keys" }),
        `${head}.${changed}.${signature}`,
        `${head}.${body}.`,
      ];
      for (const each of forged) await expect(verifies(each), each).rejects.toThrow();
    });

    it("access token: verification refuses an expired token and another issuer", { tags: ["asvs-9.2.1"] }, async () => {
      const token = await getsToken();
      app.passes(4 * minute);
      await verifierFor(app)(token);
      app.passes(minute);
      await expect(verifierFor(app)(token)).rejects.toThrow('"exp"');
      await expect(jwtVerify(await getsToken(), fetchedKeys(app), { issuer: "http://other.test" })).rejects.toThrow('"iss"');
    });

    it("JWKS: it has public keys only, cacheable for five minutes", async () => {
      await getsToken();
      const answer = await app.person().opens("/.well-known/jwks.json");
      expect(answer.json()).toEqual({
        keys: [{ kty: "OKP", crv: "Ed25519", x: expect.any(String), kid: expect.any(String), alg: "EdDSA", use: "sig" }],
      });
      expect(answer.headers.get("cache-control")).toBe("public, max-age=300");
      expect(answer.headers.get("content-type")).toContain("application/json");
    });

    it("JWKS: an empty list is not cacheable", async () => {
      const { headers, json } = await app.person().opens("/.well-known/jwks.json");
      expect([headers.get("cache-control"), json()]).toEqual(["no-store", { keys: [] }]);
    });

    it("JWKS: the cacheable response sets no cookie", async () => {
      await getsToken();
      const ended = app.person();
      ended.cookies.set("latchkey_session", "a".repeat(43));
      expect((await ended.opens("/login")).setCookies.size).toBeGreaterThan(0);
      ended.cookies.set("latchkey_session", "a".repeat(43));
      expect((await ended.opens("/.well-known/jwks.json")).setCookies.size).toBe(0);
    });
  });

  async function getsToken(): Promise<string> {
    return tokenIn(await requestToken(ada));
  }
});
