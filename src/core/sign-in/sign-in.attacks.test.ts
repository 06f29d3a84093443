/** Attack: starting a session without a due sign-in step, by any login, route, command or library call. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { engine, onOneEngine } from "../../../test/database.ts";
import { emailLink } from "../../../test/features/email-link/email-link.ts";
import { gate, word } from "../../../test/features/gate.ts";
import { signFlaskSession, signRememberToken } from "../../../test/import/flask-application.ts";
import { openMailServer } from "../../../test/mail/server.ts";
import { type Answer, linkIn, type Person, type TestApp, testApp } from "../../../test/person.ts";
import { listCommands, runCommand } from "../../../test/program.ts";
import { addsPhone, type Phone, wrongCode } from "../../../test/two-factor.ts";
import { features } from "../../features/index.ts";
import { sessionsOf, usersOf } from "../../library/users.ts";
import { searchEvents } from "../audit/log.ts";
import { actingAs } from "../request-info.ts";
import { inTransaction } from "../services.ts";
import { findPendingSignIn } from "./pending-sign-in.ts";
import { resumeSignIn } from "./resume.ts";

const secret = "the secret key of the old application";
const password = "a harbour at dusk";
let app: TestApp;
let gated = "";
let phone: Phone;
const idOf: Record<string, string> = {};

beforeAll(async () => {
  const settings = {
    FLASK_SECRET_KEY: secret,
    FLASK_COOKIES_UNTIL: "2100-01-01",
    FORWARD_AUTH_HOSTS: "localhost:3000",
    TOKEN_AUDIENCES: "https://api.example.test",
    SIGNUP: "open",
  };
  app = await testApp(settings, { features: [...features, emailLink, gate((userId) => userId === gated)] });
  for (const username of ["gated", "free", "enrolled"]) {
    await app.person({ username }).signsUp();
    idOf[username] = (await usersOf(app.s).find({ username }))?.id ?? "";
    await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).where("id", "=", idOf[username]).execute();
  }
  gated = idOf["gated"] ?? "";
  const enrolled = app.person({ username: "enrolled" });
  await enrolled.logsIn();
  phone = await addsPhone(app, enrolled);
  await sql`create table seen_sessions (user_id text)`.execute(app.s.db);
  if (engine === "sqlite") {
    await sql`create trigger watch_sessions after insert on sessions begin insert into seen_sessions values (new.user_id); end`.execute(
      app.s.db,
    );
  } else {
    await sql`create function watch_sessions() returns trigger language plpgsql as $$ begin insert into seen_sessions values (new.user_id); return new; end $$`.execute(
      app.s.db,
    );
    await sql`create trigger watch_sessions after insert on sessions for each row execute function watch_sessions()`.execute(app.s.db);
  }
});
afterAll(async () => {
  if (engine === "postgres") {
    await sql`drop trigger watch_sessions on sessions`.execute(app.s.db);
    await sql`drop function watch_sessions()`.execute(app.s.db);
  }
  await sql`drop table seen_sessions`.execute(app.s.db);
  await app.close();
});
beforeEach(async () => {
  await sql`delete from seen_sessions`.execute(app.s.db);
  await app.s.db.deleteFrom("rate_limits").execute();
  await app.s.db.deleteFrom("outbox").execute();
  await app.s.db.deleteFrom("imports").execute();
  for (const [i, id] of Object.values(idOf).entries()) {
    const row = { id: `flask:${i}`, user_id: id, imported_at: app.s.now(), digest: "" };
    await app.s.db.insertInto("imports").values(row).execute();
  }
});

/** The account of each session that was started. */
async function seenByAll(): Promise<string[]> {
  const { rows } = await sql<{ user_id: string }>`select user_id from seen_sessions`.execute(app.s.db);
  return rows.map(({ user_id }) => user_id);
}

async function seen(username: string): Promise<number> {
  return (await seenByAll()).filter((id) => id === idOf[username]).length;
}

