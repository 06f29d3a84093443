/** Tests that a provider that lies, and a stranger on the way, win nothing (RFC 9700; OpenID Connect Core 1.0, 16). */
// Runs on one engine: it opens no database.
import { generateKeyPairSync, type KeyPairKeyObjectResult } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { testProtocol } from "../../../test/providers.ts";
import { newTestKey, publishedKey, signTestToken } from "../../library/test-provider-keys.ts";
import type { TestProviderEndpoint, TestProviderLies } from "../../testing.ts";
import { begin, complete } from "./protocol.ts";
import { partOf } from "./signatures.ts";

const refused = (reason: string, detail?: string) => ({ ok: false, reason, detail: detail ?? expect.any(String) });

/** Logs in at an honest provider first, so that a refusal has no other cause. */
async function lied(lies: TestProviderLies, options: Parameters<typeof testProtocol>[0] = {}, env: Record<string, string> = {}) {
  const under = await testProtocol(options, env);
  expect(await under.logIn()).toMatchObject({ ok: true });
  under.peer.lies = lies;
  return under.logIn();
}

const changed = (claims: Record<string, unknown>): TestProviderLies => ({ idToken: (truth) => ({ ...truth, ...claims }) });
const without = (claim: string): TestProviderLies => ({ idToken: ({ [claim]: _, ...rest }) => rest });
const at = 1_800_000_000;

