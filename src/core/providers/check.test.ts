/** Tests the checks of providers: by the doctor and by commands. */
// Runs on one engine: it opens no database.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../../../test/program.ts";
import { testProtocol } from "../../../test/providers.ts";
import { readSettings } from "../../config/load.ts";
import { checkProviderSettings, checkProviders } from "../../doctor/check-providers.ts";
import { formatFinding } from "../../doctor/findings.ts";
import { createTestProvider, type TestProvider, type TestProviderLies } from "../../testing.ts";
import { checkProvider } from "./check.ts";

describe("check of a provider", () => {
  async function checkWith(lies: TestProviderLies, options: Parameters<typeof testProtocol>[0] = {}) {
    const { s, provider, peer } = await testProtocol(options);
    peer.lies = lies;
    return checkProvider(s, provider);
  }
  const redirectUri = "https://accounts.example.com/oauth/callback/work";

  it("check of a provider: a provider that is set up well is accepted, and its callback URL is named", async () => {
    expect(await checkWith({})).toEqual({ ok: true, isClientAccepted: true, redirectUri });
    for (const preset of ["github", "microsoft", "apple", "linkedin", "spotify"])
      expect(await checkWith({}, { preset })).toMatchObject({ ok: true, isClientAccepted: true });
  });

  it("check of a provider: an answer that says nothing about the secret is told as that", async () => {
    const answers = (body: object, status = 400): TestProviderLies => ({
      respond: (at, response) => (at === "token" ? Response.json(body, { status }) : response),
    });
    expect(await checkWith(answers({ error: "invalid_request" }))).toMatchObject({ ok: true, isClientAccepted: false });
    const facebook = (message: string) => answers({ error: { message, type: "OAuthException", code: 1 } });
    expect(await checkWith(facebook("Invalid verification code format."), { preset: "facebook" })).toMatchObject({
      ok: true,
      isClientAccepted: false,
    });
    expect(await checkWith(facebook("Error validating client secret."), { preset: "facebook" })).toMatchObject({
      ok: false,
      problem:
        "The token endpoint answered OAuthException: Error validating client secret. Check PROVIDER_FACEBOOK_CLIENT_ID and PROVIDER_FACEBOOK_SECRET.",
    });
  });

  it("check of a provider: Apple takes no callback URL with http or of this machine, which is said without asking it", async () => {
    const { s, provider, peer } = await testProtocol({ preset: "apple" });
    for (const baseUrl of ["http://localhost:5050", "https://localhost", "http://accounts.example.com"])
      expect(await checkProvider({ ...s, settings: { ...s.settings, baseUrl } }, provider)).toEqual({
        ok: false,
        setting: "BASE_URL",
        problem: `Apple accepts neither http nor localhost, and the callback URL is ${baseUrl}/oauth/callback/apple.`,
        fix: "Set BASE_URL to the https address of this site.",
      });
    expect(peer.requests).toEqual([]);
  });

  it.each([
    ["slack", "http://localhost:5050", "only https", "Set BASE_URL to the https address of this site."],
    ["spotify", "http://localhost:5050", "no localhost", "127.0.0.1"],
    ["x", "https://app.localhost", "no localhost", "127.0.0.1"],
  ])("check of a provider: %s does not take the callback URL of %s", async (preset, baseUrl, refused, fix) => {
    const { s, provider, peer } = await testProtocol({ preset });
    const result = await checkProvider({ ...s, settings: { ...s.settings, baseUrl } }, provider);
    const byIp = baseUrl.replace(/\/\/[a-z.]+/, "//127.0.0.1");
    expect(result).toEqual({
      ok: false,
      setting: "BASE_URL",
      problem: `${provider.name} accepts ${refused}, and the callback URL is ${baseUrl}/oauth/callback/${preset}.`,
      fix: fix === "127.0.0.1" ? `Set BASE_URL to ${byIp}, register that callback URL, and open the pages at ${byIp}.` : fix,
    });
    expect(peer.requests).toEqual([]);
    const accepted = preset === "slack" ? "https://localhost" : "http://127.0.0.1:5050";
    expect(await checkProvider({ ...s, settings: { ...s.settings, baseUrl: accepted } }, provider)).toMatchObject({ ok: true });
  });

  it("check of a provider: a wrong URL of GitHub Enterprise is named", async () => {
    const { s, provider } = await testProtocol({ preset: "github" }, { ISSUER: "https://github.example.com" });
    const fetchProvider: typeof fetch = async () => new Response("<h1>Not found</h1>", { status: 404 });
    expect(await checkProvider({ ...s, custom: { ...s.custom, fetchProvider } }, provider)).toEqual({
      ok: false,
      setting: "PROVIDER_GITHUB_ISSUER",
      problem: "https://github.example.com/login/oauth/access_token answered 404.",
      fix: "Correct PROVIDER_GITHUB_ISSUER: it must be the URL of your GitHub Enterprise.",
    });
  });

  it("check of a provider: Twitch's message about the secret is understood", async () => {
    const says = (message: string, status: number): TestProviderLies => ({
      respond: (at, response) => (at === "token" ? Response.json({ status, message }, { status }) : response),
    });
    expect(await checkWith(says("Invalid authorization code", 400), { preset: "twitch" })).toMatchObject({
      ok: true,
      isClientAccepted: false,
    });
    expect(await checkWith(says("invalid client secret", 403), { preset: "twitch" })).toMatchObject({
      ok: false,
      problem: expect.stringContaining("Check PROVIDER_TWITCH_CLIENT_ID and PROVIDER_TWITCH_SECRET."),
    });
  });

  it.each<[string, TestProviderLies, string, string]>([
    [
      "a wrong secret",
      { respond: (at, response) => (at === "token" ? Response.json({ error: "invalid_client" }, { status: 401 }) : response) },
      "PROVIDER_WORK_CLIENT_ID",
      "The token endpoint answered invalid_client. Check PROVIDER_WORK_CLIENT_ID and PROVIDER_WORK_SECRET. Copy both from the page of your app at the provider.",
    ],
    [
      "another issuer",
      { metadata: (metadata) => ({ ...metadata, issuer: "https://login.example.com/" }) },
      "PROVIDER_WORK_ISSUER",
      "Its metadata has the issuer https://login.example.com/, not https://login.example.com. Correct PROVIDER_WORK_ISSUER: https://login.example.com/.well-known/openid-configuration must be its metadata.",
    ],
    [
      "no metadata",
      { respond: () => new Response("Not found", { status: 404 }) },
      "PROVIDER_WORK_ISSUER",
      "https://login.example.com/.well-known/openid-configuration answered 404. Correct PROVIDER_WORK_ISSUER: https://login.example.com/.well-known/openid-configuration must be its metadata.",
    ],
    [
      "no network",
      { respond: () => Promise.reject(new TypeError("fetch failed", { cause: { code: "ENOTFOUND" } })) },
      "PROVIDERS",
      "https://login.example.com/.well-known/openid-configuration cannot be reached (ENOTFOUND). Check whether the provider is up, and whether this server may connect to it.",
    ],
    [
      "a clock that is behind",
      {
        respond: (_, response) =>
          new Response(response.body, {
            headers: { ...Object.fromEntries(response.headers), date: new Date(1_800_000_120_000).toUTCString() },
          }),
      },
      "PROVIDERS",
      "The clock of this server is 120 seconds behind that of the provider. Set the clock of this server, such as by NTP.",
    ],
    [
      "no usable key",
      { keys: () => ({ keys: [] }) },
      "PROVIDER_WORK_ISSUER",
      "It publishes no key that can be used. Correct PROVIDER_WORK_ISSUER: https://login.example.com/.well-known/openid-configuration must be its metadata.",
    ],
    [
      "a token endpoint that redirects",
      { respond: (at, response) => (at === "token" ? new Response(null, { status: 302, headers: { location: "/login" } }) : response) },
      "PROVIDER_WORK_ISSUER",
      "https://login.example.com/token redirects (302), and redirects are not followed. Correct PROVIDER_WORK_ISSUER: https://login.example.com/.well-known/openid-configuration must be its metadata.",
    ],
  ])("check of a provider: %s is named, with what to do", async (_, lies, setting, line) => {
    const result = await checkWith(lies);
    if (result.ok) throw new Error("It was accepted.");
    expect([result.setting, `${result.problem} ${result.fix}`]).toEqual([setting, line]);
  });

  it("check of a provider: a callback URL that it does not take is a finding, and without providers nothing is asked", async () => {
    expect(await checkProviders(readSettings({ NODE_ENV: "test" }), () => 0)).toEqual([]);
    const settings = readSettings({ NODE_ENV: "test" });
    const { provider } = await testProtocol({ preset: "apple" });
    expect(checkProviderSettings({ ...settings, providers: [provider] }).map(formatFinding)).toEqual([
      "BASE_URL: Apple accepts neither http nor localhost, and the callback URL is http://localhost:5050/oauth/callback/apple. Users can't log in with Apple. Set BASE_URL to the https address of this site.",
    ]);
    expect(checkProviderSettings(settings)).toEqual([]);
    // Told once.
    expect(await checkProviders({ ...settings, providers: [provider] }, () => 0)).toEqual([]);
  });
});

