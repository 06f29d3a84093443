import { createLocalJWKSet, decodeProtectedHeader, importJWK, type JSONWebKeySet, jwtVerify, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../test/database.ts";
import { type Person, secretKey, type TestApp, testApp } from "../../../test/person.ts";
import { runCommand } from "../../../test/program.ts";
import { audience, publishedKeys, requestToken, tokenIn, tokenSettings, verifierFor, verify } from "../../../test/resource-server.ts";
import { decryptColumn } from "../encrypted-column.ts";
import { cleanupExpired } from "../maintenance/cleanup.ts";
import { listKeys, privateSigningKeys, requireSigningKey, rotateKeys, type SigningAlgorithm, signingAlgorithms } from "./signing-keys.ts";

const minute = 60_000;

describe("signing keys", () => {
  let app: TestApp;
  let ada: Person;
  beforeEach(async () => {
    app = await testApp(tokenSettings);
    ada = await app.person().isLoggedIn();
  });
  afterEach(() => app.close());

  describe("rotation", () => {
    it("signing keys: during a rotation, every token verifies with keys fetched up to ten minutes ago", {
      tags: ["asvs-11.2.2"],
    }, async () => {
      await getsToken();
      const fetched: { at: number; set: JSONWebKeySet }[] = [];
      const alive: { until: number; token: string }[] = [];
      const signers = new Set<string>();
      for (let at = 0; at < 45; at++) {
        if (at === 5) await rotateKeys(app.s, { algorithm: "EdDSA" });
        fetched.push({ at, set: await publishedKeys(app) });
        const token = await getsToken();
        signers.add(decodeProtectedHeader(token).kid ?? "");
        alive.push({ until: at + 5, token });
        // Most of the sets are equal, and each verification of equal sets takes its time.
        const distinct = new Map(fetched.slice(-11).map(({ set }) => [JSON.stringify(set), createLocalJWKSet(set)]));
        const verifies = verifierFor(app);
        for (const each of alive.filter(({ until }) => at < until)) {
          for (const set of distinct.values()) await verify(app, each.token, set);
          await verifies(each.token);
        }
        app.passes(minute - 10);
        await cleanupExpired(app.s);
      }
      expect(signers.size).toBe(2);
      expect((await publishedKeys(app)).keys).toHaveLength(1);
      expect(await app.s.db.selectFrom("signing_keys").select("id").execute()).toHaveLength(1);
    });

    it("signing keys: a new key signs after 15 minutes, and the old one is published until its last token has expired", async () => {
      const old = decodeProtectedHeader(await getsToken()).kid;
      const created = await rotateKeys(app.s, { algorithm: "EdDSA" });
      expect((await publishedKeys(app)).keys.map(({ kid }) => kid)).toEqual([created, old]);
      app.passes(14 * minute);
      const last = await getsToken();
      expect(decodeProtectedHeader(last).kid).toBe(old);
      app.passes(minute);
      expect(decodeProtectedHeader(await getsToken()).kid).toBe(created);
      app.passes(3 * minute);
      await verifierFor(app)(last);
      app.passes(3 * minute);
      expect((await publishedKeys(app)).keys.map(({ kid }) => kid)).toEqual([created]);
    });

    it("signing keys: rotation with now removes the old key, and its tokens are rejected", async () => {
      const token = await getsToken();
      const created = await rotateKeys(app.s, { algorithm: "EdDSA", now: true });
      expect((await publishedKeys(app)).keys.map(({ kid }) => kid)).toEqual([created]);
      await expect(verifierFor(app)(token)).rejects.toThrow("no applicable key");
      await verifierFor(app)(await getsToken());
    });

    it("signing keys: of five concurrent first tokens and rotations, one creates a key", async () => {
      const tokens = await Promise.all(Array.from({ length: 5 }, () => getsToken()));
      expect(new Set(tokens.map((each) => decodeProtectedHeader(each).kid)).size).toBe(1);
      const results = await Promise.allSettled(Array.from({ length: 5 }, () => rotateKeys(app.s, { algorithm: "EdDSA" })));
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const result of results) if (result.status === "rejected") expect(String(result.reason)).toMatch(/Nothing was changed/);
      expect((await publishedKeys(app)).keys).toHaveLength(2);
    });
  });

  it("signing keys: each algorithm has a current key of its own, published, verifiable and rotated alone", {
    tags: ["asvs-11.2.2"],
  }, async () => {
    const sign = async (algorithm: SigningAlgorithm) => {
      const { id, key } = await requireSigningKey(app.s, algorithm);
      const jwt = new SignJWT({}).setProtectedHeader({ alg: algorithm, kid: id });
      return { id, jwt: await jwt.sign(await importJWK(key, algorithm)) };
    };
    const created = await Promise.all(signingAlgorithms.map(sign));
    const { keys } = await publishedKeys(app);
    expect(new Set(keys.map(({ alg }) => alg))).toEqual(new Set(["EdDSA", "ES256", "RS256"]));
    for (const { n, d, p, q, use } of keys) {
      expect([d, p, q, use]).toEqual([undefined, undefined, undefined, "sig"]);
      if (n !== undefined) expect(Buffer.from(n, "base64url")).toHaveLength(384);
    }
    for (const { jwt } of created) await jwtVerify(jwt, createLocalJWKSet({ keys }));
    const rotated = await rotateKeys(app.s, { algorithm: "ES256", now: true });
    expect((await sign("ES256")).id).toBe(rotated);
    const others = created.filter((_, i) => signingAlgorithms[i] !== "ES256").map(({ id }) => id);
    expect(new Set((await publishedKeys(app)).keys.map(({ kid }) => kid))).toEqual(new Set([rotated, ...others]));
    await rotateKeys(app.s, { algorithm: "EdDSA" });
    const states = (await listKeys(app.s)).map(({ algorithm, state }) => `${algorithm} ${state}`);
    expect(states).toHaveLength(4);
    expect(new Set(states)).toEqual(new Set(["ES256 signing", "EdDSA signing", "EdDSA waiting", "RS256 signing"]));
  });

  it("signing keys: of four concurrent requests, one creates the first key of an algorithm", async () => {
    const created = await Promise.all(Array.from({ length: 4 }, () => requireSigningKey(app.s, "ES256")));
    expect(new Set(created.map(({ id }) => id)).size).toBe(1);
  });

  it("signing keys: a private key copied to another row does not sign", { tags: ["asvs-11.3.3"] }, async () => {
    const one = await requireSigningKey(app.s, "ES256");
    const rotated = await rotateKeys(app.s, { algorithm: "ES256", now: true });
    const { private_key } = await app.s.db.selectFrom("signing_keys").select("private_key").executeTakeFirstOrThrow();
    await app.s.db.updateTable("signing_keys").set({ id: one.id, private_key }).where("id", "=", rotated).execute();
    await expect(requireSigningKey(app.s, "ES256")).rejects.toThrow(`The signing key ${one.id} was changed in the database.`);
  });

  it("signing keys: the private key is stored encrypted", { tags: ["asvs-11.3.2"] }, async () => {
    await getsToken();
    const row = await app.s.db.selectFrom("signing_keys").selectAll().executeTakeFirstOrThrow();
    expect(row.private_key).toMatch(/^v1\.[0-9a-f]{16}\.[\w-]+$/);
    const { x } = JSON.parse(row.public_key) as { x: string };
    const decrypted = JSON.parse(decryptColumn(app.s, privateSigningKeys, row.id, row.private_key)) as { x: string; d: string };
    expect(decrypted).toMatchObject({ x, d: expect.stringMatching(/^[\w-]{43}$/) });
    const stored = Buffer.from(row.private_key.split(".")[2] ?? "", "base64url");
    for (const part of [decrypted.d, Buffer.from(decrypted.d, "base64url")]) expect(stored.includes(part)).toBe(false);
    expect(row.public_key).not.toContain('"d"');
    expect(JSON.stringify(app.lines)).not.toContain(row.private_key);
  });

  it("signing keys: are decrypted by any key of SECRET_KEY, and by no other", { tags: ["asvs-11.2.2"] }, async () => {
    const database = await makeDatabase();
    const start = async (keys: string) => {
      const each = await testApp({ ...tokenSettings, DATABASE_URL: database.url, SECRET_KEY: keys });
      const grace = each.person({ username: "grace" });
      if ((await each.s.db.selectFrom("users").select("id").execute()).length === 0) await grace.signsUp();
      await grace.logsIn();
      return { each, answer: await requestToken(grace, { audience }) };
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
    const errors = JSON.stringify(each.lines.map((line) => String((line as { err?: unknown }).err)));
    expect(errors).toContain("cannot be decrypted");
    expect(errors).toContain(`SECRET_KEY lacks the key with the ID ${app.s.keyring.keyId}`);
    for (const secret of [secretKey, newer]) expect(errors).not.toContain(secret);
    await rotateKeys(each.s, { algorithm: "EdDSA", now: true });
    expect((await requestToken(each.person(), { audience })).status).toBe(401);
    await each.close();
    const mended = await start(newer);
    expect(mended.answer.status).toBe(200);
    await mended.each.close();
    await database.remove();
  });

  it("signing keys: are listed and rotated by commands", { tags: ["asvs-11.2.2"] }, async () => {
    const database = await makeDatabase();
    const own = await testApp({ ...tokenSettings, DATABASE_URL: database.url });
    const run = (...words: string[]) => runCommand(database.folder, ["keys", ...words], { DATABASE_URL: database.url });
    expect(await run("list")).toEqual({ code: 0, output: "No keys yet. The first token creates one.\n" });
    const rotation = JSON.parse((await run("rotate", "--json")).output) as { created: string };
    const rotated = await run("rotate");
    expect(rotated).toEqual({
      code: 0,
      output: expect.stringMatching(/^\S{43} {2}EdDSA {2}waiting {2}signs from \S+\n\S{43} {2}EdDSA {2}signing {2}signs from \S+\n$/),
    });
    expect(await run("rotate")).toEqual({ code: 1, output: expect.stringMatching(/^error: The key \S{43} is already published .*\n$/) });
    const { keys } = JSON.parse((await run("list", "--json")).output) as { keys: object[] };
    expect(keys).toEqual([
      expect.objectContaining({ state: "waiting", isReadable: true, publishedUntil: null }),
      expect.objectContaining({ id: rotation.created, state: "signing", publishedUntil: expect.any(Number) }),
    ]);
    const row = await own.s.db.selectFrom("signing_keys").selectAll().where("id", "=", rotation.created).executeTakeFirstOrThrow();
    expect(JSON.stringify(keys)).not.toContain(row.private_key);
    const leaked = await run("rotate", "--now", "--json");
    expect((JSON.parse(leaked.output) as { keys: object[] }).keys).toEqual([expect.objectContaining({ state: "signing" })]);
    expect(await run("list")).toEqual({ code: 0, output: expect.stringContaining("signing") });
    expect((await run("turn")).code).toBe(2);
    const other = JSON.parse((await run("rotate", "--algorithm", "RS256", "--json")).output) as { keys: object[] };
    expect(other.keys).toEqual(
      expect.arrayContaining([expect.objectContaining({ algorithm: "EdDSA" }), expect.objectContaining({ algorithm: "RS256" })]),
    );
    expect((await run("rotate", "--algorithm", "none")).code).toBe(2);
    await own.close();
    await database.remove();
  });

  async function getsToken(): Promise<string> {
    return tokenIn(await requestToken(ada));
  }
});
