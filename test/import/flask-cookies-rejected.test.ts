/** Tests which cookies of a Flask app are rejected. */
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { endSessionsByAdmin } from "../../src/core/account/admin-actions.ts";
import { revokeAfterRestore } from "../../src/core/maintenance/after-restore.ts";
import { actingAs } from "../../src/core/request-info.ts";
import { onOneEngine } from "../database.ts";
import {
  browserWith,
  day,
  dayOf,
  importedApp,
  importFlaskAppPerTest,
  isLoggedInWith,
  openAppAt,
  remember,
  secret,
  session,
  signedAt,
  signFlaskSession,
  signRememberToken,
} from "./flask-application.ts";
import { rows } from "./import-target.ts";

importFlaskAppPerTest();

describe("rejected Flask cookies", () => {
  it("Flask cookies: a modified cookie is rejected", { ...onOneEngine, tags: ["asvs-11.3.3"] }, async () => {
    const last = session.at(-1) ?? "";
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // Another encoding of the same signature: two bits of the last character are unused.
    const sameSignature = session.slice(0, -1) + (letters[letters.indexOf(last) ^ 1] ?? "");
    const [payload = "", stamp = "", signature = ""] = session.split(/\.(?!eJ)/);
    const forged = [
      sameSignature,
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
    for (const value of forged) expect(await isLoggedInWith({ session: value }), value.slice(-60)).toBe(false);
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
    for (const value of tokens) expect(await isLoggedInWith({ remember_token: value }), value.slice(0, 20)).toBe(false);
    expect(await isLoggedInWith({ session })).toBe(true);
  });

  it("Flask cookies: an unknown key is rejected and a listed old key accepted", onOneEngine, async () => {
    const at = signedAt(session);
    expect(await isLoggedInWith({ session: signFlaskSession('{"_user_id":"1"}', at, "another key") })).toBe(false);
    expect(await isLoggedInWith({ remember_token: signRememberToken("1", "another key") })).toBe(false);
    const bytes = Buffer.from("5f3579224c463451387a0aec5d2fff", "hex");
    const two = await openAppAt({ FLASK_SECRET_KEY: `hex:${bytes.toString("hex")}, ${secret}` }, at);
    expect(await isLoggedInWith({ session: signFlaskSession('{"_user_id":"1"}', at, bytes) }, {}, two)).toBe(true);
    expect(await isLoggedInWith({ session }, {}, two)).toBe(true);
    expect(await isLoggedInWith({ remember_token: signRememberToken("2", bytes) }, {}, two)).toBe(true);
    await two.close();
  });

  it("Flask cookies: are rejected after 31 days and after FLASK_COOKIES_UNTIL", onOneEngine, async () => {
    const at = signedAt(session);
    importedApp().passes(31 * day - 3_600_000 - 60_000);
    expect(await isLoggedInWith({ session: signFlaskSession('{"_user_id":"1"}', at) })).toBe(true);
    importedApp().passes(61_000);
    expect(await isLoggedInWith({ session })).toBe(false);
    expect(await isLoggedInWith({ session: signFlaskSession('{"_user_id":"1"}', at + 60 * day) })).toBe(false);
    importedApp().passes(10 * day);
    expect(dayOf(importedApp().s.now())).toBe(dayOf(at + 41 * day));
    expect(await isLoggedInWith({ remember_token: remember })).toBe(false);
  });

  it("Flask cookies: anonymous, unknown and malformed sessions are rejected", async () => {
    const at = signedAt(session);
    const compressed = (text: string) => `.${deflateSync(text).toString("base64url")}`;
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
    for (const payload of payloads) expect(await isLoggedInWith({ session: signFlaskSession(payload, at) }), payload).toBe(false);
    expect(
      await isLoggedInWith({ session: signFlaskSession(`{"_user_id":"1","x":"${"x".repeat(100_000)}"}`, at, secret, compressed) }),
    ).toBe(false);
    expect(await isLoggedInWith({ session: signFlaskSession('{"_user_id":"1"}', at, secret, compressed) })).toBe(true);
    // Flask-Login before 0.5 used this name, and a number.
    expect(await isLoggedInWith({ session: signFlaskSession('{"user_id":2}', at) })).toBe(true);
  });

  it("Flask cookies: are rejected after revocation, disabling, deletion or a password change", { tags: ["asvs-7.4.3"] }, async () => {
    const { identity } = browserWith({});
    const [ada] = (await rows("users")).filter(({ username }) => username === "ada");
    const id = String(ada?.["id"]);
    const set = (values: object) => importedApp().s.db.updateTable("users").set(values).where("id", "=", id).execute();
    let count = 0;
    const fresh = () => signFlaskSession(`{"_user_id":"1","n":${count++}}`, signedAt(session));
    for (const shut of [{ disabled_at: 1 }, { erase_at: importedApp().s.now() + day }, { must_verify_since: 1 }, { compromised_at: 1 }]) {
      await set(shut);
      expect(await isLoggedInWith({ session: fresh() }), JSON.stringify(shut)).toBe(false);
      await set(Object.fromEntries(Object.keys(shut).map((name) => [name, null])));
    }
    expect(await isLoggedInWith({ session: fresh() })).toBe(true);
    const kept = importedApp().person(identity);
    expect((await kept.logsIn()).status).toBe(303);
    const password = "a lighthouse at dawn";
    const fields = { current_password: identity.password, password, confirm_password: password };
    expect((await kept.fillsIn("/settings/change-password", fields)).status).toBe(303);
    expect(await isLoggedInWith({ session: fresh() })).toBe(false);
    expect(await isLoggedInWith({ remember_token: remember })).toBe(false);
  });

  it("Flask cookies: are rejected after a revocation by an administrator or a restore", { tags: ["asvs-7.4.5"] }, async () => {
    const by = actingAs("command line");
    const [ada] = (await rows("users")).filter(({ username }) => username === "ada");
    await endSessionsByAdmin(importedApp().s, String(ada?.["id"]), by);
    expect(await isLoggedInWith({ session })).toBe(false);
    const canLogInAsGrace = () => isLoggedInWith({ session: signFlaskSession(`{"_user_id":"2","n":${Math.random()}}`, signedAt(session)) });
    await revokeAfterRestore(importedApp().s, by, { keepSessions: true });
    expect(await canLogInAsGrace()).toBe(true);
    await revokeAfterRestore(importedApp().s, by, { keepSessions: false });
    expect(await canLogInAsGrace()).toBe(false);
  });
});
