/** Attack: changing another user's settings, other columns, or without reauthentication. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findUserById, findUserByName } from "../../src/core/users/users.ts";
import { onOneEngine } from "../database.ts";
import { linkIn, type Person, type TestApp, testApp } from "../person.ts";
import { databaseContents } from "./database-contents.ts";

const minute = 60_000;
const generousLimits = { LIMIT_EMAILS_PER_IP: "1000/1h", LIMIT_CODES_PER_IP: "1000/1h", LIMIT_LOGIN_PER_DEVICE: "1000/1m" };

/** Every change in the settings, with valid fields. */
const changes: Record<string, Record<string, string>> = {
  "/settings/display-name": { display_name: "Other Name" },
  "/settings/change-username": { username: "other-name" },
  "/settings/change-email": { email: "other.name@example.org" },
  "/settings/change-email/confirm": { code: "123456" },
  "/settings/change-email/withdraw": {},
  "/settings/change-password": {
    current_password: "a harbour at dusk",
    password: "another harbour at dawn",
    confirm_password: "another harbour at dawn",
  },
  "/settings/change-password/remove": {},
  "/settings/change-password/set": {},
};
/** Changes that require a recent authentication. */
const sensitivePaths = ["/settings/change-username", "/settings/change-email"];
const credentialPaths = [...sensitivePaths, "/settings/change-email/confirm", "/settings/change-password"];

let app: TestApp;
let ada: Person;
let eve: Person;
beforeEach(async () => {
  app = await testApp(generousLimits);
  ada = await app.person().isLoggedIn();
  eve = await app.person({ username: "eve" }).isLoggedIn();
});
afterEach(() => app.close());

const userRow = async (username: string) => {
  const account = await findUserByName(app.s, username);
  if (!account) throw new Error(`There is no account ${username}.`);
  return account;
};

/** Returns the rows of all tables that contain the ID of a user. */
async function rowsAbout(id: string): Promise<string[]> {
  return (await databaseContents(app.s)).filter((row) => row.includes(id));
}

async function postForm(who: Person, path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const token = (await who.opens("/settings/display-name")).token;
  return who.posts(path, { csrf_token: token, ...fields }, headers);
}

async function postJson(who: Person, path: string, body: object) {
  const { csrfToken } = (await who.opens("/settings/display-name", { accept: "application/json" })).json() as { csrfToken: string };
  return who.sendsJson(path, body, { "x-csrf-token": csrfToken });
}

it("settings: the list of changes is complete", () => {
  const known = app.hono.routes.filter(({ method, path }) => method === "POST" && /^\/settings\/(?:change|display)/.test(path));
  expect(new Set(known.map(({ path }) => path))).toEqual(new Set(Object.keys(changes)));
});

