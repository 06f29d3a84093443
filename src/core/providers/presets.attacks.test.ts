/** Tests that each preset believes no more than its provider proves. */
// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { testProtocol } from "../../../test/providers.ts";
import type { TestProviderLies, TestProviderUser } from "../../testing.ts";
import type { Completed } from "./protocol.ts";

const tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const otherTenant = "11111111-2222-3333-4444-555555555555";
const consumers = "9188040d-6c67-4c5b-b112-36a304b66dad";
const microsoft = (id: string) => `https://login.microsoftonline.com/${id}/v2.0`;

async function login(preset: string, user: Partial<TestProviderUser>, lies: TestProviderLies = {}, env: Record<string, string> = {}) {
  const { logIn, peer } = await testProtocol({ preset }, env);
  peer.user = { sub: "1001", ...user };
  peer.lies = lies;
  return logIn();
}

function emailOf(result: Completed): readonly [string | undefined, boolean] {
  if (!result.ok) throw new Error(`${result.reason}: ${result.detail}`);
  return [result.identity.email, result.identity.isEmailVouched];
}

const badAnswer = { ok: false, reason: "bad-answer" };

describe("Microsoft", () => {
  const email = "ada@example.com";

  it("Microsoft: the identity is the tenant's issuer and the object ID, so two tenants never share one", {
    tags: ["asvs-6.8.1", "asvs-10.5.2"],
  }, async () => {
    const identities = [];
    for (const tid of [tenant, otherTenant]) {
      const result = await login("microsoft", { email, tid });
      identities.push(result.ok && [result.identity.issuer, result.identity.subject]);
    }
    expect(identities).toEqual([
      [microsoft(tenant), "1001"],
      [microsoft(otherTenant), "1001"],
    ]);
  });

  it("Microsoft: an address counts only with xms_edov (nOAuth)", async () => {
    expect(emailOf(await login("microsoft", { email, email_verified: true }))).toEqual([email, true]);
    for (const xms_edov of [undefined, false, 0, "0", "yes", {}]) {
      const lies: TestProviderLies = { idToken: (claims) => ({ ...claims, email_verified: true, xms_edov }) };
      expect(emailOf(await login("microsoft", { email }, lies))).toEqual([email, false]);
    }
    for (const xms_edov of [true, 1, "1", "true"]) {
      expect(emailOf(await login("microsoft", { email }, { idToken: (claims) => ({ ...claims, xms_edov }) }))).toEqual([email, true]);
    }
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["the issuer of another tenant than tid", { tid: otherTenant }, "common"],
    ["a tid that is no ID", { tid: "common", iss: microsoft("common") }, "common"],
    ["a tid with a path", { tid: `${tenant}/../x`, iss: microsoft(`${tenant}/../x`) }, "common"],
    ["no tid", { tid: undefined }, "common"],
    ["the issuer as a template", { iss: microsoft("{tenantid}") }, "common"],
    ["the issuer of another tenant", { tid: otherTenant, iss: microsoft(otherTenant) }, tenant],
    ["a personal account", { tid: consumers, iss: microsoft(consumers) }, "organizations"],
    ["an account of a tenant", {}, "consumers"],
    ["no object ID", { oid: undefined }, "common"],
  ])("Microsoft: an ID token with %s is refused", async (_, claims, setting) => {
    const lies: TestProviderLies = {
      idToken: (truth) => ({ ...truth, ...claims }),
      metadata: (metadata) => ({ ...metadata, issuer: metadataIssuer(setting) }),
    };
    expect(await login("microsoft", { tid: tenant }, lies, { TENANT: setting })).toMatchObject(badAnswer);
  });

  function metadataIssuer(setting: string): string {
    if (setting === "consumers") return microsoft(consumers);
    return microsoft(setting === tenant ? tenant : "{tenantid}");
  }

  it("Microsoft: a single tenant, personal accounts and organizations log in", async () => {
    for (const [setting, tid] of [
      [tenant, tenant],
      ["consumers", consumers],
      ["organizations", tenant],
      ["common", consumers],
    ] as const) {
      const lies: TestProviderLies = { metadata: (metadata) => ({ ...metadata, issuer: metadataIssuer(setting) }) };
      expect(await login("microsoft", { tid }, lies, { TENANT: setting })).toMatchObject({
        ok: true,
        identity: { issuer: microsoft(tid) },
      });
    }
  });

  it("Microsoft: a key that signs for one tenant signs for no other", async () => {
    const signsFor = (issuer: string): TestProviderLies => ({
      keys: ({ keys }) => ({ keys: (keys as object[]).map((key) => ({ ...key, issuer })) }),
    });
    expect(await login("microsoft", {}, signsFor(microsoft("{tenantid}")))).toMatchObject({ ok: true });
    expect(await login("microsoft", {}, signsFor(microsoft(tenant)))).toMatchObject({ ok: true });
    expect(await login("microsoft", {}, signsFor(microsoft(consumers)))).toMatchObject(badAnswer);
  });

  it("Microsoft: a parameter iss names a tenant, and nothing else", async () => {
    const says = (iss: string): TestProviderLies => ({ callback: (parameters) => ({ ...parameters, iss }) });
    expect(await login("microsoft", {}, says(microsoft(tenant)))).toMatchObject({ ok: true });
    for (const iss of [microsoft("common"), "https://evil.example", `${microsoft(tenant)}/x`])
      expect(await login("microsoft", {}, says(iss))).toMatchObject(badAnswer);
  });
});

