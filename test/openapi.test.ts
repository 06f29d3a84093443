/** Tests that the OpenAPI document is valid, complete and correct. */
// Runs on one engine: the shape of responses does not depend on the database.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { features } from "../src/features/index.ts";
import type { OpenApiWords } from "../src/http/openapi-schemas.ts";
import { insertPasskeys, removedLongAgo } from "./passkeys.ts";
import { linkIn, type Person } from "./person.ts";
import { type ProviderApp, providerApp } from "./provider-app.ts";
import { RawPasskey } from "./raw-passkey.ts";
import { phoneWith, verifiesEmail, waitsForRecovery } from "./two-factor.ts";

const words: OpenApiWords = Object.assign({}, ...features.map(({ openapi = {} }) => openapi));
const formPaths = Object.keys(words).filter((path) => words[path]?.post);

interface Operation {
  readonly operationId: string;
  readonly requestBody?: {
    readonly content: { readonly "application/json": { readonly schema: object; readonly example?: Record<string, unknown> } };
  };
  readonly responses: Readonly<Record<string, { readonly content: { readonly "application/json": { readonly schema: object } } }>>;
  readonly security: readonly object[];
}
interface Document {
  readonly paths: Readonly<Record<string, { readonly get?: Operation; readonly post?: Operation }>>;
  readonly components: object;
}

/** Routes that are not part of the public API. */
const undocumented = [
  "/.well-known/change-password",
  "/admin",
  "/admin/charts",
  "/admin/events",
  "/admin/failed-emails",
  "/admin/user",
  "/admin/user/confirm",
  "/forward-auth",
  "/reset-password/sent",
  "/settings/two-factor/recovery/download",
  "/dev/mailbox",
  "/dev/mailbox/message",
  "/dev/theme",
  "/dev/theme.css",
  "/dev/theme/email",
  "/healthz",
  "/readyz",
  "/openapi.json",
  // For browsers and the provider.
  "/oauth/start/work",
  "/oauth/callback/work",
  "/oauth/callback/work/continue",
  "/oauth/backchannel/work",
];
const appCallback = "https://app.example.com/in";
const passkeySettings = { BASE_URL: "http://localhost:5050", PASSKEY_ORIGINS: "https://example.de" };
const password = "a harbour at dusk";

interface CeremonyOptions {
  readonly publicKey: Parameters<RawPasskey["create"]>[0];
  readonly ceremony: string;
}

const codeIn = (text = "") => /^ {4}(\d{6})$/m.exec(text)?.[1] ?? "";

