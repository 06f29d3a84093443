/** Tests the commands for accounts, sessions, audit events and emails. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordCompromise } from "../src/core/account/compromise.ts";
import { sealRecords } from "../src/core/audit/chain/seal.ts";
import { enqueueEmail } from "../src/core/mail/outbox.ts";
import { inTransaction } from "../src/core/services.ts";
import { makeDatabase, type TestDatabase } from "./database.ts";
import { openMailServer } from "./mail/server.ts";
import { addsPasskey, logsInByPasskey, passkeyDevice } from "./passkeys.ts";
import { type TestApp, testApp } from "./person.ts";
import { runCommand } from "./program.ts";
import { hasScript, runAtTerminal } from "./terminal.ts";
import { transactional } from "./transaction.ts";
import { addsPhone, verifiesEmail } from "./two-factor.ts";

describe("account commands", () => {
  let app: TestApp;
  let database: TestDatabase;
  beforeAll(async () => {
    database = await makeDatabase();
    app = await testApp({ DATABASE_URL: database.url });
  });
  afterAll(async () => {
    await app.close();
    await database.remove();
  });

  const env = () => ({ DATABASE_URL: database.url, NODE_ENV: "test" });
  /** Runs at a terminal. */
  const atTerminal = (words: string, answers: Record<string, string>) => runAtTerminal(database.folder, words, env(), answers);
  const run = (words: string, input = "") => runCommand(database.folder, words.split(" "), env(), input);
  async function json<T>(words: string, input = ""): Promise<T> {
    const { code, output } = await run(`${words} --json`, input);
    if (code !== 0) throw new Error(output);
    return JSON.parse(output) as T;
  }
  const eventsOf = async (id: string) => (await json<{ events: { event: string; actor?: string }[] }>(`audit list ${id}`)).events;

  it("users create: an account with a password from stdin can log in", async () => {
    const { user } = await json<{ user: { id: string } }>("users create maria maria@example.com --verified", "nine grey herons\n");
    expect((await app.person({ username: "maria", password: "nine grey herons" }).logsIn()).status).toBe(303);
    expect(await eventsOf(user.id)).toMatchObject([{ event: "logged-in" }, { event: "account-created-by-admin", actor: "command line" }]);
    const { user: shown } = await json<{ user: object }>("users show maria@example.com");
    expect(shown).toMatchObject({ id: user.id, username: "maria", emailVerifiedAt: expect.any(Number), sessions: 1, roles: [] });
  });

  it("users create: an account without a password rejects every login", async () => {
    await json("users create silent silent@example.com --no-password --verified");
    for (const password of ["", "none", "undefined"])
      expect((await app.person({ username: "silent", password }).logsIn()).status, password).not.toBe(303);
  });

  it("PASSWORDS=off: users show and users list say nothing of passwords", async () => {
    await json("users create plain plain@example.com --no-password --verified");
    const without = { ...env(), PASSWORDS: "off", EMAIL_LOGIN: "on" };
    for (const words of ["users show plain", "users list --search plain"]) {
      const { code, output } = await runCommand(database.folder, words.split(" "), without, "");
      expect([code, output]).toEqual([0, expect.not.stringMatching(/password/i)]);
      expect((await run(words)).output).toMatch(/password/);
    }
  });

  it.each([
    ["a common password", "users create weak weak@example.com", "password123\n", 1, /^error: password rejected: too common\n$/],
    ["no password", "users create weak weak@example.com", "", 1, /^error: no password on stdin\n$/],
    ["a taken username", "users create MARIA other@example.com", "nine grey herons\n", 1, /^error: username already taken\n$/],
    ["an unknown account", "users disable nobody@example.com", "", 1, /^error: no account matches "nobody@example\.com"\n$/],
    ["a revocation without --yes", "restored", "", 1, /^error: this logs everybody out; confirm .* with --yes\n$/],
    ["a deletion without --yes", "users delete maria", "", 1, /^error: deletion cannot be undone; confirm with --yes\n$/],
    ["an invalid email", "users create weak weak", "", 2, /Must be an email address/],
    ["an invalid role", "users grant maria Admin", "", 2, /Use 1–40 lowercase/],
    ["an unknown command", "users shut maria", "", 2, /unknown command 'shut'/],
    ["an incomplete command", "users", "", 2, /Usage: latchkey users/],
    ["an unknown option", "users list --loud", "", 2, /unknown option '--loud'/],
  ])("command line: %s returns one error line and an exit code", async (_, words, input, code, line) => {
    const result = await run(words, input);
    expect([result.code, result.output]).toEqual([code, expect.stringMatching(line)]);
    expect(result.output).not.toMatch(/at .*:\d+:\d+/);
    if (code === 1) expect(result.output.trim().split("\n")).toHaveLength(1);
  });

  it("users disable: ends all sessions and rejects logins until users enable, idempotently", { tags: ["asvs-7.4.2"] }, async () => {
    const person = await app.person({ username: "peter" }).isLoggedIn();
    const { user, changed } = await json<{ user: string; changed: boolean }>("users disable peter");
    expect(changed).toBe(true);
    expect((await person.opens("/dashboard")).status).toBe(303);
    expect((await person.logsIn()).status).toBe(401);
    expect(await json("users disable peter")).toEqual({ user, changed: false });
    const { users } = await json<{ users: { id: string }[] }>("users list --disabled");
    expect(users.map(({ id }) => id)).toEqual([user]);
    await json("users enable peter");
    expect((await person.logsIn()).status).toBe(303);
    expect((await person.opens("/settings/activity")).text).toContain("Account disabled by an administrator");
  });

  it("users unlock: a reported account logs in with its passkey again, and its password stays locked, idempotently", {
    tags: ["asvs-6.4.3"],
  }, async () => {
    const person = await app.person({ username: "pamela" }).isLoggedIn();
    await verifiesEmail(app, person);
    const device = passkeyDevice();
    await addsPasskey(person, device);
    const { id } = await app.s.db.selectFrom("users").select("id").where("username", "=", "pamela").executeTakeFirstOrThrow();
    await inTransaction(app.s, (tx) => recordCompromise(tx, id));
    const logsIn = async () => (await logsInByPasskey(app.person(), device)).status;
    expect(await logsIn()).toBe(401);
    expect(await json("users unlock pamela")).toEqual({ user: id, changed: true });
    expect([await logsIn(), (await person.opens("/dashboard")).status, (await person.logsIn()).status]).toEqual([303, 303, 401]);
    expect(await json("users unlock pamela")).toEqual({ user: id, changed: false });
    expect((await eventsOf(id)).map(({ event }) => event)).toContain("account-unlocked-by-admin");
  });

  it("users set-password, grant, revoke and verify-email: each change is audited", async () => {
    const person = await app.person({ username: "petra" }).isLoggedIn();
    const { user } = await json<{ user: string }>("users set-password petra", "seven small otters\r\nand more\n");
    expect((await person.opens("/dashboard")).status).toBe(303);
    expect((await person.logsIn({ password: "seven small otters" })).status).toBe(303);
    await json("users grant petra editor");
    expect((await json<{ users: object[] }>("users list --role editor")).users).toMatchObject([{ id: user, roles: ["editor"] }]);
    await json("users revoke petra editor");
    await json("users verify-email petra");
    const acts = (await eventsOf(user)).filter(({ actor }) => actor === "command line").map(({ event }) => event);
    expect(acts).toEqual(["email-verified-by-admin", "role-revoked", "role-granted", "password-set-by-admin"]);
  });

  it("users disable and revoke: removing the last administrator warns", async () => {
    await app.person({ username: "paula" }).signsUp();
    await json("users grant paula admin");
    expect(await json("users disable paula")).toMatchObject({ changed: true, noAdminLeft: true });
    await json("users enable paula");
    expect(await json("users grant paula editor")).not.toHaveProperty("noAdminLeft");
    expect(await json("users revoke paula admin")).toMatchObject({ changed: true, noAdminLeft: true });
    expect(await json("users revoke paula admin")).not.toHaveProperty("noAdminLeft");
  });

  it("audit verify and export: a changed event is reported, and the export is complete", { tags: ["asvs-16.4.2"] }, async () => {
    await app.person({ username: "prudence" }).isLoggedIn();
    await sealRecords(app.s);
    const clean = await run("audit verify");
    expect(clean).toEqual({ code: 0, output: expect.stringMatching(/no findings\.\nCheckpoint \(store it elsewhere\): \S+\n$/) });
    const known = /elsewhere\): (\S+)/.exec(clean.output)?.[1] ?? "";
    expect((await run(`audit verify --expect ${known} --json`)).code).toBe(0);
    expect((await run(`audit verify --expect ${known.slice(0, -3)}${known.endsWith("AAA") ? "BBB" : "AAA"}`)).code).toBe(1);
    const file = join(database.folder, "audit.jsonl");
    await run(`audit export --out ${file}`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect((await run("audit export")).output.trimEnd().split("\n")).toEqual(lines);
    const { id } = JSON.parse(lines[1] ?? "") as { id: string };
    expect((await run(`audit export --out ${file}`)).output).toMatch(/^error: cannot create .*EEXIST[^\n]*\n$/);
    await app.s.db.updateTable("audit").set({ event: "compromise-reported" }).where("id", "=", id).execute();
    expect(await run("audit verify")).toEqual({ code: 1, output: expect.stringMatching(new RegExp(`\\d  2  ${id}  changed\n`)) });
    const { output } = await run("audit verify --json");
    expect(JSON.parse(output)).toMatchObject({ findings: [{ number: 2, id, violation: "changed" }] });
    expect(await run("audit verify --from 2026-02-30")).toEqual({ code: 2, output: expect.stringMatching(/Must be a day/) });
  });

  it("sessions revoke: ends one session or all, and prints no token or hash", { tags: ["asvs-7.4.5"] }, async () => {
    const people = [app.person({ username: "paul" }), app.person({ username: "paul" }), app.person({ username: "paul" })];
    await people[0]?.isLoggedIn();
    for (const each of people.slice(1)) await each.logsIn();
    const listed = await run("sessions list paul --json");
    for (const person of people) expect(listed.output).not.toContain(person.cookies.get("latchkey_session"));
    expect(listed.output).not.toContain("tokenHash");
    const { sessions } = JSON.parse(listed.output) as { sessions: { id: string }[] };
    expect(await json(`sessions revoke paul --session ${sessions[0]?.id}`)).toMatchObject({ revoked: 1 });
    const alive = await Promise.all(people.map(async (person) => (await person.opens("/dashboard")).status));
    expect(alive.sort()).toEqual([200, 200, 303]);
    expect(await json("sessions revoke paul")).toMatchObject({ revoked: 2 });
    for (const person of people) expect((await person.opens("/dashboard")).status).toBe(303);
  });

  it("users delete: the audit event names the actor and not the user", async () => {
    const person = await app.person({ username: "pascal" }).isLoggedIn();
    const { deleted } = await json<{ deleted: string }>("users delete pascal --yes");
    expect((await person.opens("/dashboard")).status).toBe(303);
    expect((await run(`users show ${deleted}`)).code).toBe(1);
    const { events } = await json<{ events: object[] }>("audit list --event account-erased-by-admin");
    expect(events).toMatchObject([{ userId: null, actor: "command line" }]);
  });

  it("users two-factor: shows the state, and --off removes the factors with a reason for the owner", async () => {
    const person = await app.person({ username: "factored" }).isLoggedIn();
    const { id } = (await json<{ user: { id: string } }>("users show factored")).user;
    await app.s.db.updateTable("users").set({ email_verified_at: 1 }).where("id", "=", id).execute();
    const phone = await addsPhone(app, person);
    const state = await run("users two-factor factored");
    expect(state.output).toMatch(/two-factor authentication +since [\s\S]*recovery codes left +10[\s\S]*Phone/);
    expect(state.output).not.toContain(phone.secret);
    expect(await json("users two-factor factored")).toMatchObject({ user: id, recoveryCodes: 10, authenticators: [{ name: "Phone" }] });
    const listed = async (words: string) => (await json<{ users: { id: string }[] }>(`users list ${words}`)).users.map((user) => user.id);
    expect([await listed("--with-two-factor"), (await listed("--without-two-factor")).includes(id)]).toEqual([[id], false]);
    expect(await run("users two-factor factored --off")).toMatchObject({
      code: 1,
      output: expect.stringContaining("--off needs --reason"),
    });
    expect((await run("users two-factor factored --reason Lost")).code).toBe(1);
    const off = ["users", "two-factor", "factored", "--off", "--reason", "Lost phone, showed a card"];
    expect((await runCommand(database.folder, off, env())).output).toContain("factored: removed two-factor authentication");
    expect(await json("users two-factor factored")).toMatchObject({ twoFactorSince: null, authenticators: [], recoveryCodes: 0 });
    expect((await runCommand(database.folder, off, env())).output).toContain("factored has no second factor.");
    expect((await person.opens("/settings")).status).toBe(303);
    expect(await eventsOf(id)).toContainEqual(expect.objectContaining({ event: "two-factor-reset-by-admin", actor: "command line" }));
    expect((await app.emails("factored@example.com"))[0]?.text).toContain("Lost phone, showed a card");
  });

  it("users two-factor: shows a recovery by email that is under way, and --cancel-recovery cancels it", async () => {
    const person = await app.person({ username: "recovering" }).isLoggedIn();
    const { id } = (await json<{ user: { id: string } }>("users show recovering")).user;
    await addsPhone(app, person);
    const { security_version } = await app.s.db
      .selectFrom("users")
      .select("security_version")
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    const started_at = app.s.now() + 60_000;
    const times = { started_at, due_at: started_at + 3 * 86_400_000, next_email_at: started_at + 86_400_000 };
    await app.s.db
      .insertInto("two_factor_recoveries")
      .values({ user_id: id, security_version, ...times, link_sent: 0, locale: null })
      .execute();
    const withRecovery = (words: string) => runCommand(database.folder, words.split(" "), { ...env(), RECOVERY_BY_EMAIL: "3d" }, "");
    expect((await withRecovery("users two-factor recovering")).output).toMatch(/recovery by email +can turn it off from 20\d\d-/);
    const shown = await withRecovery("users two-factor recovering --json");
    expect(JSON.parse(shown.output)).toMatchObject({ user: id, recoveryUntil: times.due_at });
    const list = await withRecovery("users list --recovering --json");
    expect((JSON.parse(list.output) as { users: { id: string }[] }).users.map((user) => user.id)).toEqual([id]);
    expect((await withRecovery("users two-factor recovering --cancel-recovery --off --reason Lost")).code).toBe(1);
    const cancel = "users two-factor recovering --cancel-recovery";
    expect((await withRecovery(cancel)).output).toBe("recovering: cancelled the recovery by email.\n");
    expect(JSON.parse((await withRecovery(`${cancel} --json`)).output)).toEqual({ user: id, changed: false });
    expect((await withRecovery("users two-factor recovering")).output).not.toContain("recovery by email");
    expect(await eventsOf(id)).toContainEqual(expect.objectContaining({ event: "two-factor-recovery-cancelled", actor: "command line" }));
  });

  it("users providers: lists the linked logins, and --unlink unlinks one, but not the last way in", async () => {
    await app.person({ username: "linked" }).signsUp();
    const { id: user_id } = (await json<{ user: { id: string } }>("users show linked")).user;
    const link = (id: string) =>
      app.s.db
        .insertInto("identities")
        .values({
          ...{ id: `${id}-${user_id}`, user_id, provider: "work", issuer: "https://login.example.com", subject: id },
          ...{ email: `${id}@work.example`, created_at: app.s.now(), last_used_at: null, tokens: null },
        })
        .execute();
    await link("one");
    expect((await run("users providers linked")).output).toMatch(/work +one@work\.example \(unconfirmed\) +one/);
    expect(await run("users providers linked --unlink nothing")).toMatchObject({
      code: 1,
      output: expect.stringContaining("linked has no linked login with this ID"),
    });
    expect(await json(`users providers linked --unlink one-${user_id}`)).toEqual({ user: user_id, unlinked: `one-${user_id}` });
    expect(await eventsOf(user_id)).toContainEqual(
      expect.objectContaining({ event: "provider-unlinked", actor: "command line", provider: "work" }),
    );
    expect((await run(`audit list ${user_id}`)).output).toMatch(/provider-unlinked +\S+ +command line +work /);
    expect((await run("users providers linked")).output).toContain("No linked logins.");
    await link("two");
    await app.s.db.deleteFrom("passwords").where("user_id", "=", user_id).execute();
    const work = { PROVIDERS: "work", PROVIDER_WORK_ISSUER: "https://login.example.com", PROVIDER_WORK_CLIENT_ID: "id" };
    const unlink = ["users", "providers", "linked", "--unlink", `two-${user_id}`];
    expect(await runCommand(database.folder, unlink, { ...env(), ...work })).toMatchObject({
      code: 1,
      output: expect.stringContaining("only way to log in"),
    });
    expect((await json<{ logins: object[] }>("users providers linked")).logins).toHaveLength(1);
  });

  it("users passkeys: lists them, and --remove removes one, but not the last way in", async () => {
    await app.person({ username: "keyed" }).signsUp();
    const { id } = (await json<{ user: { id: string } }>("users show keyed")).user;
    const add = (name: string) =>
      app.s.db
        .insertInto("passkeys")
        .values({
          ...{ id: `${name}-${id}`, user_id: id, credential_id: Buffer.from(name), public_key: Buffer.of(), rp_id: "localhost", name },
          ...{ aaguid: "", transports: "", counter: 0, backup_eligible: 1, backed_up: 1, created_at: app.s.now() },
          ...{ last_used_at: null, last_used_ip: null, last_used_user_agent: null },
        })
        .execute();
    await add("one");
    expect((await run("users passkeys keyed")).output).toMatch(/one +localhost +synchronized/);
    expect(await run("users passkeys keyed --remove nothing")).toMatchObject({
      code: 1,
      output: expect.stringContaining("no passkey with this ID"),
    });
    expect((await json<{ removed: string }>(`users passkeys keyed --remove one-${id}`)).removed).toBe(`one-${id}`);
    expect(await eventsOf(id)).toContainEqual(expect.objectContaining({ event: "passkey-removed", actor: "command line" }));
    await add("two");
    await app.s.db.deleteFrom("passwords").where("user_id", "=", id).execute();
    expect(await run(`users passkeys keyed --remove two-${id}`)).toMatchObject({
      code: 1,
      output: expect.stringContaining("only way to log in"),
    });
    expect((await json<{ passkeys: object[] }>("users passkeys keyed")).passkeys).toHaveLength(1);
  });

  it("users show: an ID wins over an equal username of another account", async () => {
    const { user } = await json<{ user: { id: string } }>("users create target target@example.com --no-password");
    await app.person({ username: user.id, email: "impostor@example.com" }).signsUp();
    expect((await json<{ user: object }>(`users show ${user.id}`)).user).toMatchObject({ username: "target" });
  });

  it.each([
    ["users list", "users", "users"],
    ["audit list", "events", "audit"],
    ["mail list", "emails", "outbox"],
  ] as const)("%s: pages with --after are complete, also if the last one is full", async (words, name, table) => {
    await app.person({ username: "pages" }).signsUp();
    const rows = await app.s.db.selectFrom(table).select("id").orderBy("id", "desc").execute();
    for (const limit of [Math.ceil(rows.length / 3), rows.length]) {
      const seen: string[] = [];
      for (let after = ""; ; ) {
        const page = await json<Record<string, { id: string }[]> & { next: string | null }>(`${words} --limit ${limit}${after}`);
        seen.push(...(page[name] ?? []).map(({ id }) => id));
        if (page.next === null) break;
        after = ` --after ${page.next}`;
      }
      expect(seen).toEqual(rows.map(({ id }) => id));
    }
    const { next } = await json<{ next: string | null }>(`${words} --limit ${rows.length}`);
    expect(next).toBeNull();
  });

  it("users list: --search finds the beginning of a username", async () => {
    const { users } = await json<{ users: { username: string }[] }>("users list --search PE");
    expect(new Set(users.map(({ username }) => username))).toEqual(new Set(["peter", "petra"]));
  });

  it("command line: control characters of a user agent are not printed", async () => {
    // HTTP headers may contain C1 bytes, which start terminal escape sequences.
    const person = app.person({ username: "steer" }, { "user-agent": "\u009b2J\u009b31m red" });
    await person.isLoggedIn();
    for (const words of ["audit list steer", "sessions list steer", "audit list steer --json"]) {
      const { output } = await run(words);
      expect(output).toContain("31m red");
      expect(output.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    }
  });

  it("command line: no command prints hashes, passwords or email links", async () => {
    const person = app.person({ username: "secretive" });
    await person.isLoggedIn();
    await person.fillsIn("/reset-password", { email: "secretive@example.com" });
    const all = await Promise.all(
      [
        "users show secretive",
        "users two-factor secretive",
        "users passkeys secretive",
        "users list",
        "audit list secretive",
        "sessions list secretive",
        "mail list",
      ].map(async (words) => {
        return (await run(words)).output + (await run(`${words} --json`)).output;
      }),
    );
    expect(all.join()).toContain("secretive@example.com");
    expect(all.join()).not.toMatch(/argon2|token=|correct horse/);
  });

  it("mail retry: sends queued emails and prints the counts", async () => {
    const server = await openMailServer();
    const s = { ...app.s, mailer: { send: async () => {}, canReach: async () => true, close: () => {} } };
    for (const name of ["one", "two"])
      await transactional(enqueueEmail)(s, null, { to: `${name}@example.com`, subject: name, text: name, html: name });
    await app.s.db
      .updateTable("outbox")
      .set({ due_at: app.s.now() + 3_000_000, attempts: 5, failure: "421" })
      .where("due_at", "is not", null)
      .execute();
    const { emails } = await json<{ emails: object[] }>("mail list");
    expect(emails.slice(0, 2)).toMatchObject([
      { subject: "two", state: "waiting", attempts: 5, failure: "421" },
      { subject: "one", state: "waiting" },
    ]);
    expect(await run("mail retry")).toEqual({ code: 1, output: expect.stringContaining("SMTP_URL is not set") });
    const { code, output } = await runCommand(database.folder, ["mail", "retry"], {
      ...env(),
      SMTP_URL: `smtp://127.0.0.1:${server.port}`,
    });
    expect([code, output]).toEqual([0, "Sent 2. Queued: 0. Failed: 0.\n"]);
    expect(new Set(server.received.map(({ subject }) => subject))).toEqual(new Set(["one", "two"]));
    await server.close();
  });

  it("secrets generate: creates a different valid key each time", async () => {
    const [one, other] = [await run("secrets generate"), await run("secrets generate")];
    expect(one.output).toMatch(/^[\w-]{64}\n$/);
    expect(one.output).not.toBe(other.output);
    expect((await runCommand(database.folder, ["users", "list"], { ...env(), SECRET_KEY: one.output.trim() })).code).toBe(0);
  });

  it.skipIf(!hasScript())("users delete: a terminal asks for the username (skipped without `script`)", async () => {
    await json("users create fragile fragile@example.com --no-password");
    expect(await atTerminal("users delete fragile", { "to continue: ": "no" })).toContain("nothing was deleted");
    expect(await atTerminal("users delete fragile", { "to continue: ": "fragile" })).toContain("Deleted fragile");
  });

  it("command line: a missing database is an error and is not created", async () => {
    const result = await runCommand(database.folder, ["users", "list"], { DATABASE_URL: "sqlite:elsewhere/x.sqlite" });
    expect(result).toEqual({ code: 1, output: expect.stringMatching(/^error: no database at elsewhere\/x.sqlite: .*\n$/) });
  });

  it.skipIf(!hasScript())("users set-password: a terminal prompts without echo (skipped without `script`)", async () => {
    await json("users create unseen unseen@example.com --no-password");
    const typed = "eleven quiet foxes";
    const output = await atTerminal("users set-password unseen", { "New password: ": typed, "Confirm password: ": typed });
    expect(output).not.toContain(typed);
    expect(output).toContain("New password: ");
    expect(output).toContain("unseen has a new password.");
    expect((await app.person({ username: "unseen", password: typed }).logsIn()).status).toBe(303);
  });
});

