/** Tests account takeover by reports of somebody who reads the inbox, and has nothing else of the account. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attackedApp, linkedOf, unlinks } from "../../../../test/attacked-providers.ts";
import { makeDatabase } from "../../../../test/database.ts";
import { addsPasskey, logsInByPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, type Phone } from "../../../../test/two-factor.ts";
import { resetTwoFactor } from "../../../core/account/admin-actions.ts";
import { actingAs } from "../../../core/request-info.ts";
import { findUserByName } from "../../../core/users/users.ts";

const hour = 3_600_000;
const years = 400 * 24 * hour;
const fresh = { password: "only the thief knows", confirm_password: "only the thief knows" };
const wide = { LIMIT_EMAILS_PER_IP: "1000/1h", LIMIT_CODES_PER_IP: "1000/1h", LIMIT_EMAILS_PER_INBOX: "1000/1h" };

/** Follows the latest link to this path. */
async function follows(app: TestApp, path: string, fields: Record<string, string> = {}, inbox = "ada@example.com"): Promise<Person> {
  const thief = app.person();
  await thief.opens(
    linkIn(
      (await app.emails(inbox)).find(({ text }) => text.includes(`${path}?`)),
      path,
    ),
  );
  expect((await thief.fillsIn(path, fields)).status).toBe(303);
  return thief;
}

const reports = (app: TestApp, { box }: { box: boolean }) => follows(app, "/report-compromise", box ? { keep_removed: "on" } : {});

async function removes(person: Person, path: string, id: string): Promise<void> {
  const { token } = await person.opens(`${path}?id=${id}`);
  expect((await person.posts(path, { csrf_token: token, id })).status).toBe(303);
}

async function removesApp(app: TestApp, person: Person, name: string): Promise<void> {
  const row = await app.s.db.selectFrom("authenticators").select("id").where("name", "=", name).executeTakeFirstOrThrow();
  await removes(person, "/settings/two-factor/authenticator/remove", row.id);
}

const passkeyIds = async (app: TestApp) => (await app.s.db.selectFrom("passkeys").select("id").orderBy("id").execute()).map(({ id }) => id);

const boxes = [{ box: true }, { box: false }];

describe("two-factor authentication of years", () => {
  let app: TestApp;
  let owner: Person;
  let old: Phone & { readonly recoveryCodes: readonly string[] };
  beforeEach(async () => {
    app = await testApp(wide, { verified: true });
    owner = await app.person().isLoggedIn();
    old = await addsPhone(app, owner, "Old phone");
    app.passes(years);
  });
  afterEach(() => app.close());

  async function sessionBy(code: string): Promise<Person> {
    const person = app.person(owner.identity);
    await person.logsIn();
    expect((await person.fillsIn("/login/two-factor", { code })).location).toBe("/dashboard");
    app.passes(60_000);
    return person;
  }

  /** The thief chooses a password by the email that follows a report. */
  async function thiefLogsIn(): Promise<string | null> {
    await follows(app, "/reset-password/choose", fresh);
    return (await app.person({ ...owner.identity, ...fresh }).logsIn()).location;
  }

  it.each(boxes)("report: stays on after the only app was replaced, box $box", { tags: ["asvs-6.4.3"] }, async ({ box }) => {
    const session = await sessionBy(old.code());
    await removesApp(app, session, "Old phone");
    await addsPhone(app, session, "New phone");
    app.passes(hour);
    const thief = await reports(app, { box });
    expect((await thief.opens("/login")).text.includes("restored what you had removed")).toBe(box);
    expect(await thiefLogsIn()).toBe("/login/two-factor");
    const back = app.person({ ...owner.identity, ...fresh });
    await back.logsIn();
    expect((await back.fillsIn("/login/two-factor", { code: old.code() })).location).toBe("/dashboard");
  });

  it.each(boxes)("report: stays on with the recovery codes after the new app was set up twice, box $box", async ({ box }) => {
    const session = await sessionBy(old.recoveryCodes[0] ?? "");
    await addsPhone(app, session, "New phone");
    await removesApp(app, session, "Old phone");
    await removesApp(app, session, "New phone");
    await addsPhone(app, session, "New phone, another app");
    app.passes(hour);
    await reports(app, { box });
    expect(await thiefLogsIn()).toBe("/login/two-factor");
    const back = app.person({ ...owner.identity, ...fresh });
    await back.logsIn();
    expect((await back.fillsIn("/login/two-factor", { code: old.recoveryCodes[1] ?? "" })).location).toBe("/dashboard");
  });

  it("report: an intruder with one recovery code and the password leaves it on", async () => {
    const intruder = await sessionBy(old.recoveryCodes[0] ?? "");
    await addsPhone(app, intruder, "Intruder's");
    await removesApp(app, intruder, "Old phone");
    await removesApp(app, intruder, "Intruder's");
    app.passes(hour);
    await reports(app, { box: false });
    expect((await findUserByName(app.s, "ada"))?.two_factor_since).not.toBeNull();
    expect(await thiefLogsIn()).toBe("/login/two-factor");
  });

  it("report: an owner who has turned it off stays without it, if she says so", async () => {
    await (await sessionBy(old.code())).fillsIn("/settings/two-factor/off", {});
    expect((await findUserByName(app.s, "ada"))?.two_factor_since).toBeNull();
    await reports(app, { box: true });
    expect((await findUserByName(app.s, "ada"))?.two_factor_since).toBeNull();
  });

  it.each(boxes)("undone email: stays on after the only app was replaced, box $box", async ({ box }) => {
    const session = await sessionBy(old.code());
    await session.fillsIn("/settings/change-email", { email: "new@example.com" });
    const code = /^ {4}(\d{6})$/m.exec((await app.emails("new@example.com"))[0]?.text ?? "")?.[1] ?? "";
    expect((await session.fillsIn("/settings/change-email/confirm", { code })).status).toBe(303);
    await removesApp(app, session, "Old phone");
    await addsPhone(app, session, "New phone");
    app.passes(hour);
    const thief = await follows(app, "/revert-email", box ? { keep_removed: "on" } : {});
    expect((await thief.opens("/login")).text.includes("restored what you had removed")).toBe(box);
    await app.person().fillsIn("/reset-password", { email: "ada@example.com" });
    expect(await thiefLogsIn()).toBe("/login/two-factor");
  });
});

