/** Attack of chance: each form sent twice, by a double click or over a slow line, one after the other and at once, to one process and to two. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actingAs } from "../../src/core/request-info.ts";
import { grantRole } from "../../src/core/users/roles.ts";
import { findUserByName } from "../../src/core/users/users.ts";
import { makeDatabase } from "../database.ts";
import { type Answer, linkIn, type Person, type TestApp, testApp } from "../person.ts";
import { formPaths, readForm } from "./forms.ts";

const limits = ["SIGNUP_PER_IP", "EMAILS_PER_IP", "CODES_PER_IP", "LOGIN_PER_IP"];
const env = { TOKEN_AUDIENCES: "api", ...Object.fromEntries(limits.map((name) => [`LIMIT_${name}`, "10000/1h"])) };
const fresh = { password: "nine grey herons", confirm_password: "nine grey herons" };

/** How somebody comes to have the form open, what they type, and what is on the record once when it was sent. */
interface Sent {
  readonly name: string;
  readonly path: string;
  readonly event: string;
  /** Opens what leads to the form, and gives what is typed; undefined fields are taken from the form. */
  readonly fill: (person: Person, app: TestApp) => Promise<Record<string, string>>;
  /** Where the form stands, when not at its path. */
  readonly page?: (person: Person, app: TestApp) => Promise<string>;
  readonly isStranger?: true;
}

const idOf = async (app: TestApp, person: Person) => (await findUserByName(app.s, person.identity.username))?.id ?? "";
const codeIn = async (app: TestApp, email: string) => /^ {4}(\d{6})$/m.exec((await app.emails(email))[0]?.text ?? "")?.[1] ?? "";
const opensLink = async (app: TestApp, person: Person, email: string, path: string, subject = "") => {
  const sent = (await app.emails(email)).find((each) => each.subject.includes(subject));
  await person.opens(linkIn(sent, path));
};
const newEmail = ({ identity }: Person) => `new-${identity.email}`;
const changesEmail = async (person: Person, app: TestApp) => {
  await person.fillsIn("/settings/change-email", { email: newEmail(person) });
  return { code: await codeIn(app, newEmail(person)) };
};

