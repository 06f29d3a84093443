import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addsPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, type Phone, wrongCode } from "../../../../test/two-factor.ts";
import { disableUser, enableUser, endSessionsByAdmin, replacePassword } from "../../../core/account/admin-actions.ts";
import { hashPassword } from "../../../core/credentials/password/passwords.ts";
import { actingAs } from "../../../core/request-info.ts";
import { findUserByName } from "../../../core/users/users.ts";

const info = actingAs("test");
const newPassword = "another harbour at dawn";
const minute = 60_000;

let app: TestApp;
beforeAll(async () => {
  app = await testApp({ EMAIL_LOGIN: "on", LIMIT_LOGIN_PER_IP: "10000/10m", LIMIT_SIGNUP_PER_IP: "1000/1h" }, { verified: true });
});
afterAll(() => app.close());

interface Trusting {
  readonly person: Person;
  readonly phone: Phone;
  readonly id: string;
}

let count = 0;

/** A person who has logged in with a second factor and trusts the browser. */
async function trusting(): Promise<Trusting> {
  const username = `trusting${count++}`;
  const person = await app.person({ username }).isLoggedIn();
  const phone = await addsPhone(app, person);
  await person.logsOut();
  await person.logsIn();
  const done = await person.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" });
  expect(done.location).toBe("/dashboard");
  app.passes(30_000);
  const user = await findUserByName(app.s, username);
  return { person, phone, id: user?.id ?? "" };
}

async function trustsAgain(person: Person, phone: Phone): Promise<void> {
  await person.logsOut();
  expect((await person.logsIn()).location).toBe("/login/two-factor");
  await person.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" });
  app.passes(30_000);
  expect(await nextLogin(person)).toBe("/dashboard");
}

/** Where the next login in this browser leads. */
async function nextLogin(person: Person, password = person.identity.password): Promise<string | null> {
  // A copy, since changes may have ended the session of the browser.
  const browser = app.person(person.identity);
  for (const [name, value] of person.cookies) if (name !== "latchkey_session") browser.cookies.set(name, value);
  return (await browser.logsIn({ password })).location;
}

