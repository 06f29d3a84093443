/** Tests logins at honest providers: each preset, claims, caches and the breaker. */
// Runs on one engine: it opens no database.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { testProtocol } from "../../../test/providers.ts";
import { presets } from "../../config/providers/presets.data.ts";
import { begin, complete } from "./protocol.ts";
import { partOf } from "./signatures.ts";

describe("provider protocol", () => {
  it("provider protocol: the request has PKCE, state, nonce and the redirect URI of its provider", {
    tags: ["asvs-10.2.3", "asvs-11.5.1"],
  }, async () => {
    const { s, provider } = await testProtocol();
    const begun = await begin(s, provider, { maxAge: 0, loginHint: "ada@example.com" });
    if (!begun.ok) throw new Error(begun.detail);
    const { attempt, url } = begun;
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      response_type: "code",
      client_id: "test-client",
      redirect_uri: "https://accounts.example.com/oauth/callback/work",
      scope: "openid email profile",
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: createHash("sha256").update(attempt.verifier).digest("base64url"),
      code_challenge_method: "S256",
      prompt: "select_account",
      max_age: "0",
      login_hint: "ada@example.com",
    });
    expect(new Set([attempt.state, attempt.nonce, attempt.verifier]).size).toBe(3);
    for (const secret of [attempt.state, attempt.nonce, attempt.verifier]) expect(secret).toMatch(/^[\w-]{43}$/);
  });

  it("provider protocol: prompt=select_account is sent only to providers that list it", async () => {
    const { s, provider, peer } = await testProtocol();
    peer.lies = { metadata: (metadata) => ({ ...metadata, prompt_values_supported: ["none", "login"] }) };
    const begun = await begin(s, provider);
    expect(begun.ok && new URL(begun.url).searchParams.get("prompt")).toBe(null);
  });

  it.each(Object.keys(presets))("provider protocol: %s proves an identity", async (preset) => {
    const { logIn, provider } = await testProtocol({ preset });
    const result = await logIn();
    if (!result.ok) throw new Error(`${result.reason}: ${result.detail}`);
    const { claims: _, sid: __, ...identity } = result.identity;
    expect(identity).toMatchObject({
      provider: preset,
      issuer: provider.issuer.replace("{tenantid}", "72f988bf-86f1-41af-91ab-2d7cd011db47"),
      amr: [],
    });
    expect([preset, identity.subject, identity.email ?? null, identity.isEmailVouched]).toEqual([
      preset,
      ...(expected[preset] ?? ["1001", "ada@example.com", true]),
    ]);
    expect(identity.name).toBe(preset === "twitch" ? "Ada Lovelace" : "Ada Lovelace");
  });

  it("provider protocol: GitHub Enterprise proves an identity of its own issuer, and gets no request of github.com", async () => {
    const urls: string[] = [];
    const { s, provider, peer } = await testProtocol({ preset: "github" }, { ISSUER: "https://github.example.com" });
    const atPreset = (url: string) =>
      url
        .replace("https://github.example.com/api/v3/", "https://api.github.com/")
        .replace("https://github.example.com/", "https://github.com/");
    const fetchProvider: typeof fetch = (input, init) => {
      const url = String(input instanceof Request ? input.url : input);
      urls.push(url);
      return peer.fetch(atPreset(url), init);
    };
    const enterprise = { ...s, custom: { ...s.custom, fetchProvider } };
    const begun = await begin(enterprise, provider);
    if (!begun.ok) throw new Error(begun.detail);
    expect(begun.url).toMatch(/^https:\/\/github\.example\.com\/login\/oauth\/authorize\?/);
    const { url } = await peer.authorize(atPreset(begun.url));
    // Its responses name it as their issuer.
    const parameters = new URL(url).searchParams;
    if (parameters.has("iss")) parameters.set("iss", "https://github.example.com/login/oauth");
    const done = await complete(enterprise, provider, begun.attempt, parameters);
    expect(done).toMatchObject({ ok: true, identity: { issuer: "https://github.example.com", subject: "1001", isEmailVouched: true } });
    expect(urls).toEqual([
      "https://github.example.com/login/oauth/access_token",
      "https://github.example.com/api/v3/user",
      "https://github.example.com/api/v3/user/emails",
    ]);
    // Mix-up: a response of github.com is not one of it.
    parameters.set("iss", "https://github.com/login/oauth");
    expect(await complete(enterprise, provider, begun.attempt, parameters)).toMatchObject({ ok: false });
  });

  /** Presets that identify otherwise, or that are not believed. */
  const expected: Readonly<Record<string, [string, string | null, boolean]>> = {
    facebook: ["1001", "ada@example.com", false],
    spotify: ["1001", "ada@example.com", false],
    slack: ["T0001/1001", "ada@example.com", false],
    x: ["1001", "ada@example.com", false],
  };

  it("provider protocol: claims of the user info complete those of the ID token", async () => {
    const { logIn, peer } = await testProtocol({ claimsIn: "user-info" });
    expect(await logIn()).toMatchObject({ ok: true, identity: { email: "ada@example.com", isEmailVouched: true, name: "Ada Lovelace" } });
    expect(peer.requests).toEqual(["metadata", "authorize", "token", "keys", "user-info"]);
  });

  it("provider protocol: user info is not asked if the ID token says everything", async () => {
    const { logIn, peer } = await testProtocol();
    await logIn();
    await logIn();
    expect(peer.requests).toEqual(["metadata", "authorize", "token", "keys", "authorize", "token"]);
  });

  it("provider protocol: roles ask the user info for their claim", async () => {
    const { logIn, peer } = await testProtocol({}, { ROLES: "groups:admins>admin" });
    peer.lies = { userInfo: (body) => ({ ...body, groups: ["admins"] }) };
    expect(await logIn()).toMatchObject({ ok: true, identity: { claims: { groups: ["admins"] } } });
  });

  it("provider protocol: amr, auth_time and sid come from the ID token", { tags: ["asvs-6.8.4"] }, async () => {
    const { logIn, peer, s } = await testProtocol();
    peer.user = { sub: "1001", amr: ["pwd", "mfa", 1] };
    const result = await logIn({ maxAge: 0 });
    expect(result).toMatchObject({ ok: true, identity: { amr: ["pwd", "mfa"], authTime: s.now(), sid: peer.sid, isEmailVouched: false } });
    expect(result.ok && "email" in result.identity).toBe(false);
  });

  it("provider protocol: tokens are returned only where they are to be kept", async () => {
    expect(await (await testProtocol()).logIn()).not.toHaveProperty("tokens");
    const { logIn, s } = await testProtocol({}, { KEEP_TOKENS: "on" });
    expect(await logIn()).toMatchObject({
      tokens: {
        accessToken: expect.any(String),
        refreshToken: expect.any(String),
        idToken: expect.any(String),
        expiresAt: s.now() + 3_600_000,
      },
    });
  });

  it.each(["RS256", "PS256", "EdDSA", "ES256"] as const)("provider protocol: ID tokens with %s are accepted", async (algorithm) => {
    expect(await (await testProtocol({ algorithm })).logIn()).toMatchObject({ ok: true });
  });

  it("provider protocol: clocks may differ by a minute", async () => {
    const under = await testProtocol();
    for (const skewMs of [-55_000, 55_000]) {
      under.skewMs = skewMs;
      expect(await under.logIn()).toMatchObject({ ok: true });
    }
  });

  it("provider protocol: secrets in headers have only what must be escaped escaped", async () => {
    const { s, provider, peer } = await testProtocol({ preset: "spotify" });
    const sent: string[] = [];
    const fetchProvider: typeof fetch = (input, init) => {
      const [, credentials] = /^Basic (.+)$/.exec(new Headers(init?.headers).get("authorization") ?? "") ?? [];
      if (credentials !== undefined) sent.push(Buffer.from(credentials, "base64").toString());
      return peer.fetch(input, init);
    };
    Object.assign(s.custom, { fetchProvider });
    for (const secret of ["a-b_c.d", "a:b %+ü"]) {
      const begun = await begin(s, provider);
      if (!begun.ok) throw new Error(begun.detail);
      const { url } = await peer.authorize(begun.url);
      await complete(s, { ...provider, secret }, begun.attempt, new URL(url).searchParams);
    }
    expect(sent).toEqual(["test-client:a-b_c.d", "test-client:a%3Ab+%25%2B%C3%BC"]);
  });

  it("provider protocol: a public client sends no secret", async () => {
    const { logIn, peer, provider } = await testProtocol({}, { SECRET: "" });
    expect(provider.secret).toBe(undefined);
    expect(await logIn()).toMatchObject({ ok: false, reason: "misconfigured", detail: expect.stringContaining("invalid_client") });
    expect(peer.requests.at(-1)).toBe("token");
  });
});