it("restored: ends what a database restored by another tool has revived, and recovery codes only with a flag", {
  tags: ["asvs-7.4.1"],
}, async () => {
  const database = await makeDatabase();
  const app = await testApp({ DATABASE_URL: database.url });
  const run = (words: string) => runCommand(database.folder, words.split(" "), { DATABASE_URL: database.url, NODE_ENV: "test" });
  const rosa = await app.person({ username: "rosa" }).isLoggedIn();
  const phone = await addsPhone(app, rosa);
  const browser = app.person(rosa.identity);
  await browser.logsIn();
  await browser.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" });
  await app.person(rosa.identity).logsIn();
  const { id: userId } = await app.s.db.selectFrom("users").select("id").executeTakeFirstOrThrow();
  const times = { started_at: 1, due_at: 2, next_email_at: 2, link_sent: 0 };
  await app.s.db
    .insertInto("two_factor_recoveries")
    .values({ user_id: userId, security_version: 0, locale: null, ...times })
    .execute();
  expect(await run("restored --yes")).toEqual({
    code: 0,
    output: expect.stringMatching(
      /^Ended 2 sessions, 1 trusted browser, [0-9] links?, 1 pending login and 1 recovery by email, and discarded [1-9] emails?\.\n$/,
    ),
  });
  expect((await rosa.opens("/dashboard")).status).toBe(303);
  expect(await run("restored --end-recovery-codes --yes")).toEqual({
    code: 0,
    output:
      "Ended 0 sessions, 0 trusted browsers, 0 links, 0 pending logins and 0 recoveries by email, and discarded 0 emails. Ended 10 recovery codes.\n",
  });
  expect((await run("audit list --event database-restored --json")).output).toContain('"actor":"command line"');
  await app.close();
  await database.remove();
});