describe("lying provider", () => {
  it.each<[string, TestProviderLies, string]>([
    ["the issuer of another provider", changed({ iss: "https://evil.example" }), "bad-answer"],
    ["the issuer with a slash", changed({ iss: "https://login.example.com/" }), "bad-answer"],
    ["the audience of another client", changed({ aud: "other-client" }), "bad-answer"],
    ["a further audience without authorized party", changed({ aud: ["test-client", "other-client"] }), "bad-answer"],
    ["another authorized party", changed({ aud: ["test-client", "other-client"], azp: "other-client" }), "bad-answer"],
    ["another nonce", changed({ nonce: "other" }), "bad-answer"],
    ["no nonce", without("nonce"), "bad-answer"],
    ["another access token (at_hash)", changed({ at_hash: "AAAAAAAAAAAAAAAAAAAAAA" }), "bad-answer"],
    ["a malformed at_hash", changed({ at_hash: 1 }), "bad-answer"],
    ["an end in the past", changed({ exp: at - 61 }), "clock"],
    ["an issue in the future", changed({ iat: at + 61, exp: at + 900 }), "clock"],
    ["a start in the future", changed({ nbf: at + 61 }), "clock"],
    ["no end", without("exp"), "bad-answer"],
    ["no issue time", without("iat"), "bad-answer"],
    ["an end that is text", changed({ exp: "never" }), "bad-answer"],
    ["no subject", without("sub"), "bad-answer"],
    ["an empty subject", changed({ sub: "" }), "bad-answer"],
    ["a subject that is a number", changed({ sub: 1001 }), "bad-answer"],
    ["a subject that is a list", changed({ sub: ["1001"] }), "bad-answer"],
    ["a subject of 256 characters", changed({ sub: "x".repeat(256) }), "bad-answer"],
    ["no signature", { signature: "none" }, "bad-answer"],
    ["an HMAC by the published key", { signature: "hmac" }, "bad-answer"],
    ["the signature of another key", { signature: "other-key" }, "bad-answer"],
    ["the signature of other claims", { signature: "tampered" }, "bad-answer"],
    ["the algorithm none in capital letters", { signature: "none", header: () => ({ alg: "NONE" }) }, "bad-answer"],
    ["an unknown key", { header: () => ({ kid: "other" }) }, "bad-answer"],
    ["an algorithm of another kind of key", { header: () => ({ alg: "RS256" }) }, "bad-answer"],
    ["an algorithm that is a member of objects", { header: () => ({ alg: "toString" }) }, "bad-answer"],
    ["a critical header", { header: () => ({ crit: ["x"], x: 1 }) }, "bad-answer"],
    ["no ID token", { token: ({ id_token: _, ...body }) => body }, "bad-answer"],
    ["an ID token that is no JWT", { token: (body) => ({ ...body, id_token: "a.b" }) }, "bad-answer"],
    ["an ID token that is a number", { token: (body) => ({ ...body, id_token: 1 }) }, "bad-answer"],
    ["a token type that is not bearer", { token: (body) => ({ ...body, token_type: "mac" }) }, "bad-answer"],
    ["no access token", { token: ({ access_token: _, ...body }) => body }, "bad-answer"],
    ["a token response that is a list", { token: () => [] }, "bad-answer"],
  ])(
    "lying provider: an ID token with %s is refused",
    { tags: ["asvs-6.8.2", "asvs-9.1.1", "asvs-9.1.2", "asvs-9.2.1", "asvs-10.5.1", "asvs-10.5.4"] },
    async (_, lies, reason) => {
      expect(await lied(lies)).toEqual(refused(reason));
    },
  );

  it("lying provider: metadata that offers none and HMAC changes nothing", async () => {
    for (const signature of ["none", "hmac"] as const) {
      const { peer, logIn } = await testProtocol();
      const offers = { id_token_signing_alg_values_supported: ["none", "HS256", "ES256"] };
      peer.lies = { metadata: (metadata) => ({ ...metadata, ...offers }), signature };
      expect(await logIn()).toEqual(refused("bad-answer"));
    }
  });

  it("lying provider: a clock problem names the seconds and the remedy", async () => {
    const under = await testProtocol();
    under.skewMs = 200_000;
    expect(await under.logIn()).toEqual(
      refused("clock", "The ID token was issued 200 seconds in the future. Check the clock of this server."),
    );
    under.skewMs = -500_000;
    expect(await under.logIn()).toEqual(
      refused(
        "clock",
        expect.stringMatching(/^The time exp of the ID token is (?:199|200) seconds ago\. Check the clock of this server\.$/),
      ),
    );
  });

  it("lying provider: weak, secret and foreign keys are not used", async () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 1_024 });
    const weak = { ...publicKey.export({ format: "jwk" }), use: "sig" };
    for (const keys of [[weak], [{ kty: "oct", k: "AAAA", kid: "key-1" }], [null, 1, "x"], [], "none"]) {
      const { peer, logIn } = await testProtocol();
      peer.lies = { keys: () => ({ keys }) };
      expect(await logIn()).toEqual(refused("bad-answer"));
    }
    const { peer, logIn } = await testProtocol();
    peer.lies = { keys: ({ keys }) => ({ keys: (keys as object[]).map((key) => ({ ...key, use: "enc" })) }) };
    expect(await logIn()).toEqual(refused("bad-answer"));
  });

  it.each<[string, "RS256" | "ES256", () => KeyPairKeyObjectResult]>([
    ["an RSA key of 1024 bits", "RS256", () => generateKeyPairSync("rsa", { modulusLength: 1_024 })],
    ["a key on another curve than its algorithm's", "ES256", () => generateKeyPairSync("ec", { namedCurve: "P-384" })],
  ])("lying provider: a valid signature by %s is refused", async (_, algorithm, newPair) => {
    const { peer, s, provider } = await testProtocol();
    const pair = newPair();
    const good = newTestKey(algorithm, "own");
    for (const key of [{ ...good, ...pair }, good]) {
      const { alg: _alg, ...published } = publishedKey(key);
      peer.lies = {
        metadata: (metadata) => ({ ...metadata, id_token_signing_alg_values_supported: [algorithm] }),
        keys: () => ({ keys: [published] }),
        token: (body) => ({ ...body, id_token: signTestToken(key, { header: {}, claims: partOf(String(body["id_token"]), 1) }) }),
      };
      // Metadata and keys of its own.
      const fresh = { ...provider };
      const begun = await begin(s, fresh);
      if (!begun.ok) throw new Error(begun.detail);
      const { url } = await peer.authorize(begun.url);
      expect(await complete(s, fresh, begun.attempt, new URL(url).searchParams)).toMatchObject({ ok: key === good });
    }
  });

  it("lying provider: user info of another user is refused", async () => {
    const lies = { userInfo: (body: object) => ({ ...body, sub: "1002", email: "eve@example.com" }) };
    expect(await lied(lies, { claimsIn: "user-info" })).toEqual(
      refused("bad-answer", "The user info is of another user than the ID token."),
    );
  });

  it("lying provider: user info overrides no claim of the ID token", async () => {
    const { peer, logIn } = await testProtocol({}, { ROLES: "groups:admins>admin" });
    peer.user = { sub: "1001", email: "ada@example.com", email_verified: false };
    peer.lies = { userInfo: (body) => ({ ...body, email: "bob@example.com", email_verified: true }) };
    expect(await logIn()).toMatchObject({ identity: { email: "ada@example.com", isEmailVouched: false } });
  });

  it("lying provider: an email that is no address is no email", async () => {
    for (const email of ["a@b@c.example", "ada", "ada@example.com\nBcc: x@example.com", 1, ["ada@example.com"], null]) {
      const result = await lied(changed({ email }));
      expect(result.ok && [result.identity.email, result.identity.isEmailVouched]).toEqual([undefined, false]);
    }
  });

  it("lying provider: email_verified counts only if it is true", async () => {
    for (const claim of ["yes", 1, "TRUE", {}, "false", null]) {
      const result = await lied(changed({ email_verified: claim }));
      expect(result.ok && result.identity.isEmailVouched).toBe(false);
    }
  });

  it.each(["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"])(
    "lying provider: metadata whose %s is not https is refused, and nothing is sent there",
    { tags: ["asvs-12.3.1"] },
    async (name) => {
      for (const url of ["http://login.example.com/x", "http://localhost/x", "file:///etc/passwd", "javascript:alert(1)", "//x"]) {
        const { peer, s, provider } = await testProtocol();
        peer.lies = { metadata: (metadata) => ({ ...metadata, [name]: url }) };
        expect(await begin(s, provider)).toEqual(refused("misconfigured", `Its ${name} is not https.`));
        expect(peer.requests).toEqual(["metadata"]);
      }
    },
  );

  it("lying provider: metadata of another issuer is refused", { tags: ["asvs-6.8.1", "asvs-10.5.3"] }, async () => {
    for (const issuer of ["https://evil.example", "https://login.example.com/", "HTTPS://login.example.com", undefined, 1]) {
      const { peer, s, provider } = await testProtocol();
      peer.lies = { metadata: (metadata) => ({ ...metadata, issuer }) };
      expect(await begin(s, provider)).toEqual(
        refused("misconfigured", `Its metadata has the issuer ${issuer}, not https://login.example.com.`),
      );
    }
  });

  it("lying provider: its texts reach the log in one short line", { tags: ["asvs-16.2.5"] }, async () => {
    const text = `forged\r\n{"level":60}\u2028${"x".repeat(5_000)}`;
    const result = await lied({
      callback: ({ code: _, ...parameters }) => ({ ...parameters, error: "bad\nrequest", error_description: text }),
    });
    if (result.ok) throw new Error("It was accepted.");
    expect(result.detail).not.toMatch(/[\p{Cc}\u2028]/u);
    expect(result.detail.length).toBeLessThan(300);
  });
});