describe("Apple", () => {
  it("Apple: the client secret is made from the key, anew for each login, and the name comes with the form", async () => {
    const secrets: string[] = [];
    const { logIn, peer, s, provider } = await testProtocol({ preset: "apple" });
    const fetchProvider: typeof fetch = async (input, init) => {
      const secret = new URLSearchParams(String(init?.body)).get("client_secret");
      if (secret) secrets.push(secret);
      return peer.fetch(input, init);
    };
    Object.assign(s.custom, { fetchProvider });
    peer.user = { sub: "1001", email: "ada@example.com", email_verified: true, name: "Ada Lovelace" };
    peer.lies = { idToken: ({ name: _, ...claims }) => ({ ...claims, email_verified: "true" }) };
    expect(await logIn()).toMatchObject({ ok: true, identity: { name: "Ada Lovelace", isEmailVouched: true } });
    await logIn();
    const at = s.now() / 1_000;
    expect(partOf(secrets[0] ?? "", 0)).toEqual({ alg: "ES256", kid: "ABCDEFGHIJ" });
    expect(partOf(secrets[0] ?? "", 1)).toMatchObject({
      iss: "KLMNOPQRST",
      sub: provider.clientId,
      aud: "https://appleid.apple.com",
      iat: at - 60,
      exp: at + 540,
    });
    expect(new Set(secrets).size).toBe(2);
    // The second login has no name.
    peer.lies = { ...peer.lies, callback: ({ user: _, ...parameters }) => parameters };
    const second = await logIn();
    expect(second.ok && second.identity.name).toBe(undefined);
  });
});