describe("trusted browsers", () => {
  it("trusted browsers: a login that skipped the second step changes no factor, also if a clock was ahead when it was turned on", {
    tags: ["asvs-7.5.1"],
  }, async () => {
    const { person, id } = await trusting();
    const ahead = app.s.now() + 24 * 60 * minute;
    await app.s.db.updateTable("users").set({ two_factor_since: ahead }).where("id", "=", id).execute();
    await person.logsOut();
    expect((await person.logsIn()).location).toBe("/dashboard");
    expect((await person.opens("/settings/two-factor/off")).location).toMatch(/^\/confirm-password/);
  });

  it("trusted browsers: a changed factor, password or session list asks for the second step again", { tags: ["asvs-6.3.3"] }, async () => {
    const changes: Record<string, (given: Trusting) => Promise<string | undefined>> = {
      "changed password": async ({ person }) => {
        const { password } = person.identity;
        const fields = { current_password: password, password: newPassword, confirm_password: newPassword };
        expect((await person.fillsIn("/settings/change-password", fields)).status).toBe(303);
        return newPassword;
      },
      "reset password": async ({ person }) => {
        const { email } = person.identity;
        await person.fillsIn("/reset-password", { email });
        const link = linkIn((await app.emails(email))[0], "/reset-password/choose");
        await person.opens(link);
        const fields = { password: newPassword, confirm_password: newPassword };
        expect((await person.fillsIn("/reset-password/choose", fields)).status).toBe(303);
        return newPassword;
      },
      "password set by an administrator": async ({ id }) => {
        expect(await replacePassword(app.s, id, await hashPassword(app.s, newPassword, { account: id }), info)).toBe(true);
        return newPassword;
      },
      "further app": async ({ person }) => void (await addsPhone(app, person, "Tablet")),
      "removed app": async ({ person, phone }) => {
        await addsPhone(app, person, "Tablet");
        await trustsAgain(person, phone);
        const overview = await person.opens("/settings/two-factor");
        const id = /authenticator\/remove\?id=([\w-]+)/.exec(overview.html)?.[1] ?? "";
        expect((await person.fillsIn(`/settings/two-factor/authenticator/remove?id=${id}`, { id })).status).toBe(303);
        return undefined;
      },
      "new recovery codes": async ({ person }) => {
        expect((await person.fillsIn("/settings/two-factor/recovery", {})).status).toBe(303);
        return undefined;
      },
      "new passkey": async ({ person }) => void (await addsPasskey(person, passkeyDevice())),
      "removed passkey": async ({ person, phone, id }) => {
        await addsPasskey(person, passkeyDevice());
        await trustsAgain(person, phone);
        const row = await app.s.db.selectFrom("passkeys").select("id").where("user_id", "=", id).executeTakeFirstOrThrow();
        expect((await person.fillsIn(`/settings/passkeys/remove?id=${row.id}`, { id: row.id })).status).toBe(303);
        return undefined;
      },
      "emailed codes refused": async ({ person, phone }) => {
        await addsPasskey(person, passkeyDevice());
        await trustsAgain(person, phone);
        expect((await person.fillsIn("/settings/email-login", { login: "off" })).status).toBe(303);
        return undefined;
      },
      "two-factor authentication off and on again": async ({ person }) => {
        expect((await person.fillsIn("/settings/two-factor/off", {})).status).toBe(303);
        await addsPhone(app, person);
        return undefined;
      },
      "all other devices logged out": async ({ person }) => {
        expect((await person.fillsIn("/settings/sessions", { others: "1" })).status).toBe(303);
        return undefined;
      },
      "sessions ended by an administrator": async ({ id }) => void (await endSessionsByAdmin(app.s, id, info)),
      "disabled account": async ({ id }) => {
        await disableUser(app.s, id, info);
        await enableUser(app.s, id, info);
        return undefined;
      },
    };
    for (const [name, change] of Object.entries(changes)) {
      const given = await trusting();
      expect([name, await nextLogin(given.person)]).toEqual([name, "/dashboard"]);
      const other = await trusting();
      const password = await change(other);
      expect([name, await nextLogin(other.person, password)]).toEqual([name, "/login/two-factor"]);
    }
  });

  it("trusted browsers: a removed app or passkey logs out the browsers that skipped the second step, and new recovery codes don't", {
    tags: ["asvs-7.4.3"],
  }, async () => {
    const { person: stolen, phone, id } = await trusting();
    expect((await stolen.logsIn()).location).toBe("/dashboard");
    const owner = app.person(stolen.identity);
    await owner.logsIn();
    expect((await owner.fillsIn("/login/two-factor", { code: phone.code() })).location).toBe("/dashboard");
    expect((await owner.fillsIn("/settings/two-factor/recovery", {})).status).toBe(303);
    const isIn = async (person: Person) => (await person.opens("/dashboard")).status === 200;
    expect([await isIn(owner), await isIn(stolen)]).toEqual([true, true]);
    await addsPhone(app, owner, "New phone");
    const old = await app.s.db.selectFrom("authenticators").select("id").where("user_id", "=", id).orderBy("id").executeTakeFirstOrThrow();
    expect((await owner.fillsIn(`/settings/two-factor/authenticator/remove?id=${old.id}`, { id: old.id })).status).toBe(303);
    expect([await isIn(owner), await isIn(stolen)]).toEqual([true, false]);
  });

  it("trusted browsers: a changed email asks for the second step again", { tags: ["asvs-6.3.3"] }, async () => {
    const { person } = await trusting();
    const email = `moved-${person.identity.email}`;
    await person.fillsIn("/settings/change-email", { email });
    const code = /^ {4}(\d{6})$/m.exec((await app.emails(email))[0]?.text ?? "")?.[1] ?? "";
    expect((await person.fillsIn("/settings/change-email/confirm", { code })).location).toBe("/settings");
    await person.logsOut();
    expect((await person.logsIn({ email })).location).toBe("/login/two-factor");
  });

  it("trusted browsers: a reported compromise ends the trust", async () => {
    const { person, id } = await trusting();
    const notice = (await app.emails(person.identity.email)).find(({ text }) => text.includes("/report-compromise"));
    const stranger = app.person();
    await stranger.opens(linkIn(notice, "/report-compromise"));
    expect((await stranger.fillsIn("/report-compromise", {})).status).toBe(303);
    const rows = await app.s.db.selectFrom("trusted_devices").select("id").where("user_id", "=", id).execute();
    expect(rows).toEqual([]);
  });

  it("trusted browsers: without its row, a cookie skips nothing", async () => {
    const { person, id } = await trusting();
    await app.s.db.deleteFrom("trusted_devices").where("user_id", "=", id).execute();
    expect(await nextLogin(person)).toBe("/login/two-factor");
    person.cookies.set("latchkey_trusted", "A".repeat(43));
    expect(await nextLogin(person)).toBe("/login/two-factor");
    person.cookies.set("latchkey_trusted", "x.;.%00.");
    expect(await nextLogin(person)).toBe("/login/two-factor");
  });

  it("trusted browsers: the cookie of one account skips nothing for another", async () => {
    const [ada, ben] = [await trusting(), await trusting()];
    ben.person.cookies.set("latchkey_trusted", ada.person.cookies.get("latchkey_trusted") ?? "");
    expect(await nextLogin(ben.person)).toBe("/login/two-factor");
    expect(await nextLogin(ada.person)).toBe("/dashboard");
  });

  it("trusted browsers: a copied cookie is refused once the browser has used it again", async () => {
    const { person } = await trusting();
    const stolen = person.cookies.get("latchkey_trusted") ?? "";
    await person.logsOut();
    expect((await person.logsIn()).location).toBe("/dashboard");
    expect(person.cookies.get("latchkey_trusted")).not.toBe(stolen);
    app.passes(minute);
    const thief = app.person(person.identity);
    thief.cookies.set("latchkey_trusted", stolen);
    expect((await thief.logsIn()).location).toBe("/login/two-factor");
    // The theft is known now, so the browser that holds the newer token is asked as well.
    expect(await nextLogin(person)).toBe("/login/two-factor");
  });

  it("trusted browsers: a copied cookie that was used first is found out by the browser, and its sessions end", {
    tags: ["asvs-7.4.1"],
  }, async () => {
    const { person } = await trusting();
    const { password } = person.identity;
    const thief = app.person(person.identity);
    thief.cookies.set("latchkey_trusted", person.cookies.get("latchkey_trusted") ?? "");
    for (let logins = 0; logins < 2; logins++) expect((await thief.logsIn({ password })).location).toBe("/dashboard");
    expect((await thief.opens("/dashboard")).status).toBe(200);
    app.passes(minute);
    expect(await nextLogin(person)).toBe("/login/two-factor");
    expect((await thief.opens("/dashboard")).status).toBe(303);
    expect((await thief.logsIn({ password })).location).toBe("/login/two-factor");
    expect((await app.emails(person.identity.email)).map(({ kind }) => kind)).toContain("trusted-browser-copied");
    // The session of the owner has passed the second step.
    expect((await person.opens("/dashboard")).status).toBe(200);
  });

  it("trusted browsers: a bearer token is never trusted, and a wrong second step trusts nothing", async () => {
    const { person, phone, id } = await trusting();
    const { email, password } = person.identity;
    const holder = app.person(person.identity);
    holder.cookies.set("latchkey_trusted", person.cookies.get("latchkey_trusted") ?? "");
    const api = await holder.sendsJson("/login", { email, password, session: "token" });
    expect([api.status, api.json()]).toMatchObject([202, { due: "two-factor" }]);
    const { pending } = api.json() as { pending: string };
    const before = await rowsOf(id);
    const client = app.person(person.identity);
    const done = await client.sendsJson("/login/two-factor", { pending, code: phone.code(), trust: true });
    expect([done.status, client.cookies.has("latchkey_trusted"), await rowsOf(id)]).toEqual([200, false, before]);
    const stranger = app.person(person.identity);
    await stranger.logsIn();
    await stranger.fillsIn("/login/two-factor", { code: wrongCode(phone), trust: "on" });
    expect([stranger.cookies.has("latchkey_trusted"), await rowsOf(id)]).toEqual([false, before]);
  });

  it("trusted browsers: a field that says no trusts nothing", async () => {
    const { person, phone } = await trusting();
    for (const trust of ["false", "off", "no", "0", ""]) {
      const elsewhere = app.person(person.identity);
      await elsewhere.logsIn();
      expect((await elsewhere.fillsIn("/login/two-factor", { code: phone.code(), trust })).location).toBe("/dashboard");
      expect([trust, elsewhere.cookies.has("latchkey_trusted")]).toEqual([trust, false]);
      app.passes(30_000);
    }
  });

  it("trusted browsers: the skipped step is level 1, and the cookie is out of reach of scripts", async () => {
    const { person } = await trusting();
    await person.logsOut();
    const answer = await person.logsIn();
    expect(answer.setCookies.get("latchkey_trusted")).toMatch(/HttpOnly.*SameSite=Lax/i);
    const { methods } = await app.s.db.selectFrom("sessions").select("methods").orderBy("created_at", "desc").executeTakeFirstOrThrow();
    expect(methods).toBe("password trusted-device");
  });
});

async function rowsOf(id: string): Promise<number> {
  return (await app.s.db.selectFrom("trusted_devices").select("id").where("user_id", "=", id).execute()).length;
}