describe("stranger on the way", () => {
  it.each<[string, TestProviderLies]>([
    ["another state", { callback: (parameters) => ({ ...parameters, state: "other" }) }],
    ["no state", { callback: ({ state: _, ...parameters }) => parameters }],
    ["the issuer of another provider (mix-up)", { callback: (parameters) => ({ ...parameters, iss: "https://evil.example" }) }],
    ["no issuer, although the metadata promises one (mix-up)", { callback: ({ iss: _, ...parameters }) => parameters }],
    ["no code", { callback: ({ code: _, ...parameters }) => parameters }],
    ["an ID token (implicit flow)", { callback: (parameters) => ({ ...parameters, id_token: "a.b.c" }) }],
    ["a signed response (JARM)", { callback: (parameters) => ({ ...parameters, response: "a.b.c" }) }],
    ["an error without its state", { callback: () => ({ error: "access_denied", iss: "https://login.example.com" }) }],
  ])(
    "stranger on the way: a callback with %s sends no code anywhere",
    { tags: ["asvs-10.1.2", "asvs-10.2.1", "asvs-10.2.2"] },
    async (_, lies) => {
      const { logIn, peer } = await testProtocol();
      peer.lies = lies;
      expect(await logIn()).toEqual(refused("bad-answer"));
      expect(peer.requests).not.toContain("token");
    },
  );

  it("stranger on the way: a parameter that is given twice is refused", { tags: ["asvs-15.3.7"] }, async () => {
    const { goThere, peer, s, provider } = await testProtocol();
    for (const name of ["code", "state", "iss"]) {
      const { attempt, parameters } = await goThere();
      parameters.append(name, "other");
      expect(await complete(s, provider, attempt, parameters)).toEqual(refused("bad-answer"));
    }
    expect(peer.requests).not.toContain("token");
  });

  it("stranger on the way: the attempt of one provider is worth nothing at another (mix-up)", {
    tags: ["asvs-6.8.1", "asvs-10.2.2"],
  }, async () => {
    const [first, second] = [await testProtocol(), await testProtocol({ preset: "gitlab" })];
    const { attempt, parameters } = await first.goThere();
    expect(await complete(second.s, second.provider, attempt, parameters)).toEqual(refused("expired"));
    expect(await complete(first.s, first.provider, { ...attempt, issuer: "https://evil.example" }, parameters)).toEqual(refused("expired"));
    expect(second.peer.requests).toEqual([]);
  });

  it("stranger on the way: each provider has its own redirect URI (mix-up)", async () => {
    for (const preset of ["github", "gitlab"]) {
      const { s, provider } = await testProtocol({ preset });
      const begun = await begin(s, provider);
      expect(begun.ok && new URL(begun.url).searchParams.get("redirect_uri")).toBe(`https://accounts.example.com/oauth/callback/${preset}`);
    }
  });

  it("stranger on the way: a code is used once", async () => {
    const { goThere, s, provider } = await testProtocol();
    const { attempt, parameters } = await goThere();
    expect(await complete(s, provider, attempt, parameters)).toMatchObject({ ok: true });
    expect(await complete(s, provider, attempt, parameters)).toEqual(refused("expired"));
  });

  it("stranger on the way: an attempt ends after ten minutes, and none is of the future", async () => {
    const { goThere, s, provider, passes } = await testProtocol();
    const { attempt, parameters } = await goThere();
    expect(await complete(s, provider, { ...attempt, createdAt: attempt.createdAt + 60_001 }, parameters)).toEqual(refused("expired"));
    passes(600_001);
    expect(await complete(s, provider, attempt, parameters)).toEqual(refused("expired"));
  });

  it("stranger on the way: a code of another browser is refused by PKCE, and by the nonce where the provider ignores PKCE", {
    tags: ["asvs-10.1.2", "asvs-10.2.1"],
  }, async () => {
    const { goThere, peer, s, provider } = await testProtocol();
    const [victim, stranger] = [await goThere(), await goThere()];
    victim.parameters.set("code", stranger.parameters.get("code") ?? "");
    expect(await complete(s, provider, victim.attempt, victim.parameters)).toEqual(refused("expired"));
    const [again, other] = [await goThere(), await goThere()];
    const attempt = { ...again.attempt, verifier: other.attempt.verifier };
    again.parameters.set("code", other.parameters.get("code") ?? "");
    expect(await complete(s, provider, attempt, again.parameters)).toEqual(
      refused("bad-answer", 'unexpected ID Token "nonce" claim value'),
    );
    expect(peer.requests.filter((each) => each === "token")).toHaveLength(2);
  });

  it("stranger on the way: an error of the provider is told apart", async () => {
    const answers: [string, string][] = [
      ["access_denied", "denied"],
      ["user_cancelled_authorize", "denied"],
      ["login_required", "denied"],
      ["temporarily_unavailable", "unreachable"],
      ["server_error", "unreachable"],
      ["invalid_scope", "bad-answer"],
    ];
    for (const [error, reason] of answers) {
      const { peer, logIn } = await testProtocol();
      peer.lies = { callback: ({ code: _, ...parameters }) => ({ ...parameters, error }) };
      expect([error, await logIn()]).toEqual([error, refused(reason, `The provider answered ${error}.`)]);
    }
    const { peer, logIn } = await testProtocol();
    peer.user = undefined;
    expect(await logIn()).toEqual(refused("denied"));
  });

  it("stranger on the way: a refusal contains neither code nor token nor secret", { tags: ["asvs-16.2.5"] }, async () => {
    const lies: TestProviderLies[] = [
      changed({ iss: "https://evil.example" }),
      { signature: "other-key" },
      { token: () => ({ error: "invalid_client" }) },
      { callback: (parameters) => ({ ...parameters, state: "other" }) },
    ];
    for (const lie of lies) {
      const { peer, goThere, s, provider } = await testProtocol();
      peer.lies = lie;
      const { attempt, parameters } = await goThere();
      const result = JSON.stringify(await complete(s, provider, attempt, parameters));
      const secrets = [...Object.values(attempt).filter((each) => String(each).length === 43), parameters.get("code"), provider.secret];
      for (const secret of secrets) expect(result).not.toContain(String(secret));
    }
  });
});

