/** Tests the library as an app uses it: options, guards, users, events. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createLatchkey, html, type Latchkey, LatchkeyError, type LatchkeyEvent, type LatchkeyOptions, type Theme } from "../src/index.ts";
import { makeDatabase } from "./database.ts";
import { secretKey } from "./person.ts";

const origin = "https://app.example.test";
const password = "a harbour at dusk";
const opened: { latchkey: Latchkey<never>; remove: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const { latchkey, remove } of opened.splice(0)) {
    await latchkey.close();
    await remove();
  }
});

async function open<Extra>(options: LatchkeyOptions<Extra> = {}): Promise<Latchkey<Extra>> {
  const database = await makeDatabase();
  const latchkey = await createLatchkey<Extra>({ databaseUrl: database.url, secretKey, baseUrl: origin, nodeEnv: "test", ...options });
  opened.push({ latchkey: latchkey as unknown as Latchkey<never>, remove: database.remove });
  return latchkey;
}

/** A developer's machine: only local requests may open the mailbox page. */
const localhost = { site: "http://localhost:5050", remoteAddress: "127.0.0.1" };

/** Sends requests to `handle`, keeps cookies, follows no redirects. */
function browser<Extra>(latchkey: Latchkey<Extra>, { site, remoteAddress } = { site: origin, remoteAddress: "203.0.113.9" }) {
  const jar = new Map<string, string>();
  const request = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    new Request(site + path, {
      ...init,
      headers: { accept: "text/html", cookie: [...jar].map((pair) => pair.join("=")).join("; "), ...init.headers },
    });
  const send = async (path: string, init?: RequestInit & { headers?: Record<string, string> }) => {
    const response = await latchkey.handle(request(path, init), { remoteAddress });
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = line.split(";", 1)[0]?.split(/=(.*)/s) ?? [];
      jar.set(name, value);
    }
    return { status: response.status, location: response.headers.get("location"), text: await response.text() };
  };
  const fill = async (path: string, fields: Record<string, string>) => {
    const token = /name="csrf_token" value="([^"]*)"/.exec((await send(path)).text)?.[1] ?? "";
    const headers = { "content-type": "application/x-www-form-urlencoded", origin: site };
    return send(path, { method: "POST", headers, body: String(new URLSearchParams({ csrf_token: token, ...fields })) });
  };
  return { jar, request, send, fill };
}

interface Paths {
  readonly paths: Readonly<Record<string, { readonly post: { readonly requestBody: { readonly content: Json } } }>>;
}
interface Json {
  readonly "application/json": { readonly schema: { readonly required: readonly string[]; readonly properties: object } };
}

/** Returns name, code and option of the error that `createLatchkey` throws. */
const codeFor = (databaseUrl: string) =>
  createLatchkey({ databaseUrl, secretKey, nodeEnv: "test" }).then(
    (latchkey) => latchkey.close().then(() => "opened"),
    ({ name, code, option }: LatchkeyError) => [name, code, option],
  );

const ada = { username: "ada", email: "ada@example.com" };

