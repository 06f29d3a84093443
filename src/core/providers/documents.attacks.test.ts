/** Tests documents of a provider that lie: user info, metadata, and failures that a stranger causes. */
// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { testProtocol } from "../../../test/providers.ts";
import type { TestProviderLies } from "../../testing.ts";
import { begin, complete } from "./protocol.ts";

const oops = (endpoint: string, status = 500): TestProviderLies => ({
  respond: (asked, response) => (asked === endpoint ? new Response("oops", { status }) : response),
});

describe("lying documents", () => {
  it("user info: its email_verified says nothing about the email of the ID token", { tags: ["asvs-6.8.2"] }, async () => {
    const { logIn, peer } = await testProtocol({}, { ROLES: "groups:admins>admin" });
    peer.user = { sub: "mixer", email: "victim@example.com", email_verified: true };
    peer.lies = {
      idToken: ({ email_verified: _, ...claims }) => claims,
      userInfo: (body) => ({ ...body, email: "own@evil.example", email_verified: true }),
    };
    expect(await logIn()).toMatchObject({ ok: true, identity: { email: "victim@example.com", isEmailVouched: false } });
  });

  it("user info: its email counts with its own email_verified, if the ID token has no email", async () => {
    const { logIn, peer } = await testProtocol();
    peer.user = { sub: "ada", email: "ada@example.com", email_verified: true };
    for (const isVouched of [true, false]) {
      peer.lies = {
        idToken: ({ email: _, ...claims }) => ({ ...claims, email_verified: !isVouched }),
        userInfo: (body) => ({ ...body, email_verified: isVouched }),
      };
      expect(await logIn()).toMatchObject({ ok: true, identity: { email: "ada@example.com", isEmailVouched: isVouched } });
    }
  });

  it.each([
    ["userinfo_endpoint", 5],
    ["token_endpoint_auth_methods_supported", 5],
    ["token_endpoint_auth_methods_supported", [5]],
    ["id_token_signing_alg_values_supported", "ES256"],
    ["authorization_response_iss_parameter_supported", "yes"],
  ])("metadata: a malformed %s is refused with its name, and the next login tries again", async (name, value) => {
    const { logIn, passes, peer, s, provider } = await testProtocol();
    peer.lies = { metadata: (metadata) => ({ ...metadata, [name]: value }) };
    expect(await begin(s, provider)).toEqual({ ok: false, reason: "misconfigured", detail: `Its metadata has a malformed ${name}.` });
    peer.lies = { metadata: (metadata) => ({ ...metadata, [name]: null }) };
    expect((await begin(s, provider)).ok).toBe(true);
    peer.lies = {};
    passes(3_600_001);
    expect(await logIn()).toMatchObject({ ok: true });
  });

  it.each(["token", "user-info"])("breaker: codes of strangers that the %s endpoint fails at shut nobody out", async (endpoint) => {
    const { goThere, peer, s, provider } = await testProtocol({}, { ROLES: "groups:admins>admin" });
    for (const status of [500, 429, 503]) {
      const { attempt, parameters } = await goThere();
      peer.lies = oops(endpoint, status);
      expect(await complete(s, provider, attempt, parameters)).toMatchObject({ ok: false, reason: "unreachable" });
      peer.lies = {};
    }
    expect((await begin(s, provider)).ok).toBe(true);
  });

  it.each(["metadata", "keys"])("breaker: three failures of the %s open it for half a minute", async (document) => {
    const { goThere, peer, passes, s, provider } = await testProtocol();
    const visits = await Promise.all(Array.from({ length: 4 }, () => goThere()));
    // Cached metadata would be used.
    if (document === "metadata") passes(3_600_001);
    peer.lies = oops(document);
    const tries = async () => {
      const { attempt, parameters } = visits.pop() ?? (await goThere());
      return document === "metadata" ? begin(s, provider) : complete(s, provider, attempt, parameters);
    };
    for (let i = 0; i < 3; i++)
      expect(await tries()).toMatchObject({ reason: "unreachable", detail: expect.stringContaining("answered 500") });
    expect(await tries()).toMatchObject({ detail: "Work failed 3 times in a row, so it is not asked for now." });
    passes(30_000);
    peer.lies = {};
    expect((await begin(s, provider)).ok).toBe(true);
  });
});