describe("GitHub", () => {
  const listed = (emails: unknown): TestProviderLies => ({ emails: () => emails });

  it("GitHub: only the address that is primary and verified counts", async () => {
    const good = { email: "ada@example.com", primary: true, verified: true };
    expect(emailOf(await login("github", {}, listed([{ email: "first@example.com", primary: false, verified: true }, good])))).toEqual([
      good.email,
      true,
    ]);
    const bad = [
      [{ ...good, verified: false }],
      [{ ...good, primary: false }],
      [{ ...good, verified: "true" }],
      [{ ...good, primary: 1 }],
      [{ ...good, email: null }],
      [null, "ada@example.com"],
      [],
    ];
    for (const emails of bad)
      expect([emails, emailOf(await login("github", { email: "ada@example.com" }, listed(emails)))]).toEqual([emails, [undefined, false]]);
  });

  it("GitHub: the address of the profile is never used", async () => {
    expect(emailOf(await login("github", { public_email: "victim@example.com" }))).toEqual([undefined, false]);
  });

  it("GitHub: an app without the permission for addresses still logs in", async () => {
    for (const status of [401, 403, 404]) {
      const lies: TestProviderLies = { respond: (at, response) => (at === "emails" ? Response.json({}, { status }) : response) };
      expect(emailOf(await login("github", { email: "ada@example.com", email_verified: true }, lies))).toEqual([undefined, false]);
    }
  });

  it("GitHub: the subject is the ID, and the name of the login is not", { tags: ["asvs-10.5.2"] }, async () => {
    const result = await login("github", { sub: "583231", preferred_username: "octocat" });
    expect(result).toMatchObject({ ok: true, identity: { issuer: "https://github.com", subject: "583231", username: "octocat" } });
    for (const id of [null, "", {}, 1.5, 2 ** 60])
      expect(await login("github", {}, { userInfo: (user) => ({ ...user, id }) })).toMatchObject(badAnswer);
  });

  it("GitHub: its responses have the issuer https://github.com/login/oauth, or none", async () => {
    const says = (iss: string): TestProviderLies => ({ callback: (parameters) => ({ ...parameters, iss }) });
    expect(await login("github", {}, says("https://github.com/login/oauth"))).toMatchObject({ ok: true });
    expect(await login("github", {}, says("https://gitlab.com"))).toMatchObject(badAnswer);
  });

  it("GitHub: an error with status 200 is an error, and names the settings to check", async () => {
    const answers = (error: string) => login("github", {}, { token: () => ({ error, error_description: "See the docs." }) });
    expect(await answers("bad_verification_code")).toMatchObject({ reason: "expired" });
    expect(await answers("incorrect_client_credentials")).toEqual({
      ok: false,
      reason: "misconfigured",
      detail:
        "The token endpoint answered incorrect_client_credentials: See the docs. Check PROVIDER_GITHUB_CLIENT_ID and PROVIDER_GITHUB_SECRET.",
    });
  });
});

