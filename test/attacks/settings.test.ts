/** Attack: changing somebody else's settings, or more of one's own than there is a form for, or without being asked who one is. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findUserById, findUserByName } from "../../src/core/users/users.ts";
import { onOneEngine } from "../database.ts";
import { linkIn, type Person, type TestApp, testApp } from "../person.ts";
import { databaseContents } from "./database-contents.ts";

const minute = 60_000;
const wide = { LIMIT_EMAILS_PER_IP: "1000/1h", LIMIT_CODES_PER_IP: "1000/1h", LIMIT_LOGIN_PER_DEVICE: "1000/1m" };

/** Every change that the settings have a form for, with what somebody would send. */
const changes: Record<string, Record<string, string>> = {
  "/settings/display-name": { display_name: "Somebody Else" },
  "/settings/change-username": { username: "somebody-else" },
  "/settings/change-email": { email: "somebody.else@example.org" },
  "/settings/change-email/confirm": { code: "123456" },
  "/settings/change-email/withdraw": {},
  "/settings/change-password": {
    current_password: "a harbour at dusk",
    password: "another harbour at dawn",
    confirm_password: "another harbour at dawn",
  },
};
/** What changes what opens the account, and so asks for the password or has just asked for it. */
const guarded = ["/settings/change-username", "/settings/change-email"];
const credentials = [...guarded, "/settings/change-email/confirm", "/settings/change-password"];

let app: TestApp;
let ada: Person;
let eve: Person;
beforeEach(async () => {
  app = await testApp(wide);
  ada = await app.person().isLoggedIn();
  eve = await app.person({ username: "eve" }).isLoggedIn();
});
afterEach(() => app.close());

const userRow = async (username: string) => {
  const account = await findUserByName(app.s, username);
  if (!account) throw new Error(`There is no account ${username}.`);
  return account;
};

/** What belongs to an account, in every table. */
async function heldAbout(id: string): Promise<string[]> {
  return (await databaseContents(app.s)).filter((row) => row.includes(id));
}

async function forms(who: Person, path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const token = (await who.opens("/settings/display-name")).token;
  return who.posts(path, { csrf_token: token, ...fields }, headers);
}

async function programs(who: Person, path: string, body: object) {
  const { csrfToken } = (await who.opens("/settings/display-name", { accept: "application/json" })).json() as { csrfToken: string };
  return who.sendsJson(path, body, { "x-csrf-token": csrfToken });
}

it("the list of changes is whole", () => {
  const known = app.hono.routes.filter(({ method, path }) => method === "POST" && /^\/settings\/(?:change|display)/.test(path));
  expect(new Set(known.map(({ path }) => path))).toEqual(new Set(Object.keys(changes)));
});

