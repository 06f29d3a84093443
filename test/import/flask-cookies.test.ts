/** Moving in from Flask without logging anybody out: cookies that the real application made, and ones that somebody made up. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { endSessionsByOperator } from "../../src/core/operate.ts";
import { settleRestored } from "../../src/core/restored.ts";
import { sweepOnce } from "../../src/core/sweep.ts";
import { type Person, type TestApp, testApp } from "../person.ts";
import { flaskRemember, flaskSession, secret, signedAt } from "./flask-signing.ts";
import { here, report, rows, source } from "./moving.ts";

const fixtures = join(import.meta.dirname, "fixtures");
interface Recorded {
  readonly people: [username: string, email: string, password: string][];
  readonly cookies: Record<string, { session: string; remember_token: string }>;
}
const read = (folder: string) => JSON.parse(readFileSync(join(folder, "flask.json"), "utf8")) as Recorded;
const { people, cookies } = read(fixtures);
const { session = "", remember_token: remember = "" } = cookies["ada"] ?? {};
const day = 24 * 3_600_000;
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);

let app: TestApp;
beforeEach(async () => {
  app = await moved();
});
afterEach(() => app.close());

/** The application's accounts here, an hour after its people were last there. */
async function moved(env: Record<string, string> = {}, from = fixtures): Promise<TestApp> {
  expect(await report("flask", `sqlite:///${join(from, "flask.sqlite")}`)).toMatchObject({ troubles: {} });
  return opened(env, signedAt(read(from).cookies["ada"]?.session ?? ""));
}

async function opened(env: Record<string, string>, at: number): Promise<TestApp> {
  const made = await testApp({
    DATABASE_URL: here().url,
    FLASK_SECRET_KEY: secret,
    FLASK_COOKIES_UNTIL: dayOf(at + 40 * day),
    ...env,
  });
  made.passes(at + 3_600_000 - Date.now());
  return made;
}

function withCookies(given: Record<string, string>, headers: Record<string, string> = {}, on = app): Person {
  const person = on.person({ email: people[0]?.[1] ?? "", password: people[0]?.[2] ?? "" }, headers);
  for (const [name, value] of Object.entries(given)) person.cookies.set(name, value);
  return person;
}

/** Whether these cookies open a page that only somebody who is logged in may see. */
async function opens(given: Record<string, string>, headers: Record<string, string> = {}, on = app): Promise<boolean> {
  const { status, location } = await withCookies(given, headers, on).opens("/settings");
  if (status !== 200) expect([status, location]).toEqual([303, "/login?next=%2Fsettings"]);
  return status === 200;
}

