/** Tests the test kit and the own features of an app. */
// Runs on one engine: the kit brings its own database.
import { existsSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { html, LatchkeyError, type OwnFeature } from "../src/index.ts";
import { requireAccess } from "../src/library/adapters/web.ts";
import {
  createSoftwarePasskey,
  createTestLatchkey,
  createTestProvider,
  type PasskeyCreation,
  type PasskeyRequest,
  type TestLatchkey,
  type TestProvider,
  totpCode,
} from "../src/testing.ts";

const origin = "http://localhost:5050";
let latchkey: TestLatchkey | undefined;
afterEach(() => latchkey?.close());

const as = (cookie: string, headers: Record<string, string> = {}) => ({ headers: { cookie, accept: "text/html", ...headers } });

async function send(kit: TestLatchkey, path: string, init: RequestInit) {
  const response = await kit.handle(new Request(origin + path, init));
  return { status: response.status, location: response.headers.get("location"), text: await response.text() };
}

async function fill(kit: TestLatchkey, path: string, cookie: string, fields: Record<string, string>) {
  const token = /name="csrf_token" value="([^"]*)"/.exec((await send(kit, path, as(cookie))).text)?.[1] ?? "";
  const body = String(new URLSearchParams({ csrf_token: token, ...fields }));
  return send(kit, path, { method: "POST", body, ...as(cookie, { "content-type": "application/x-www-form-urlencoded", origin }) });
}

