/** Tests reading providers from settings and options. */
// Runs on one engine: it opens no database.
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSettings } from "../load.ts";
import { presets } from "./presets.data.ts";
import type { Provider } from "./provider.ts";

const github = { PROVIDERS: "github", PROVIDER_GITHUB_CLIENT_ID: "id", PROVIDER_GITHUB_SECRET: "canary" };
const work = { PROVIDERS: "work", PROVIDER_WORK_ISSUER: "https://login.example.com", PROVIDER_WORK_CLIENT_ID: "id" };

function read(env: Readonly<Record<string, string>>): Provider {
  const [provider] = readSettings(env).providers;
  if (!provider) throw new Error("There is no provider.");
  return provider;
}

function problem(env: Readonly<Record<string, string>>): string {
  try {
    readSettings(env);
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}

describe("provider settings", () => {
  let folder: string;
  let keyFile: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-providers-"));
    keyFile = join(folder, "key.p8");
    const { privateKey } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    writeFileSync(keyFile, privateKey);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("provider settings: three lines give a provider with safe defaults", () => {
    const { protocol, ...provider } = read(github);
    expect(provider).toEqual({
      id: "github",
      name: "GitHub",
      preset: "github",
      issuer: "https://github.com",
      clientId: "id",
      secret: "canary",
      key: undefined,
      scopes: ["read:user", "user:email"],
      link: "verified",
      signup: "on",
      domains: [],
      roles: [],
      trustAmr: false,
      keepTokens: false,
    });
    expect(protocol.vouches).toBe("primary");
  });

  it("provider settings: an issuer by URL reads every setting", () => {
    const own = {
      PROVIDERS: "work-2",
      PROVIDER_WORK_2_ISSUER: "https://login.example.com/realms/one",
      PROVIDER_WORK_2_CLIENT_ID: "id",
      PROVIDER_WORK_2_NAME: "Example Ltd",
      PROVIDER_WORK_2_SCOPES: "openid email, groups",
      PROVIDER_WORK_2_DOMAINS: "Example.com,example.org",
      PROVIDER_WORK_2_SIGNUP: "off",
      PROVIDER_WORK_2_LINK: "off",
      PROVIDER_WORK_2_ROLES: "groups:team:admins>admin, https://example.com/claims/role:x>staff",
      PROVIDER_WORK_2_TRUST_AMR: "on",
      PROVIDER_WORK_2_KEEP_TOKENS: "on",
    };
    expect(read(own)).toMatchObject({
      id: "work-2",
      preset: "oidc",
      issuer: "https://login.example.com/realms/one",
      name: "Example Ltd",
      secret: undefined,
      scopes: ["openid", "email", "groups"],
      domains: ["example.com", "example.org"],
      signup: "off",
      link: "off",
      roles: [
        { claim: "groups", value: "team:admins", role: "admin" },
        { claim: "https://example.com/claims/role", value: "x", role: "staff" },
      ],
      trustAmr: true,
      keepTokens: true,
    });
    expect(read({ ...work }).name).toBe("Work");
  });

  it("provider settings: Microsoft's tenant decides the issuer", () => {
    const issuerWith = (tenant: string) => {
      const { issuer, protocol } = read({
        PROVIDERS: "microsoft",
        PROVIDER_MICROSOFT_CLIENT_ID: "id",
        PROVIDER_MICROSOFT_SECRET: "s",
        PROVIDER_MICROSOFT_TENANT: tenant,
      });
      return [issuer, protocol.discovery].map((url) => url?.replace("https://login.microsoftonline.com/", ""));
    };
    const tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    expect(issuerWith("")).toEqual(["{tenantid}/v2.0", "common/v2.0"]);
    expect(issuerWith("organizations")).toEqual(["{tenantid}/v2.0", "organizations/v2.0"]);
    expect(issuerWith("consumers")).toEqual(["9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", "consumers/v2.0"]);
    expect(issuerWith(tenant.toUpperCase())).toEqual([`${tenant}/v2.0`, `${tenant}/v2.0`]);
  });

  it("provider settings: roles of many tenants come from claims that no tenant decides", () => {
    const microsoft = { PROVIDERS: "microsoft", PROVIDER_MICROSOFT_CLIENT_ID: "id", PROVIDER_MICROSOFT_SECRET: "s" };
    const tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const rule = (value: string) => ({ PROVIDER_MICROSOFT_ROLES: value });
    for (const claim of ["groups", "roles", "oid", "preferred_username", "email.x"]) {
      for (const PROVIDER_MICROSOFT_TENANT of ["", "common", "organizations"])
        expect(problem({ ...microsoft, ...rule(`tid:${tenant}>staff,${claim}:x>admin`), PROVIDER_MICROSOFT_TENANT })).toBe(
          `PROVIDER_MICROSOFT_ROLES must not read "${claim}": the administrators of any tenant decide it. Use tid or email, or set PROVIDER_MICROSOFT_TENANT to the ID of one tenant.`,
        );
      expect(problem({ ...microsoft, ...rule(`${claim}:x>admin`), PROVIDER_MICROSOFT_TENANT: tenant })).toBe("accepted");
    }
    expect(problem({ ...microsoft, ...rule(`tid:${tenant}>staff,email:boss@example.com>admin`) })).toBe("accepted");
    const slack = { PROVIDERS: "slack", PROVIDER_SLACK_CLIENT_ID: "id", PROVIDER_SLACK_SECRET: "s" };
    expect(problem({ ...slack, PROVIDER_SLACK_ROLES: "https://slack.com/team_id:T1>staff" })).toBe("accepted");
    expect(problem({ ...slack, PROVIDER_SLACK_ROLES: "https://slack.com/team_name:Example>staff" })).toBe(
      'PROVIDER_SLACK_ROLES must not read "https://slack.com/team_name": the administrators of any tenant decide it. Use https://slack.com/team_id.',
    );
  });

  it.each<[string, readonly string[], string]>([
    ["github", ["login", "name", "company", "bio", "html_url"], "id"],
    ["discord", ["username", "global_name"], "id"],
    ["facebook", ["name"], "id"],
    ["spotify", ["display_name"], "id"],
    ["x", ["data.username", "data.name"], "data.id"],
    ["google", ["name", "given_name", "preferred_username"], "sub"],
    ["gitlab", ["preferred_username", "nickname", "name", "profile", "website"], "sub"],
    ["linkedin", ["name"], "sub"],
    ["twitch", ["preferred_username"], "sub"],
  ])("provider settings: no role of %s is given by %s, which users choose themselves", (id, claims, use) => {
    const name = `PROVIDER_${id.toUpperCase()}`;
    const withRule = (claim: string) =>
      problem({ PROVIDERS: id, [`${name}_CLIENT_ID`]: "id", [`${name}_SECRET`]: "s", [`${name}_ROLES`]: `${claim}:boss>admin` });
    for (const claim of claims)
      expect(withRule(claim)).toBe(`${name}_ROLES must not read "${claim}": users choose it themselves. Use ${use}.`);
    expect([withRule(use), withRule("email")]).toEqual(["accepted", "accepted"]);
  });

  it("provider settings: each preset refuses roles by the members that it takes usernames and names from", () => {
    for (const { name, protocol } of Object.values(presets)) {
      const { username, name: displayName } = protocol.oauth?.members ?? { username: "preferred_username", name: "name" };
      for (const claim of [username, displayName].filter((each) => each !== undefined))
        expect([name, claim, (protocol.chosenClaims ?? []).includes(claim) || protocol.ownClaims?.includes(claim) === false]).toEqual([
          name,
          claim,
          true,
        ]);
    }
  });

  it("provider settings: names give roles where administrators decide them, and not for personal accounts of Microsoft", () => {
    const rule = "preferred_username:boss>admin";
    expect(problem({ ...work, PROVIDER_WORK_ROLES: rule })).toBe("accepted");
    const microsoft = { PROVIDERS: "microsoft", PROVIDER_MICROSOFT_CLIENT_ID: "id", PROVIDER_MICROSOFT_SECRET: "s" };
    for (const tenant of ["consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"])
      expect(problem({ ...microsoft, PROVIDER_MICROSOFT_TENANT: tenant, PROVIDER_MICROSOFT_ROLES: rule })).toBe(
        'PROVIDER_MICROSOFT_ROLES must not read "preferred_username": users choose it themselves. Use oid.',
      );
  });

  it.each(["google", "apple", "gitlab", "linkedin", "slack", "twitch"])(
    "provider settings: a name of one's own with the issuer of %s has the protocol of its preset",
    (id) => {
      const PROVIDER_WORK_ISSUER = presets[id]?.issuer ?? "";
      expect(read({ ...work, PROVIDER_WORK_ISSUER }).protocol).toEqual(presets[id]?.protocol);
      const gitlab = { PROVIDERS: "gitlab", PROVIDER_GITLAB_CLIENT_ID: "id", PROVIDER_GITLAB_SECRET: "s" };
      expect(read({ ...gitlab, PROVIDER_GITLAB_ISSUER: PROVIDER_WORK_ISSUER }).protocol).toEqual(presets[id]?.protocol);
    },
  );

  it("provider settings: a name of one's own with the issuer of Slack takes only the roles that Slack's preset takes", () => {
    const team = { ...work, PROVIDER_WORK_ISSUER: "https://slack.com" };
    expect(problem({ ...team, PROVIDER_WORK_ROLES: "https://slack.com/team_id:T1>staff" })).toBe("accepted");
    expect(problem({ ...team, PROVIDER_WORK_ROLES: "groups:x>admin" })).toBe(
      'PROVIDER_WORK_ROLES must not read "groups": the administrators of any tenant decide it. Use https://slack.com/team_id.',
    );
  });

  it.each<[string, string]>([
    ["github", "https://github.com"],
    ["discord", "https://discord.com"],
    ["facebook", "https://www.facebook.com"],
    ["spotify", "https://accounts.spotify.com"],
    ["x", "https://x.com"],
    ...["{tenantid}", "common", "organizations", "consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"].map((tenant): [string, string] => [
      "microsoft",
      `https://login.microsoftonline.com/${tenant}/v2.0`,
    ]),
  ])("provider settings: a name of one's own with the issuer of %s, %s, is refused and the preset is named", (id, issuer) => {
    expect(problem({ ...work, PROVIDER_WORK_ISSUER: issuer })).toBe(
      `PROVIDER_WORK_ISSUER must not be "${issuer}": it is that of the preset ${id}. Set PROVIDERS=${id} and its settings instead.`,
    );
  });

  it("provider settings: issuers of companies and of one's own GitLab stay as they are", () => {
    for (const PROVIDER_WORK_ISSUER of [
      "https://login.example.com",
      "https://gitlab.example.com",
      "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0",
      "https://example.slack.com",
    ])
      expect(read({ ...work, PROVIDER_WORK_ISSUER, PROVIDER_WORK_ROLES: "groups:x>admin" }).protocol).toEqual({ vouches: "claim" });
  });

  it("provider settings: GitHub Enterprise has its endpoints at its own host, and is an issuer of its own", () => {
    const at = (PROVIDER_GITHUB_ISSUER: string) => {
      const { issuer, protocol } = read({ ...github, PROVIDER_GITHUB_ISSUER });
      const { authorization, token, user, emails, responseIssuer } = protocol.oauth ?? {};
      return [issuer, authorization, token, user, emails?.url, responseIssuer];
    };
    const own = (web: string, api: string) => [
      web,
      `${web}/login/oauth/authorize`,
      `${web}/login/oauth/access_token`,
      `${api}/user`,
      `${api}/user/emails`,
      `${web}/login/oauth`,
    ];
    const server = own("https://github.example.com", "https://github.example.com/api/v3");
    expect(at("https://github.example.com")).toEqual(server);
    // One issuer, however it is written: a linked login is found by it.
    expect([at("https://GitHub.example.com/"), at("https://github.example.com:443")]).toEqual([server, server]);
    expect(at("https://octocorp.ghe.com")).toEqual(own("https://octocorp.ghe.com", "https://api.octocorp.ghe.com"));
    expect([at("https://github.com/"), at("")]).toEqual(
      Array.from({ length: 2 }, () => own("https://github.com", "https://api.github.com")),
    );
  });

  it("provider settings: a name of one's own takes a preset, so that one preset is used twice", () => {
    const hub = { PROVIDER_HUB_PRESET: "github", PROVIDER_HUB_CLIENT_ID: "id", PROVIDER_HUB_SECRET: "s" };
    const both = { ...github, ...hub, PROVIDERS: "github,hub" };
    const [plain, own] = readSettings({ ...both, PROVIDER_HUB_ISSUER: "https://github.example.com" }).providers;
    expect([plain, own]).toMatchObject([
      { id: "github", name: "GitHub", preset: "github", issuer: "https://github.com" },
      { id: "hub", name: "Hub", preset: "github", issuer: "https://github.example.com" },
    ]);
    expect(own?.protocol.oauth?.token).toBe("https://github.example.com/login/oauth/access_token");
    const tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const office = { PROVIDER_OFFICE_PRESET: "microsoft", PROVIDER_OFFICE_CLIENT_ID: "id", PROVIDER_OFFICE_SECRET: "s" };
    expect(read({ ...office, PROVIDERS: "office", PROVIDER_OFFICE_TENANT: tenant })).toMatchObject({
      preset: "microsoft",
      issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
      protocol: { subject: presets["microsoft"]?.protocol.subject, tenant },
    });
    expect(problem(both)).toBe(
      "PROVIDER_HUB_PRESET leads to the issuer of github, https://github.com. Set PROVIDER_HUB_ISSUER: each needs its own.",
    );
    expect(problem({ ...both, PROVIDER_HUB_PRESET: "google", PROVIDER_HUB_ISSUER: "https://hub.example.com" })).toBe(
      "PROVIDER_HUB_ISSUER must not be set: it is for a name without a preset, gitlab and github.",
    );
    expect(problem({ ...both, PROVIDER_HUB_PRESET: "githb" })).toMatch(
      /^PROVIDER_HUB_PRESET must be one of google, .*github.*; it is "githb"\.$/,
    );
    expect(problem({ ...github, PROVIDER_GITHUB_PRESET: "google" })).toBe(
      "PROVIDER_GITHUB_PRESET must not be set: github is a preset. Choose a name of your own for another one.",
    );
  });

  it("provider settings: Apple takes a key file instead of a secret", () => {
    const apple = {
      PROVIDERS: "apple",
      PROVIDER_APPLE_CLIENT_ID: "id",
      PROVIDER_APPLE_KEY_FILE: keyFile,
      PROVIDER_APPLE_KEY_ID: "K",
      PROVIDER_APPLE_TEAM_ID: "T",
    };
    expect(read(apple)).toMatchObject({ secret: undefined, key: { id: "K", teamId: "T", pem: expect.stringContaining("PRIVATE KEY") } });
    const not = join(folder, "not.p8");
    writeFileSync(not, "canary");
    expect(problem({ ...apple, PROVIDER_APPLE_KEY_FILE: not })).toBe(
      `PROVIDER_APPLE_KEY_FILE is invalid: ${not} holds no private P-256 key in PEM format.`,
    );
    expect(problem({ ...apple, PROVIDER_APPLE_KEY_FILE: join(folder, "none") })).toMatch(/cannot be read \(ENOENT\)\.$/);
    expect(problem({ ...apple, PROVIDER_APPLE_TEAM_ID: "" })).toMatch(/^PROVIDER_APPLE_TEAM_ID must be set: /);
    expect(problem({ ...apple, PROVIDER_APPLE_SECRET: "canary" })).toBe(
      "PROVIDER_APPLE_SECRET must not be set: it is made from the key in PROVIDER_APPLE_KEY_FILE.",
    );
  });

  it("provider settings: each preset needs a client ID and a secret only, except Apple", () => {
    for (const id of Object.keys(presets).filter((each) => each !== "apple")) {
      const name = `PROVIDER_${id.toUpperCase()}`;
      expect(read({ PROVIDERS: id, [`${name}_CLIENT_ID`]: "id", [`${name}_SECRET`]: "s" }).preset).toBe(id);
    }
  });

  it.each<[Record<string, string>, string]>([
    [{ PROVIDERS: "github" }, "PROVIDER_GITHUB_CLIENT_ID must be set: the client ID that GitHub shows for your app (docs/providers.md)."],
    [
      { ...github, PROVIDER_GITHUB_SECRET: "" },
      "PROVIDER_GITHUB_SECRET must be set: the client secret that GitHub shows for your app (docs/providers.md).",
    ],
    [
      { PROVIDERS: "githb" },
      "PROVIDERS includes githb, which has no preset. Did you mean github? Else set PROVIDER_GITHB_ISSUER to the URL of its OpenID Connect issuer.",
    ],
    [
      { PROVIDERS: "work" },
      "PROVIDERS includes work, which has no preset. Set PROVIDER_WORK_ISSUER to the URL of its OpenID Connect issuer.",
    ],
    [{ ...github, PROVIDER_GITHUB_CLIENTID: "id" }, "Unknown setting PROVIDER_GITHUB_CLIENTID. Did you mean PROVIDER_GITHUB_CLIENT_ID?"],
    [{ ...github, PROVIDER_GITHUB_COLOUR: "red" }, "Unknown setting PROVIDER_GITHUB_COLOUR. See docs/providers.md for all settings."],
    [
      { ...github, PROVIDER_GOOGLE_CLIENT_ID: "id" },
      "PROVIDER_GOOGLE_CLIENT_ID is set, but PROVIDERS does not include google. Set PROVIDERS=github,google, or remove its settings.",
    ],
    [
      { PROVIDER_GITHUB_CLIENT_ID: "id" },
      "PROVIDER_GITHUB_CLIENT_ID is set, but PROVIDERS is empty. Set PROVIDERS=github, or remove all PROVIDER_… settings if you do not want providers.",
    ],
    [
      { ...github, PROVIDERS: "google,gihub" },
      "PROVIDER_GITHUB_CLIENT_ID is set, but PROVIDERS does not include github. Did you mean PROVIDERS=google,github?",
    ],
    [
      { ...github, PROVIDERS: "github,google", PROVIDER_GOOGLE_CLIENT_ID: "id", PROVIDER_GOOGLE_ISSUER: "https://google.example.com" },
      "PROVIDER_GOOGLE_ISSUER must not be set: it is for a name of your own, gitlab and github.",
    ],
    ...[
      "https://api.github.com",
      "https://www.github.com",
      "https://github.example.com/api/v3",
      "https://github.example.com/octocorp",
      "https://ghe.com",
      "https://api.octocorp.ghe.com",
      "https://x.octocorp.ghe.com",
    ].map((url): [Record<string, string>, string] => [
      { ...github, PROVIDER_GITHUB_ISSUER: url },
      `PROVIDER_GITHUB_ISSUER must be the URL of your GitHub Enterprise, such as https://github.example.com; it is "${url}".`,
    ]),
    [
      { ...github, PROVIDER_GITHUB_ISSUER: "github.example.com" },
      'PROVIDER_GITHUB_ISSUER must be an https URL without a query, such as https://login.example.com; it is "github.example.com".',
    ],
    [{ ...github, PROVIDER_GITHUB_TENANT: "x" }, "PROVIDER_GITHUB_TENANT must not be set: it is for microsoft."],
    [{ ...github, PROVIDER_GITHUB_TRUST_AMR: "on" }, "PROVIDER_GITHUB_TRUST_AMR must not be on: GitHub does not say how a user logged in."],
    [{ ...github, PROVIDER_GITHUB_LINK: "yes" }, 'PROVIDER_GITHUB_LINK must be verified or off; it is "yes".'],
    [{ ...github, PROVIDER_GITHUB_SIGNUP: "yes" }, 'PROVIDER_GITHUB_SIGNUP must be on or off; it is "yes".'],
    [
      { ...github, PROVIDER_GITHUB_DOMAINS: "@example.com" },
      'PROVIDER_GITHUB_DOMAINS must be domains separated by commas, such as example.com; it is "@example.com".',
    ],
    [
      { ...github, PROVIDER_GITHUB_ROLES: "admin" },
      'PROVIDER_GITHUB_ROLES must be rules such as groups:admins>admin (claim:value>role), separated by commas; it is "admin".',
    ],
    [
      { ...work, PROVIDER_WORK_ISSUER: "http://login.example.com" },
      'PROVIDER_WORK_ISSUER must be an https URL without a query, such as https://login.example.com; it is "http://login.example.com".',
    ],
    [
      { ...work, PROVIDER_WORK_SCOPES: "email" },
      'PROVIDER_WORK_SCOPES must be scopes with openid, such as openid email profile; it is "email".',
    ],
    [{ PROVIDERS: "Google" }, 'PROVIDERS must be names in lowercase, separated by commas, such as google, github; it is "Google".'],
    [
      { PROVIDERS: "microsoft", PROVIDER_MICROSOFT_TENANT: "example.com" },
      'PROVIDER_MICROSOFT_TENANT must be common, organizations, consumers or the directory (tenant) ID; it is "example.com".',
    ],
  ])("provider settings: %o is refused with what to write", (env, message) => {
    expect(problem(env)).toBe(message);
    expect(message).not.toContain("canary");
  });

  it("provider settings: variables of other programs are ignored", () => {
    expect(problem({ ...github, PROVIDER_KEY_ID: "1", PROVIDER_HOME: "/" })).toBe("accepted");
    expect(problem({ PROVIDERS: "work", PROVIDER_WORK_ISSUER: "http://localhost:4000", PROVIDER_WORK_CLIENT_ID: "id" })).toBe("accepted");
  });
});
