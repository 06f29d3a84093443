/** Tests each form submitted twice: in a row, at once, and to two processes. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actingAs } from "../../src/core/request-info.ts";
import { grantRole } from "../../src/core/users/roles.ts";
import { findUserByName } from "../../src/core/users/users.ts";
import { makeDatabase } from "../database.ts";
import { insertPasskeys, removedLongAgo } from "../passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../person.ts";
import { addsPhone, phoneWith, verifiesEmail } from "../two-factor.ts";
import { formPaths } from "./forms.ts";
import { codeTo, countSessions, type FormCase, idOf, submit, submitsTwice } from "./submitted-twice.ts";

const limits = ["SIGNUP_PER_IP", "EMAILS_PER_IP", "CODES_PER_IP", "LOGIN_PER_IP"];
const env = { TOKEN_AUDIENCES: "api", ...Object.fromEntries(limits.map((name) => [`LIMIT_${name}`, "10000/1h"])) };
const newPassword = { password: "nine grey herons", confirm_password: "nine grey herons" };

const openLink = async (app: TestApp, person: Person, email: string, path: string, subject = "") => {
  const sent = (await app.emails(email)).find((each) => each.subject.includes(subject));
  await person.opens(linkIn(sent, path));
};
const newEmail = ({ identity }: Person) => `new-${identity.email}`;
const changeEmail = async (person: Person, app: TestApp) => {
  await person.fillsIn("/settings/change-email", { email: newEmail(person) });
  return { code: await codeTo(app, newEmail(person)) };
};

const apps = "/settings/two-factor/authenticator";
const json = { accept: "application/json" };
const appOf = async (person: Person) =>
  ((await person.opens("/settings/two-factor", json)).json() as { authenticators: { id: string }[] }).authenticators[0]?.id ?? "";
const withPhone = (verb: string) => async (person: Person, app: TestApp) => {
  await addsPhone(app, person);
  return `${apps}/${verb}?id=${await appOf(person)}`;
};

const withPasskeys = (verb: string) => async (person: Person, app: TestApp) => {
  await insertPasskeys(app, person);
  return `/settings/passkeys/${verb}?id=${encodeURIComponent(`One of ${await idOf(app, person)}`)}`;
};

const formCases: readonly FormCase[] = [
  {
    name: "sign-up",
    path: "/signup",
    event: "signed-up",
    isAnonymous: true,
    fill: async ({ identity: { username, email, password } }) => ({ username, email, password, confirm_password: password }),
  },
  {
    name: "a login",
    path: "/login",
    event: "logged-in",
    isAnonymous: true,
    fill: async (person) => {
      await person.signsUp();
      return { email: person.identity.email, password: person.identity.password };
    },
  },
  { name: "a logout", path: "/logout", event: "logged-out", fill: async () => ({}) },
  {
    name: "a reauthentication",
    path: "/confirm-password",
    event: "reauthenticated",
    fill: async ({ identity }) => ({ current_password: identity.password }),
  },
  {
    name: "a change of the display name",
    path: "/settings/display-name",
    event: "display-name-changed",
    fill: async () => ({ display_name: "Ada" }),
  },
  {
    name: "a change of the username",
    path: "/settings/change-username",
    event: "username-changed",
    fill: async ({ identity }) => ({ username: `${identity.username}.two` }),
  },
  {
    name: "a change of the password",
    path: "/settings/change-password",
    event: "password-changed",
    fill: async ({ identity }) => ({ current_password: identity.password, ...newPassword }),
  },
  {
    name: "a change of the email",
    path: "/settings/change-email",
    event: "email-change-requested",
    fill: async (person) => ({ email: newEmail(person) }),
  },
  { name: "the code of a new email", path: "/settings/change-email/confirm", event: "email-changed", fill: changeEmail },
  {
    name: "a withdrawn change of the email",
    path: "/settings/change-email/withdraw",
    event: "email-change-withdrawn",
    fill: async (person, app) => {
      await changeEmail(person, app);
      return {};
    },
  },
  {
    name: "the end of one session",
    path: "/settings/sessions",
    event: "session-ended",
    fill: async (person, app) => {
      await app.person(person.identity).logsIn();
      const { html } = await person.opens("/settings/sessions");
      return { session: /name="session" value="([^"]+)"/.exec(html)?.[1] ?? "" };
    },
  },
  {
    name: "the end of all other sessions",
    path: "/settings/sessions",
    event: "other-sessions-ended",
    fill: async (person, app) => {
      await app.person(person.identity).logsIn();
      return { others: "1" };
    },
  },
  {
    name: "the deletion of an account",
    path: "/settings/delete",
    event: "deletion-requested",
    fill: async ({ identity }) => ({ username: identity.username }),
  },
  {
    name: "a verification code",
    path: "/verify-email",
    event: "email-verified",
    fill: async ({ identity }, app) => ({ code: await codeTo(app, identity.email) }),
  },
  {
    name: "a verification link",
    path: "/verify-email/confirm",
    event: "email-verified",
    isAnonymous: true,
    fill: async (person, app) => {
      await app.person(person.identity).signsUp();
      await openLink(app, person, person.identity.email, "/verify-email/confirm");
      return { password: person.identity.password };
    },
  },
  {
    name: "a request for a password reset",
    path: "/reset-password",
    event: "password-reset-requested",
    isAnonymous: true,
    fill: async (person) => {
      await person.signsUp();
      return { email: person.identity.email };
    },
  },
  {
    name: "a password reset",
    path: "/reset-password/choose",
    event: "password-reset",
    isAnonymous: true,
    fill: async (person, app) => {
      await person.signsUp();
      await person.fillsIn("/reset-password", { email: person.identity.email });
      await openLink(app, person, person.identity.email, "/reset-password/choose");
      return newPassword;
    },
  },
  {
    name: "a report of a compromise",
    path: "/report-compromise",
    event: "compromise-reported",
    fill: async (person, app) => {
      await person.fillsIn("/settings/change-password", { current_password: person.identity.password, ...newPassword });
      await openLink(app, person, person.identity.email, "/report-compromise");
      return {};
    },
  },
  {
    name: "a sign-up with a passkey",
    path: "/signup/passkey",
    event: "signed-up",
    isAnonymous: true,
    fill: async ({ identity: { username, email } }) => ({ username, email }),
  },
  {
    name: "a removed password",
    path: "/settings/change-password/remove",
    event: "password-removed",
    fill: async (person, app) => {
      await insertPasskeys(app, person);
      return {};
    },
  },
  {
    name: "a link to set a password",
    path: "/settings/change-password/set",
    page: async (person, app) => {
      await insertPasskeys(app, person);
      await person.fillsIn("/settings/change-password/remove", {});
      return "/settings/change-password";
    },
    event: "password-wanted",
    fill: async () => ({}),
  },
  {
    name: "an unlocked account",
    path: "/report-compromise/unlock",
    event: "account-unlocked",
    fill: async (person, app) => {
      await insertPasskeys(app, person);
      await person.fillsIn("/settings/change-password/remove", {});
      await verifiesEmail(app, person);
      await removedLongAgo(app);
      await openLink(app, person, person.identity.email, "/report-compromise");
      await person.fillsIn("/report-compromise", {});
      await openLink(app, person, person.identity.email, "/report-compromise/unlock");
      return {};
    },
  },
  {
    name: "a reverted email",
    path: "/revert-email",
    event: "email-change-undone",
    fill: async (person, app) => {
      await app.s.db
        .updateTable("users")
        .set({ email_verified_at: app.s.now() })
        .where("username", "=", person.identity.username)
        .execute();
      await person.fillsIn("/settings/change-email/confirm", await changeEmail(person, app));
      await openLink(app, person, person.identity.email, "/revert-email");
      return {};
    },
  },
  {
    name: "the second step of a login",
    path: "/login/two-factor",
    event: "logged-in",
    fill: async (person, app) => {
      const phone = await addsPhone(app, person);
      await person.logsOut();
      await person.logsIn();
      return { code: phone.code() };
    },
  },
  {
    name: "a new authenticator app",
    path: apps,
    event: "authenticator-added",
    fill: async (person, app) => {
      await verifiesEmail(app, person);
      await person.fillsIn(apps, {});
      const { authenticator } = (await person.opens(apps, json)).json() as { authenticator: { secret: string } };
      return { name: "Phone", code: phoneWith(app, authenticator.secret).code() };
    },
  },
  {
    name: "the new name of an authenticator app",
    path: `${apps}/rename`,
    event: "authenticator-renamed",
    page: withPhone("rename"),
    fill: async (person) => ({ id: await appOf(person), name: "Tablet" }),
  },
  {
    name: "the removal of an authenticator app",
    path: `${apps}/remove`,
    event: "authenticator-removed",
    page: withPhone("remove"),
    fill: async (person) => ({ id: await appOf(person) }),
  },
  {
    name: "new recovery codes",
    path: "/settings/two-factor/recovery",
    event: "recovery-codes-made",
    fill: async (person, app) => {
      await addsPhone(app, person);
      return {};
    },
  },
  {
    name: "the end of two-factor authentication",
    path: "/settings/two-factor/off",
    event: "two-factor-off",
    fill: async (person, app) => {
      await addsPhone(app, person);
      return {};
    },
  },
  {
    name: "two-factor authentication with passkeys",
    path: "/settings/two-factor/on",
    event: "two-factor-on",
    page: async (person, app) => {
      await insertPasskeys(app, person);
      await verifiesEmail(app, person);
      return "/settings/two-factor/on";
    },
    fill: async () => ({}),
  },
  {
    name: "the end of trust in a browser",
    path: "/settings/two-factor/devices",
    event: "device-untrusted",
    fill: async (person, app) => {
      const [user_id, at] = [await idOf(app, person), app.s.now()];
      const id = `device of ${user_id}`;
      const times = { rotated_at: at, created_at: at, last_used_at: at, expires_at: at + 86_400_000 };
      await app.s.db
        .insertInto("trusted_devices")
        .values({ id, user_id, token_hash: Buffer.from(id), previous_hash: null, ip: "", user_agent: "", ...times })
        .execute();
      return { device: id };
    },
  },
  {
    name: "the new name of a passkey",
    path: "/settings/passkeys/rename",
    event: "passkey-renamed",
    page: withPasskeys("rename"),
    fill: async (person, app) => ({ id: `One of ${await idOf(app, person)}`, name: "Laptop" }),
  },
  {
    name: "the removal of a passkey",
    path: "/settings/passkeys/remove",
    event: "passkey-removed",
    page: withPasskeys("remove"),
    fill: async (person, app) => ({ id: `One of ${await idOf(app, person)}` }),
  },
  {
    name: "an administrator's action",
    path: "/admin/user",
    event: "account-disabled",
    page: async (person, app) => {
      await grantRole(app.s, await idOf(app, person), "admin", actingAs("command line"));
      await app.person({ username: `${person.identity.username}.other` }).signsUp();
      const other = await findUserByName(app.s, `${person.identity.username}.other`);
      return `/admin/user?id=${other?.id}`;
    },
    fill: async (person, app) => ({ act: "disable", id: (await findUserByName(app.s, `${person.identity.username}.other`))?.id ?? "" }),
  },
];

/** Forms without an effect, whose response is computed each time. */
const withoutEffect = [
  "/settings/export",
  "/token",
  "/settings/two-factor/recovery/download",
  "/settings/passkeys/later",
  "/signup/passkey/options",
  "/signup/passkey/create",
  "/login/recover",
  // Each redeems the challenge of its page, once: see the attacks on passkeys.
  "/passkeys/options",
  "/passkeys/verify",
  "/settings/passkeys",
  "/settings/passkeys/options",
];