describe("test kit", () => {
  it("test kit: loginAs needs no password, and expireSession ends one session", async () => {
    const kit = await createTestLatchkey();
    latchkey = kit;
    const login = await kit.loginAs("ada");
    expect([login.user.email, login.cookie]).toEqual(["ada@example.com", `${login.name}=${login.value}`]);
    expect((await send(kit, "/settings", as(login.cookie))).text).toContain("ada@example.com");
    const onPhone = await kit.loginAs("ada");
    const events: string[] = [];
    kit.on("any", ({ event }) => void events.push(event));
    await kit.expireSession(login);
    expect((await send(kit, "/settings", as(login.cookie))).location).toBe("/login?next=%2Fsettings");
    expect((await send(kit, "/settings", as(onPhone.cookie))).status).toBe(200);
    expect(events).toEqual([]);
    expect((await kit.loginAs({ username: "ada" })).user.id).toBe(login.user.id);
  });

  it("test kit: passes moves the clock", async () => {
    const kit = await createTestLatchkey({ sessionIdle: "1h" });
    latchkey = kit;
    const { cookie } = await kit.loginAs("ada");
    kit.passes(59 * 60_000);
    expect((await send(kit, "/settings", as(cookie))).status).toBe(200);
    kit.passes(61 * 60_000);
    expect((await send(kit, "/settings", as(cookie))).status).toBe(303);
  });

  it("test kit: inbox returns emails with their links", async () => {
    const kit = await createTestLatchkey();
    latchkey = kit;
    await kit.users.create({ username: "ada", email: "ada@example.com", password: "a harbour at dusk" });
    const jar = (await kit.handle(new Request(`${origin}/reset-password`))).headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect((await fill(kit, "/reset-password", jar, { email: "ada@example.com" })).status).toBe(303);
    const [sent] = await kit.inbox("ada@example.com");
    expect(sent?.link).toMatch(/^\/reset-password\/choose\?token=/);
    expect(await kit.inbox("nobody@example.com")).toEqual([]);
  });

  it("test kit: loginAs at level 2 is a session with a second factor, whose codes totpCode gives", async () => {
    const kit = await createTestLatchkey();
    latchkey = kit;
    await kit.users.create({ username: "ada", email: "ada@example.com", password: "a harbour at dusk", emailVerified: true });
    expect((await kit.loginAs("ada")).totpSecret).toBeUndefined();
    const { cookie, totpSecret = "", user } = await kit.loginAs("ada", { level: 2 });
    expect(user.twoFactorSince).toBeGreaterThan(kit.now() - 60_000);
    expect((await send(kit, "/settings/two-factor", as(cookie))).status).toBe(200);
    const passes = async (login: string) => (await kit.requireLevel(new Request(`${origin}/reports`, as(login)), 2)).ok;
    expect([await passes(cookie), await passes((await kit.loginAs("grace")).cookie)]).toEqual([true, false]);
    expect((await kit.loginAs("ada", { level: 2 })).totpSecret).toBe(totpSecret);
    const post = async (path: string, body: object) => {
      const response = await kit.handle(
        new Request(origin + path, {
          method: "POST",
          body: JSON.stringify(body),
          headers: { "content-type": "application/json", accept: "application/json" },
        }),
      );
      return { status: response.status, body: (await response.json()) as { pending?: string; user?: { username: string } } };
    };
    const first = await post("/login", { email: "ada@example.com", password: "a harbour at dusk", session: "token" });
    expect(first).toMatchObject({ status: 202, body: { due: "two-factor" } });
    const second = await post("/login/two-factor", { pending: first.body.pending, code: totpCode(totpSecret, kit.now()) });
    expect(second).toMatchObject({ status: 200, body: { user: { username: "ada" } } });
  });

  it("test kit: a software passkey is added, and logs in", async () => {
    const kit = await createTestLatchkey();
    latchkey = kit;
    await kit.users.create({ username: "ada", email: "ada@example.com", password: "a harbour at dusk", emailVerified: true });
    let bearer = "";
    const post = async (path: string, body: object) => {
      const authorization = bearer === "" ? {} : { authorization: `Bearer ${bearer}` };
      const headers = { "content-type": "application/json", accept: "application/json", ...authorization };
      const response = await kit.handle(new Request(origin + path, { method: "POST", body: JSON.stringify(body), headers }));
      return (await response.json()) as { token?: string; ceremony?: string; publicKey: PasskeyCreation & PasskeyRequest };
    };
    bearer = (await post("/login", { email: "ada@example.com", password: "a harbour at dusk", session: "token" })).token ?? "";
    const passkey = createSoftwarePasskey({ origin });
    const creation = await post("/settings/passkeys/options", {});
    await post("/settings/passkeys", { new_passkey: passkey.create(creation.publicKey), ceremony: creation.ceremony });
    bearer = "";
    const request = await post("/passkeys/options", { purpose: "login", session: "token" });
    const login = await post("/passkeys/verify", {
      passkey: passkey.get(request.publicKey),
      ceremony: request.ceremony,
      session: "token",
    });
    expect(login).toMatchObject({ user: { username: "ada" }, token: expect.stringMatching(/^latchkey_/) });
  });

  it("test kit: totpCode gives the codes of RFC 6238, and refuses what is not base32", () => {
    const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    expect([totpCode(secret, 59_000), totpCode(secret, 1_111_111_109_000)]).toEqual(["287082", "081804"]);
    for (const wrong of ["", "not base32!"]) expect(() => totpCode(wrong, 0)).toThrow(TypeError);
  });

  it.each([
    ["recentAuth", { recentAuth: true }],
    ["a role and recentAuth", { role: "editor", recentAuth: true }],
    ["a level and recentAuth", { level: 1, recentAuth: true }],
  ] as const)("guards: %s asks for a login of the last 15 minutes", async (_, options) => {
    const kit = await createTestLatchkey();
    latchkey = kit;
    const { user, cookie } = await kit.loginAs("ada");
    await kit.users.grant(user.id, "editor");
    const request = () =>
      new Request("http://localhost:5050/pay", { headers: { cookie, accept: "text/html", "sec-fetch-mode": "navigate" } });
    expect((await requireAccess(kit, request(), options)).ok).toBe(true);
    kit.passes(16 * 60_000);
    const refused = await requireAccess(kit, request(), options);
    expect(refused.ok || refused.response.headers.get("location")).toMatch(/^\/confirm-password/);
  });

  it("test kit: it is refused outside of tests", async () => {
    for (const nodeEnv of ["development", "production"] as const)
      await expect(createTestLatchkey({ nodeEnv })).rejects.toThrow("is for tests: leave nodeEnv out.");
  });
});

const guestbook: OwnFeature = {
  name: "guestbook",
  pages: [
    { path: "/guestbook/public", isPublic: true, show: () => ({ title: "Open", body: html`<h1>Open to all</h1>`, data: { open: true } }) },
  ],
  forms: [
    {
      path: "/guestbook",
      fields: ["words"],
      keep: ["words"],
      show: ({ user }, form) => ({
        title: "Guestbook",
        body: html`<h1>${user?.username}, write something</h1><p>${form.problems["words"] ?? ""}</p>
<form method="post" action="/guestbook"><input type="hidden" name="csrf_token" value="${form.csrfToken}"><input name="words" value="${form.values["words"] ?? ""}"></form>`,
      }),
      submit: (_, { words = "" }) =>
        words.length < 3
          ? { ok: false, problems: { words: "Write a little more." } }
          : { ok: true, goTo: "/settings", message: "Thank you!", data: { words } },
    },
  ],
  settingsPage: { path: "/guestbook", title: "Guestbook", text: "Write something." },
};

