/** Tests logins at identity providers that others have written. */
// Runs end to end: it starts oidc-provider and oauth2-mock-server.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { OAuth2Server } from "oauth2-mock-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkProvider } from "../src/core/providers/check.ts";
import { begin, complete, readLogoutToken } from "../src/core/providers/protocol.ts";
import { type Person, type TestApp, testApp } from "./person.ts";
import { closeServer, startOidcProvider, type Upstream, UpstreamBrowser, upstreamClient, upstreamSettings } from "./upstream.ts";

const redirectUri = "https://accounts.example.com/oauth/callback/work";

/** Begins a login; throws if the provider cannot be reached. */
async function started({ s, provider }: ReturnType<typeof upstreamSettings>, options: Parameters<typeof begin>[2] = {}) {
  const begun = await begin(s, provider, options);
  if (!begun.ok) throw new Error(begun.detail);
  return begun;
}

describe.each(["client_secret_basic", "client_secret_post"] as const)("oidc-provider with %s", (clientAuth) => {
  let upstream: Upstream;
  let receiver: Server;
  const logoutTokens: string[] = [];
  beforeAll(async () => {
    receiver = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      logoutTokens.push(new URLSearchParams(body).get("logout_token") ?? "");
      response.end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, "localhost", resolve));
    const backChannelUri = `http://localhost:${(receiver.address() as AddressInfo).port}/oauth/backchannel/work`;
    upstream = await startOidcProvider({ redirectUri, clientAuth, backChannelUri });
  });
  afterAll(async () => {
    await upstream.close();
    await closeServer(receiver);
  });
  // Its metadata lists both methods, so the first one is chosen.
  const own = () => {
    const { s, provider } = upstreamSettings(upstream.issuer, { PROVIDER_WORK_KEEP_TOKENS: "on" });
    const chosen = clientAuth === "client_secret_post" ? ("post" as const) : ("basic" as const);
    return { s, provider: { ...provider, protocol: { ...provider.protocol, clientAuth: chosen } } };
  };

  it("oidc-provider: a user logs in with PKCE, state, nonce and iss, and the address comes from the user info", async () => {
    const { s, provider } = own();
    const { attempt, url } = await started({ s, provider });
    const back = await new UpstreamBrowser().authorize(url, "ada", redirectUri);
    expect(back.searchParams.get("iss")).toBe(upstream.issuer);
    const result = await complete(s, provider, attempt, back.searchParams);
    expect(result).toMatchObject({
      ok: true,
      identity: {
        ...{ provider: "work", issuer: upstream.issuer, subject: "ada", email: "ada@example.com", isEmailVouched: true },
        ...{ name: "ada of Upstream", username: "ada", sid: expect.any(String) },
      },
      tokens: { accessToken: expect.any(String), idToken: expect.any(String) },
    });
    // The provider refuses the code the second time.
    expect(await complete(s, provider, attempt, back.searchParams)).toMatchObject({ ok: false, reason: "expired" });
  });

  it("oidc-provider: max_age=0 asks again, and the time of the login is verified", async () => {
    const { s, provider } = own();
    const browser = new UpstreamBrowser();
    await browser.authorize((await started({ s, provider })).url, "ada", redirectUri);
    const second = await started({ s, provider }, { maxAge: 0 });
    const back = await browser.authorize(second.url, "ada", redirectUri);
    const result = await complete(s, provider, second.attempt, back.searchParams);
    expect(result.ok && Math.abs((result.identity.authTime ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it("oidc-provider: the doctor's check knows a right secret from a wrong one", async () => {
    const { s, provider } = own();
    expect(await checkProvider(s, provider)).toMatchObject({ ok: true, isClientAccepted: true });
    expect(await checkProvider(s, { ...provider, secret: "wrong" })).toMatchObject({
      ok: false,
      setting: "PROVIDER_WORK_CLIENT_ID",
      problem: expect.stringMatching(/invalid_client|refused the request \(401\)/),
    });
  });

  it("oidc-provider: a stolen code is worth nothing with another verifier", async () => {
    const { s, provider } = own();
    const stolen = await started({ s, provider });
    const back = await new UpstreamBrowser().authorize(stolen.url, "ada", redirectUri);
    const other = await started({ s, provider });
    back.searchParams.set("state", other.attempt.state);
    expect(await complete(s, provider, other.attempt, back.searchParams)).toMatchObject({ ok: false, reason: "expired" });
  });

  it("oidc-provider: a user who logs out there is named by a logout token", async () => {
    const { s, provider } = own();
    const browser = new UpstreamBrowser();
    const { attempt, url } = await started({ s, provider });
    const back = await browser.authorize(url, "ada", redirectUri);
    const login = await complete(s, provider, attempt, back.searchParams);
    if (!login.ok) throw new Error(login.detail);
    const page = await browser.open(`${upstream.issuer}/session/end?id_token_hint=${login.tokens?.idToken}`, redirectUri);
    const xsrf = /name="xsrf" value="(\w+)"/.exec(page.html)?.[1] ?? "";
    await browser.open(`${upstream.issuer}/session/end/confirm`, redirectUri, new URLSearchParams({ xsrf, logout: "yes" }));
    const token = logoutTokens.at(-1) ?? "";
    expect(await readLogoutToken(s, provider, token)).toMatchObject({
      ok: true,
      issuer: upstream.issuer,
      subject: "ada",
      sid: login.identity.sid,
    });
    // A forged copy of it, for another user.
    const [head, body = "", signature] = token.split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as object;
    const forged = [head, Buffer.from(JSON.stringify({ ...claims, sub: "grace" })).toString("base64url"), signature].join(".");
    expect(await readLogoutToken(s, provider, forged)).toEqual({ ok: false, detail: "The signature of a token is wrong." });
  });
});

describe("site with oidc-provider", () => {
  const siteUri = "http://localhost:5050/oauth/callback/work";
  let upstream: Upstream;
  let app: TestApp;
  let receiver: Server;
  const answers: number[] = [];
  beforeAll(async () => {
    // Stands at the address that the provider knows, since the app's is not known before the provider's.
    receiver = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const headers = { "content-type": request.headers["content-type"] ?? "" };
      const { status } = await fetch(`${app.url}/oauth/backchannel/work`, { method: "POST", headers, body });
      answers.push(status);
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, "localhost", resolve));
    const backChannelUri = `http://localhost:${(receiver.address() as AddressInfo).port}/`;
    upstream = await startOidcProvider({ redirectUri: siteUri, backChannelUri });
    app = await testApp({
      PROVIDERS: "work",
      PROVIDER_WORK_ISSUER: upstream.issuer,
      PROVIDER_WORK_CLIENT_ID: upstreamClient.id,
      PROVIDER_WORK_SECRET: upstreamClient.secret,
      PROVIDER_WORK_KEEP_TOKENS: "on",
    });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
    await closeServer(receiver);
  });

  async function continues(person: Person, browser: UpstreamBrowser, login: string, query = "") {
    const { location } = await person.opens(`/oauth/start/work${query}`);
    const back = await browser.authorize(location ?? "", login, siteUri);
    return person.opens(back.pathname + back.search);
  }

  it("site with oidc-provider: the first login makes an account, and the second one opens it", async () => {
    const browser = new UpstreamBrowser();
    const [first, second] = [app.person(), app.person()];
    expect((await continues(first, browser, "ada", "?next=/settings")).location).toBe("/settings");
    expect((await continues(second, browser, "ada")).location).toBe("/dashboard");
    for (const person of [first, second]) expect((await person.opens("/dashboard")).text).toContain("ada of Upstream");
  });

  it("site with oidc-provider: a logout there ends the session that began with it, and no other", { tags: ["asvs-7.6.1"] }, async () => {
    const [browser, elsewhere] = [new UpstreamBrowser(), new UpstreamBrowser()];
    const [here, other] = [app.person(), app.person()];
    await continues(here, browser, "grace");
    await continues(other, elsewhere, "grace");
    const page = await browser.open(`${upstream.issuer}/session/end`, siteUri);
    const xsrf = /name="xsrf" value="(\w+)"/.exec(page.html)?.[1] ?? "";
    await browser.open(`${upstream.issuer}/session/end/confirm`, siteUri, new URLSearchParams({ xsrf, logout: "yes" }));
    expect(answers).toEqual([200]);
    expect((await here.opens("/dashboard")).location).toContain("/login");
    expect((await other.opens("/dashboard")).status).toBe(200);
  });

  it("site with oidc-provider: a new login there confirms a change here", async () => {
    const browser = new UpstreamBrowser();
    const person = app.person();
    await continues(person, browser, "linus");
    const path = "/settings/change-username";
    const query = `?purpose=reauthenticate&next=${encodeURIComponent(path)}`;
    expect((await continues(person, browser, "linus", query)).location).toBe(path);
    // The provider's clock has not moved with the app's, so its time of the login is sixteen minutes old.
    app.passes(16 * 60_000);
    const late = await continues(person, browser, "linus", query);
    expect(late.location).not.toBe(path);
    expect(app.lines).toContainEqual(expect.objectContaining({ reason: "not-recent", provider: "work" }));
  });

  it("site with oidc-provider: while it is down, the login page says so and keeps the other ways", async () => {
    const person = app.person();
    const { location } = await person.opens("/oauth/start/work");
    const back = await new UpstreamBrowser().authorize(location ?? "", "ada", siteUri);
    await upstream.close();
    const answer = await person.opens(back.pathname + back.search);
    expect([answer.status, answer.location]).toEqual([303, "/login"]);
    const page = await person.opens("/login");
    expect(page.text).toContain("Work can't be reached at the moment. Log in another way, or try again later.");
    expect(page.text).toContain("Password");
    expect(app.lines).toContainEqual(expect.objectContaining({ reason: "unreachable", provider: "work" }));
  });
});

describe("oauth2-mock-server", () => {
  let server: OAuth2Server;
  beforeAll(async () => {
    server = new OAuth2Server();
    await server.issuer.keys.generate("RS256");
    await server.start(0, "localhost");
  });
  afterAll(() => server.stop());

  it("oauth2-mock-server: a user logs in, without an address that could count", async () => {
    const issuer = server.issuer.url ?? "";
    const { s, provider } = upstreamSettings(issuer);
    const { attempt, url } = await started({ s, provider });
    const { url: back } = await new UpstreamBrowser().open(url, redirectUri);
    const result = await complete(s, provider, attempt, new URL(back).searchParams);
    expect(result).toMatchObject({ ok: true, identity: { issuer, subject: "johndoe", isEmailVouched: false } });
  });

  it("oauth2-mock-server: tokens that it changes are refused", async () => {
    const { s, provider } = upstreamSettings(server.issuer.url ?? "");
    const changes: ((payload: Record<string, unknown>) => void)[] = [
      (payload) => {
        payload["aud"] = "other";
      },
      (payload) => {
        payload["nonce"] = "other";
      },
      (payload) => {
        payload["iss"] = "https://evil.example";
      },
    ];
    for (const change of changes) {
      const { attempt, url } = await started({ s, provider });
      const { url: back } = await new UpstreamBrowser().open(url, redirectUri);
      const alter = ({ payload }: { payload: object }) => change(payload as Record<string, unknown>);
      server.service.on("beforeTokenSigning", alter);
      const result = await complete(s, provider, attempt, new URL(back).searchParams);
      server.service.off("beforeTokenSigning", alter);
      expect(result).toMatchObject({ ok: false, reason: "bad-answer" });
    }
  });

  it("oauth2-mock-server: a refused token request is told as that", async () => {
    const { s, provider } = upstreamSettings(server.issuer.url ?? "");
    const { attempt, url } = await started({ s, provider });
    const { url: back } = await new UpstreamBrowser().open(url, redirectUri);
    server.service.once("beforeResponse", (response: { statusCode: number; body: unknown }) => {
      response.statusCode = 503;
      response.body = {};
    });
    expect(await complete(s, provider, attempt, new URL(back).searchParams)).toMatchObject({ ok: false, reason: "unreachable" });
  });
});