describe("provider commands", () => {
  let folder: string;
  let peer: TestProvider;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-providers-"));
    peer = await createTestProvider();
  });
  afterEach(async () => {
    await peer.close();
    rmSync(folder, { recursive: true });
  });

  const env = () => ({
    NODE_ENV: "test",
    BASE_URL: "https://accounts.example.com",
    PROVIDERS: "github,work",
    PROVIDER_GITHUB_CLIENT_ID: "Iv1.1",
    PROVIDER_GITHUB_SECRET: "canary",
    PROVIDER_WORK_ISSUER: peer.issuer,
    PROVIDER_WORK_CLIENT_ID: peer.options.clientId,
    PROVIDER_WORK_SECRET: peer.options.secret ?? "",
  });
  const run = (words: string, own: Record<string, string> = {}) => runCommand(folder, words.split(" "), { ...env(), ...own });

  it("providers list: each provider has its callback URL, and no secret", async () => {
    const { code, output } = await run("providers list");
    expect(code).toBe(0);
    expect(output).toMatch(
      /^id +name +issuer +sign-up +link +callback url\ngithub +GitHub +https:\/\/github\.com +on +verified +https:\/\/accounts\.example\.com\/oauth\/callback\/github\nwork +Work /,
    );
    expect(JSON.parse((await run("providers list --json")).output)).toMatchObject({
      providers: [{ id: "github" }, { id: "work", clientId: "test-client" }],
    });
    expect(output + (await run("providers list --json")).output).not.toContain("canary");
    expect(
      (
        await run("providers list", {
          PROVIDERS: "",
          PROVIDER_GITHUB_CLIENT_ID: "",
          PROVIDER_GITHUB_SECRET: "",
          PROVIDER_WORK_ISSUER: "",
          PROVIDER_WORK_CLIENT_ID: "",
          PROVIDER_WORK_SECRET: "",
        })
      ).output,
    ).toBe("PROVIDERS is empty.\n");
  });

  it("providers test: a provider that works, one with a wrong secret, and an unknown one", async () => {
    const good = await run("providers test work");
    expect([good.code, good.output]).toEqual([
      0,
      "work  ok  It accepts the client ID and the secret. Its callback URL must be https://accounts.example.com/oauth/callback/work.\n",
    ]);
    const bad = await run("providers test work", { PROVIDER_WORK_SECRET: "canary" });
    expect([bad.code, bad.output]).toEqual([
      1,
      "work  error  The token endpoint answered invalid_client. Check PROVIDER_WORK_CLIENT_ID and PROVIDER_WORK_SECRET. Copy both from the page of your app at the provider.\n",
    ]);
    const json = await run("providers test work --json");
    expect(JSON.parse(json.output)).toEqual({
      results: [{ provider: "work", ok: true, isClientAccepted: true, redirectUri: "https://accounts.example.com/oauth/callback/work" }],
    });
    const unknown = await run("providers test wrk");
    expect([unknown.code, unknown.output]).toEqual([1, 'error: no provider "wrk" in PROVIDERS (github, work): did you mean work?\n']);
    // A preset is no misspelling of another one.
    const preset = await run("providers test gitlab");
    expect([preset.code, preset.output]).toEqual([
      1,
      'error: no provider "gitlab" in PROVIDERS (github, work): add gitlab to PROVIDERS, as in docs/providers.md\n',
    ]);
  });

  it("doctor: it asks each provider", async () => {
    const only = { PROVIDERS: "work", PROVIDER_GITHUB_CLIENT_ID: "", PROVIDER_GITHUB_SECRET: "", PROVIDER_WORK_SECRET: "canary" };
    const { output } = await run("doctor --json", only);
    const { findings } = JSON.parse(output) as { findings: { setting: string; risk: string }[] };
    expect(findings).toContainEqual(expect.objectContaining({ setting: "PROVIDER_WORK_CLIENT_ID", risk: "Users can't log in with Work." }));
    expect(output).not.toContain("canary");
  });
});