describe("other presets", () => {
  const verified = { email: "ada@example.com", email_verified: true };

  it("Google: it vouches for Gmail and Workspace, and not for addresses elsewhere", async () => {
    expect(emailOf(await login("google", { ...verified, email: "ada@gmail.com" }))[1]).toBe(true);
    expect(emailOf(await login("google", { ...verified, hd: "example.com" }))[1]).toBe(true);
    const withoutHd: TestProviderLies = { idToken: ({ hd: _, ...claims }) => claims };
    expect(emailOf(await login("google", verified, withoutHd))).toEqual(["ada@example.com", false]);
    expect(emailOf(await login("google", { ...verified, email: "ada@gmail.com.evil.example" }, withoutHd))[1]).toBe(false);
    expect(emailOf(await login("google", { email: "ada@gmail.com", email_verified: false }))[1]).toBe(false);
  });

  it.each(["facebook", "slack", "spotify"])("%s: it never vouches for an address, whatever it says", async (preset) => {
    const claims = { email_verified: true, verified: true, xms_edov: true };
    const lies: TestProviderLies = { idToken: (truth) => ({ ...truth, ...claims }), userInfo: (truth) => ({ ...truth, ...claims }) };
    expect(emailOf(await login(preset, verified, lies))).toEqual(["ada@example.com", false]);
  });

  it("Discord: it vouches for verified addresses only", async () => {
    expect(emailOf(await login("discord", verified))[1]).toBe(true);
    for (const value of [false, "true", 1, undefined])
      expect(emailOf(await login("discord", verified, { userInfo: (user) => ({ ...user, verified: value }) }))[1]).toBe(false);
  });

  it("X: an address is asked for and vouched for only with its scope", async () => {
    expect(
      emailOf(await login("x", verified, { userInfo: (user) => ({ data: { ...(user["data"] as object), confirmed_email: undefined } }) })),
    ).toEqual([undefined, false]);
    expect(emailOf(await login("x", verified, {}, { SCOPES: "users.read tweet.read users.email" }))).toEqual(["ada@example.com", true]);
  });

  it("Slack: members of different teams are different users", { tags: ["asvs-6.8.1", "asvs-10.5.2"] }, async () => {
    const subjects = [];
    for (const team of ["T1", "T2"]) {
      const result = await login("slack", { "https://slack.com/team_id": team });
      subjects.push(result.ok && result.identity.subject);
    }
    expect(subjects).toEqual(["T1/1001", "T2/1001"]);
    const lies: TestProviderLies = { idToken: (claims) => ({ ...claims, "https://slack.com/team_id": "T1/1001", sub: "x" }) };
    expect(await login("slack", {}, lies)).toMatchObject(badAnswer);
  });

  it("LinkedIn: no PKCE and no nonce are sent, and a nonce that comes nevertheless is refused", async () => {
    expect(await login("linkedin", verified)).toMatchObject({ ok: true });
    expect(await login("linkedin", verified, { idToken: (claims) => ({ ...claims, nonce: "other" }) })).toMatchObject(badAnswer);
  });

  it("Twitch: scopes that are a list are read", async () => {
    const { logIn, peer } = await testProtocol({ preset: "twitch" }, { KEEP_TOKENS: "on" });
    peer.lies = { token: (body) => ({ ...body, scope: ["openid", "user:read:email"] }) };
    expect(await logIn()).toMatchObject({ ok: true, tokens: { scope: "openid user:read:email" } });
  });

  it("Apple: the name beside the code gives a name, and no address", async () => {
    const says = (user: string): TestProviderLies => ({
      callback: (parameters) => ({ ...parameters, user }),
      idToken: ({ name: _, ...claims }) => claims,
    });
    const forged = JSON.stringify({ name: { firstName: "Ada\u202e", lastName: "x".repeat(500) }, email: "victim@example.com", sub: "1" });
    const result = await login("apple", {}, says(forged));
    expect(emailOf(result)).toEqual([undefined, false]);
    expect(result.ok && [result.identity.subject, result.identity.name?.length, result.identity.name?.startsWith("Ada x")]).toEqual([
      "1001",
      100,
      true,
    ]);
    for (const user of ["{", "null", "[]", '{"name":1}', '{"name":{"firstName":{}}}'])
      expect(await login("apple", {}, says(user))).toMatchObject({ ok: true });
  });

  it("domain rule: an address of another domain is refused, and one that is missing or unproven is not believed", async () => {
    const env = { DOMAINS: "example.com" };
    expect(await login("gitlab", verified, {}, env)).toMatchObject({ ok: true });
    for (const email of ["eve@evil.example", "eve@sub.example.com", "eve@example.com.evil.example"])
      expect(await login("gitlab", { email, email_verified: true }, {}, env)).toMatchObject({ ok: false, reason: "domain" });
    expect(emailOf(await login("gitlab", { email: "ada@example.com" }, {}, env))).toEqual(["ada@example.com", false]);
    expect(emailOf(await login("gitlab", {}, {}, env))).toEqual([undefined, false]);
  });
});