describe.each(Object.entries(changes))("%s", (path, fields) => {
  it("settings: IDs of another user change nothing of theirs (CVE-2025-61928)", {
    ...onOneEngine,
    tags: ["asvs-8.2.2"],
  }, async () => {
    const { id, email, username } = await userRow("ada");
    await ada.fillsIn("/settings/change-email", { email: "waits@example.org" });
    const before = await rowsAbout(id);
    const foreign = { id, user_id: id, userId: id, user: id, account: id, old_email: email, by: username, "user[id]": id, _method: "PUT" };
    await postForm(eve, path, { ...foreign, ...fields });
    await postJson(eve, path, { ...foreign, ...fields, user: { id }, __proto__: { id } });
    await postForm(eve, `${path}?id=${id}&user_id=${id}`, { ...foreign, ...fields });
    expect(await rowsAbout(id)).toEqual(before);
  });

  it("mass assignment: extra fields change no column", { ...onOneEngine, tags: ["asvs-15.3.3"] }, async () => {
    const columns = {
      id: "00000000-0000-7000-8000-000000000000",
      username_key: "root",
      email_key: "root@example.com",
      email_verified_at: 1,
      password_hash: "x",
      password_failures: -1,
      password_changed_at: 1,
      created_at: 1,
      last_login_at: 1,
      compromised_at: 1,
      erase_at: 1,
      password_scheme: "x",
    };
    const before = await userRow("eve");
    const asText = Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, String(value)]));
    await postForm(eve, path, { ...asText, ...fields });
    await postJson(eve, path, { ...columns, ...fields });
    const after = await findUserById(app.s, before.id);
    if (!after) throw new Error("The account is gone.");
    for (const name of [
      "id",
      "email_verified_at",
      "created_at",
      "last_login_at",
      "compromised_at",
      "erase_at",
      "password_scheme",
    ] as const) {
      expect(after[name], name).toEqual(before[name]);
    }
    expect(after.username_key).not.toBe("root");
    expect(after.email_key).not.toBe("root@example.com");
    expect(after.password_changed_at).toBeGreaterThanOrEqual(before.password_changed_at ?? 0);
    expect(after.password_hash).toMatch(/^\$argon2id\$/);
  });

  it("settings: anonymous requests are redirected or get 401, and change nothing", onOneEngine, async () => {
    const before = await databaseContents(app.s);
    const anonymous = app.person();
    const { token } = await anonymous.opens("/login");
    for (const csrf_token of [token, ""]) {
      const { status, location } = await anonymous.posts(path, { csrf_token, ...fields });
      expect([status, location?.startsWith("/login?next=")]).toEqual([303, true]);
    }
    expect((await anonymous.sendsJson(path, fields)).status).toBe(401);
    expect((await anonymous.opens(path)).location).toBe(`/login?next=${encodeURIComponent(path)}`);
    expect(await databaseContents(app.s)).toEqual(before);
  });

  it("settings: repeated and non-string fields get 422", onOneEngine, async () => {
    const before = await userRow("eve");
    for (const name of Object.keys(fields)) {
      for (const value of [null, 1, true, [], ["a", "b"], { $ne: "" }]) {
        const { status } = await postJson(eve, path, { ...fields, [name]: value });
        expect(status, `${name}: ${JSON.stringify(value)}`).toBe(422);
      }
      const token = (await eve.opens("/settings/display-name")).token;
      const twice = await eve.posts(path, [["csrf_token", token], ...Object.entries(fields), [name, "twice"]]);
      expect(twice.status, `${name} twice`).toBe(422);
    }
    expect(await userRow("eve")).toEqual(before);
  });
});

describe("stolen session", () => {
  it.each(sensitivePaths)("reauthentication: %s changes nothing without the password", { tags: ["asvs-7.5.1"] }, async (path) => {
    app.passes(16 * minute);
    const before = await userRow("ada");
    const emails = (await app.emails()).length;
    const fields = changes[path] ?? {};
    expect((await postForm(ada, path, fields)).status).toBe(403);
    expect((await postJson(ada, path, fields)).status).toBe(403);
    for (const current_password of ["", "not this one"]) {
      expect((await postForm(ada, path, { ...fields, current_password })).status).toBeGreaterThanOrEqual(401);
      expect((await postJson(ada, path, { ...fields, current_password })).status).toBeGreaterThanOrEqual(401);
    }
    // The password of another user is rejected, too.
    expect((await postForm(ada, path, { ...fields, current_password: "another harbour at dawn", email: "eve@example.com" })).status).toBe(
      401,
    );
    expect(await userRow("ada")).toEqual({ ...before, password_failures: 3 });
    expect(await app.emails()).toHaveLength(emails);
  });

  it("reauthentication: wrong passwords count towards the login limit", { tags: ["asvs-6.3.1"] }, async () => {
    const strict = await testApp({ LIMIT_LOGIN_PER_DEVICE: "4/1m" });
    const kay = await strict.person({ username: "kay" }).isLoggedIn();
    const { token } = await kay.opens("/settings/display-name");
    const guess = {
      csrf_token: token,
      current_password: "guess",
      password: "another harbour at dawn",
      confirm_password: "another harbour at dawn",
    };
    const answers: number[] = [];
    for (const path of [
      "/settings/change-password",
      "/confirm-password",
      "/settings/change-password",
      "/confirm-password",
      "/settings/change-password",
    ])
      answers.push((await kay.posts(path, guess)).status);
    expect(answers).toEqual([401, 401, 401, 401, 429]);
    await strict.close();
  });
});

