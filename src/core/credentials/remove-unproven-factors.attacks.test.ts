/** Tests accounts from before a site could verify emails, when their inbox is proven first. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../test/database.ts";
import { addsPasskey, logsInByPasskey, origin, passkeyDevice } from "../../../test/passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../test/person.ts";
import { phoneWith } from "../../../test/two-factor.ts";
import { listEvents } from "../audit/log.ts";
import { findUserByName } from "../users/users.ts";

const choose = "/reset-password/choose";
const setUp = "/settings/two-factor/authenticator";
const fresh = { password: "only the owner knows", confirm_password: "only the owner knows" };
const wide = { LIMIT_SIGNUP_PER_IP: "1000/1h", LIMIT_EMAILS_PER_IP: "1000/1h", LIMIT_CODES_PER_IP: "1000/1h" };

let database: Awaited<ReturnType<typeof makeDatabase>>;
let app: TestApp;
const start = (env: Record<string, string>) => testApp({ ...wide, SIGNUP: "open", DATABASE_URL: database.url, ...env });

beforeEach(async () => {
  database = await makeDatabase({ isMigrated: true });
  // In production without SMTP, emails stay unverified, and factors need none that is verified.
  app = await start({ NODE_ENV: "production", BASE_URL: origin });
});
afterEach(async () => {
  await app.close();
  await database.remove();
});

/** The site is started again, with emails and these settings. */
async function getsSmtp(env: Record<string, string> = {}): Promise<void> {
  await app.close();
  app = await start(env);
}

async function addsApp(person: Person) {
  await person.fillsIn(setUp, {});
  const { authenticator } = (await person.opens(setUp, { accept: "application/json" })).json() as { authenticator: { secret: string } };
  const phone = phoneWith(app, authenticator.secret);
  expect((await person.fillsIn(setUp, { code: phone.code() })).status).toBe(303);
}

async function resets(who: Person): Promise<number> {
  await who.fillsIn("/reset-password", { email: who.identity.email });
  const sent = (await app.emails(who.identity.email)).find(({ kind }) => kind === "password-reset-link");
  await who.opens(linkIn(sent, choose));
  return (await who.fillsIn(choose, fresh)).status;
}

/** A browser without the cookies of the squatter's. */
const ownerOf = ({ identity }: Person) => app.person({ ...identity, password: fresh.password });
/** The same browser, at the site that was started again. */
function again(person: Person): Person {
  const same = app.person(person.identity);
  for (const [name, value] of person.cookies) same.cookies.set(name, value);
  return same;
}
const accountOf = async ({ identity }: Person) => findUserByName(app.s, identity.username);
const noticesTo = async ({ identity }: Person) =>
  (await app.emails(identity.email)).filter(({ text }) =>
    text.replaceAll(/\s+/g, " ").includes("Other ways to log in and second factors from before were removed"),
  );

describe("the first proof of an inbox", () => {
  it("reset password: the passkey of whoever signed up before the email was verified logs in no more, and the owner is told", async () => {
    const squatter = await app.person().isLoggedIn();
    const device = passkeyDevice();
    expect((await addsPasskey(squatter, device)).status).toBe(303);
    await getsSmtp();
    const owner = ownerOf(squatter);
    expect(await resets(owner)).toBe(303);
    expect((await logsInByPasskey(app.person(), device)).status).toBe(401);
    expect((await owner.logsIn()).location).toBe("/dashboard");
    expect(await noticesTo(owner)).toHaveLength(1);
    const events = await listEvents(app.s, (await accountOf(owner))?.id ?? "", 10);
    expect(events.map(({ event }) => event)).toContain("unproven-factors-removed");
  });

  it("reset password: the app of whoever signed up before the email was verified does not keep the owner out", async () => {
    const squatter = await app.person().isLoggedIn();
    await addsApp(squatter);
    await getsSmtp();
    const owner = ownerOf(squatter);
    expect(await resets(owner)).toBe(303);
    expect((await owner.logsIn()).location).toBe("/dashboard");
    expect((await accountOf(owner))?.two_factor_since).toBeNull();
  });

  it("reset password: the browser that signed up keeps its app, and so does an account whose email was verified", {
    tags: ["asvs-6.4.3"],
  }, async () => {
    const [ada, bob] = [await app.person().isLoggedIn(), await app.person({ username: "bob" }).isLoggedIn()];
    for (const each of [ada, bob]) await addsApp(each);
    await getsSmtp();
    const owner = again(ada);
    await owner.fillsIn("/verify-email", { again: "1" });
    expect(await resets(owner)).toBe(303);
    await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).where("username", "=", "bob").execute();
    expect(await resets(ownerOf(bob))).toBe(303);
    for (const each of [ada, bob]) {
      expect((await ownerOf(each).logsIn()).location).toBe("/login/two-factor");
      expect(await noticesTo(each)).toEqual([]);
    }
  });

  it("reset password: factors that an administrator imported stay", { tags: ["asvs-6.4.3"] }, async () => {
    const ada = await app.person().isLoggedIn();
    await addsApp(ada);
    const { id = "" } = (await accountOf(ada)) ?? {};
    const imported = { id: "old:1", user_id: id, digest: "", imported_at: 1, factors_version: 1 };
    await app.s.db.insertInto("imports").values(imported).execute();
    await getsSmtp();
    expect(await resets(ownerOf(ada))).toBe(303);
    expect((await ownerOf(ada).logsIn()).location).toBe("/login/two-factor");
  });

  it("email login: the passkey of whoever signed up before the email was verified logs in no more, and the owner is told", async () => {
    const squatter = await app.person().isLoggedIn();
    const device = passkeyDevice();
    await addsPasskey(squatter, device);
    await getsSmtp({ EMAIL_LOGIN: "on" });
    const owner = ownerOf(squatter);
    await owner.fillsIn("/login/code", { email: owner.identity.email });
    const code = /^ {4}(\d{6})$/m.exec((await app.emails(owner.identity.email))[0]?.text ?? "")?.[1] ?? "";
    expect((await owner.fillsIn("/login/code", { code })).location).toBe("/dashboard");
    expect((await logsInByPasskey(app.person(), device)).status).toBe(401);
    const subjects = (await app.emails(owner.identity.email)).map(({ subject }) => subject);
    expect(subjects).toContain("Earlier ways to log in were removed");
  });
});