describe("OpenAPI", () => {
  let app: ProviderApp;
  let document: Document;
  beforeAll(async () => {
    app = await providerApp({
      LANGUAGES: "en,de",
      TOKEN_AUDIENCES: "https://api.example.com",
      TWO_FACTOR: "role:covered",
      ...passkeySettings,
      EMAIL_LOGIN: "on",
      RECOVERY_BY_EMAIL: "3d",
      PROVIDER_WORK_LINK: "off",
      PROVIDER_CALLBACKS: appCallback,
    });
    document = (await app.person().opens("/openapi.json")).json() as Document;
  });
  afterAll(() => app.close());

  it("OpenAPI: the document is valid", async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>);
    expect([valid, errors]).toEqual([true, undefined]);
  });

  it("OpenAPI: each operation ID occurs once", () => {
    const ids = Object.values(document.paths).flatMap(({ get, post }) => [get, post].flatMap((each) => each?.operationId ?? []));
    expect(ids.length).toBeGreaterThan(30);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("OpenAPI: the document contains every public route and no other", () => {
    const routes = app.hono.routes
      .filter(({ method, path }) => method !== "ALL" && method !== "OPTIONS" && !path.startsWith("/assets/"))
      .map(({ method, path }) => `${method} ${path}`);
    const documented = Object.entries(document.paths).flatMap(([path, { get, post }]) => [
      ...(get ? [`GET ${path}`] : []),
      ...(post ? [`POST ${path}`] : []),
    ]);
    expect(documented.toSorted()).toEqual(routes.filter((route) => !undocumented.includes(route.split(" ")[1] ?? "")).toSorted());
    for (const path of Object.keys(words)) expect(Object.keys(document.paths)).toContain(path);
  });

  it("OpenAPI: the page about the JSON API names the ways to providers that the document leaves out", () => {
    const page = readFileSync("docs/json-api.md", "utf8");
    const ways = undocumented.filter((path) => path.startsWith("/oauth/")).map((path) => path.replace(/\/work.*/, "/…"));
    expect(ways.filter((path) => !page.includes(`\`${path}\``))).toEqual([]);
  });

  it("OpenAPI: `security` matches the routes that require a login", { tags: ["asvs-4.1.4"] }, async () => {
    for (const [path, { get }] of Object.entries(document.paths)) {
      const { status } = await app.person().opens(path, { accept: "application/json" });
      expect([path, status === 401]).toEqual([path, (get?.security.length ?? 0) > 0]);
    }
  });

  it("OpenAPI: a form that requires recent authentication has the fields of each way to confirm one's identity", () => {
    const { schema } = document.paths["/settings/change-username"]?.post?.requestBody?.content["application/json"] ?? {};
    const { properties = {} } = (schema ?? {}) as { readonly properties?: Readonly<Record<string, object>> };
    expect(Object.keys(properties)).toEqual(
      expect.arrayContaining(["current_password", "email_code", "two_factor_code", "passkey", "ceremony", "username"]),
    );
  });

  it.each(formPaths)("OpenAPI: the example of POST %s succeeds and matches its schemas", async (path) => {
    const operation = document.paths[path]?.post;
    const { schema, example } = operation?.requestBody?.content["application/json"] ?? {};
    expect(example, "there is an example").toBeDefined();
    const { person, headers, body } = await prepare(path, example ?? {});
    expect(problems(schema ?? {}, body)).toEqual([]);
    const answer = await person.sendsJson(path, body, headers);
    expect([answer.status, answer.status < 300 ? "" : answer.html]).toEqual([words[path]?.post?.status ?? 200, ""]);
    expect(problems(operation?.responses[answer.status]?.content["application/json"].schema ?? {}, answer.json())).toEqual([]);
  });

  it.each(Object.keys(words))("OpenAPI: the response of GET %s matches its schema", async (path) => {
    const { person, headers } = await prepare(path, {});
    const answer = await person.opens(path, { accept: "application/json", ...headers });
    const expected = document.paths[path]?.get?.responses[answer.status] ?? document.paths[path]?.get?.responses["default"];
    expect(problems(expected?.content["application/json"].schema ?? {}, answer.json())).toEqual([]);
  });

  function problems(schema: object, value: unknown): unknown[] {
    const ajv = new Ajv2020({ strict: false });
    const validate = ajv.compile({ ...schema, components: document.components });
    return validate(value) ? [] : [validate.errors, value];
  }

  /** Creates a user with a bearer token, and the state that the example needs. */
  async function prepare(path: string, example: Record<string, unknown>) {
    await app.s.db.deleteFrom("users").execute();
    await app.s.db.deleteFrom("outbox").execute();
    await app.s.db.deleteFrom("rate_limits").execute();
    await app.s.db.deleteFrom("released_usernames").execute();
    const person: Person = app.person({ username: "ada" });
    const headers: Record<string, string> = {};
    if (path === "/signup") return { person, headers, body: example };
    const { username, email } = person.identity;
    await person.sendsJson("/signup", { username, email, password, confirm_password: password });
    const login = (await person.sendsJson("/login", { email, password, session: "token" })).json() as { token: string };
    headers["authorization"] = `Bearer ${login.token}`;
    // Factors and passkeys are for accounts with a verified email.
    if (/passkeys|two-factor|recover\b/.test(path)) await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).execute();
    if (/^\/(?:signup|login)\/(?:provider|link)/.test(path)) return providerPage(path, person, example);
    const placeholders = await placeholdersFor(person, path, headers);
    // Only an account that must enrol is asked for the code.
    if (path === "/settings/two-factor/verify") await app.s.db.updateTable("users").set({ roles: "covered" }).execute();
    if (path === "/verify-email") delete headers["authorization"];
    if (path === "/verify-email") await loginByCookie(person, headers);
    const body = Object.fromEntries(Object.entries(example).map(([name, value]) => [name, placeholders[String(value)] ?? value]));
    return { person, headers: path.startsWith("/login") || path.startsWith("/signup") ? {} : headers, body };
  }

  /** A browser at a page of a login with a provider, which names the proof. */
  async function providerPage(path: string, person: Person, example: Record<string, unknown>) {
    const { email } = person.identity;
    const isVerified = path !== "/login/provider/claim";
    if (isVerified) await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).execute();
    app.peer.user = { sub: `grace at ${path}`, email: "grace@example.net", email_verified: true, preferred_username: "grace" };
    const visitor = app.person(path === "/login/link" || path.endsWith("switch") ? person.identity : { username: "visitor" });
    if (path.endsWith("switch")) await app.continuesWith(app.person());
    if (path === "/login/link" || !isVerified) app.peer.user = { ...app.peer.user, email };
    // The name is taken, so another one is asked for.
    if (path === "/signup/provider") app.peer.user = { ...app.peer.user, preferred_username: "ada" };
    if (path === "/login/link" || path.endsWith("switch")) await visitor.logsIn();
    await app.continuesWith(visitor);
    const page = (await visitor.opens(path, { accept: "application/json" })).json() as { proof: string; csrfToken: string };
    const body = Object.fromEntries(Object.entries(example).map(([name, value]) => [name, value === "{proof}" ? page.proof : value]));
    return { person: visitor, headers: { "x-csrf-token": page.csrfToken }, body };
  }

  /** The code of an app, with its verifier. */
  async function appCodeOf(): Promise<Record<string, string>> {
    const verifier = "a verifier that only this app knows, long enough";
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    app.peer.user = { sub: "heidi", email: "heidi@example.net", email_verified: true, preferred_username: "heidi" };
    const answer = await app.continuesWith(app.person(), `?callback=${encodeURIComponent(appCallback)}&challenge=${challenge}`);
    return { "{provider-exchange}": new URL(answer.location ?? "").searchParams.get("code") ?? "", "{verifier}": verifier };
  }

  /** A linked login of the only user. */
  async function identityOf(): Promise<Record<string, string>> {
    const { id: userId } = await app.s.db.selectFrom("users").select("id").executeTakeFirstOrThrow();
    const id = app.s.newId();
    const row = { id, user_id: userId, provider: "work", issuer: app.peer.issuer, subject: "ada", email: null, tokens: null };
    await app.s.db
      .insertInto("identities")
      .values({ ...row, created_at: 1, confirmed_at: null, last_used_at: null })
      .execute();
    return { "{identity-id}": id };
  }

  async function loginByCookie(person: Person, headers: Record<string, string>): Promise<void> {
    await person.logsIn();
    headers["x-csrf-token"] = (
      (await person.opens("/verify-email", { accept: "application/json" })).json() as { csrfToken: string }
    ).csrfToken;
  }

  /** A user with a passkey, a new one to add, and the response of a login. */
  async function passkeysFor(person: Person, path: string, headers: Record<string, string>): Promise<Record<string, string>> {
    const key = new RawPasskey();
    const options = async (from: string) => (await person.sendsJson(from, {}, headers)).json() as CeremonyOptions;
    const first = await options("/settings/passkeys/options");
    const added = await person.sendsJson("/settings/passkeys", { ...first, new_passkey: key.create(first.publicKey) }, headers);
    const { passkey } = added.json() as { passkey: { id: string } };
    const login = await options("/passkeys/options");
    const create = await options("/settings/passkeys/options");
    const { ceremony } = path === "/passkeys/verify" ? login : create;
    return {
      "{passkey-id}": passkey.id,
      "{passkey}": key.get(login.publicKey),
      "{new-passkey}": new RawPasskey().create(create.publicKey),
      "{ceremony}": ceremony,
    };
  }

  /** Returns values for placeholders in the examples: tokens and codes from emails. */
  async function placeholdersFor(person: Person, path: string, headers: Record<string, string>): Promise<Record<string, string>> {
    const tokenIn = async (to: string, at: string) =>
      new URL(linkIn((await app.emails(to))[0], at), "http://x.test").searchParams.get("token") ?? "";
    const { email } = person.identity;
    if (/\/passkeys|two-factor\/on$/.test(path)) return passkeysFor(person, path, headers);
    if (path === "/oauth/exchange") return appCodeOf();
    if (path === "/settings/logins/confirm") await app.s.db.updateTable("sessions").set({ methods: "password totp" }).execute();
    if (path === "/settings/logins/confirm" || path === "/settings/logins/unlink") return identityOf();
    if (path === "/verify-email/confirm") return { "{verify-email}": await tokenIn(email, path) };
    if (path === "/reset-password/choose") {
      await app.person().sendsJson("/reset-password", { email });
      return { "{reset-password}": await tokenIn(email, path) };
    }
    if (path === "/login/code/link") {
      const { pending } = (await person.sendsJson("/login/code", { email })).json() as { pending: string };
      return { "{pending}": pending, "{email-login}": await tokenIn(email, path) };
    }
    if (path === "/login/code/new") {
      const asked = (await person.sendsJson("/login/code", { email: "grace@example.com" })).json() as { pending: string };
      const code = codeIn((await app.emails("grace@example.com"))[0]?.text);
      const { pending } = (await person.sendsJson("/login/code", { code, pending: asked.pending })).json() as { pending: string };
      return { "{pending}": pending };
    }
    if (path === "/settings/two-factor/on") return passkeysFor(person, path, headers);
    if (path === "/settings/two-factor/verify") return {};
    if (path.includes("/two-factor")) return factorOf(person, path, headers);
    if (path === "/report-compromise") {
      await person.sendsJson("/settings/change-username", { username: "ada2" }, headers);
      return { "{report-compromise}": await tokenIn(email, path) };
    }
    if (path.startsWith("/signup/passkey/")) return signUpOf(path);
    if (path.startsWith("/login/recover")) return recoveryOf(person, path, headers);
    if (path === "/settings/change-password/remove") await insertPasskeys(app, person);
    if (path === "/settings/change-password/set" || path === "/report-compromise/unlock") {
      await insertPasskeys(app, person);
      await person.sendsJson("/settings/change-password/remove", {}, headers);
    }
    if (path === "/report-compromise/unlock") {
      await verifiesEmail(app, person);
      await removedLongAgo(app);
      await app.person().sendsJson("/report-compromise", { token: await tokenIn(email, "/report-compromise") });
      return { "{unlock-account}": await tokenIn(email, path) };
    }
    if (path !== "/revert-email" && !path.startsWith("/settings/change-email/")) return {};
    await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).execute();
    await person.sendsJson("/settings/change-email", { email: "ada@example.org" }, headers);
    const code = codeIn((await app.emails("ada@example.org"))[0]?.text);
    if (path !== "/revert-email") return { "{code}": code };
    await person.sendsJson("/settings/change-email/confirm", { code }, headers);
    return { "{revert-email}": await tokenIn(email, path) };
  }

  /** A sign-up whose email is proven, with its passkey. */
  async function signUpOf(path: string): Promise<Record<string, string>> {
    const grace = app.person({ username: "grace" });
    await grace.sendsJson("/signup/passkey", { username: "grace", email: "grace@example.com" });
    const code = codeIn((await app.emails("grace@example.com"))[0]?.text);
    const { token } = (await grace.sendsJson("/verify-email", { code })).json() as { token: string };
    if (path !== "/signup/passkey/create") return { "{finish-signup}": token };
    const asked = await app.person().sendsJson("/signup/passkey/options", { token, session: "token" });
    const { publicKey, ceremony } = asked.json() as CeremonyOptions;
    return { "{finish-signup}": token, "{ceremony}": ceremony, "{new-passkey}": new RawPasskey().create(publicKey) };
  }

  /** The tokens of a recovery of two-factor authentication. */
  async function recoveryOf(person: Person, path: string, headers: Record<string, string>): Promise<Record<string, string>> {
    const { email } = person.identity;
    const tokenIn = async (at: string) => {
      const sent = (await app.emails(email)).find(({ text }) => text.includes(`${at}?token=`));
      return new URL(linkIn(sent, at), "http://x.test").searchParams.get("token") ?? "";
    };
    const { "{pending}": pending = "" } = await factorOf(person, "/login/two-factor", headers);
    await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).execute();
    if (path === "/login/recover") return { "{pending}": pending };
    await app.person().sendsJson("/login/recover", { pending });
    const token = await tokenIn("/login/recover/start");
    if (path === "/login/recover/start") return { "{two-factor-recovery}": token };
    await app.person().sendsJson("/login/recover/start", { token });
    await waitsForRecovery(app);
    return { "{two-factor-recovery-end}": await tokenIn("/login/recover/finish") };
  }

  /** Returns the code and ID of an authenticator app, and a login that waits for its code. */
  async function factorOf(person: Person, path: string, headers: Record<string, string>): Promise<Record<string, string>> {
    const setUp = "/settings/two-factor/authenticator";
    const begun = (await person.sendsJson(setUp, {}, headers)).json() as { authenticator: { id: string; secret: string }; token: string };
    const { authenticator } = begun;
    headers["authorization"] = `Bearer ${begun.token}`;
    const phone = phoneWith(app, authenticator.secret);
    if (path === setUp) return { "{code}": phone.code() };
    const { token } = (await person.sendsJson(setUp, { code: phone.code() }, headers)).json() as { token: string };
    headers["authorization"] = `Bearer ${token}`;
    const { email } = person.identity;
    const { pending } = (await person.sendsJson("/login", { email, password })).json() as { pending: string };
    return { "{id}": authenticator.id, "{code}": phone.code(1), "{pending}": pending };
  }
});