const sent: readonly Sent[] = [
  {
    name: "sign-up",
    path: "/signup",
    event: "signed-up",
    isStranger: true,
    fill: async ({ identity: { username, email, password } }) => ({ username, email, password, confirm_password: password }),
  },
  {
    name: "a login",
    path: "/login",
    event: "logged-in",
    isStranger: true,
    fill: async (person) => {
      await person.signsUp();
      return { email: person.identity.email, password: person.identity.password };
    },
  },
  { name: "a logout", path: "/logout", event: "logged-out", fill: async () => ({}) },
  {
    name: "the password once more",
    path: "/confirm-password",
    event: "reauthenticated",
    fill: async ({ identity }) => ({ current_password: identity.password }),
  },
  { name: "a display name", path: "/settings/display-name", event: "display-name-changed", fill: async () => ({ display_name: "Ada" }) },
  {
    name: "a username",
    path: "/settings/change-username",
    event: "username-changed",
    fill: async ({ identity }) => ({ username: `${identity.username}.two` }),
  },
  {
    name: "a new password",
    path: "/settings/change-password",
    event: "password-changed",
    fill: async ({ identity }) => ({ current_password: identity.password, ...fresh }),
  },
  {
    name: "a new email",
    path: "/settings/change-email",
    event: "email-change-requested",
    fill: async (person) => ({ email: newEmail(person) }),
  },
  { name: "the code of a new email", path: "/settings/change-email/confirm", event: "email-changed", fill: changesEmail },
  {
    name: "a new email withdrawn",
    path: "/settings/change-email/withdraw",
    event: "email-change-withdrawn",
    fill: async (person, app) => {
      await changesEmail(person, app);
      return {};
    },
  },
  {
    name: "one session's end",
    path: "/settings/sessions",
    event: "session-ended",
    fill: async (person, app) => {
      await app.person(person.identity).logsIn();
      const { html } = await person.opens("/settings/sessions");
      return { session: /name="session" value="([^"]+)"/.exec(html)?.[1] ?? "" };
    },
  },
  {
    name: "all others' end",
    path: "/settings/sessions",
    event: "other-sessions-ended",
    fill: async (person, app) => {
      await app.person(person.identity).logsIn();
      return { others: "1" };
    },
  },
  {
    name: "the end of an account",
    path: "/settings/delete",
    event: "deletion-requested",
    fill: async ({ identity }) => ({ username: identity.username }),
  },
  {
    name: "a code",
    path: "/verify-email",
    event: "email-verified",
    fill: async ({ identity }, app) => ({ code: await codeIn(app, identity.email) }),
  },
  {
    name: "a link to confirm",
    path: "/verify-email/confirm",
    event: "email-verified",
    isStranger: true,
    fill: async (person, app) => {
      await app.person(person.identity).signsUp();
      await opensLink(app, person, person.identity.email, "/verify-email/confirm");
      return { password: person.identity.password };
    },
  },
  {
    name: "a forgotten password",
    path: "/reset-password",
    event: "password-reset-requested",
    isStranger: true,
    fill: async (person) => {
      await person.signsUp();
      return { email: person.identity.email };
    },
  },
  {
    name: "a password chosen anew",
    path: "/reset-password/choose",
    event: "password-reset",
    isStranger: true,
    fill: async (person, app) => {
      await person.signsUp();
      await person.fillsIn("/reset-password", { email: person.identity.email });
      await opensLink(app, person, person.identity.email, "/reset-password/choose");
      return fresh;
    },
  },
  {
    name: "a report",
    path: "/report-compromise",
    event: "reported",
    fill: async (person, app) => {
      await person.fillsIn("/settings/change-password", { current_password: person.identity.password, ...fresh });
      await opensLink(app, person, person.identity.email, "/report-compromise");
      return {};
    },
  },
  {
    name: "an email taken back",
    path: "/revert-email",
    event: "email-change-undone",
    fill: async (person, app) => {
      await app.s.db
        .updateTable("users")
        .set({ email_verified_at: app.s.now() })
        .where("username", "=", person.identity.username)
        .execute();
      await person.fillsIn("/settings/change-email/confirm", await changesEmail(person, app));
      await opensLink(app, person, person.identity.email, "/revert-email");
      return {};
    },
  },
  {
    name: "an operator's act",
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

/** Forms that leave nothing behind: their second answer is made as their first was. */
const leavesNothing = ["/settings/export", "/token"];

describe("a form that is sent twice", () => {
  let database: Awaited<ReturnType<typeof makeDatabase>>;
  let app: TestApp;
  let elsewhere: TestApp;
  let people = 0;
  beforeAll(async () => {
    database = await makeDatabase();
    app = await testApp({ DATABASE_URL: database.url, ...env });
    elsewhere = await testApp({ DATABASE_URL: database.url, ...env });
  });
  afterAll(async () => {
    await Promise.all([app.close(), elsewhere.close()]);
    await database.remove();
  });

  /** Sends with the very cookies that the browser has now, and learns nothing from the answer. */
  function press(path: string, fields: Record<string, string>, { cookie, at }: { cookie: string; at: TestApp }): Promise<Answer> {
    return at.person().posts(path, fields, { cookie });
  }

  async function ready({ path, page, fill, isStranger }: Sent) {
    const person = app.person({ username: `person${people++}` });
    if (!isStranger) await person.isLoggedIn();
    const where = (await page?.(person, app)) ?? path;
    const typed = await fill(person, app);
    const form = readForm(await person.opens(where), path, person);
    if (!form) throw new Error(`There is no form at ${where}.`);
    const mark = form.fields["email_mark"];
    const fields = { ...typed, csrf_token: form.token, ...(mark === undefined ? {} : { email_mark: mark }) };
    return { person, fields, cookie: person.cookieHeader() };
  }

  const count = async (event: string) => (await app.s.db.selectFrom("audit").select("id").where("event", "=", event).execute()).length;
  const sessions = async () => (await app.s.db.selectFrom("sessions").select("token_hash").execute()).length;
  const given = ({ setCookies }: Answer) => [...setCookies.values()].filter((line) => !line.includes("_flash="));

  it("stands in this list, whichever it is", () => {
    const known = new Set([...sent.map(({ path }) => path), ...leavesNothing]);
    expect(formPaths(app).filter((path) => !known.has(path))).toEqual([]);
  });

  for (const each of sent) {
    it(`${each.name}, twice in a row: does it once, and answers the same`, async () => {
      const { fields, cookie } = await ready(each);
      const before = await count(each.event);
      const first = await press(each.path, fields, { cookie, at: app });
      expect(first.status).toBe(303);
      const open = await sessions();
      const second = await press(each.path, fields, { cookie, at: elsewhere });
      expect([second.status, second.location]).toEqual([303, first.location]);
      expect(given(second)).toEqual(given(first));
      expect(await count(each.event)).toBe(before + 1);
      expect(await sessions()).toBe(open);
    });

    it(`${each.name}, twice at once: does it once, and answers the same`, async () => {
      for (const at of [app, elsewhere]) {
        const { fields, cookie } = await ready(each);
        const before = await count(each.event);
        const answers = await Promise.all([press(each.path, fields, { cookie, at: app }), press(each.path, fields, { cookie, at })]);
        const [first, second] = answers as [Answer, Answer];
        expect([first.status, second.status, second.location]).toEqual([303, 303, first.location]);
        expect(given(second)).toEqual(given(first));
        expect(await count(each.event)).toBe(before + 1);
      }
    });
  }

  it("goes on as the one session of both presses, whichever answer the browser kept", async () => {
    const ada = app.person({ username: "presses" });
    await ada.signsUp();
    const { token } = await ada.opens("/login");
    const { email, password } = ada.identity;
    const fields = { csrf_token: token, email, password };
    const stale = ada.cookieHeader();
    await ada.posts("/login", fields);
    expect((await ada.posts("/login", fields)).location).toBe("/dashboard");
    expect((await ada.opens("/dashboard")).status).toBe(200);
    const [name] = (await press("/login", fields, { cookie: stale, at: app })).setCookies.get("latchkey_session")?.split(";") ?? [];
    expect(name).toBe(`latchkey_session=${ada.cookies.get("latchkey_session")}`);
  });

  it("is not cancelled by its own second press: the account is still to be deleted", async () => {
    const leaver = await app.person({ username: "leaver" }).isLoggedIn();
    const { token } = await leaver.opens("/settings/delete");
    const fields = { csrf_token: token, username: "leaver" };
    await leaver.posts("/settings/delete", fields);
    // By now the browser has no cookie of the session that sent it.
    const again = await leaver.posts("/settings/delete", fields);
    expect([again.status, again.location]).toEqual([303, "/"]);
    expect((await findUserByName(app.s, "leaver"))?.erase_at).not.toBeNull();
  });

  it("is a new one when its page has sent something else meanwhile: what was answered first is true no longer", async () => {
    const ada = await app.person({ username: "wavering" }).isLoggedIn();
    const { token } = await ada.opens("/settings/display-name");
    for (const display_name of ["Red", "Blue", "Red"]) {
      expect((await ada.posts("/settings/display-name", { csrf_token: token, display_name })).status).toBe(303);
      expect((await findUserByName(app.s, "wavering"))?.display_name).toBe(display_name);
    }
  });

  it("is a new one half a minute later, for what it did may have been undone since", async () => {
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

  it("is a new one when something else was typed", async () => {
    const ada = await app.person({ username: "typist" }).isLoggedIn();
    const { token } = await ada.opens("/settings/display-name");
    for (const display_name of ["Ada", "Augusta"]) await ada.posts("/settings/display-name", { csrf_token: token, display_name });
    expect((await findUserByName(app.s, "typist"))?.display_name).toBe("Augusta");
  });

  it("gives nobody a session but the browser that the form was shown to", async () => {
    const ada = app.person({ username: "victim" });
    await ada.signsUp();
    const { token } = await ada.opens("/login");
    const fields = { csrf_token: token, email: ada.identity.email, password: ada.identity.password };
    await ada.posts("/login", fields);
    const other = app.person({ username: "other" });
    const unbound = await other.posts("/login", fields);
    expect(unbound.setCookies.has("latchkey_session")).toBe(false);
    const foreign = await press("/login", { ...fields }, { cookie: "", at: app });
    expect(foreign.setCookies.has("latchkey_session")).toBe(false);
    const bob = await app.person({ username: "bystander" }).isLoggedIn();
    expect((await bob.posts("/login", fields)).status).toBe(403);
  });

  it("is not answered by a session that has ended since, nor after half a minute", async () => {
    const ada = app.person({ username: "gone" });
    await ada.signsUp();
    const { token } = await ada.opens("/login");
    const fields = { csrf_token: token, email: ada.identity.email, password: ada.identity.password };
    const cookie = ada.cookieHeader();
    const first = await press("/login", fields, { cookie, at: app });
    await app.s.db.deleteFrom("sessions").execute();
    const second = await press("/login", fields, { cookie, at: app });
    expect(second.setCookies.get("latchkey_session")).not.toBe(first.setCookies.get("latchkey_session"));
    expect(await sessions()).toBe(1);
    app.passes(30_000);
    await press("/login", fields, { cookie, at: app });
    expect(await sessions()).toBe(2);
  });

  it("stores nothing for a form that is refused, and no secret for one that is taken", { tags: ["asvs-7.2.3"] }, async () => {
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
    // Nor can it be read with the key of the site alone.
    for (const { id, answer } of rows) {
      expect(answer).toMatch(/^v1\./);
      expect(app.s.keyring.tryDecrypt("form", answer ?? "", { to: ["submitted_forms.answer", id] })).toBeUndefined();
    }
  });
});