describe("double submit", () => {
  let database: Awaited<ReturnType<typeof makeDatabase>>;
  let app: TestApp;
  let otherProcess: TestApp;
  beforeAll(async () => {
    database = await makeDatabase();
    app = await testApp({ DATABASE_URL: database.url, ...env });
    otherProcess = await testApp({ DATABASE_URL: database.url, ...env });
  });
  afterAll(async () => {
    await Promise.all([app.close(), otherProcess.close()]);
    await database.remove();
  });

  const sessions = () => countSessions(app);

  it("double submit: every form of the app is in this list", () => {
    const known = new Set([...formCases.map(({ path }) => path), ...withoutEffect]);
    expect(formPaths(app).filter((path) => !known.has(path))).toEqual([]);
  });

  submitsTwice(formCases, () => ({ app, otherProcess }));

  it("double submit: two logins of one form share one session", async () => {
    const ada = app.person({ username: "presses" });
    await ada.signsUp();
    const { token } = await ada.opens("/login");
    const { email, password } = ada.identity;
    const fields = { csrf_token: token, email, password };
    const stale = ada.cookieHeader();
    await ada.posts("/login", fields);
    expect((await ada.posts("/login", fields)).location).toBe("/dashboard");
    expect((await ada.opens("/dashboard")).status).toBe(200);
    const [name] = (await submit("/login", fields, { cookie: stale, at: app })).setCookies.get("latchkey_session")?.split(";") ?? [];
    expect(name).toBe(`latchkey_session=${ada.cookies.get("latchkey_session")}`);
  });

  it("double submit: a second deletion request does not cancel the first", async () => {
    const leaver = await app.person({ username: "leaver" }).isLoggedIn();
    const { token } = await leaver.opens("/settings/delete");
    const fields = { csrf_token: token, username: "leaver" };
    await leaver.posts("/settings/delete", fields);
    // The browser has no session cookie any more.
    const again = await leaver.posts("/settings/delete", fields);
    expect([again.status, again.location]).toEqual([303, "/"]);
    expect((await findUserByName(app.s, "leaver"))?.erase_at).not.toBeNull();
  });

  it("double submit: returning to an earlier value is a new submission", async () => {
    const ada = await app.person({ username: "wavering" }).isLoggedIn();
    const { token } = await ada.opens("/settings/display-name");
    for (const display_name of ["Red", "Blue", "Red"]) {
      expect((await ada.posts("/settings/display-name", { csrf_token: token, display_name })).status).toBe(303);
      expect((await findUserByName(app.s, "wavering"))?.display_name).toBe(display_name);
    }
  });

  it("double submit: after 30 seconds it is a new submission", async () => {
    const ada = await app.person({ username: "thorough" }).isLoggedIn();
    const { token } = await ada.opens("/settings/sessions");
    const others = async () => {
      const device = await app
        .person({ ...ada.identity })
        .logsIn()
        .then((answer) => answer.status);
      expect(device).toBe(303);
      expect((await ada.posts("/settings/sessions", { csrf_token: token, others: "1" })).status).toBe(303);
      const { id } = (await findUserByName(app.s, "thorough")) ?? { id: "" };
      return (await app.s.db.selectFrom("sessions").select("user_id").where("user_id", "=", id).execute()).length;
    };
    expect(await others()).toBe(1);
    app.passes(30_000);
    expect(await others()).toBe(1);
  });

  it("double submit: other values are a new submission", async () => {
    const ada = await app.person({ username: "typist" }).isLoggedIn();
    const { token } = await ada.opens("/settings/display-name");
    for (const display_name of ["Ada", "Augusta"]) await ada.posts("/settings/display-name", { csrf_token: token, display_name });
    expect((await findUserByName(app.s, "typist"))?.display_name).toBe("Augusta");
  });

  it("double submit: only the browser of the form gets its session", async () => {
    const ada = app.person({ username: "victim" });
    await ada.signsUp();
    const { token } = await ada.opens("/login");
    const fields = { csrf_token: token, email: ada.identity.email, password: ada.identity.password };
    await ada.posts("/login", fields);
    const other = app.person({ username: "other" });
    const unbound = await other.posts("/login", fields);
    expect(unbound.setCookies.has("latchkey_session")).toBe(false);
    const foreign = await submit("/login", { ...fields }, { cookie: "", at: app });
    expect(foreign.setCookies.has("latchkey_session")).toBe(false);
    const bob = await app.person({ username: "bystander" }).isLoggedIn();
    expect((await bob.posts("/login", fields)).status).toBe(403);
  });

  it("double submit: an ended session is not returned again, nor any after 30 seconds", async () => {
    const ada = app.person({ username: "gone" });
    await ada.signsUp();
    const { token } = await ada.opens("/login");
    const fields = { csrf_token: token, email: ada.identity.email, password: ada.identity.password };
    const cookie = ada.cookieHeader();
    const first = await submit("/login", fields, { cookie, at: app });
    await app.s.db.deleteFrom("sessions").execute();
    const second = await submit("/login", fields, { cookie, at: app });
    expect(second.setCookies.get("latchkey_session")).not.toBe(first.setCookies.get("latchkey_session"));
    expect(await sessions()).toBe(1);
    app.passes(30_000);
    await submit("/login", fields, { cookie, at: app });
    expect(await sessions()).toBe(2);
  });

  it("double submit: rejected forms are not stored, and stored responses contain no readable secret", {
    tags: ["asvs-7.2.3"],
  }, async () => {
    await app.s.db.deleteFrom("submitted_forms").execute();
    const ada = app.person({ username: "sealed" });
    await ada.fillsIn("/signup", { username: "x" });
    await ada.logsIn();
    expect(await app.s.db.selectFrom("submitted_forms").selectAll().execute()).toEqual([]);
    await ada.signsUp();
    const { token } = await ada.opens("/login");
    await ada.posts("/login", { csrf_token: token, email: ada.identity.email, password: ada.identity.password });
    const rows = await app.s.db.selectFrom("submitted_forms").selectAll().execute();
    expect(rows).toHaveLength(2);
    for (const secret of [token, ada.cookies.get("latchkey_session") ?? "", ada.identity.password])
      expect(JSON.stringify(rows)).not.toContain(secret);
    // The key of the site alone cannot decrypt it.
    for (const { id, answer } of rows) {
      expect(answer).toMatch(/^v1\./);
      expect(app.s.keyring.tryDecrypt("form", answer ?? "", { to: ["submitted_forms.answer", id] })).toBeUndefined();
    }
  });
});