const json = { accept: "application/json" };
const flaskId = (username: string) => String(Object.keys(idOf).indexOf(username));

async function emailLinkOf(username: string): Promise<string> {
  await app.person().fillsIn("/email-link", { email: `${username}@example.com` });
  return linkIn((await app.emails(`${username}@example.com`))[0], "/email-link/open");
}

/** Submits the step with the CSRF token of another page, because its own page may return 410. */
async function enters(person: Person): Promise<number> {
  const { token } = await person.opens("/logout");
  const { token: other } = await person.opens("/login?switch=1");
  return (await person.posts("/gate", { csrf_token: other || token, word })).status;
}

type Entry = (username: string, person: Person) => Promise<Answer>;

/** Every way to log in, for an account of this name. */
const entries: Record<string, Entry> = {
  "the login form": (_, person) => person.logsIn(),
  "the login form, remembered": (_, person) => person.logsIn({ remember: "on" }),
  "the login form on the way to another host": (_, person) => person.logsIn({ next: "http://localhost:3000/a" }),
  "the login form, in the place of another account": async (_, person) => {
    const other = app.person({ username: "free" });
    await other.logsIn();
    for (const [name, value] of other.cookies) person.cookies.set(name, value);
    return person.logsIn();
  },
  "a login by JSON, with a cookie": async (username, person) => {
    const { csrfToken } = (await person.opens("/login", json)).json() as { csrfToken: string };
    return person.sendsJson("/login", { email: `${username}@example.com`, password }, { "x-csrf-token": csrfToken });
  },
  "a login by JSON, with a token": (username, person) =>
    person.sendsJson("/login", { email: `${username}@example.com`, password, session: "token" }),
  "an email link": async (username, person) => {
    await person.opens(await emailLinkOf(username));
    return person.fillsIn("/email-link/open", {});
  },
  "an email link by JSON": async (username, person) => {
    const token = new URL(await emailLinkOf(username), app.url).searchParams.get("token");
    return person.sendsJson("/email-link/open", { token, session: "token" });
  },
  "an imported session cookie": async (username, person) => {
    // Each cookie is exchanged once, and two of the same second would be equal.
    const session = { _user_id: flaskId(username), _fresh: true, _id: randomUUID() };
    person.cookies.set("session", signFlaskSession(JSON.stringify(session), app.s.now(), secret));
    return person.opens("/settings");
  },
  "an imported remember cookie": async (username, person) => {
    person.cookies.set("remember_token", signRememberToken(flaskId(username), secret));
    return person.opens("/settings");
  },
};

/** Every command that reads or changes accounts, with its input, in an order in which each succeeds. */
const commands: readonly (readonly [words: string, input?: string])[] = [
  ["migrate"],
  ["import flask --from sqlite:old.sqlite --verified all"],
  ["users list --search gated"],
  ["users show gated"],
  ["users disable gated"],
  ["users enable gated"],
  ["users unlock gated"],
  ["users verify-email gated"],
  ["users two-factor gated"],
  ["users passkeys gated"],
  ["users providers gated"],
  ["users grant gated editor"],
  ["users revoke gated editor"],
  ["users create other other@example.com --verified", `${password}\n`],
  ["users set-password other", "another harbour at dawn\n"],
  ["users set-password gated", `${password}\n`],
  ["users delete other --yes"],
  ["sessions list gated"],
  ["sessions revoke gated"],
  ["audit list gated"],
  ["audit export gated"],
  ["audit verify"],
  ["mail list"],
  ["mail retry"],
  ["keys rotate"],
  ["keys list"],
  ["secrets generate"],
  ["secrets status"],
  ["secrets reencrypt"],
];
/** These commands use no account of this database. */
const otherCommands: Record<string, string> = {
  serve: "has the routes, which are tested above",
  "providers list": "lists the settings of providers",
  "providers test": "asks providers for their metadata",
  doctor: "checks the setup and changes nothing",
  probe: "sends requests to the routes only",
  backup: "copies all tables to a file",
  restore: "replaces the database of a stopped server",
  restored: "ends what a restored database has revived",
  copy: "copies all tables to another database",
  messages: "lists texts",
};