describe("compromised account", () => {
  it.each(credentialPaths)("compromised account: %s gets 403", async (path) => {
    await ada.fillsIn("/settings/change-email", { email: "waits@example.org" });
    await app.s.db.updateTable("users").set({ compromised_at: app.s.now() }).where("username", "=", "ada").execute();
    const before = await userRow("ada");
    const { status, text } = await postForm(ada, path, changes[path] ?? {});
    expect(status).toBe(403);
    expect(text).toContain("You reported that someone else may have");
    const answer = await postJson(ada, path, changes[path] ?? {});
    expect([answer.status, answer.json()]).toMatchObject([403, { error: { code: "reported" } }]);
    expect(await userRow("ada")).toEqual(before);
  });
});

describe("simultaneous changes", () => {
  const newPassword = "another harbour at dawn";

  it("password: of a simultaneous change and reset one wins, and only its password works", { tags: ["asvs-15.4.2"] }, async () => {
    for (let round = 0; round < 5; round++) {
      const name = `racer${round}`;
      const racer = await app.person({ username: name }).isLoggedIn();
      await app.person().fillsIn("/reset-password", { email: racer.identity.email });
      const link = linkIn((await app.emails(racer.identity.email))[0], "/reset-password/choose");
      const owner = app.person();
      await owner.opens(link);
      const page = await owner.opens("/reset-password/choose");
      const [reset, changed] = await Promise.all([
        owner.posts("/reset-password/choose", {
          csrf_token: page.token,
          password: "reset harbour now",
          confirm_password: "reset harbour now",
        }),
        postForm(racer, "/settings/change-password", {
          current_password: racer.identity.password,
          password: newPassword,
          confirm_password: newPassword,
        }),
      ]);
      const opens = async (password: string) => (await app.person({ username: name, password }).logsIn()).status === 303;
      const [byReset, byChange] = [await opens("reset harbour now"), await opens(newPassword)];
      // A reset may follow a change, but a change never survives a reset.
      expect([byReset, byChange].filter(Boolean), `reset ${reset.status}, change ${changed.status}`).toHaveLength(1);
      expect(await opens(racer.identity.password)).toBe(false);
      if (byReset) expect((await racer.opens("/dashboard")).status).toBe(303);
    }
  });

  it("password: of fifty simultaneous changes in one session one succeeds", async () => {
    const { token } = await ada.opens("/settings/change-password");
    const send = (i: number) => {
      const password = `harbour number ${i} at dawn`;
      const body = { csrf_token: token, current_password: ada.identity.password, password, confirm_password: password };
      return ada.posts("/settings/change-password", body);
    };
    const cookie = ada.cookies.get("latchkey_session") ?? "";
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => send(i)));
    expect(answers.filter(({ status, location }) => status === 303 && location === "/settings")).toHaveLength(1);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    expect((await app.emails("ada@example.com")).filter(({ subject }) => subject === "Your password was changed")).toHaveLength(1);
    const attacker = app.person();
    attacker.cookies.set("latchkey_session", cookie);
    expect((await attacker.opens("/dashboard")).status).toBe(303);
  });

  it("username: of simultaneous changes to one username one succeeds", { tags: ["asvs-15.4.2"] }, async () => {
    const fields = { username: "wanted" };
    const answers = await Promise.all([ada, eve, ada, eve].map((who) => postForm(who, "/settings/change-username", fields)));
    expect(await app.s.db.selectFrom("users").select("id").where("username", "=", "wanted").execute()).toHaveLength(1);
    expect(answers.every(({ status }) => status < 500)).toBe(true);
  });
});