describe("hostile responses", () => {
  afterEach(() => vi.useRealTimers());

  /** Each endpoint, with a provider that has it. */
  const endpoints: [TestProviderEndpoint, Parameters<typeof testProtocol>[0]][] = [
    ["metadata", {}],
    ["keys", {}],
    ["token", {}],
    ["user-info", { claimsIn: "user-info" }],
    ["token", { preset: "github" }],
    ["user-info", { preset: "github" }],
    ["emails", { preset: "github" }],
  ];

  async function answers(endpoint: TestProviderEndpoint, options: Parameters<typeof testProtocol>[0], response: () => Response) {
    const under = await testProtocol(options);
    under.peer.lies = { respond: (where, truth) => (where === endpoint ? response() : truth) };
    const work = endpoint === "metadata" ? begin(under.s, under.provider) : under.logIn();
    return { under, work };
  }

  it.each(endpoints)(
    "hostile responses: a redirect of %s with %o is not followed",
    { tags: ["asvs-15.3.2"] },
    async (endpoint, options) => {
      for (const status of [301, 302, 303, 307, 308]) {
        const location = "https://evil.example/steal";
        const { under, work } = await answers(endpoint, options, () => new Response("x", { status, headers: { location } }));
        const asked: string[] = [];
        const send = under.peer.fetch;
        Object.assign(under.s.custom, {
          fetchProvider: (input: string, init: RequestInit) => {
            asked.push(input);
            expect(init.redirect).toBe("manual");
            return send(input, init);
          },
        });
        const result = await work;
        expect(result).toEqual(refused(endpoint === "metadata" ? "misconfigured" : "bad-answer"));
        expect(result.ok || result.detail).toContain("and redirects are not followed.");
        expect(asked.filter((url) => url.startsWith("https://evil.example"))).toEqual([]);
      }
    },
  );

  it.each(endpoints)(
    "hostile responses: ten megabytes of %s with %o are read to the first",
    { tags: ["asvs-15.2.2"] },
    async (endpoint, options) => {
      let sent = 0;
      const endless = () =>
        new ReadableStream({
          pull: (controller) => {
            sent += 65_536;
            controller.enqueue(new Uint8Array(65_536).fill(32));
            if (sent >= 10_000_000) controller.close();
          },
        });
      const { work } = await answers(
        endpoint,
        options,
        () => Response.json({}, {}) && new Response(endless(), { headers: { "content-type": "application/json" } }),
      );
      const result = await work;
      expect(result).toEqual(refused(endpoint === "metadata" ? "misconfigured" : "bad-answer"));
      expect(result.ok || result.detail).toMatch(/sent more than 1 MB\.$/);
      expect(sent).toBeLessThan(1_500_000);
    },
  );

  it.each(endpoints)(
    "hostile responses: a slow drip of %s with %o ends after five seconds",
    { tags: ["asvs-16.5.2"] },
    async (endpoint, options) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      let isCancelled = false;
      const asked = Promise.withResolvers<void>();
      const drip = () =>
        new ReadableStream({
          start: (controller) => {
            controller.enqueue(new Uint8Array([123]));
            asked.resolve();
          },
          pull: () => new Promise(() => {}),
          cancel: () => {
            isCancelled = true;
          },
        });
      const { work } = await answers(endpoint, options, () => new Response(drip(), { headers: { "content-type": "application/json" } }));
      await asked.promise;
      await vi.advanceTimersByTimeAsync(4_999);
      expect(isCancelled).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(await work).toEqual(refused("unreachable", expect.stringMatching(/ took more than 5 seconds\.$/)));
      expect(isCancelled).toBe(true);
    },
  );

  it.each(endpoints)("hostile responses: silence of %s with %o ends after five seconds", async (endpoint, options) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const under = await testProtocol(options);
    const asked = Promise.withResolvers<void>();
    const silence = () => {
      asked.resolve();
      return new Promise<Response>(() => {});
    };
    under.peer.lies = { respond: (where, truth) => (where === endpoint ? silence() : truth) };
    const work = endpoint === "metadata" ? begin(under.s, under.provider) : under.logIn();
    await asked.promise;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await work).toEqual(refused("unreachable"));
  });

  it.each(endpoints)("hostile responses: %s with %o that is no JSON, or no object, is refused", async (endpoint, options) => {
    for (const body of ["", "<html>", "null", "1", '"x"', "{", "[[[[[["]) {
      const { work } = await answers(endpoint, options, () => new Response(body, { headers: { "content-type": "application/json" } }));
      expect([body, await work]).toEqual([body, refused(endpoint === "metadata" ? "misconfigured" : "bad-answer")]);
    }
  });
});