describe("cookies of a Flask application", () => {
  it("keep somebody logged in, and become a session of ours [ASVS 7.2.4]", async () => {
    const ada = withCookies({ session, remember_token: remember });
    const page = await ada.opens("/settings");
    expect([page.status, page.text.includes("ada@example.com")]).toEqual([200, true]);
    expect([...page.setCookies.keys()].sort((a, b) => a.localeCompare(b))).toEqual([
      "latchkey_csrf",
      "latchkey_session",
      "remember_token",
      "session",
    ]);
    expect(page.setCookies.get("latchkey_session")).toMatch(/Max-Age=2592000/);
    expect([...ada.cookies.keys()]).toEqual(["latchkey_session"]);
    expect((await ada.opens("/settings/activity")).text).toContain("Stayed logged in from the application before this one");
    await ada.logsOut();
    expect((await ada.opens("/settings")).status).toBe(303);
  });

  it("are worth no password: what could take the account over asks for it [ASVS 7.5.1]", async () => {
    const ada = withCookies({ session });
    // Nor do they make anybody's failures forgotten.
    await app.s.db.updateTable("users").set({ password_failures: 3 }).execute();
    expect((await ada.opens("/settings/change-email")).location).toMatch(/^\/confirm-password\?next=/);
    const [row] = (await rows("users")).filter(({ username }) => username === "ada");
    expect([row?.["last_login_at"] === null, Number(row?.["password_failures"])]).toEqual([false, 3]);
  });

  it("last until the browser closes where the application did not remember", async () => {
    expect((await withCookies({ session }).opens("/settings")).setCookies.get("latchkey_session")).not.toMatch(/max-age|expires/i);
    const remembered = await withCookies({ remember_token: cookies["grace"]?.remember_token ?? "" }).opens("/settings");
    expect(remembered.setCookies.get("latchkey_session")).toMatch(/Max-Age=2592000/);
    expect(remembered.text).toContain("grace");
  });

  it("lead on from the login page to where somebody was going, and nowhere else [ASVS 3.7.2]", async () => {
    expect((await withCookies({ session }).opens("/login?next=%2Fsettings%2Fsessions")).location).toBe("/settings/sessions");
    const grace = withCookies({ session: cookies["grace"]?.session ?? "" });
    expect((await grace.opens("/login?next=https%3A%2F%2Fevil.example")).location).toBe("/dashboard");
  });

  it("are good once each, and those that came together are spent together [ASVS 7.4.1]", async () => {
    expect(await opens({ session, remember_token: remember })).toBe(true);
    expect(await opens({ session, remember_token: remember })).toBe(false);
    expect(await opens({ session })).toBe(false);
    expect(await opens({ remember_token: remember })).toBe(false);
    // The next session cookie that the application gave to another browser of hers.
    expect(await opens({ session: flaskSession('{"_user_id":"1"}', signedAt(session)), remember_token: remember })).toBe(true);
  });

  it("are good once however many come at a time [ASVS 15.4.2]", async () => {
    const atOnce = (given: Record<string, string>) => Promise.all(Array.from({ length: 20 }, () => opens(given)));
    // So that none of the next ones waits for a connection that the one before has opened.
    await atOnce({ session: "" });
    for (const given of [{ session }, { remember_token: remember }]) expect((await atOnce(given)).filter(Boolean)).toHaveLength(1);
    expect(await rows("sessions")).toHaveLength(2);
  });

  it("cost no page a write where the browser cannot be made to forget them", async () => {
    const ada = withCookies({ session, remember_token: remember });
    await ada.opens("/settings");
    for (const [name, value] of Object.entries({ session, remember_token: remember })) ada.cookies.set(name, value);
    app.forget();
    for (const person of [ada, withCookies({ session, remember_token: remember })]) await person.opens("/settings");
    expect(app.queries.filter(({ isWrite }) => isWrite)).toEqual([]);
  });

  it("log nobody in again who has logged in with the password, and out", async () => {
    const ada = withCookies({ session, remember_token: remember });
    const { token } = await ada.opens("/login", { "sec-fetch-dest": "empty" });
    await ada.posts("/login", { email: ada.identity.email, password: ada.identity.password, csrf_token: token });
    const page = await ada.opens("/dashboard");
    expect(page.setCookies.has("latchkey_session")).toBe(false);
    expect([page.status, [...ada.cookies.keys()].filter((name) => !name.startsWith("latchkey"))]).toEqual([200, []]);
    await ada.logsOut();
    expect(await opens({ session, remember_token: remember })).toBe(false);
  });

  it("are nothing when anything about them is changed [ASVS 11.3.3]", async () => {
    const last = session.at(-1) ?? "";
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // The same signature, spelled in another way: two bits of the last letter count for nothing.
    const twin = session.slice(0, -1) + (letters[letters.indexOf(last) ^ 1] ?? "");
    const [payload = "", stamp = "", signature = ""] = session.split(/\.(?!eJ)/);
    const forged = [
      twin,
      `${session}=`,
      `${payload}.${stamp}.${signature.toUpperCase()}`,
      `${payload.replace("eJ", "eK")}.${stamp}.${signature}`,
      `${payload}.zzzzzz.${signature}`,
      `${payload}.${stamp}`,
      `${payload}..${signature}`,
      "",
      ".",
      "x".repeat(9_000),
    ];
    for (const value of forged) expect(await opens({ session: value }), value.slice(-60)).toBe(false);
    const digest = remember.slice(2);
    const tokens = [
      `2|${digest}`,
      `1|${digest.toUpperCase()}`,
      `1|${digest}0`,
      `1|${digest.slice(1)}`,
      "1|",
      "1",
      `1 |${digest}`,
      `|${digest}`,
    ];
    for (const value of tokens) expect(await opens({ remember_token: value }), value.slice(0, 20)).toBe(false);
    expect(await opens({ session })).toBe(true);
  });

  it("are nothing with another key, and with an earlier key as good as with the newest", async () => {
    const at = signedAt(session);
    expect(await opens({ session: flaskSession('{"_user_id":"1"}', at, "another key") })).toBe(false);
    expect(await opens({ remember_token: flaskRemember("1", "another key") })).toBe(false);
    const bytes = Buffer.from("5f3579224c463451387a0aec5d2fff", "hex");
    const two = await opened({ FLASK_SECRET_KEY: `hex:${bytes.toString("hex")}, ${secret}` }, at);
    expect(await opens({ session: flaskSession('{"_user_id":"1"}', at, bytes) }, {}, two)).toBe(true);
    expect(await opens({ session }, {}, two)).toBe(true);
    expect(await opens({ remember_token: flaskRemember("2", bytes) }, {}, two)).toBe(true);
    await two.close();
  });

  it("are too old after 31 days, as they were there, and count on no day after the last", async () => {
    const at = signedAt(session);
    app.passes(31 * day - 3_600_000 - 1_000);
    expect(await opens({ session: flaskSession('{"_user_id":"1"}', at) })).toBe(true);
    app.passes(2_000);
    expect(await opens({ session })).toBe(false);
    expect(await opens({ session: flaskSession('{"_user_id":"1"}', at + 60 * day) })).toBe(false);
    app.passes(10 * day);
    expect(dayOf(app.s.now())).toBe(dayOf(at + 41 * day));
    expect(await opens({ remember_token: remember })).toBe(false);
  });

  it("open nothing for nobody, for who never came along, and for what is no session", async () => {
    const at = signedAt(session);
    const bomb = (text: string) => `.${deflateSync(text).toString("base64url")}`;
    const payloads = [
      '{"_fresh":false}',
      '{"_user_id":"77"}',
      '{"_user_id":null}',
      '{"_user_id":{"a":1}}',
      "null",
      "[]",
      "no JSON",
      '{"_user_id":"1\' or 1=1"}',
    ];
    for (const payload of payloads) expect(await opens({ session: flaskSession(payload, at) }), payload).toBe(false);
    expect(await opens({ session: flaskSession(`{"_user_id":"1","x":"${"x".repeat(100_000)}"}`, at, secret, bomb) })).toBe(false);
    expect(await opens({ session: flaskSession('{"_user_id":"1"}', at, secret, bomb) })).toBe(true);
    // Flask-Login's name for it before 0.5, and a number.
    expect(await opens({ session: flaskSession('{"user_id":2}', at) })).toBe(true);
  });

  it("are taken where somebody opens a page, and left alone where a page loads a part or sends a form", async () => {
    const elsewhere = [{ "sec-fetch-dest": "image" }, { "sec-fetch-dest": "iframe" }, { authorization: "Bearer x" }];
    for (const headers of elsewhere) {
      const { status, setCookies } = await withCookies({ session }, { accept: "text/html", ...headers }).opens("/settings");
      expect([status, setCookies.has("session")]).toEqual([headers.authorization ? 401 : 303, false]);
    }
    const ada = withCookies({ session });
    expect((await ada.posts("/login", { email: "", password: "" })).setCookies.has("session")).toBe(false);
    // Of two with one name, one was planted.
    expect((await ada.opens("/settings", { cookie: `session=${session}; session=${session}` })).status).toBe(303);
    expect(await opens({ session }, { "sec-fetch-dest": "document" })).toBe(true);
  });

  it("open nothing once the account is logged out everywhere, shut, about to be deleted, or its password another one [ASVS 7.4.3]", async () => {
    const { identity } = withCookies({});
    const [ada] = (await rows("users")).filter(({ username }) => username === "ada");
    const id = String(ada?.["id"]);
    const set = (values: object) => app.s.db.updateTable("users").set(values).where("id", "=", id).execute();
    let count = 0;
    const fresh = () => flaskSession(`{"_user_id":"1","n":${count++}}`, signedAt(session));
    for (const shut of [{ disabled_at: 1 }, { erase_at: app.s.now() + day }, { must_confirm_since: 1 }, { password_set_aside_at: 1 }]) {
      await set(shut);
      expect(await opens({ session: fresh() }), JSON.stringify(shut)).toBe(false);
      await set(Object.fromEntries(Object.keys(shut).map((name) => [name, null])));
    }
    expect(await opens({ session: fresh() })).toBe(true);
    const kept = app.person(identity);
    expect((await kept.logsIn()).status).toBe(303);
    const password = "a lighthouse at dawn";
    const fields = { current_password: identity.password, password, confirm_password: password };
    expect((await kept.fillsIn("/settings/change-password", fields)).status).toBe(303);
    expect(await opens({ session: fresh() })).toBe(false);
    expect(await opens({ remember_token: remember })).toBe(false);
  });

  it("open nothing after an operator has logged somebody out, or has put a backup in place [ASVS 7.4.5]", async () => {
    const by = { address: "", userAgent: "", actor: "command line" };
    const [ada] = (await rows("users")).filter(({ username }) => username === "ada");
    await endSessionsByOperator(app.s, String(ada?.["id"]), by);
    expect(await opens({ session })).toBe(false);
    const ofGrace = () => opens({ session: flaskSession(`{"_user_id":"2","n":${Math.random()}}`, signedAt(session)) });
    await settleRestored(app.s, by, { keeps: true });
    expect(await ofGrace()).toBe(true);
    await settleRestored(app.s, by, { keeps: false });
    expect(await ofGrace()).toBe(false);
  });

  it("are forgotten when they would be too old anyway, and not before", async () => {
    expect(await opens({ session })).toBe(true);
    expect(JSON.stringify(await rows("spent_cookies"))).not.toContain(session.slice(0, 20));
    app.passes(30 * day);
    await sweepOnce(app.s);
    expect(await rows("spent_cookies")).toHaveLength(1);
    app.passes(day);
    await sweepOnce(app.s);
    expect(await rows("spent_cookies")).toHaveLength(0);
    expect(await opens({ session })).toBe(false);
  });

  it("have the names that the application gave them, and other cookies are left alone", async () => {
    const own = await opened({ FLASK_COOKIE_NAMES: "shop,stay" }, signedAt(session));
    expect(await opens({ session, remember_token: remember }, {}, own)).toBe(false);
    const stranger = await withCookies(
      { session: "of another application", shop: flaskSession('{"cart":3}', signedAt(session)) },
      {},
      own,
    ).opens("/login");
    expect([stranger.setCookies.has("session"), stranger.setCookies.has("shop")]).toEqual([false, false]);
    expect(await opens({ stay: remember }, {}, own)).toBe(true);
    await own.close();
  });

  it("find accounts by UUIDs with hyphens and without", async () => {
    const url = source("uuids", {
      user: [{ id: "0f8fad5bd9cb469fa16570867728950e", username: "uma", email: "uma@example.com", password: "" }],
    });
    await report("flask", url);
    expect(await opens({ remember_token: flaskRemember("0f8fad5b-d9cb-469f-a165-70867728950e") })).toBe(true);
  });

  it("are as the application makes them today (skipped where Flask is not installed)", async ({ skip }) => {
    const flask = process.env["BENCH_FLASK"];
    if (!flask) return skip("BENCH_FLASK names no Flask application");
    const folder = here().folder;
    execFileSync("/usr/bin/python3", [join(import.meta.dirname, "record.py"), flask, folder]);
    const today = read(folder).cookies;
    const own = await opened({}, signedAt(today["ada"]?.session ?? ""));
    expect(await opens({ session: today["ada"]?.session ?? "" }, {}, own)).toBe(true);
    expect(await opens({ remember_token: today["grace"]?.remember_token ?? "" }, {}, own)).toBe(true);
    await own.close();
  });
});