describe("provider metadata", () => {
  it("provider metadata: it is read once an hour, and keys once more if one is unknown", async () => {
    const { logIn, peer, passes } = await testProtocol();
    const count = (endpoint: string) => peer.requests.filter((each) => each === endpoint).length;
    await logIn();
    passes(3_500_000);
    await logIn();
    expect([count("metadata"), count("keys")]).toEqual([1, 1]);
    peer.rotateKey();
    expect(await logIn()).toMatchObject({ ok: true });
    passes(200_000);
    await logIn();
    expect([count("metadata"), count("keys")]).toEqual([2, 2]);
  });

  it("provider metadata: logins at the same time share one request", async () => {
    const { logIn, peer } = await testProtocol();
    const results = await Promise.all(Array.from({ length: 5 }, () => logIn()));
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
    expect(peer.requests.filter((each) => each === "metadata" || each === "keys")).toEqual(["metadata", "keys"]);
  });

  it("provider metadata: unknown keys make them be read at most once a minute", async () => {
    const { logIn, peer, passes } = await testProtocol();
    const count = () => peer.requests.filter((each) => each === "keys").length;
    await logIn();
    peer.lies = { header: () => ({ kid: "forged" }) };
    const refused = { ok: false, reason: "bad-answer", detail: "A token is signed with the key forged, which is not published." };
    for (let i = 0; i < 3; i++) expect(await logIn()).toEqual(refused);
    expect(count()).toBe(1);
    passes(60_000);
    for (let i = 0; i < 3; i++) expect(await logIn()).toEqual(refused);
    expect(count()).toBe(2);
  });

  it.each(["metadata", "keys", "token"] as const)("provider metadata: a failure of %s is not cached", async (endpoint) => {
    const { logIn, peer, s, provider } = await testProtocol();
    peer.lies = { respond: (at, response) => (at === endpoint ? new Response("down", { status: 503 }) : response) };
    const refused = endpoint === "metadata" ? await begin(s, provider) : await logIn();
    expect(refused).toMatchObject({ ok: false, reason: "unreachable", detail: expect.stringContaining("503") });
    peer.lies = {};
    expect(await logIn()).toMatchObject({ ok: true });
  });

  it("provider metadata: after three outages in a row the provider is not asked for half a minute, then once", async () => {
    const { logIn, goThere, peer, passes, s, provider } = await testProtocol();
    const visits = await Promise.all(Array.from({ length: 6 }, () => goThere()));
    peer.lies = { respond: () => Promise.reject(new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } })) };
    const tries = async () => {
      const { attempt, parameters } = visits.pop() ?? (await goThere());
      const before = peer.requests.length;
      return [await complete(s, provider, attempt, parameters), peer.requests.length - before];
    };
    const unreachable = { ok: false, reason: "unreachable", detail: "https://login.example.com/token cannot be reached (ECONNREFUSED)." };
    for (let i = 0; i < 3; i++) expect(await tries()).toEqual([unreachable, 1]);
    const open = { ...unreachable, detail: "Work failed 3 times in a row, so it is not asked for now." };
    expect(await tries()).toEqual([open, 0]);
    expect(await begin(s, provider)).toEqual({ ok: false, reason: "unreachable", detail: open.detail });
    passes(30_000);
    expect(await tries()).toEqual([unreachable, 1]);
    expect((await tries())[1]).toBe(0);
    passes(30_000);
    peer.lies = {};
    expect(await logIn()).toMatchObject({ ok: true });
  });
});