describe("passkeys alone", () => {
  /** All passkeys of years are replaced in the session of one of them. */
  async function replacesPasskeys(app: TestApp, owner: Person, device: ReturnType<typeof passkeyDevice>): Promise<string[]> {
    const earlier = await passkeyIds(app);
    const session = app.person(owner.identity);
    expect((await logsInByPasskey(session, device)).location).toBe("/dashboard");
    for (let i = 0; i < 2; i++) expect((await addsPasskey(session, passkeyDevice())).status).toBe(303);
    for (const id of earlier) await removes(session, "/settings/passkeys/remove", id);
    app.passes(hour);
    return earlier;
  }

  it.each(boxes)("report: give the inbox no password after all were replaced, box $box", { tags: ["asvs-6.4.3"] }, async ({ box }) => {
    const app = await testApp(wide, { verified: true });
    try {
      const owner = await app.person().isLoggedIn();
      const device = passkeyDevice();
      for (const each of [device, passkeyDevice()]) await addsPasskey(owner, each);
      expect((await owner.fillsIn("/settings/change-password/remove", {})).status).toBe(303);
      app.passes(years);
      const earlier = await replacesPasskeys(app, owner, device);
      await reports(app, { box });
      expect(await passkeyIds(app)).toEqual(earlier);
      expect((await app.emails("ada@example.com"))[0]?.kind).toBe("account-unlock");
    } finally {
      await app.close();
    }
  });

  it.each(boxes)("report: link no login at a provider by itself after all were replaced, box $box", async ({ box }) => {
    const database = await makeDatabase({ isMigrated: true });
    const before = await testApp({ ...wide, DATABASE_URL: database.url }, { verified: true });
    const owner = await before.person().isLoggedIn();
    const device = passkeyDevice();
    for (const each of [device, passkeyDevice()]) await addsPasskey(owner, each);
    await before.s.db.updateTable("passkeys").set({ created_at: 1 }).execute();
    await before.s.db.deleteFrom("one_time_tokens").execute();
    await before.close();
    const app = await attackedApp({ ...wide, DATABASE_URL: database.url, PASSWORDS: "off" });
    try {
      await replacesPasskeys(app, owner, device);
      app.as("thief at the provider", "ada@example.com");
      await reports(app, { box });
      await follows(app, "/report-compromise/unlock");
      expect((await app.continuesWith(app.person())).location).toBe("/login/link");
    } finally {
      await app.close();
      await database.remove();
    }
  });
});

it("reset by an administrator: a login that was unlinked before brings no second factor when a report restores it", async () => {
  const app = await attackedApp({ ...wide, PROVIDER_WORK_TRUST_AMR: "on", PROVIDER_WORK_LINK: "off" });
  try {
    app.peer.lies = { idToken: (claims) => ({ ...claims, amr: ["pwd", "mfa"], auth_time: Math.floor(app.s.now() / 1_000) }) };
    const owner = await app.verified();
    const { email, username, password } = owner.identity;
    app.as("taken over", email);
    await app.continuesWith(owner, "?purpose=link");
    await owner.fillsIn("/login/link", {});
    await addsPhone(app, owner);
    app.passes(80 * hour);
    // Her phone and her account at the provider are in other hands. She is still logged in there, and unlinks it.
    const session = app.person(owner.identity);
    await app.continuesWith(session);
    const [linked] = await linkedOf(session);
    await unlinks(session, linked?.id);
    const user = await findUserByName(app.s, username);
    await resetTwoFactor(app.s, user?.id ?? "", { reason: "Phone stolen", info: actingAs("command line"), passkeys: true });
    const back = app.person({ ...owner.identity, password });
    await back.logsIn();
    await addsPhone(app, back);
    app.passes(hour);
    await follows(app, "/report-compromise", {}, email);
    await follows(app, "/reset-password/choose", fresh, email);
    const thief = await app.continuesWith(app.person());
    const sessions = await app.s.db
      .selectFrom("sessions")
      .select("methods")
      .where("user_id", "=", user?.id ?? "")
      .execute();
    expect(
      sessions.filter(({ methods }) => methods.includes("provider-mfa")),
      String(thief.location),
    ).toEqual([]);
  } finally {
    await app.close();
  }
});