/** Creates the database that the accounts were imported from. */
function oldApplication(folder: string): void {
  const file = new DatabaseSync(join(folder, "old.sqlite"));
  file.exec("create table users (id, username, email, password)");
  const insert = file.prepare("insert into users values (?, ?, ?, ?)");
  for (const name of Object.keys(idOf)) insert.run(flaskId(name), name, `${name}@example.com`, `plain:${password}`);
  file.close();
}

/** Accounts with a step: what is due, its methods and its page. */
const steps = {
  gated: ["gate", ["totp"], "/gate"],
  // Also better-auth#10322 and better-auth#9552: a second factor that only the login by password asked for.
  enrolled: ["two-factor", ["totp", "recovery-code"], "/login/two-factor"],
} as const;

describe("a sign-in step that is due", () => {
  it.each((["gated", "enrolled"] as const).flatMap((username) => Object.keys(entries).map((name) => [name, username] as const)))(
    "sign-in step: %s starts no session for the account %s, and one for another (better-auth#11287)",
    { tags: ["asvs-6.3.4", "asvs-6.3.3"] },
    async (name, username) => {
      const entry = entries[name] as Entry;
      const person = app.person({ username });
      const [due, methods, path] = steps[username];
      const answer = await entry(username, person);
      expect(await seen(username), "for the account with the step").toBe(0);
      if (answer.status === 202) {
        expect(answer.json()).toEqual({ due, methods, pending: expect.stringMatching(/^[\w-]{43}$/) });
        expect(answer.setCookies.has("latchkey_session")).toBe(false);
      } else expect([answer.status, answer.location]).toEqual([303, path]);
      const browser = app.person({}, person.cookies.size > 0 ? { cookie: person.cookieHeader() } : {});
      expect((await browser.opens("/dashboard", json)).html).not.toContain(`${username}@example.com`);
      // Without the step, the same request starts a session, so the test would notice a skipped step.
      await entry("free", app.person({ username: "free" }));
      expect(await seen("free"), "for an account without the step").toBeGreaterThan(0);
    },
  );

  it.each(["gated", "enrolled"])(
    "sign-in step: no route starts a session for the account %s, whatever is sent there",
    {
      tags: ["asvs-6.3.4", "asvs-6.3.3"],
    },
    async (username) => {
      const person = app.person({ username });
      await person.logsIn();
      await person.fillsIn("/reset-password", { email: `${username}@example.com` });
      const link = await emailLinkOf(username);
      const token = new URL(link, app.url).searchParams.get("token") ?? "";
      const fields = { email: `${username}@example.com`, username, password, current_password: password, confirm_password: password };
      const body = { ...fields, token, code: wrongCode(phone), word: "wrong", session: "token", audience: "https://api.example.test" };
      const proxy = { "x-forwarded-host": "localhost:3000", "x-forwarded-uri": "/", "x-forwarded-method": "GET" };
      for (const { method, path } of app.hono.routes) {
        if (path === "*" || path.startsWith("/assets/")) continue;
        await app.s.db.deleteFrom("rate_limits").execute();
        if (method === "GET") {
          for (const headers of [{}, json, proxy, { ...json, authorization: `Bearer latchkey_${token}` }])
            await person.opens(path, headers);
        } else if (method === "POST") {
          await person.fillsIn(path, body);
          await person.sendsJson(path, body);
          await person.sendsJson(path, body, { authorization: `Bearer latchkey_${token}` });
        }
      }
      expect(await seen(username)).toBe(0);
      expect((await person.opens("/dashboard")).status).toBe(303);
    },
  );

  it.each(["gated", "enrolled"])(
    "sign-in step: no call of the library starts a session for the account %s",
    {
      tags: ["asvs-6.3.4"],
    },
    async (username) => {
      const id = idOf[username] ?? "";
      const [users, sessions] = [usersOf(app.s), sessionsOf(app.s)];
      const email = "made@example.com";
      const calls: Record<`users.${keyof typeof users}` | `sessions.${keyof typeof sessions}`, () => Promise<unknown>> = {
        "users.find": () => users.find({ id }),
        "users.list": () => users.list({ search: username }),
        "users.disable": () => users.disable(id),
        "users.enable": () => users.enable(id),
        "users.unlock": () => users.unlock(id),
        "users.verifyEmail": () => users.verifyEmail(id),
        "users.grant": () => users.grant(id, "editor"),
        "users.revoke": () => users.revoke(id, "editor"),
        "users.create": () => users.create({ username: "made", email, password, emailVerified: true }),
        "users.factors": () => users.factors(id),
        "users.logins": () => users.logins(id),
        "users.unlink": () => users.unlink(id, "none"),
        "users.providerTokens": () => users.providerTokens(id, "google"),
        "users.resetTwoFactor": async () => users.resetTwoFactor((await users.find({ email }))?.id ?? "", { reason: "" }),
        "users.delete": async () => users.delete((await users.find({ email }))?.id ?? ""),
        "users.setPassword": () => users.setPassword(id, password),
        "sessions.list": () => sessions.list(id),
        "sessions.end": () => sessions.end(id, "none"),
        "sessions.endAll": () => sessions.endAll(id),
      };
      expect(Object.keys(calls)).toHaveLength(Object.keys(users).length + Object.keys(sessions).length);
      await app.person({ username }).logsIn();
      for (const [name, call] of Object.entries(calls)) {
        await call();
        expect(await seenByAll(), name).toEqual([]);
      }
    },
  );

  it("sign-in step: no command starts a session for its account", { tags: ["asvs-6.3.4"], ...onOneEngine }, async () => {
    const isDriven = (name: string) => commands.some(([words]) => `${words} `.startsWith(`${name} `));
    expect((await listCommands()).filter((name) => !isDriven(name))).toEqual(Object.keys(otherCommands));
    const folder = mkdtempSync(join(tmpdir(), "latchkey-commands-"));
    oldApplication(folder);
    const person = app.person({ username: "gated" });
    await person.logsIn();
    const mail = await openMailServer();
    const env = { DATABASE_URL: app.s.settings.databaseUrl, NODE_ENV: "test", SMTP_URL: `smtp://127.0.0.1:${mail.port}` };
    for (const [words, input] of commands) {
      const { code, output } = await runCommand(folder, words.split(" "), env, input);
      expect([words, code, output]).toEqual([words, 0, output]);
      expect(await seenByAll(), words).toEqual([]);
    }
    expect((await person.opens("/dashboard")).status).toBe(303);
    await mail.close();
    rmSync(folder, { recursive: true });
  });

  it("sign-in step: passed, it starts a session that records both methods and goes on to where the login led", async () => {
    const person = app.person({ username: "gated" });
    await person.logsIn({ next: "/settings/sessions", remember: "on" });
    expect((await person.fillsIn("/gate", { word: "wrong" })).status).toBe(401);
    const answer = await person.fillsIn("/gate", { word });
    expect([answer.status, answer.location]).toEqual([303, "/settings/sessions"]);
    expect(answer.setCookies.get("latchkey_session")).toMatch(/Max-Age/);
    expect((await person.opens("/dashboard")).status).toBe(200);
    const session = await app.s.db.selectFrom("sessions").select("methods").where("user_id", "=", gated).executeTakeFirst();
    expect(session?.methods).toBe("password totp");
    // The token is redeemed, so the sign-in cannot be continued again.
    expect(await enters(person)).toBe(410);
  });

  it("sign-in step: by JSON, the token continues the sign-in, and the claim amr names both factors", async () => {
    const person = app.person({ username: "gated" });
    const { pending } = (await person.sendsJson("/login", { email: "gated@example.com", password, session: "token" })).json() as {
      pending: string;
    };
    const { token } = (await person.sendsJson("/gate", { pending, word })).json() as { token: string };
    const bearer = { authorization: `Bearer ${token}` };
    expect((await person.opens("/dashboard", bearer)).status).toBe(200);
    const issued = (await person.sendsJson("/token", { audience: "https://api.example.test" }, bearer)).json() as { access_token: string };
    const claims = JSON.parse(Buffer.from(issued.access_token.split(".")[1] ?? "", "base64url").toString()) as { amr: string[] };
    expect(claims.amr).toEqual(["pwd", "otp", "mfa"]);
  });

  it("sign-in step: allows five tries, parallel ones included", { tags: ["asvs-6.6.3"] }, async () => {
    const person = app.person({ username: "gated" });
    const login = async () =>
      (await person.sendsJson("/login", { email: "gated@example.com", password, session: "token" })).json() as { pending: string };
    const { pending } = await login();
    const answers = await Promise.all(Array.from({ length: 9 }, () => app.person().sendsJson("/gate", { pending, word: "wrong" })));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([401, 401, 401, 401, 401, 410, 410, 410, 410]);
    expect((await person.sendsJson("/gate", { pending, word })).status).toBe(410);
    const next = await login();
    expect((await person.sendsJson("/gate", { pending: next.pending, word })).status).toBe(200);
  });

  it("sign-in step: tries of many logins count together, and are recorded", { tags: ["asvs-6.6.3"] }, async () => {
    const email = "gated@example.com";
    const statuses = async (person: Person) => {
      const { pending } = (await person.sendsJson("/login", { email, password, session: "token" })).json() as { pending?: string };
      const send = () => person.sendsJson("/gate", { pending, word: "wrong" });
      return pending === undefined ? [] : [(await send()).status, (await send()).status, (await send()).status];
    };
    const { loginPerAccount } = app.s.settings;
    const all: number[] = [];
    for (let i = 0; i <= loginPerAccount.count; i++) all.push(...(await statuses(app.person({ username: "gated" }))));
    expect(all.filter((status) => status === 401)).toHaveLength(10);
    expect(all).toContain(429);
    // The logins stay counted too, since none of them came to its end.
    expect((await app.person().sendsJson("/login", { email, password })).status).toBe(429);
    const events = await searchEvents(app.s, { userId: gated, count: 200 });
    const count = (name: string) => events.filter(({ event }) => event === name).length;
    expect(count("login-step-failed")).toBeGreaterThanOrEqual(10);
    expect([count("login-step-due") > 0, count("login-limited") > 0]).toEqual([true, true]);
    app.passes(3_600_000);
    const person = app.person({ username: "gated" });
    for (let i = 0; i < loginPerAccount.count + 2; i++) {
      await person.logsIn();
      expect((await person.fillsIn("/gate", { word })).status).toBe(303);
      await person.fillsIn("/logout", {});
    }
  });

  it("sign-in step: a method that the step does not accept starts no session", { tags: ["asvs-6.3.4"] }, async () => {
    const person = app.person({ username: "gated" });
    const { pending } = (await person.sendsJson("/login", { email: "gated@example.com", password, session: "token" })).json() as {
      pending: string;
    };
    const result = await inTransaction(app.s, (tx) =>
      resumeSignIn(tx, pending, { method: "email-code", attempt: { counted: [] }, info: actingAs("test") }),
    );
    expect(result).toEqual({ ok: false, reason: "changed" });
    expect(await seen("gated")).toBe(0);
  });

  it("sign-in step: after an imported cookie, the login goes on to the requested page", async () => {
    const person = app.person({ username: "gated" });
    person.cookies.set("session", signFlaskSession(JSON.stringify({ _user_id: flaskId("gated"), _fresh: true }), app.s.now(), secret));
    expect((await person.opens("/settings/activity?x=1")).location).toBe("/gate");
    expect((await person.fillsIn("/gate", { word })).location).toBe("/settings/activity?x=1");
  });

  it("sign-in step: expires after ten minutes, and belongs to the browser that began it", { tags: ["asvs-6.6.2"] }, async () => {
    const person = app.person({ username: "gated" });
    await person.logsIn();
    expect(await enters(app.person({ username: "gated" }))).toBe(410);
    app.passes(10 * 60_000);
    expect(await enters(person)).toBe(410);
    expect(await seen("gated")).toBe(0);
  });

  it("sign-in step: a changed password ends a sign-in that waits", { tags: ["asvs-15.4.2"] }, async () => {
    const person = app.person({ username: "gated" });
    await person.logsIn();
    await usersOf(app.s).setPassword(gated, "another harbour at dawn");
    expect(await enters(person)).toBe(410);
    await usersOf(app.s).setPassword(gated, password);
    expect(await seen("gated")).toBe(0);
  });

  it("sign-in step: re-authentication by password needs no second session", async () => {
    const person = app.person({ username: "gated" });
    await person.logsIn();
    await person.fillsIn("/gate", { word });
    expect(await seen("gated")).toBe(1);
    app.passes(60 * 60_000);
    const answer = await person.fillsIn("/confirm-password", { current_password: password, next: "/settings" });
    expect([answer.status, answer.location]).toEqual([303, "/settings"]);
    expect(await seen("gated")).toBe(1);
  });

  it("sign-in step: ends with all sessions of the account, and opens no other step", { tags: ["asvs-7.4.2"] }, async () => {
    const person = app.person({ username: "gated" });
    await person.logsIn();
    await sessionsOf(app.s).endAll(gated);
    expect(await enters(person)).toBe(410);
    await person.logsIn();
    const token = person.cookies.get("latchkey_pending");
    expect(await findPendingSignIn(app.s, "other", token)).toBeUndefined();
    expect(await findPendingSignIn(app.s, "gate", token)).toMatchObject({ step: "gate" });
  });

  it("re-authentication: wrong proofs are limited and recorded, and a right one is not counted", { tags: ["asvs-6.6.3"] }, async () => {
    const person = app.person({ username: "gated" });
    await person.logsIn();
    await person.fillsIn("/gate", { word });
    for (let i = 0; i < 12; i++) expect((await person.fillsIn("/confirm-password", { word })).status).toBe(303);
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await person.fillsIn("/confirm-password", { word: "wrong" })).status);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    const events = await searchEvents(app.s, { userId: gated, count: 50 });
    expect(events.filter(({ event }) => event === "reauthentication-failed")).toHaveLength(10);
  });

  it("re-authentication: asks by every method that the account has, and keeps the form behind it", { tags: ["asvs-7.5.1"] }, async () => {
    const person = app.person({ username: "gated" });
    await person.logsIn();
    await person.fillsIn("/gate", { word });
    app.passes(60 * 60_000);
    const { token } = await person.opens("/settings/display-name");
    const form = { csrf_token: token, username: "renamed" };
    const asked = await person.posts("/settings/change-username", form);
    expect([asked.status, asked.html.includes('name="current_password"'), asked.html.includes('name="word"')]).toEqual([403, true, true]);
    expect(asked.html).toContain('name="username" value="renamed"');
    const wrong = await person.posts("/settings/change-username", { csrf_token: asked.token, username: "renamed", word: "wrong" });
    expect([wrong.status, wrong.text.includes("Wrong.")]).toEqual([401, true]);
    const done = await person.posts("/settings/change-username", { csrf_token: wrong.token, username: "renamed", word });
    expect([done.status, done.location]).toEqual([303, "/settings"]);
    expect((await usersOf(app.s).find({ id: gated }))?.username).toBe("renamed");
  });

  it("re-authentication: an account without the method is not asked for it", async () => {
    const free = await app.person({ username: "free" });
    await free.logsIn();
    app.passes(60 * 60_000);
    const { token } = await free.opens("/settings/display-name");
    const asked = await free.posts("/settings/change-username", { csrf_token: token, username: "freed", word });
    expect([asked.status, asked.html.includes('name="word"')]).toEqual([403, false]);
  });
});
