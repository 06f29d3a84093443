import { createHash } from "node:crypto";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  type JWTVerifyResult,
  jwtVerify,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../test/database.ts";
import { type Answer, type Person, secretKey, type TestApp, testApp } from "../../../test/person.ts";
import { runCommand } from "../../../test/program.ts";
import { sweepOnce } from "../../core/sweep.ts";
import { rotateKeys } from "../../core/token-keys.ts";

const audience = "https://api.example.com";
const env = { TOKEN_AUDIENCES: `${audience}, billing`, BASE_URL: "http://accounts.test" };
const minute = 60_000;

describe("token", () => {
  let app: TestApp;
  let ada: Person;
  beforeEach(async () => {
    app = await testApp(env);
    ada = await app.person().isLoggedIn();
  });
  afterEach(() => app.close());

  it("is a signed statement, good for five minutes and one service, of who is logged in", async () => {
    await app.s.db.updateTable("users").set({ email_confirmed_at: 1 }).execute();
    const before = Math.floor(app.s.now() / 1_000);
    const answer = await asks();
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.json()).toEqual({ access_token: expect.any(String), token_type: "Bearer", expires_in: 300 });
    const { payload, protectedHeader } = await service()(tokenIn(answer));
    const user = await app.s.db.selectFrom("users").select("id").executeTakeFirstOrThrow();
    expect(protectedHeader).toEqual({ alg: "EdDSA", typ: "at+jwt", kid: expect.stringMatching(/^[\w-]{43}$/) });
    expect(payload).toEqual({
      iss: "http://accounts.test",
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

  it("says when the address is not confirmed, and when the password was last given", async () => {
    const first = decodeJwt(await getsToken());
    expect(first["email_verified"]).toBe(false);
    app.passes(30 * minute);
    expect(decodeJwt(await getsToken())["auth_time"]).toBe(first["auth_time"]);
    await ada.fillsIn("/confirm-password", { current_password: ada.identity.password });
    expect(decodeJwt(await getsToken())["auth_time"]).toBe((first["auth_time"] as number) + 30 * 60);
  });

  it("names the session as the person's own list does, and by nothing that opens it", async () => {
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

  it("is for services on the list only, and for one of them [ASVS 9.2.4]", async () => {
    for (const wanted of ["https://evil.test", "", audience.toUpperCase(), `${audience}/`, "*", `${audience}, billing`]) {
      const answer = await asks({ audience: wanted });
      expect([answer.status, answer.json()], wanted).toMatchObject([
        422,
        { error: { code: "invalid", fields: { audience: expect.any(String) } } },
      ]);
    }
    for (const wanted of [[audience], { $ne: 1 }, null]) expect((await asks({ audience: wanted })).status).toBe(422);
    expect((await asks({})).status).toBe(422);
    const token = tokenIn(await asks({ audience: "billing" }));
    await expect(service()(token)).rejects.toThrow('unexpected "aud"');
    expect((await service("billing")(token)).payload.aud).toBe("billing");
  });

  it("is for somebody logged in, with the token against forgery [ASVS 3.5.1]", async () => {
    expect((await app.person().sendsJson("/token", { audience })).status).toBe(401);
    expect((await ada.sendsJson("/token", { audience })).json()).toMatchObject({ error: { code: "bad-token" } });
    expect((await asks({ audience }, { origin: "https://evil.test" })).json()).toMatchObject({ error: { code: "foreign-origin" } });
    await ada.logsOut();
    expect((await ada.sendsJson("/token", { audience })).status).toBe(401);
  });

  it("can be got by hand, too", async () => {
    const wrong = await ada.fillsIn("/token", { audience: "nobody" });
    expect(wrong.status).toBe(422);
    expect(wrong.html).toContain('id="audience-problem"');
    expect((await service()(tokenIn(await ada.fillsIn("/token", { audience })))).payload["username"]).toBe("ada");
  });

  it("is not there while no service is named", async () => {
    const without = await testApp();
    const grace = await without.person({ username: "grace" }).isLoggedIn();
    const { token } = await grace.opens("/logout");
    expect((await grace.sendsJson("/token", { audience }, { "x-csrf-token": token })).status).toBe(404);
    for (const person of [grace, without.person()]) {
      for (const path of ["/token", "/.well-known/jwks.json"]) expect((await person.opens(path)).status).toBe(404);
    }
    await without.close();
  });

  describe("a service that knows only where the keys are", () => {
    it("refuses what we did not sign: no signature, a public key as a secret, another key [ASVS 9.1.1] [ASVS 9.1.2]", async () => {
      const token = await getsToken();
      const verify = service();
      await verify(token);
      const claims = decodeJwt(token);
      const { kid = "" } = decodeProtectedHeader(token);
      const { keys } = await keySet();
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
      for (const each of forged) await expect(verify(each), each).rejects.toThrow();
    });

    it("refuses a token after five minutes, and one of another issuer [ASVS 9.2.1]", async () => {
      const token = await getsToken();
      app.passes(5 * minute - 2_000);
      await service()(token);
      app.passes(2_000);
      await expect(service()(token)).rejects.toThrow('"exp"');
      await expect(jwtVerify(await getsToken(), remote(), { issuer: "http://other.test" })).rejects.toThrow('"iss"');
    });

    it("sees the public halves only, and may keep them for five minutes", async () => {
      await getsToken();
      const answer = await app.person().opens("/.well-known/jwks.json");
      expect(answer.json()).toEqual({
        keys: [{ kty: "OKP", crv: "Ed25519", x: expect.any(String), kid: expect.any(String), alg: "EdDSA", use: "sig" }],
      });
      expect(answer.headers.get("cache-control")).toBe("public, max-age=300");
      expect(answer.headers.get("content-type")).toContain("application/json");
    });

    it("is not told to remember that there is no key yet", async () => {
      const { headers, json } = await app.person().opens("/.well-known/jwks.json");
      expect([headers.get("cache-control"), json()]).toEqual(["no-store", { keys: [] }]);
    });

    it("gets no cookie with what a cache may hand to others", async () => {
      await getsToken();
      const ended = app.person();
      ended.cookies.set("latchkey_session", "a".repeat(43));
      expect((await ended.opens("/login")).setCookies.size).toBeGreaterThan(0);
      ended.cookies.set("latchkey_session", "a".repeat(43));
      expect((await ended.opens("/.well-known/jwks.json")).setCookies.size).toBe(0);
    });
  });

  describe("while keys are rotated", () => {
    it("is verified at every moment by keys that were fetched up to ten minutes ago [ASVS 11.2.2]", async () => {
      await getsToken();
      const fetched: { at: number; set: JSONWebKeySet }[] = [];
      const alive: { until: number; token: string }[] = [];
      const signers = new Set<string>();
      for (let at = 0; at < 45; at++) {
        if (at === 5) await rotateKeys(app.s);
        fetched.push({ at, set: await keySet() });
        const token = await getsToken();
        signers.add(decodeProtectedHeader(token).kid ?? "");
        alive.push({ until: at + 5, token });
        for (const each of alive.filter(({ until }) => at < until)) {
          for (const { set } of fetched.slice(-11)) await verified(each.token, createLocalJWKSet(set));
          await service()(each.token);
        }
        app.passes(minute - 10);
        await sweepOnce(app.s);
      }
      expect(signers.size).toBe(2);
      expect((await keySet()).keys).toHaveLength(1);
      expect(await app.s.db.selectFrom("token_keys").select("id").execute()).toHaveLength(1);
    });

    it("is signed by the new key only after fifteen minutes, and the old one stays until its last token has expired", async () => {
      const old = decodeProtectedHeader(await getsToken()).kid;
      const made = await rotateKeys(app.s);
      expect((await keySet()).keys.map(({ kid }) => kid)).toEqual([made, old]);
      app.passes(15 * minute - 1_000);
      const last = await getsToken();
      expect(decodeProtectedHeader(last).kid).toBe(old);
      app.passes(1_000);
      expect(decodeProtectedHeader(await getsToken()).kid).toBe(made);
      app.passes(5 * minute - 2_000);
      await service()(last);
      app.passes(minute + 2_000);
      expect((await keySet()).keys.map(({ kid }) => kid)).toEqual([made]);
    });

    it("is refused as soon as services fetch the keys again, where its key has leaked", async () => {
      const token = await getsToken();
      const made = await rotateKeys(app.s, { now: true });
      expect((await keySet()).keys.map(({ kid }) => kid)).toEqual([made]);
      await expect(service()(token)).rejects.toThrow("no applicable key");
      await service()(await getsToken());
    });

    it("has one next key, however many rotate at once, and one first key", async () => {
      const tokens = await Promise.all(Array.from({ length: 5 }, () => getsToken()));
      expect(new Set(tokens.map((each) => decodeProtectedHeader(each).kid)).size).toBe(1);
      const results = await Promise.allSettled(Array.from({ length: 5 }, () => rotateKeys(app.s)));
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const result of results) if (result.status === "rejected") expect(String(result.reason)).toMatch(/Nothing was changed/);
      expect((await keySet()).keys).toHaveLength(2);
    });
  });

  it("comes from keys that are encrypted where they are kept [ASVS 11.3.2]", async () => {
    await getsToken();
    const row = await app.s.db.selectFrom("token_keys").selectAll().executeTakeFirstOrThrow();
    expect(Buffer.from(row.private_key, "base64url").toString("latin1")).not.toContain('"d"');
    expect(row.private_key).not.toContain(row.public_key);
    expect(JSON.parse(app.s.signer.decrypt("token-key", row.private_key) ?? "")).toMatchObject({
      x: row.public_key,
      d: expect.any(String),
    });
    expect(app.s.signer.decrypt("letter", row.private_key)).toBeUndefined();
    expect(JSON.stringify(app.lines)).not.toContain(row.private_key);
  });

  it("does not depend on which SECRET_KEY of the list its key was encrypted with [ASVS 11.2.2]", async () => {
    const database = await makeDatabase();
    const start = async (keys: string) => {
      const each = await testApp({ ...env, DATABASE_URL: database.url, SECRET_KEY: keys });
      const grace = each.person({ username: "grace" });
      if ((await each.s.db.selectFrom("users").select("id").execute()).length === 0) await grace.signsUp();
      await grace.logsIn();
      return { each, answer: await post(grace, { audience }) };
    };
    const newer = "another key that is long enough to sign with";
    const kids: (string | undefined)[] = [];
    for (const keys of [secretKey, `${newer},${secretKey}`, `${newer},a third key that nobody needs at all,${secretKey}`]) {
      const { each, answer } = await start(keys);
      kids.push(decodeProtectedHeader(tokenIn(answer)).kid);
      await each.close();
    }
    expect(new Set(kids).size).toBe(1);
    const { each, answer } = await start(newer);
    expect(answer.status).toBe(500);
    expect(JSON.stringify(each.lines.map((line) => String((line as { err?: unknown }).err)))).toContain("SECRET_KEY does not open the key");
    await rotateKeys(each.s, { now: true });
    expect((await post(each.person(), { audience })).status).toBe(401);
    await each.close();
    const mended = await start(newer);
    expect(mended.answer.status).toBe(200);
    await mended.each.close();
    await database.remove();
  });

  it("has its keys listed and rotated by a command [ASVS 11.2.2]", { timeout: 60_000 }, async () => {
    const database = await makeDatabase();
    const own = await testApp({ ...env, DATABASE_URL: database.url });
    const run = (...words: string[]) => runCommand(database.folder, ["keys", ...words], { DATABASE_URL: database.url });
    expect(await run("list")).toEqual({ code: 0, said: "There are no keys yet. The first is made with the first token.\n" });
    const made = JSON.parse((await run("rotate", "--json")).said) as { made: string };
    const rotated = await run("rotate");
    expect(rotated).toEqual({
      code: 0,
      said: expect.stringMatching(/^\S{43} {2}waiting {2}signs from \S+\n\S{43} {2}signing {2}signs from \S+\n$/),
    });
    expect(await run("rotate")).toEqual({ code: 1, said: expect.stringMatching(/^latchkey: The key \S{43} is waiting already .*\n$/) });
    const { keys } = JSON.parse((await run("list", "--json")).said) as { keys: object[] };
    expect(keys).toEqual([
      expect.objectContaining({ state: "waiting", isReadable: true, publishedUntil: null }),
      expect.objectContaining({ id: made.made, state: "signing", publishedUntil: expect.any(Number) }),
    ]);
    const row = await own.s.db.selectFrom("token_keys").selectAll().where("id", "=", made.made).executeTakeFirstOrThrow();
    expect(JSON.stringify(keys)).not.toContain(row.private_key);
    const leaked = await run("rotate", "--now", "--json");
    expect((JSON.parse(leaked.said) as { keys: object[] }).keys).toEqual([expect.objectContaining({ state: "signing" })]);
    expect(await run("list")).toEqual({ code: 0, said: expect.stringContaining("signing") });
    expect((await run("turn")).code).toBe(2);
    await own.close();
    await database.remove();
  });

  function asks(body: object = { audience }, headers: Record<string, string> = {}): Promise<Answer> {
    return post(ada, body, headers);
  }

  async function getsToken(): Promise<string> {
    return tokenIn(await asks());
  }

  /** What a service does: it fetches the keys over HTTP, and verifies by them. Its clock is ours. */
  function service(own = audience): (token: string) => Promise<JWTVerifyResult> {
    const keys = remote();
    return (token) => verified(token, keys, own);
  }

  function remote() {
    return createRemoteJWKSet(new URL(`${app.url}/.well-known/jwks.json`));
  }

  function verified(token: string, keys: JWTVerifyGetKey, own = audience): Promise<JWTVerifyResult> {
    const options = { issuer: "http://accounts.test", audience: own, algorithms: ["EdDSA"], typ: "at+jwt" };
    return jwtVerify(token, keys, { ...options, currentDate: new Date(app.s.now()) });
  }

  async function keySet(): Promise<JSONWebKeySet> {
    return (await app.person().opens("/.well-known/jwks.json")).json() as JSONWebKeySet;
  }
});

async function post(person: Person, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const { csrfToken = "" } = (await person.opens("/token", { accept: "application/json" })).json() as { csrfToken?: string };
  return person.sendsJson("/token", body, { "x-csrf-token": csrfToken, ...headers });
}

function tokenIn(answer: Answer): string {
  return (answer.json() as { access_token: string }).access_token;
}