describe("own features", () => {
  it("own features: login guard, CSRF token, messages and settings card apply", async () => {
    const kit = await createTestLatchkey({ ownFeatures: [guestbook] });
    latchkey = kit;
    const { cookie } = await kit.loginAs("ada");
    expect((await send(kit, "/guestbook", as(""))).location).toBe("/login?next=%2Fguestbook");
    expect((await send(kit, "/guestbook/public", {})).status).toBe(200);
    expect((await send(kit, "/settings", as(cookie))).text).toMatch(/<a href="\/guestbook"><svg[^\n]*<\/svg>Guestbook<\/a>/);
    expect((await fill(kit, "/guestbook", cookie, { csrf_token: "wrong" })).status).toBe(403);
    const short = await fill(kit, "/guestbook", cookie, { words: "<" });
    expect([short.status, short.text.includes("Write a little more."), short.text.includes('value="&lt;"')]).toEqual([422, true, true]);
    const done = await fill(kit, "/guestbook", cookie, { words: "hello" });
    expect([done.status, done.location]).toEqual([303, "/settings"]);
  });

  it("own features: existing paths and invalid names are rejected", async () => {
    for (const path of ["/login", "guestbook", "//evil.test", "/a?b"]) {
      const own: OwnFeature = { name: "own", pages: [{ path, show: () => ({ title: "", body: html`` }) }] };
      await expect(createTestLatchkey({ ownFeatures: [own] }), path).rejects.toThrow(LatchkeyError);
    }
    await expect(createTestLatchkey({ ownFeatures: [{ name: "Not A Name" }] })).rejects.toThrow(LatchkeyError);
  });
});

describe("test kit: providers", () => {
  let provider: TestProvider | undefined;
  afterEach(() => provider?.close());

  /** Goes to the provider and back, as a browser does. */
  async function continues(kit: TestLatchkey, at: TestProvider, id: string) {
    const started = await kit.handle(new Request(`${origin}/oauth/start/${id}`));
    const cookie = started.headers
      .getSetCookie()
      .map((line) => line.split(";")[0])
      .join("; ");
    const { url } = await at.authorize(started.headers.get("location") ?? "");
    return kit.handle(new Request(url, { headers: { cookie } }));
  }

  it("test kit: a provider on a port logs its user in, follows the clock, and is refused when it lies", async () => {
    let kit: TestLatchkey | undefined;
    provider = await createTestProvider({ now: () => kit?.now() ?? 0 });
    kit = await createTestLatchkey({ providers: { work: provider.options } });
    latchkey = kit;
    provider.user = { sub: "1", email: "grace@example.com", email_verified: true, preferred_username: "grace" };
    kit.passes(86_400_000);
    expect((await continues(kit, provider, "work")).headers.get("location")).toBe("/");
    expect((await kit.users.find({ username: "grace" }))?.email).toBe("grace@example.com");
    provider.lies = { signature: "other-key" };
    expect((await continues(kit, provider, "work")).headers.get("location")).toBe("/login");
    expect(provider.requests.slice(0, 4)).toEqual(["metadata", "authorize", "token", "keys"]);
  });

  it("test kit: a provider that poses as GitHub needs no network", async () => {
    provider = await createTestProvider({ preset: "github" });
    const kit = await createTestLatchkey({ providers: { github: provider.options } }, { fetchProvider: provider.fetch });
    latchkey = kit;
    expect((await continues(kit, provider, "github")).headers.get("location")).toBe("/");
    expect((await kit.users.find({ username: "ada" }))?.email).toBe("ada@example.com");
  });

  it("test kit: a provider that poses as Apple brings the key of its client secret, and removes it", async () => {
    provider = await createTestProvider({ preset: "apple" });
    const { keyFile = "" } = provider.options;
    const kit = await createTestLatchkey({ providers: { apple: provider.options } }, { fetchProvider: provider.fetch });
    latchkey = kit;
    const started = await kit.handle(new Request(`${origin}/oauth/start/apple`));
    const { url, body } = await provider.authorize(started.headers.get("location") ?? "");
    const [cookie = ""] = started.headers.getSetCookie().map((line) => line.split(";")[0] ?? "");
    // The page that answers Apple's form posts it again from this site.
    const again = new Request(`${url}/continue`, { method: "POST", body: body ?? "", headers: { cookie, origin } });
    expect((await kit.handle(again)).status).toBe(303);
    expect((await kit.users.list()).users.map(({ email }) => email)).toEqual(["ada@example.com"]);
    await provider.close();
    expect(existsSync(keyFile)).toBe(false);
  });

  it("test kit: a preset that does not exist is refused", async () => {
    await expect(createTestProvider({ preset: "githb" })).rejects.toThrow("There is no preset githb.");
  });
});