describe("library", () => {
  it("library: serves its own paths and returns the logged-in user", async () => {
    const latchkey = await open();
    expect(["/login", "/settings/sessions", "/reports", "/loginx"].map(latchkey.serves)).toEqual([true, true, false, false]);
    const user = await latchkey.users.create({ ...ada, password });
    const person = browser(latchkey);
    expect(await latchkey.currentUser(person.request("/reports"))).toBeUndefined();
    expect((await person.fill("/login", { email: ada.email, password })).status).toBe(303);
    expect((await latchkey.currentUser(person.request("/reports")))?.id).toBe(user.id);
  });

  it("currentUser: an account that must still turn on two-factor authentication is nobody", { tags: ["asvs-6.3.3"] }, async () => {
    const latchkey = await open({ twoFactor: "all", twoFactorGrace: 0 });
    const user = await latchkey.users.create({ ...ada, password, emailVerified: true });
    const person = browser(latchkey);
    expect((await person.fill("/login", { email: ada.email, password })).status).toBe(303);
    expect(await latchkey.currentUser(person.request("/reports"))).toBeUndefined();
    expect((await latchkey.sessions.list(user.id)).length).toBe(1);
  });

  it("loginRequired: a browser is redirected to the login and back, and an API client gets 401", { tags: ["asvs-8.3.1"] }, async () => {
    const latchkey = await open({ mountPath: "/auth" });
    await latchkey.users.create({ ...ada, password });
    const person = browser(latchkey);
    const refused = await latchkey.loginRequired(person.request("/reports?page=2"));
    expect(refused.ok).toBe(false);
    const location = refused.ok ? "" : (refused.response.headers.get("location") ?? "");
    expect(location).toBe("/auth/login?next=%2Freports%3Fpage%3D2");
    const asProgram = await latchkey.loginRequired(person.request("/reports", { headers: { accept: "application/json" } }));
    expect(asProgram.ok || asProgram.response.status).toBe(401);
    const login = await person.fill(location, { email: ada.email, password, next: "/reports?page=2" });
    expect([login.status, login.location]).toEqual([303, "/reports?page=2"]);
    const allowed = await latchkey.loginRequired(person.request("/reports"));
    expect(allowed.ok && allowed.user.username).toBe("ada");
  });

  it("mountPath: links, forms, assets, redirects and emails are below the path", async () => {
    const latchkey = await open({ mountPath: "/auth", baseUrl: localhost.site });
    const person = browser(latchkey, localhost);
    const page = await person.send("/auth/signup");
    expect(page.status).toBe(200);
    const urls = [...page.text.matchAll(/ (?:href|src|action|data-url)="([^"#]+)"/g)].map(([, url]) => url);
    expect(urls.length).toBeGreaterThan(8);
    // The site name links to the app's home page.
    expect(urls.filter((url) => !url?.startsWith("/auth/"))).toEqual(["/"]);
    expect((await person.send("/login")).status).toBe(404);
    expect((await person.send("/authlogin")).status).toBe(404);
    const signup = await person.fill("/auth/signup", { ...ada, password, confirm_password: password });
    expect([signup.status, signup.location]).toEqual([303, "/auth/login"]);
    const style = / href="([^"]*style[^"]*)"/.exec(page.text)?.[1] ?? "";
    expect((await person.send(style)).status).toBe(200);
    const anonymous = await browser(latchkey).send("/auth/settings");
    expect(anonymous.location).toBe("/auth/login?next=%2Fauth%2Fsettings");
    const box = await person.send("/auth/dev/mailbox?part=text");
    expect(box.text).toContain(`${localhost.site}/auth/verify-email/confirm?token=`);
  });

  it("library: without mountPath, paths of the app are not served", async () => {
    const latchkey = await open();
    await latchkey.users.create({ ...ada, password });
    const person = browser(latchkey);
    const { text } = await person.send("/login");
    const style = / href="([^"]*style[^"]*)"/.exec(text)?.[1] ?? "";
    const appPaths = ["/", "/dashboard", "/assets/app.css", "/assets/", "/assets", "/healthz", "/readyz", "/metrics", "/openapi.json"];
    expect([style, ...appPaths].map(latchkey.serves)).toEqual([true, ...appPaths.map(() => false)]);
    expect(text).toMatch(/class="brand" href="\/"/);
    const login = await person.fill("/login", { email: ada.email, password });
    expect([login.status, login.location]).toEqual([303, "/"]);
    const { text: settings } = await person.send("/settings");
    expect(settings).not.toContain("/dashboard");
    // No flash: the login redirected to a page of the app.
    expect(settings).not.toContain('class="flash success"');
    expect((await person.fill("/settings/delete", { username: "ada" })).location).toBe("/login");
  });

  it("homeUrl and afterLogoutUrl: login and logout redirect there, also to another host", async () => {
    const latchkey = await open({ homeUrl: "/home?from=login", afterLogoutUrl: "https://www.example.test/bye", mountPath: "/auth" });
    await latchkey.users.create({ ...ada, password });
    const person = browser(latchkey);
    const logInTo = (next: Record<string, string>) => person.fill("/auth/login?switch=1", { email: ada.email, password, ...next });
    expect((await logInTo({})).location).toBe("/home?from=login");
    expect((await logInTo({ next: "//evil.test" })).location).toBe("/home?from=login");
    expect((await logInTo({ next: "/reports" })).location).toBe("/reports");
    const page = await latchkey.handle(person.request("/auth/settings"));
    expect(page.headers.get("content-security-policy")).toContain("form-action 'self' https://www.example.test;");
    expect(await page.text()).toContain('class="brand" href="/home?from=login"');
    expect((await person.fill("/auth/logout", {})).location).toBe("https://www.example.test/bye");
    for (const target of ["//evil.test", "javascript:alert(1)", "home", "/a b", "/\\evil.test"])
      await expect(open({ homeUrl: target }), target).rejects.toMatchObject({ code: "invalid", option: "homeUrl" });
  });

  it("features: the home page and the dashboard are served if enabled", async () => {
    const latchkey = await open({ features: { home: true, dashboard: true } });
    await latchkey.users.create({ ...ada, password });
    const person = browser(latchkey);
    expect((await person.fill("/login", { email: ada.email, password })).location).toBe("/dashboard");
    const { text } = await person.send("/dashboard");
    expect(text).toContain('href="/dashboard" aria-current="page"');
    expect(text).toContain("<h1>Hello, ");
    expect((await person.send("/")).status).toBe(200);
  });

  it("mountPath: links of the app and user input are not changed", async () => {
    const latchkey = await open({
      mountPath: "/auth",
      theme: { logo: "/logo.svg" },
      pages: {
        "/settings": ({ body, url }) => html`<a href="/pricing">Prices</a><a href="${url("/settings/sessions")}">Devices</a>${body}`,
      },
      ownFeatures: [
        {
          name: "note",
          settingsPage: { path: "/note", title: "Note", text: "A note." },
          pages: [
            {
              path: "/note",
              show: ({ url }) => ({ title: "Note", body: html`<a href="/other">Other</a><a href="${url("/note")}">Note</a>` }),
            },
          ],
        },
      ],
    });
    await latchkey.users.create({ ...ada, password });
    const person = browser(latchkey);
    await person.fill("/auth/login", { email: ada.email, password });
    await person.fill("/auth/settings/display-name", { display_name: ' href="/x"' });
    const { text } = await person.send("/auth/settings");
    for (const link of [
      'src="/logo.svg"',
      'href="/pricing"',
      'href="/auth/settings/sessions"',
      'href="/auth/note"',
      'action="/auth/logout"',
    ])
      expect(text).toContain(link);
    expect(text).toContain("href=&quot;/x&quot;");
    expect(text).not.toContain("\0");
    const own = await person.send("/auth/note");
    expect([own.text.includes('href="/other"'), own.text.includes('href="/auth/note"')]).toEqual([true, true]);
  });

  it("recentAuthRequired and roleRequired: check the login time and the roles", async () => {
    const latchkey = await open();
    const { id } = await latchkey.users.create({ ...ada, password });
    const person = browser(latchkey);
    await person.fill("/login", { email: ada.email, password });
    expect((await latchkey.recentAuthRequired(person.request("/pay"))).ok).toBe(true);
    const refused = await latchkey.roleRequired(person.request("/edit"), "editor");
    expect(refused.ok || refused.response.status).toBe(403);
    expect(await latchkey.users.grant(id, "editor")).toBe(true);
    const allowed = await latchkey.roleRequired(person.request("/edit"), "editor");
    expect(allowed.ok && allowed.user.roles).toEqual(["editor"]);
    await expect(async () => latchkey.users.grant(id, "No Role")).rejects.toThrow(LatchkeyError);
  });

  it("users.create: follows the rules of the sign-up form and returns error codes", async () => {
    const { users } = await open();
    await users.create({ ...ada, password });
    const code = (account: Parameters<typeof users.create>[0]) =>
      users.create(account).then(
        () => "made",
        (error: LatchkeyError) => error.code,
      );
    expect(await code({ username: "ADA", email: "other@example.com", password })).toBe("taken");
    expect(await code({ username: "grace", email: "ada@EXAMPLE.com", password })).toBe("taken");
    expect(await code({ username: "x", email: "x@example.com", password })).toBe("invalid");
    expect(await code({ username: "grace", email: "nonsense", password })).toBe("invalid");
    expect(await code({ username: "grace", email: "grace@example.com", password: "password" })).toBe("invalid");
    expect(await code({ username: "grace", email: "grace@example.com" })).toBe("made");
    expect((await users.find({ email: "ada@example.com" }))?.username).toBe("ada");
    expect((await users.find({ username: "Ada" }))?.username).toBe("ada");
    expect(await users.find({ id: "nobody" })).toBeUndefined();
    expect((await users.list({ count: 1 })).users.map(({ username }) => username)).toEqual(["grace"]);
  });

  it("users.create: an unverified sign-up with the same email is replaced, and its password is rejected", {
    tags: ["asvs-6.3.8"],
  }, async () => {
    const latchkey = await open({ signup: "confirm" });
    const attacker = browser(latchkey);
    const attackerSignup = await attacker.fill("/signup", { ...ada, username: "mallory", password, confirm_password: password });
    expect(attackerSignup.status).toBe(303);
    const user = await latchkey.users.create({ ...ada, password: "nine grey herons", emailVerified: true });
    expect(user).toMatchObject({ username: "ada", email: "ada@example.com" });
    expect(user.emailVerifiedAt).not.toBeNull();
    expect((await browser(latchkey).fill("/login", { email: ada.email, password })).status).toBe(401);
    expect((await browser(latchkey).fill("/login", { email: ada.email, password: "nine grey herons" })).status).toBe(303);
  });

  it("users: invisible characters are trimmed at both ends and rejected inside", async () => {
    const latchkey = await open();
    const created = await latchkey.users.create({ username: "\u200epasted", email: "\ufeffpasted@example.com\u200b", password });
    expect([created.username, created.email]).toEqual(["pasted", "pasted@example.com"]);
    expect((await latchkey.users.find({ email: "\u202apasted@example.com" }))?.id).toBe(created.id);
    for (const wrong of [{ email: "pas\u00adted@example.com" }, { username: "pas\u200bted" }])
      await expect(latchkey.users.create({ ...ada, password, ...wrong })).rejects.toMatchObject({ code: "invalid" });
  });

  it("users and sessions: disable, enable, setPassword, delete and end take effect at once", async () => {
    const latchkey = await open();
    const { id } = await latchkey.users.create({ ...ada, password, emailVerified: true });
    const person = browser(latchkey);
    await person.fill("/login", { email: ada.email, password });
    const [session] = await latchkey.sessions.list(id);
    expect(session?.ip).toBe("203.0.113.9");
    expect(await latchkey.sessions.end("another user", session?.id ?? "")).toBe(false);
    expect(await latchkey.sessions.end(id, session?.id ?? "")).toBe(true);
    expect(await latchkey.currentUser(person.request("/"))).toBeUndefined();
    await latchkey.users.disable(id);
    expect((await person.fill("/login", { email: ada.email, password })).status).toBe(401);
    await latchkey.users.enable(id);
    // It was not reported as compromised.
    expect(await latchkey.users.unlock(id)).toBe(false);
    await latchkey.users.setPassword(id, "nine grey herons");
    expect((await person.fill("/login", { email: ada.email, password: "nine grey herons" })).status).toBe(303);
    expect(await latchkey.users.delete(id)).toBe(true);
    expect(await latchkey.currentUser(person.request("/"))).toBeUndefined();
  });

  it("events: listeners get each event, and their errors are only logged", async () => {
    const errors: unknown[] = [];
    const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: (...line: unknown[]) => errors.push(line) };
    const latchkey = await open({ log });
    const events: LatchkeyEvent[] = [];
    const stop = latchkey.on("any", (event) => void events.push(event));
    latchkey.on("logged-in", () => {
      throw new Error("listener error");
    });
    const { id } = await latchkey.users.create({ ...ada, password });
    const person = browser(latchkey);
    await person.fill("/login", { email: ada.email, password: "not this one" });
    expect((await person.fill("/login", { email: ada.email, password })).status).toBe(303);
    expect(events.map(({ event, userId }) => [event, userId])).toEqual([
      ["account-created-by-admin", id],
      ["login-failed", id],
      ["logged-in", id],
    ]);
    expect(JSON.stringify(errors)).toContain("a listener failed");
    stop();
    await person.fill("/logout", {});
    expect(events).toHaveLength(3);
  });

  it("pages and emails: templates of the app are used, and user input is escaped", async () => {
    const latchkey = await open({
      siteName: "The Reading Room",
      baseUrl: localhost.site,
      features: { dashboard: true },
      pages: {
        "/login": ({ form, title, siteName }) => html`<h1>${title} to ${siteName}</h1>
<form method="post" action="/login"><input type="hidden" name="csrf_token" value="${form?.csrfToken}">
<p role="alert">${form?.message ?? ""}</p><label>Mail <input name="email" value="${form?.values["email"] ?? ""}"></label><label>Password <input type="password" name="password"></label><button>Go</button></form>`,
        "/dashboard": ({ user, body }) => html`<p class="mine">Good day, ${user?.displayName}</p>${body}`,
      },
      emails: {
        "verify-email": ({ action }) => ({ subject: "Hello\r\nBcc: eve@evil.test", text: action?.url ?? "", html: html`<b>${"<i>"}</b>` }),
      },
    });
    const person = browser(latchkey, localhost);
    await person.fill("/signup", { ...ada, password, confirm_password: password });
    expect((await person.send("/login")).text).toContain("<h1>Log in to The Reading Room</h1>");
    const wrong = await person.fill("/login", { email: '"><script>', password: "no no no no" });
    expect([wrong.status, wrong.text.includes("<script>")]).toEqual([401, false]);
    expect(wrong.text).toContain("&quot;&gt;&lt;script&gt;");
    await person.fill("/login", { email: ada.email, password });
    expect((await person.send("/dashboard")).text).toMatch(/<p class="mine">Good day, ada<\/p><h1>Hello/);
    expect((await person.send("/dev/mailbox")).text).toContain("Hello Bcc: eve@evil.test");
  });

  it("theme: colors are used, and invalid or unreadable colors are rejected", async () => {
    const latchkey = await open({
      siteName: "The Reading Room",
      signup: "confirm",
      theme: { colors: { accent: "#7a1f5c" }, radius: "4px", density: "compact", logo: { light: "/logo.svg", dark: "/logo-dark.svg" } },
    });
    const person = browser(latchkey);
    const { text } = await person.send("/login");
    expect(text).toContain(
      '<picture><source srcset="/logo-dark.svg" media="(prefers-color-scheme: dark)"><img class="mark" src="/logo.svg" alt=""',
    );
    const theme = / href="(\/assets\/theme[^"]+)"/.exec(text)?.[1] ?? "";
    expect((await person.send(theme)).text).toMatch(
      /^:root\{--latchkey-accent:light-dark\(#7a1f5c,#\w{6}\);--latchkey-on-accent:light-dark\(#ffffff,#\w{6}\);--latchkey-accent-soft:light-dark\(#\w{6},#\w{6}\);--latchkey-radius:4px;--latchkey-density:0\.6;\}$/,
    );
    await person.fill("/signup", { ...ada, password, confirm_password: password });
    const mailbox = (await person.send("/dev/mailbox")).text;
    expect(mailbox).toContain("The Reading Room");
    const refused: Theme[] = [
      ...["red;} body{display:none", "url(//evil.test)x:1", "</style>", "transparent"].map((accent) => ({ colors: { accent } })),
      { colors: { accent: { light: "#7a1f5c", dark: "#7a1f5c" } } },
      { colors: { background: "#ffffff" } },
      { font: "x;} body{display:none" },
      { colors: { nonsense: "red" } as Theme["colors"] },
    ];
    for (const each of refused) await expect(open({ theme: each })).rejects.toMatchObject({ code: "invalid", name: "LatchkeyError" });
  });

  it("features: a disabled feature is not served, and an unknown one is rejected", async () => {
    const latchkey = await open({ features: { "delete-account": false } });
    expect(latchkey.serves("/settings/delete")).toBe(false);
    await latchkey.users.create({ ...ada, password });
    const person = browser(latchkey);
    await person.fill("/login", { email: ada.email, password });
    expect((await person.send("/settings")).text).not.toContain("/settings/delete");
    await expect(open({ features: { nonsense: false } })).rejects.toMatchObject({ code: "invalid" });
  });

  it("extraUserFields: fields are validated, stored, shown and typed", async () => {
    const latchkey = await open({
      features: { dashboard: true },
      extraUserFields: z.object({
        company: z.string({ error: "Enter your company." }).max(40, "Use at most 40 characters.").meta({ title: "Your company" }),
        deskNumber: z.coerce.number().int().optional(),
      }),
    });
    const person = browser(latchkey);
    expect((await person.send("/signup")).text).toMatch(
      /<label for="company">Your company<\/label>[\s\S]*<label for="deskNumber">Desk number<\/label>/,
    );
    const empty = await person.fill("/signup", { ...ada, password, confirm_password: password });
    expect([empty.status, empty.text.includes("Enter your company.")]).toEqual([422, true]);
    await person.fill("/signup", { ...ada, password, confirm_password: password, company: "<b>Acme", deskNumber: "12" });
    await person.fill("/login", { email: ada.email, password });
    expect((await person.send("/dashboard")).text).toContain(
      '<dt class="label">Your company</dt><dd class="value"><span class="name">&lt;b&gt;Acme</span></dd>',
    );
    const user = await latchkey.currentUser(person.request("/"));
    const desk: number | undefined = user?.extra.deskNumber;
    expect([user?.extra.company, desk]).toEqual(["<b>Acme", 12]);
    await expect(latchkey.users.create({ username: "grace", email: "grace@example.com", password })).rejects.toMatchObject({
      code: "invalid",
    });
  });

  it("extraUserFields: fields are in the OpenAPI document", async () => {
    const plan = z.enum(["free", "team"]).meta({ title: "Your plan" });
    const latchkey = await open({ mountPath: "/auth", extraUserFields: z.object({ plan, desk: z.number().optional() }) });
    const { paths } = JSON.parse((await browser(latchkey).send("/auth/openapi.json")).text) as Paths;
    const { required, properties } = paths["/signup"]?.post.requestBody.content["application/json"].schema ?? {};
    expect(required).toEqual(["plan"]);
    expect(properties).toMatchObject({
      username: { type: "string" },
      plan: { title: "Your plan", type: "string", enum: ["free", "team"] },
      desk: { type: "number" },
    });
    await latchkey.close();
  });

  it("extraUserFields: choices, numbers and booleans have their own controls, values and errors", async () => {
    const latchkey = await open({
      features: { dashboard: true },
      extraUserFields: z.object({
        plan: z.enum(["free", "team"], { error: "Choose a plan." }).meta({ title: "Your plan", description: "It can be changed." }),
        news: z.boolean(),
        terms: z.literal(true, { error: "Agree to the terms." }),
        desk: z.number({ error: "Enter a number." }).int({ error: "Enter a whole number." }).optional(),
        boss: z.email({ error: "Enter an e-mail address." }).optional(),
        color: z.enum(["red", "green"]).default("green"),
        note: z.string().nullable(),
      }),
    });
    const person = browser(latchkey);
    const form = (await person.send("/signup")).text;
    const tag = (name: string, text = form) => new RegExp(`<(?:input|select)[^>]* name="${name}"[^>]*>`).exec(text)?.[0] ?? "";
    expect(tag("plan")).toMatch(/^<select .*aria-describedby="plan-hint" required>$/);
    expect(form).toMatch(/<label for="plan">Your plan<\/label>/);
    expect(form).toMatch(/<option value="">[^<]+<\/option>\s*<option value="free">Free<\/option>\s*<option value="team">Team<\/option>/);
    expect(form).toContain('<option value="green" selected>Green</option>');
    expect([tag("news"), tag("terms")].every((each) => each.includes('type="checkbox"'))).toBe(true);
    expect([tag("desk").includes('type="number"'), tag("boss").includes('type="email"')]).toEqual([true, true]);
    for (const name of ["desk", "boss", "color", "note", "news"]) expect(tag(name), name).not.toContain("required");

    const account = { ...ada, password, confirm_password: password };
    const wrong = await person.fill("/signup", {
      ...account,
      plan: "gold",
      news: "on",
      desk: "a few",
      boss: "nobody",
      color: "red",
      note: "",
    });
    expect(wrong.status).toBe(422);
    for (const name of ["plan", "terms", "desk", "boss"]) expect(tag(name, wrong.text), name).toContain('aria-invalid="true"');
    for (const name of ["news", "color", "note"]) expect(wrong.text).not.toContain(`id="${name}-problem"`);
    expect([tag("news", wrong.text).includes(" checked"), tag("terms", wrong.text).includes(" checked")]).toEqual([true, false]);
    expect(tag("desk", wrong.text)).toContain('value="a few"');
    expect(wrong.text).toContain('<option value="red" selected>');

    const right = { ...account, plan: "team", terms: "on", desk: "12", boss: "", color: "red", note: "" };
    expect((await person.fill("/signup", right)).status).toBe(303);
    await person.fill("/login", { email: ada.email, password });
    const user = await latchkey.currentUser(person.request("/"));
    expect(user?.extra).toEqual({ plan: "team", news: false, terms: true, desk: 12, color: "red", note: null });
    const { text } = await person.send("/dashboard");
    expect(text).toContain('<dt class="label">Your plan</dt><dd class="value"><span class="name">Team</span></dd>');
    expect(text).toContain('<dt class="label">News</dt><dd class="value"><span class="name">No</span></dd>');

    const asJson = async (extra: object) => {
      const headers = { "content-type": "application/json", accept: "application/json" };
      const body = JSON.stringify({ username: "grace", email: "grace@example.com", password, confirm_password: password, ...extra });
      const response = await latchkey.handle(new Request(`${origin}/signup`, { method: "POST", headers, body }));
      return { status: response.status, answer: (await response.json()) as { error?: { fields?: object }; user?: { extra: object } } };
    };
    const refused = await asJson({ plan: "gold", news: "on", terms: false, desk: "12" });
    expect([refused.status, new Set(Object.keys(refused.answer.error?.fields ?? {}))]).toEqual([
      422,
      new Set(["desk", "news", "note", "plan", "terms"]),
    ]);
    const created = await asJson({ plan: "free", news: true, terms: true, note: null });
    expect([created.status, created.answer.user?.extra]).toEqual([
      201,
      { plan: "free", news: true, terms: true, color: "green", note: null },
    ]);
    for (const name of ["email", "csrf_token", "a b"])
      await expect(open({ extraUserFields: z.object({ [name]: z.string() }) })).rejects.toMatchObject({ option: "extraUserFields" });
  });

  it("LatchkeyError: names the invalid option and contains no secret", async () => {
    const refused = async (options: object) => {
      const error = await createLatchkey({ databaseUrl: "sqlite::memory:", secretKey, nodeEnv: "test", ...options }).then(
        async (latchkey) => latchkey.close().then(() => "opened" as const),
        (thrown: LatchkeyError) => thrown,
      );
      return error === "opened" ? error : [error.code, error.option, /\b[A-Z]{3,}_[A-Z]/.test(error.message)];
    };
    const wrong: [object, string][] = [
      [{ baseUrl: "nonsense" }, "baseUrl"],
      [{ signup: "opne" }, "signup"],
      [{ databaseUrl: "mysql://x/y" }, "databaseUrl"],
      [{ sessionIdle: "12 hours" }, "sessionIdle"],
      [{ sessionIdle: 12 }, "sessionIdle"],
      [{ databaseConnections: Number.NaN }, "databaseConnections"],
      [{ databaseConnections: 1.5 }, "databaseConnections"],
      [{ signup: true }, "signup"],
      [{ siteName: { name: "x" } }, "siteName"],
      [{ allowedOrigins: ["https://a.example", "nonsense"] }, "allowedOrigins"],
      [{ allowedOrigins: ["https://a.example,https://b.example"] }, "allowedOrigins"],
      [{ baseUrl: origin, cookieDomain: "other.test" }, "cookieDomain"],
      [{ forwardAuthHosts: "app.other.test" }, "forwardAuthHosts"],
      [{ flaskSecretKey: "x".repeat(20) }, "flaskCookiesUntil"],
      [{ nodeEnv: "production", secretKey: undefined }, "secretKey"],
      [{ signUp: "open" }, "signUp"],
      [{ features: { nonsense: false } }, "features"],
      [{ theme: { colors: { accent: "red;}" } } }, "theme"],
    ];
    for (const [options, option] of wrong) expect(await refused(options), JSON.stringify(options)).toEqual(["invalid", option, false]);
    expect(await refused({ allowedOrigins: ["https://a.example", "https://b.example"], deleteAfter: 0, passwordMinLength: 12 })).toBe(
      "opened",
    );
    const short = (await createLatchkey({ secretKey: "short-secret", nodeEnv: "test" }).catch((thrown: unknown) => thrown)) as Error;
    expect(short.message).not.toContain("short-secret");
  });

  it("sqlite::memory: each instance has its own database and creates no files", async () => {
    const options = { databaseUrl: "sqlite::memory:", baseUrl: origin, nodeEnv: "test" } as const;
    const [one, other] = [await createLatchkey(options), await createLatchkey(options)];
    await one.users.create({ ...ada, password });
    const person = browser(one);
    expect((await person.fill("/login", { email: ada.email, password })).status).toBe(303);
    expect((await one.currentUser(person.request("/reports")))?.username).toBe("ada");
    expect(await other.users.find({ username: "ada" })).toBeUndefined();
    await Promise.all([one.close(), other.close()]);
    expect(existsSync(":memory:") || existsSync("secret-key")).toBe(false);
  });

  it("LatchkeyError: an unusable database has the code unavailable or schema", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-"));
    writeFileSync(`${folder}/text.sqlite`, "This is not a database, but long enough to be read as one.".repeat(20));
    const others = new DatabaseSync(`${folder}/others.sqlite`);
    others.exec("create table users (id integer primary key, name text)");
    others.close();
    const newer = new DatabaseSync(`${folder}/newer.sqlite`);
    newer.exec(
      "create table latchkey_migrations (name text primary key, timestamp text); insert into latchkey_migrations values ('9999-x', '')",
    );
    newer.close();
    expect(await codeFor(`sqlite:${folder}/text.sqlite`)).toEqual(["LatchkeyError", "unavailable", "databaseUrl"]);
    expect(await codeFor(`sqlite:${folder}/text.sqlite/x`)).toEqual(["LatchkeyError", "unavailable", "databaseUrl"]);
    expect(await codeFor(`sqlite:${folder}/others.sqlite`)).toEqual(["LatchkeyError", "schema", "databaseUrl"]);
    expect(await codeFor(`sqlite:${folder}/newer.sqlite`)).toEqual(["LatchkeyError", "schema", "databaseUrl"]);
    expect(await codeFor("postgres://nobody@127.0.0.1:1/none")).toEqual(["LatchkeyError", "unavailable", "databaseUrl"]);
    rmSync(folder, { recursive: true });
    const server = process.env["TEST_POSTGRES"];
    if (server === undefined) return;
    expect(await codeFor(`${server}no_such_database`)).toEqual(["LatchkeyError", "unavailable", "databaseUrl"]);
    expect(await codeFor(`${server}template1`)).toEqual(["LatchkeyError", "schema", "databaseUrl"]);
  });
});
