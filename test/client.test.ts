/** Tests the browser client: unexpected responses, and logins with a second step. */
// Runs on one engine: the client does not access the database.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, ClientError, createClient } from "../src/client.ts";
import { features } from "../src/features/index.ts";
import { usersOf } from "../src/library/users.ts";
import { gate, word } from "./features/gate.ts";
import { type TestApp, testApp } from "./person.ts";
import { phoneWith, verifiesEmail } from "./two-factor.ts";

const operations: Record<string, (client: Client) => Promise<unknown>> = {
  currentUser: (client) => client.currentUser(),
  signUp: (client) => client.signUp({ username: "ada", email: "ada@example.com", password: "a harbour at dusk" }),
  logIn: (client) => client.logIn({ email: "ada@example.com", password: "a harbour at dusk" }),
  resumeLogIn: (client) => client.resumeLogIn("/gate", { pending: "x", word: "x" }),
  logOut: (client) => client.logOut(),
  confirmPassword: (client) => client.confirmPassword("a harbour at dusk"),
  requestPasswordReset: (client) => client.requestPasswordReset("ada@example.com"),
  resetPassword: (client) => client.resetPassword({ token: "x", password: "a harbour at dusk" }),
  verifyEmail: (client) => client.verifyEmail("x"),
  changePassword: (client) => client.changePassword({ currentPassword: "x", password: "a harbour at dusk" }),
  changeUsername: (client) => client.changeUsername("ada"),
  changeDisplayName: (client) => client.changeDisplayName("Ada"),
  changeEmail: (client) => client.changeEmail("ada@example.com"),
  confirmNewEmail: (client) => client.confirmNewEmail("123456"),
  sessions: (client) => client.sessions(),
  endSession: (client) => client.endSession("x"),
  endOtherSessions: (client) => client.endOtherSessions(),
  twoFactor: (client) => client.twoFactor(),
  beginAuthenticator: (client) => client.beginAuthenticator(),
  confirmAuthenticator: (client) => client.confirmAuthenticator({ code: "123456" }),
  removeAuthenticator: (client) => client.removeAuthenticator("x"),
  createRecoveryCodes: (client) => client.createRecoveryCodes(),
  turnOffTwoFactor: (client) => client.turnOffTwoFactor(),
  events: (client) => client.events(),
  deleteAccount: (client) => client.deleteAccount("ada"),
  accessToken: (client) => client.accessToken("https://api.example.com"),
};

const json = { "content-type": "application/json" };
const unexpectedResponses: Record<string, () => Response> = {
  "an HTML page": () => new Response("<!DOCTYPE html><title>App</title>", { headers: { "content-type": "text/html" } }),
  "HTML with a JSON content type": () => new Response("<!DOCTYPE html><title>App</title>", { headers: json }),
  "JSON with a text content type": () => new Response('{"user":{"id":"1"},"csrfToken":"x"}', { headers: { "content-type": "text/plain" } }),
  "JSON of another server": () => new Response('{"ok":true,"csrfToken":"x"}', { headers: json }),
  "a due step without a pending token": () => new Response('{"due":"gate","methods":[],"csrfToken":"x"}', { status: 202, headers: json }),
  "a JSON array": () => new Response("[]", { headers: json }),
  "an empty response": () => new Response(null, { status: 204 }),
};

describe("client", () => {
  it.each(Object.keys(unexpectedResponses))("client: %s is rejected as unexpected-answer", async (kind) => {
    const all = createClient({ fetch: async () => unexpectedResponses[kind]?.() ?? Response.error() });
    expect(Object.keys(operations)).toEqual(Object.keys(all).filter((name) => name !== "token"));
    for (const useToken of [true, false]) {
      const client = createClient({
        baseUrl: "https://app.example.test",
        useToken,
        fetch: async () => unexpectedResponses[kind]?.() ?? Response.error(),
      });
      for (const [name, operate] of Object.entries(operations)) {
        const error = await operate(client).catch((thrown: unknown) => thrown);
        expect(error, name).toBeInstanceOf(ClientError);
        expect(error, name).toMatchObject({ code: "unexpected-answer" });
      }
    }
  });

  it("client: an error without a JSON body keeps its status and retry time", async () => {
    const client = createClient({
      useToken: true,
      fetch: async () => new Response("busy", { status: 503, headers: { "retry-after": "5" } }),
    });
    await expect(client.currentUser()).rejects.toMatchObject({ status: 503, code: "unknown", retryAfterSeconds: 5 });
  });
});

