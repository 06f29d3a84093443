/** Attacks by answers of providers that no standard foresees: each is refused, and none fails with an error of this server. */
// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { testProtocol } from "../../../test/providers.ts";
import type { TestProviderEndpoint, TestProviderLies } from "../../testing.ts";
import { rolesFromClaims } from "./claims.ts";
import { begin, complete, readLogoutToken } from "./protocol.ts";

const refused = (reason: string) => ({ ok: false, reason, detail: expect.any(String) });

/** `Response` refuses such a status, and servers send it. */
function withStatus(status: number): Response {
  return Object.defineProperty(new Response(status === 204 ? null : "{}"), "status", { value: status });
}

async function lied(lies: TestProviderLies, options: Parameters<typeof testProtocol>[0] = {}) {
  const under = await testProtocol(options);
  expect(await under.logIn()).toMatchObject({ ok: true });
  under.peer.lies = lies;
  return under.logIn();
}

describe("answers of providers", () => {
  it.each<[number, TestProviderEndpoint, string]>([
    [999, "token", "unreachable"],
    [204, "token", "bad-answer"],
    [205, "token", "bad-answer"],
    [999, "user-info", "unreachable"],
    [204, "user-info", "bad-answer"],
  ])("status: %i of the endpoint %s is refused", async (status, at, reason) => {
    const lies: TestProviderLies = { respond: (endpoint, response) => (endpoint === at ? withStatus(status) : response) };
    expect(await lied(lies, { claimsIn: "user-info" })).toEqual(refused(reason));
  });

  it.each([
    [999, "unreachable"],
    [204, "misconfigured"],
  ])("status: %i of the metadata is refused", async (status, reason) => {
    const { s, provider, peer } = await testProtocol();
    peer.lies = { respond: () => withStatus(status) };
    expect(await begin(s, provider)).toEqual(refused(reason));
  });

  it("Ed25519: the name of RFC 9864 logs in, and at_hash is compared", async () => {
    const lies: TestProviderLies = {
      header: () => ({ alg: "Ed25519" }),
      keys: ({ keys }) => ({ keys: (keys as object[]).map((key) => ({ ...key, alg: "Ed25519" })) }),
      metadata: (metadata) => ({ ...metadata, id_token_signing_alg_values_supported: ["Ed25519"] }),
    };
    const under = await testProtocol({ algorithm: "EdDSA" });
    under.peer.lies = lies;
    expect(await under.logIn()).toMatchObject({ ok: true });
    under.peer.lies = { ...lies, idToken: (claims) => ({ ...claims, at_hash: "AAAA" }) };
    expect(await under.logIn()).toEqual(refused("bad-answer"));
  });

  it.each<[string, Record<string, unknown>]>([
    ["a subject with a NUL", { sub: "ada\0" }],
    ["a subject with an escape sequence", { sub: "ada\u001b[2J" }],
    ["a subject with half a character", { sub: "\ud800" }],
    ["a session with a NUL", { sid: "s\0" }],
    ["a session without end", { sid: "s".repeat(10_000) }],
    ["a session that is a number", { sid: 7 }],
    ["a login before 1970", { auth_time: -1e300 }],
  ])("text: an ID token with %s is a bad answer", async (_, claims) => {
    expect(await lied({ idToken: (truth) => ({ ...truth, ...claims }) })).toEqual(refused("bad-answer"));
  });

  const trap = { toString: 1 };
  it.each<[string, TestProviderLies, string]>([
    ["the issuer of metadata", { metadata: (metadata) => ({ ...metadata, issuer: trap }) }, "misconfigured"],
    ["the kind of a key", { keys: () => ({ keys: [{ kty: trap }] }) }, "bad-answer"],
    ["an ID token", { token: (body) => ({ ...body, id_token: trap }) }, "bad-answer"],
    ["the lifetime of a token", { token: (body) => ({ ...body, expires_in: trap }) }, "bad-answer"],
    ["an error", { token: () => ({ error: { type: trap, message: trap } }) }, "bad-answer"],
    ["a header", { header: () => ({ kid: trap, alg: trap }) }, "bad-answer"],
  ])("object with its own toString: as %s, it is refused", async (_, lies, reason) => {
    const { peer, logIn, s, provider } = await testProtocol();
    peer.lies = lies;
    const begun = await begin(s, provider);
    expect(begun.ok ? await logIn() : begun).toEqual(refused(reason));
  });

  /** A list in a list in a list …, with which `JSON.stringify` and `String` exceed the stack. */
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  it.each<[string, TestProviderEndpoint, string, string | undefined]>([
    ["issuer", "metadata", "issuer", "misconfigured"],
    ["kind of a key", "keys", "kty", "bad-answer"],
    ["ID token", "token", "id_token", "bad-answer"],
    ["unknown member", "token", "unknown", undefined],
    ["unknown member", "metadata", "unknown", undefined],
    ["subject", "user-info", "sub", "bad-answer"],
  ])("nested JSON: as %s of the endpoint %s, it fails nothing of this server", async (_, at, name, reason) => {
    const { peer, logIn, s, provider } = await testProtocol({ claimsIn: "user-info" });
    peer.lies = {
      respond: async (endpoint, response) => {
        if (endpoint !== at) return response;
        const body = (await response.json()) as Record<string, unknown>;
        const changed = at === "keys" ? { keys: [{ [name]: "DEEP" }] } : { ...body, [name]: "DEEP" };
        return new Response(JSON.stringify(changed).replace('"DEEP"', deep), { headers: { "content-type": "application/json" } });
      },
    };
    const begun = await begin(s, provider);
    expect(begun.ok ? await logIn() : begun).toEqual(reason === undefined ? expect.objectContaining({ ok: true }) : refused(reason));
  });

  it("nested JSON: as the key of a logout token, which anybody can send, it is refused", async () => {
    const { peer, s, provider } = await testProtocol();
    const [, body, signature] = peer.logoutToken().split(".");
    for (const header of [`{"typ":"logout+jwt","alg":"ES256","kid":${deep}}`, `{"typ":"logout+jwt","alg":${deep}}`]) {
      const token = `${Buffer.from(header).toString("base64url")}.${body}.${signature}`;
      expect(await readLogoutToken(s, provider, token)).toEqual({ ok: false, detail: expect.any(String) });
    }
  });

  it.each(["a\0", "\ud800", "a\r\nb: c", "a b"])(
    "access token: %j, which no header can carry, is a bad answer and no outage",
    async (token) => {
      expect(await lied({ token: (body) => ({ ...body, access_token: token }) }, { preset: "github" })).toEqual(refused("bad-answer"));
    },
  );

  it("object with its own toString: as an email of Google, it is none", async () => {
    const { peer, logIn } = await testProtocol({ preset: "google" });
    peer.lies = { idToken: (claims) => ({ ...claims, email: trap, email_verified: true, hd: "example.com" }) };
    expect(await logIn()).toMatchObject({ ok: true, identity: { isEmailVouched: false } });
  });

  it("clocks: a way back is accepted by a process whose clock is a little behind", async () => {
    const { s, provider, goThere } = await testProtocol();
    const { attempt, parameters } = await goThere();
    const behind = { ...s, now: () => s.now() - 2_000 };
    expect(await complete(behind, provider, attempt, parameters)).toMatchObject({ ok: true });
  });
});

describe("roles", () => {
  it("GitHub: the public email of a user gives no role, and the vouched one does", async () => {
    const under = await testProtocol({ preset: "github" }, { ROLES: "email:boss@example.com>admin" });
    const rolesOf = async (email: string, publicEmail: string) => {
      under.peer.user = { sub: "1001", email, email_verified: true, public_email: publicEmail };
      const done = await under.logIn();
      return done.ok && rolesFromClaims(under.provider, done.identity);
    };
    expect(await rolesOf("eve@example.com", "boss@example.com")).toEqual([]);
    expect(await rolesOf("boss@example.com", "eve@example.com")).toEqual(["admin"]);
  });
});
