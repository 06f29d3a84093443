/** Tests that cookies of a Flask app are exchanged for sessions. */
// Runs end to end: it starts the program.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleanupExpired } from "../../src/core/maintenance/cleanup.ts";
import {
  browserWith,
  cookies,
  day,
  importedApp,
  importFlaskAppPerTest,
  isLoggedInWith,
  openAppAt,
  readRecording,
  remember,
  session,
  signedAt,
  signFlaskSession,
  signRememberToken,
} from "./flask-application.ts";
import { importReport, importTarget, rows, sourceDatabase } from "./import-target.ts";

importFlaskAppPerTest();

describe("Flask cookies", () => {
  it("Flask cookies: are exchanged for a new session", { tags: ["asvs-7.2.4"] }, async () => {
    const ada = browserWith({ session, remember_token: remember });
    const page = await ada.opens("/settings");
    expect([page.status, page.text.includes("ada@example.com")]).toEqual([200, true]);
    expect([...page.setCookies.keys()].sort((a, b) => a.localeCompare(b))).toEqual([
      "latchkey_csrf",
      "latchkey_device",
      "latchkey_session",
      "remember_token",
      "session",
    ]);
    expect(page.setCookies.get("latchkey_session")).toMatch(/Max-Age=2592000/);
    expect([...ada.cookies.keys()]).toEqual(["latchkey_session", "latchkey_device"]);
    expect((await ada.opens("/settings/activity")).text).toContain("Session migrated from the previous app");
    await ada.logsOut();
    expect((await ada.opens("/settings")).status).toBe(303);
  });

  it("Flask cookies: sensitive actions require the password", { tags: ["asvs-7.5.1"] }, async () => {
    const ada = browserWith({ session });
    // Failed logins are not reset either.
    await importedApp().s.db.updateTable("passwords").set({ failures: 3 }).execute();
    expect((await ada.opens("/settings/change-email")).location).toMatch(/^\/confirm-password\?next=/);
    const [row] = (await rows("users")).filter(({ username }) => username === "ada");
    expect(row?.["last_login_at"]).not.toBeNull();
    expect(new Set((await rows("passwords")).map(({ failures }) => Number(failures)))).toEqual(new Set([3]));
  });

  it("Flask cookies: without remember token, the session ends with the browser", async () => {
    expect((await browserWith({ session }).opens("/settings")).setCookies.get("latchkey_session")).not.toMatch(/max-age|expires/i);
    const remembered = await browserWith({ remember_token: cookies["grace"]?.remember_token ?? "" }).opens("/settings");
    expect(remembered.setCookies.get("latchkey_session")).toMatch(/Max-Age=2592000/);
    expect(remembered.text).toContain("grace");
  });

  it("Flask cookies: the login page redirects to a safe next page", { tags: ["asvs-3.7.2"] }, async () => {
    expect((await browserWith({ session }).opens("/login?next=%2Fsettings%2Fsessions")).location).toBe("/settings/sessions");
    const grace = browserWith({ session: cookies["grace"]?.session ?? "" });
    expect((await grace.opens("/login?next=https%3A%2F%2Fevil.example")).location).toBe("/dashboard");
  });

  it("Flask cookies: are single use, together with those sent along", { tags: ["asvs-7.4.1"] }, async () => {
    expect(await isLoggedInWith({ session, remember_token: remember })).toBe(true);
    expect(await isLoggedInWith({ session, remember_token: remember })).toBe(false);
    expect(await isLoggedInWith({ session })).toBe(false);
    expect(await isLoggedInWith({ remember_token: remember })).toBe(false);
    // A session cookie of another browser of the same user.
    expect(await isLoggedInWith({ session: signFlaskSession('{"_user_id":"1"}', signedAt(session)), remember_token: remember })).toBe(true);
  });

  it("Flask cookies: concurrent requests exchange a cookie once", { tags: ["asvs-15.4.2"] }, async () => {
    const atOnce = (given: Record<string, string>) => Promise.all(Array.from({ length: 20 }, () => isLoggedInWith(given)));
    // Opens the connections beforehand, so that the next requests race.
    await atOnce({ session: "" });
    for (const given of [{ session }, { remember_token: remember }]) expect((await atOnce(given)).filter(Boolean)).toHaveLength(1);
    expect(await rows("sessions")).toHaveLength(2);
  });

  it("Flask cookies: a cookie that the browser keeps causes no further writes", async () => {
    const ada = browserWith({ session, remember_token: remember });
    await ada.opens("/settings");
    for (const [name, value] of Object.entries({ session, remember_token: remember })) ada.cookies.set(name, value);
    importedApp().resetRecords();
    for (const person of [ada, browserWith({ session, remember_token: remember })]) await person.opens("/settings");
    expect(importedApp().queries.filter(({ isWrite }) => isWrite)).toEqual([]);
  });

  it("Flask cookies: do not log in again after a login and logout", async () => {
    const ada = browserWith({ session, remember_token: remember });
    const { token } = await ada.opens("/login", { "sec-fetch-dest": "empty" });
    await ada.posts("/login", { email: ada.identity.email, password: ada.identity.password, csrf_token: token });
    const page = await ada.opens("/dashboard");
    expect(page.setCookies.has("latchkey_session")).toBe(false);
    expect([page.status, [...ada.cookies.keys()].filter((name) => !name.startsWith("latchkey"))]).toEqual([200, []]);
    await ada.logsOut();
    expect(await isLoggedInWith({ session, remember_token: remember })).toBe(false);
  });

  it("Flask cookies: are exchanged on navigations only", async () => {
    const notNavigations = [{ "sec-fetch-dest": "image" }, { "sec-fetch-dest": "iframe" }, { authorization: "Bearer x" }];
    for (const headers of notNavigations) {
      const { status, setCookies } = await browserWith({ session }, { accept: "text/html", ...headers }).opens("/settings");
      expect([status, setCookies.has("session")]).toEqual([headers["sec-fetch-dest"] === "iframe" ? 303 : 401, false]);
    }
    const ada = browserWith({ session });
    expect((await ada.posts("/login", { email: "", password: "" })).setCookies.has("session")).toBe(false);
    // With two cookies of one name, one may be planted.
    expect((await ada.opens("/settings", { cookie: `session=${session}; session=${session}` })).status).toBe(303);
    expect(await isLoggedInWith({ session }, { "sec-fetch-dest": "document" })).toBe(true);
  });

  it("Flask cookies: used cookies are remembered until they would expire", async () => {
    expect(await isLoggedInWith({ session })).toBe(true);
    expect(JSON.stringify(await rows("legacy_cookies"))).not.toContain(session.slice(0, 20));
    importedApp().passes(30 * day);
    await cleanupExpired(importedApp().s);
    expect(await rows("legacy_cookies")).toHaveLength(1);
    importedApp().passes(day);
    await cleanupExpired(importedApp().s);
    expect(await rows("legacy_cookies")).toHaveLength(0);
    expect(await isLoggedInWith({ session })).toBe(false);
  });

  it("Flask cookies: are not exchanged by forward auth or on cacheable responses", async () => {
    const proxy = {
      "x-forwarded-host": "app.example.com",
      "x-forwarded-proto": "https",
      "x-forwarded-uri": "/",
      "x-forwarded-method": "GET",
    };
    const own = await openAppAt(
      { FORWARD_AUTH_HOSTS: "app.example.com", COOKIE_DOMAIN: "example.com", BASE_URL: "https://example.com" },
      signedAt(session),
    );
    const ada = browserWith({ session }, {}, own);
    for (const path of ["/forward-auth", "/openapi.json", "/.well-known/jwks.json"]) await ada.opens(path, proxy);
    expect(await rows("sessions")).toHaveLength(0);
    expect((await ada.opens("/login?next=https%3A%2F%2Fapp.example.com%2F")).location).toBe("https://app.example.com/");
    await own.close();
  });

  it("Flask cookies: FLASK_COOKIE_NAMES is respected", async () => {
    const own = await openAppAt({ FLASK_COOKIE_NAMES: "shop,stay" }, signedAt(session));
    expect(await isLoggedInWith({ session, remember_token: remember }, {}, own)).toBe(false);
    const response = await browserWith(
      { session: "of another application", shop: signFlaskSession('{"cart":3}', signedAt(session)) },
      {},
      own,
    ).opens("/login");
    expect([response.setCookies.has("session"), response.setCookies.has("shop")]).toEqual([false, false]);
    expect(await isLoggedInWith({ stay: remember }, {}, own)).toBe(true);
    await own.close();
  });

  it("Flask cookies: give access to accounts of FLASK_APPLICATION only", async () => {
    const users = [{ id: 1, username: "mallory", email: "mallory@example.com", password: "" }];
    await importReport("flask", sourceDatabase("shop", { user: users }), ["--application", "shop"]);
    const own = await openAppAt({ FLASK_APPLICATION: "shop" }, signedAt(session));
    expect((await browserWith({ remember_token: signRememberToken("1") }, {}, own).opens("/dashboard")).text).toContain("mallory");
    await own.close();
    const other = await openAppAt({ FLASK_APPLICATION: "another" }, signedAt(session));
    expect(await isLoggedInWith({ remember_token: signRememberToken("1") }, {}, other)).toBe(false);
    await other.close();
  });

  it("Flask cookies: UUIDs match with and without hyphens", async () => {
    const url = sourceDatabase("uuids", {
      user: [{ id: "0f8fad5bd9cb469fa16570867728950e", username: "uma", email: "uma@example.com", password: "" }],
    });
    await importReport("flask", url);
    expect(await isLoggedInWith({ remember_token: signRememberToken("0f8fad5b-d9cb-469f-a165-70867728950e") })).toBe(true);
  });

  it("Flask cookies: cookies of the installed Flask are accepted (skipped without Flask)", async ({ skip }) => {
    const flask = process.env["BENCH_FLASK"];
    if (!flask) return skip("BENCH_FLASK names no Flask application");
    const folder = importTarget().folder;
    execFileSync("/usr/bin/python3", [join(import.meta.dirname, "record.py"), flask, folder]);
    const today = readRecording(folder).cookies;
    const own = await openAppAt({}, signedAt(today["ada"]?.session ?? ""));
    expect(await isLoggedInWith({ session: today["ada"]?.session ?? "" }, {}, own)).toBe(true);
    expect(await isLoggedInWith({ remember_token: today["grace"]?.remember_token ?? "" }, {}, own)).toBe(true);
    await own.close();
  });
});