describe("client: login with a second step", () => {
  const login = { email: "ada@example.com", password: "a harbour at dusk" };
  let app: TestApp;
  let gatedUserId = "";
  beforeAll(async () => {
    app = await testApp({}, { features: [...features, gate((userId) => userId === gatedUserId)] });
    for (const username of ["ada", "grace"]) await app.person({ username, email: `${username}@example.com` }).signsUp();
    gatedUserId = (await usersOf(app.s).find({ username: "ada" }))?.id ?? "";
  });
  afterAll(() => app.close());

  it("client: a login returns the due step and resumes with a token", async () => {
    const client = createClient({ baseUrl: app.url, useToken: true });
    const first = await client.logIn(login);
    expect(first).toEqual({ ok: false, reason: "due", due: "gate", methods: ["totp"], pending: expect.stringMatching(/^[\w-]{43}$/) });
    expect(client.token()).toBeUndefined();
    await expect(client.currentUser()).resolves.toBeNull();
    if (first.ok) return;
    const { pending } = first;
    await expect(client.resumeLogIn("/gate", { pending, word: "wrong" })).rejects.toMatchObject({ status: 401, code: "wrong-word" });
    expect(await client.resumeLogIn("/gate", { pending, word })).toMatchObject({ ok: true, user: { username: "ada" } });
    expect(client.token()).toMatch(/^latchkey_/);
    await expect(client.currentUser()).resolves.toMatchObject({ username: "ada" });
    await expect(client.resumeLogIn("/gate", { pending, word })).rejects.toMatchObject({ status: 410 });
  });

  it("client: a login with a due step resumes with a cookie", async () => {
    const client = createClient({ baseUrl: app.url, fetch: withCookies() });
    const first = await client.logIn({ ...login, remember: true });
    expect(first).toMatchObject({ ok: false, reason: "due", due: "gate" });
    if (first.ok) return;
    expect(await client.resumeLogIn("/gate", { pending: first.pending, word })).toMatchObject({ ok: true, user: { username: "ada" } });
    await expect(client.currentUser()).resolves.toMatchObject({ username: "ada" });
    expect(client.token()).toBeUndefined();
  });

  it("client: takes over the new token of a re-authentication and of a change of the password", async () => {
    const client = createClient({ baseUrl: app.url, useToken: true });
    await client.logIn({ ...login, email: "grace@example.com" });
    const tokens = [client.token()];
    await client.confirmPassword(login.password);
    tokens.push(client.token());
    await client.changePassword({ currentPassword: login.password, password: "nine grey herons" });
    tokens.push(client.token());
    expect(new Set(tokens).size).toBe(3);
    await expect(client.currentUser()).resolves.toMatchObject({ username: "grace" });
    await client.changePassword({ currentPassword: "nine grey herons", password: login.password });
  });

  it("client: a login without a due step succeeds at once", async () => {
    const client = createClient({ baseUrl: app.url, useToken: true });
    expect(await client.logIn({ ...login, email: "grace@example.com" })).toMatchObject({ ok: true, user: { username: "grace" } });
  });
});

/** A `fetch` that keeps cookies, as a browser does. */
function withCookies(): typeof fetch {
  const jar = new Map<string, string>();
  return async (url, init) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
}

describe("client: two-factor authentication", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
    const ada = app.person();
    await ada.signsUp();
    await verifiesEmail(app, ada);
  });
  afterAll(() => app.close());

  it("client: turns it on, logs in with a code, makes recovery codes and turns it off", async () => {
    const login = { email: "ada@example.com", password: "a harbour at dusk" };
    const client = createClient({ baseUrl: app.url, useToken: true });
    await client.logIn(login);
    const phone = phoneWith(app, (await client.beginAuthenticator()).secret);
    const codes = await client.confirmAuthenticator({ code: phone.code(), name: "Phone" });
    expect(codes).toHaveLength(10);
    const due = await client.logIn(login);
    if (due.ok) throw new Error("The second step was skipped.");
    expect([due.due, due.methods]).toEqual(["two-factor", ["totp", "recovery-code"]]);
    expect(await client.resumeLogIn("/login/two-factor", { pending: due.pending, code: phone.code(1) })).toMatchObject({ ok: true });
    expect(await client.createRecoveryCodes()).not.toEqual(codes);
    const { twoFactorSince, authenticators, recoveryCodesLeft } = await client.twoFactor();
    expect([typeof twoFactorSince, authenticators.map(({ name }) => name), recoveryCodesLeft]).toEqual(["number", ["Phone"], 10]);
    await client.turnOffTwoFactor();
    expect(await client.logIn(login)).toMatchObject({ ok: true });
  });
});