describe.each(Object.entries(changes))("%s", (path, fields) => {
  it("changes nothing of anybody's but who sends it, whomever the fields name (CVE-2025-61928)", {
    ...onOneEngine,
    tags: ["asvs-8.2.2"],
  }, async () => {
    const { id, email, username } = await userRow("ada");
    await ada.fillsIn("/settings/change-email", { email: "waits@example.org" });
    const before = await heldAbout(id);
    const foreign = { id, user_id: id, userId: id, user: id, account: id, old_email: email, by: username, "user[id]": id, _method: "PUT" };
    await forms(eve, path, { ...foreign, ...fields });
    await programs(eve, path, { ...foreign, ...fields, user: { id }, __proto__: { id } });
    await forms(eve, `${path}?id=${id}&user_id=${id}`, { ...foreign, ...fields });
    expect(await heldAbout(id)).toEqual(before);
  });

  it("changes nothing that it has no field for", { ...onOneEngine, tags: ["asvs-15.3.3"] }, async () => {
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
    await forms(eve, path, { ...asText, ...fields });
    await programs(eve, path, { ...columns, ...fields });
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

  it("is for those who are logged in: a stranger's form changes nothing and shows nothing", onOneEngine, async () => {
    const before = await databaseContents(app.s);
    const stranger = app.person();
    const { token } = await stranger.opens("/login");
    for (const csrf_token of [token, ""]) {
      const { status, location } = await stranger.posts(path, { csrf_token, ...fields });
      expect([status, location?.startsWith("/login?next=")]).toEqual([303, true]);
    }
    expect((await stranger.sendsJson(path, fields)).status).toBe(401);
    expect((await stranger.opens(path)).location).toBe(`/login?next=${encodeURIComponent(path)}`);
    expect(await databaseContents(app.s)).toEqual(before);
  });

  it("takes each field once, and as text", onOneEngine, async () => {
    const before = await userRow("eve");
    for (const name of Object.keys(fields)) {
      for (const value of [null, 1, true, [], ["a", "b"], { $ne: "" }]) {
        const { status } = await programs(eve, path, { ...fields, [name]: value });
        expect(status, `${name}: ${JSON.stringify(value)}`).toBe(422);
      }
      const token = (await eve.opens("/settings/display-name")).token;
      const twice = await eve.posts(path, [["csrf_token", token], ...Object.entries(fields), [name, "twice"]]);
      expect(twice.status, `${name} twice`).toBe(422);
    }
    expect(await userRow("eve")).toEqual(before);
  });
});

describe("a session that was left open", () => {
  it.each(guarded)("changes nothing at %s without the password", { tags: ["asvs-7.5.1"] }, async (path) => {
    app.passes(16 * minute);
    const before = await userRow("ada");
    const emails = (await app.emails()).length;
    const fields = changes[path] ?? {};
    expect((await forms(ada, path, fields)).status).toBe(403);
    expect((await programs(ada, path, fields)).status).toBe(403);
    for (const current_password of ["", "not this one"]) {
      expect((await forms(ada, path, { ...fields, current_password })).status).toBeGreaterThanOrEqual(401);
      expect((await programs(ada, path, { ...fields, current_password })).status).toBeGreaterThanOrEqual(401);
    }
    // Nobody else's password will do.
    expect((await forms(ada, path, { ...fields, current_password: "another harbour at dawn", email: "eve@example.com" })).status).toBe(401);
    expect(await userRow("ada")).toEqual({ ...before, password_failures: 3 });
    expect(await app.emails()).toHaveLength(emails);
  });

  it("cannot guess the password without end: the tries count as logins do", { tags: ["asvs-6.3.1"] }, async () => {
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

describe("an account that its owner has reported", () => {
  it.each(credentials)("lets nothing be changed at %s until the password is reset", async (path) => {
    await ada.fillsIn("/settings/change-email", { email: "waits@example.org" });
    await app.s.db.updateTable("users").set({ compromised_at: app.s.now() }).where("username", "=", "ada").execute();
    const before = await userRow("ada");
    const { status, text } = await forms(ada, path, changes[path] ?? {});
    expect(status).toBe(403);
    expect(text).toContain("You reported that someone else may have");
    const answer = await programs(ada, path, changes[path] ?? {});
    expect([answer.status, answer.json()]).toMatchObject([403, { error: { code: "reported" } }]);
    expect(await userRow("ada")).toEqual(before);
  });
});

describe("two at the same moment", () => {
  const fresh = "another harbour at dawn";

  it("a change and a reset of one password: one wins, and only its password opens the account", { tags: ["asvs-15.4.2"] }, async () => {
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
        forms(racer, "/settings/change-password", { current_password: racer.identity.password, password: fresh, confirm_password: fresh }),
      ]);
      const opens = async (password: string) => (await app.person({ username: name, password }).logsIn()).status === 303;
      const [byReset, byChange] = [await opens("reset harbour now"), await opens(fresh)];
      // A reset may come after a change that has not ended its link yet; never does the change survive the reset.
      expect([byReset, byChange].filter(Boolean), `reset ${reset.status}, change ${changed.status}`).toHaveLength(1);
      expect(await opens(racer.identity.password)).toBe(false);
      if (byReset) expect((await racer.opens("/dashboard")).status).toBe(303);
    }
  });

  it("fifty changes of one password in one session: one wins, and the others are told", async () => {
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
    const thief = app.person();
    thief.cookies.set("latchkey_session", cookie);
    expect((await thief.opens("/dashboard")).status).toBe(303);
  });

  it("a user name and an address that two accounts want at once have one owner each", { tags: ["asvs-15.4.2"] }, async () => {
    const fields = { username: "wanted" };
    const answers = await Promise.all([ada, eve, ada, eve].map((who) => forms(who, "/settings/change-username", fields)));
    expect(await app.s.db.selectFrom("users").select("id").where("username", "=", "wanted").execute()).toHaveLength(1);
    expect(answers.every(({ status }) => status < 500)).toBe(true);
  });
});
