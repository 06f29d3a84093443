/** Tests attacks on removed factors, which a report of a compromise restores. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { atOnce } from "../../../../test/at-once.ts";
import { databaseContents } from "../../../../test/attacks/database-contents.ts";
import { sendsForms } from "../../../../test/attacks/forms.ts";
import { onOneEngine } from "../../../../test/database.ts";
import { addsPasskey, logsInByPasskey, passkeyDevice, sendsScript, usesPasskey } from "../../../../test/passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { RawPasskey } from "../../../../test/raw-passkey.ts";
import { addsPhone, codeUnlike, type Phone } from "../../../../test/two-factor.ts";
import { eraseByAdmin, resetTwoFactor } from "../../../core/account/admin-actions.ts";
import { readFactors } from "../../../core/account/factors.ts";
import { lockAccount } from "../../../core/credentials/guard-change.ts";
import { waysIn } from "../../../core/credentials/ways-in.ts";
import { cleanupExpired } from "../../../core/maintenance/cleanup.ts";
import { removePasskey } from "../../../core/passkeys/passkeys.ts";
import { actingAs } from "../../../core/request-info.ts";
import { inTransaction } from "../../../core/services.ts";
import { findVisitor, type SessionToken } from "../../../core/sessions/session.ts";
import { enrolledMethods } from "../../../core/two-factor/enrolled.ts";
import { findUserByName } from "../../../core/users/users.ts";

const hour = 3_600_000;
const fresh = { password: "only the owner knows", confirm_password: "only the owner knows" };
const wide = { LIMIT_EMAILS_PER_IP: "1000/1h", LIMIT_CODES_PER_IP: "1000/1h", LIMIT_EMAILS_PER_INBOX: "1000/1h" };
const by = actingAs("command line");

type Kept = Phone & { readonly recoveryCodes: readonly string[] };

let app: TestApp;
/** Her session; its account has had an authenticator app for longer than 72 hours. */
let owner: Person;
let phone: Kept;
beforeEach(async () => {
  app = await testApp(wide, { verified: true });
  owner = await app.person().isLoggedIn();
  phone = await addsPhone(app, owner, "Owner's phone");
  app.passes(80 * hour);
});
afterEach(() => app.close());

const ada = async () => {
  const row = await findUserByName(app.s, "ada");
  if (!row) throw new Error("There is no account ada.");
  return row;
};
const kept = () => app.s.db.selectFrom("removed_factors").select(["kind", "content"]).execute();
const apps = async () =>
  (await app.s.db.selectFrom("authenticators").select(["id", "name"]).where("confirmed_at", "is not", null).execute()).map(
    ({ name }) => name,
  );

/** A session that this code has authenticated. */
async function sessionBy(code: string): Promise<Person> {
  const person = app.person(owner.identity);
  expect((await person.logsIn()).location).toBe("/login/two-factor");
  expect((await person.fillsIn("/login/two-factor", { code })).location).toBe("/dashboard");
  app.passes(60_000);
  return person;
}

async function removes(person: Person, path: string, id: string): Promise<void> {
  const { token } = await person.opens(`${path}?id=${id}`);
  expect((await person.posts(path, { csrf_token: token, id })).status).toBe(303);
}

async function removesApp(person: Person, name: string): Promise<void> {
  const row = await app.s.db.selectFrom("authenticators").select("id").where("name", "=", name).executeTakeFirstOrThrow();
  await removes(person, "/settings/two-factor/authenticator/remove", row.id);
}

async function removesPasskey(person: Person): Promise<void> {
  const row = await app.s.db.selectFrom("passkeys").select("id").executeTakeFirstOrThrow();
  await removes(person, "/settings/passkeys/remove", row.id);
}

async function follows(link: string, fields: Record<string, string> = {}): Promise<number> {
  const who = app.person();
  await who.opens(link);
  const path = link.split("?")[0] ?? "";
  const token = (await who.opens(path)).token || (await who.opens("/login")).token;
  return (await who.posts(path, { csrf_token: token, ...fields })).status;
}

const reportLink = async (kind: string) =>
  linkIn(
    (await app.emails("ada@example.com")).find((sent) => sent.kind === kind),
    "/report-compromise",
  );

/** Reports the notice of this kind, and chooses a password by the email that follows. */
async function reports(kind: string): Promise<void> {
  expect(await follows(await reportLink(kind))).toBe(303);
  await setsPassword();
}

async function setsPassword(): Promise<void> {
  const sent = (await app.emails("ada@example.com")).find(({ text }) => text.includes("/reset-password/choose?"));
  expect(await follows(linkIn(sent, "/reset-password/choose"), fresh)).toBe(303);
}

/** Where a login with the new password and this code leads. */
async function logsInWith(code: string): Promise<string | number | null> {
  const person = app.person({ ...owner.identity, ...fresh });
  const first = await person.logsIn();
  if (first.location !== "/login/two-factor") return first.location;
  const { status, location } = await person.fillsIn("/login/two-factor", { code });
  return location ?? status;
}

describe("factors that an intruder removed", () => {
  it("report: the owner's app and recovery codes come back, and the intruder's are gone", { tags: ["asvs-6.4.3"] }, async () => {
    const intruder = await sessionBy(phone.code());
    const own = await addsPhone(app, intruder, "Intruder's phone");
    await removesApp(intruder, "Owner's phone");
    expect((await intruder.fillsIn("/settings/two-factor/recovery", {})).status).toBe(303);
    app.passes(60_000);
    expect(await apps()).toEqual(["Intruder's phone"]);
    await reports("authenticator-removed");
    expect(await apps()).toEqual(["Owner's phone"]);
    app.passes(60_000);
    expect(await logsInWith(codeUnlike(app, own, phone))).toBe(401);
    expect(await logsInWith(phone.code())).toBe("/dashboard");
    expect(await logsInWith(phone.recoveryCodes[0] ?? "")).toBe("/dashboard");
    expect(await kept()).toEqual([]);
  });

  it("report: the audit log has what it removed and restored", async () => {
    const intruder = await sessionBy(phone.code());
    await addsPhone(app, intruder, "Intruder's phone");
    await addsPasskey(intruder, passkeyDevice());
    await removesApp(intruder, "Owner's phone");
    await app.s.db.deleteFrom("audit").execute();
    expect(await follows(await reportLink("authenticator-removed"))).toBe(303);
    const events = await app.s.db.selectFrom("audit").select("event").execute();
    expect(events.map(({ event }) => event).sort()).toEqual([
      "authenticator-removed",
      "compromise-reported",
      "factors-restored",
      "passkey-removed",
    ]);
  });

  it("report: two-factor authentication that was turned off is on again, since the same time", async () => {
    const since = (await ada()).two_factor_since;
    const intruder = await sessionBy(phone.code());
    const { status } = await intruder.fillsIn("/settings/two-factor/off", {});
    expect([status, (await ada()).two_factor_since, (await kept()).map(({ kind }) => kind).sort()]).toEqual([
      303,
      null,
      ["authenticator", "recovery-codes", "two-factor"],
    ]);
    await addsPhone(app, intruder, "Intruder's phone");
    app.passes(60_000);
    await reports("two-factor-off");
    expect([await apps(), (await ada()).two_factor_since]).toEqual([["Owner's phone"], since]);
    app.passes(60_000);
    expect(await logsInWith(phone.code())).toBe("/dashboard");
  });

  it("report: the only app comes back with its recovery codes, also if a recovery code has authenticated the session", async () => {
    const since = (await ada()).two_factor_since;
    const [first = "", second = ""] = phone.recoveryCodes;
    await removesApp(await sessionBy(first), "Owner's phone");
    expect((await ada()).two_factor_since).toBeNull();
    await reports("two-factor-off");
    expect([await apps(), (await ada()).two_factor_since]).toEqual([["Owner's phone"], since]);
    app.passes(60_000);
    expect(await logsInWith(phone.code())).toBe("/dashboard");
    expect(await logsInWith(second)).toBe("/dashboard");
  });

  it("report: turned off in the session of a passkey, it is on again with that passkey, and its other factors stay removed", async () => {
    const since = (await ada()).two_factor_since;
    const device = passkeyDevice();
    await addsPasskey(await sessionBy(phone.code()), device);
    app.passes(80 * hour);
    const intruder = app.person(owner.identity);
    await logsInByPasskey(intruder, device);
    const { token } = await intruder.opens("/settings/two-factor/off");
    const off = await intruder.sendsJson("/settings/two-factor/off", {}, { "x-csrf-token": token });
    expect(off.json()).toMatchObject({ twoFactorSince: null, keptUntil: null });
    app.passes(60_000);
    await reports("two-factor-off");
    expect([await apps(), (await ada()).two_factor_since]).toEqual([[], since]);
    expect(await logsInWith(phone.code())).toBe(401);
    expect((await logsInByPasskey(app.person(), device)).location).toBe("/dashboard");
  });

  it("report: a removed passkey comes back, and logs in", async () => {
    const device = passkeyDevice();
    await addsPasskey(await sessionBy(phone.code()), device);
    app.passes(80 * hour);
    const intruder = app.person(owner.identity);
    expect((await logsInByPasskey(intruder, device)).location).toBe("/dashboard");
    await removesPasskey(intruder);
    expect((await logsInByPasskey(app.person(), device)).status).toBe(401);
    await reports("passkey-removed");
    expect((await logsInByPasskey(app.person(), device)).location).toBe("/dashboard");
  });

  it("report: what the intruder added and removed since then does not come back", async () => {
    const intruder = await sessionBy(phone.code());
    const own = await addsPhone(app, intruder, "Intruder's phone");
    await addsPhone(app, intruder, "Second phone");
    await removesApp(intruder, "Owner's phone");
    await removesApp(intruder, "Intruder's phone");
    expect(await kept()).toHaveLength(2);
    app.passes(60_000);
    await reports("authenticator-removed");
    expect([await apps(), await kept()]).toEqual([["Owner's phone"], []]);
    app.passes(60_000);
    expect(await logsInWith(codeUnlike(app, own, phone))).toBe(401);
  });

  it("report: an app of the intruder that authenticates the session again does not make a removal final", async () => {
    const intruder = await sessionBy(phone.code());
    const own = await addsPhone(app, intruder, "Intruder's phone");
    app.passes(hour);
    expect((await intruder.fillsIn("/confirm-password", { two_factor_code: codeUnlike(app, own, phone) })).status).toBe(303);
    await removesApp(intruder, "Owner's phone");
    await reports("authenticator-removed");
    expect(await apps()).toEqual(["Owner's phone"]);
  });

  it("report: of two factors removed one after the other, the one that authenticated the session comes back", async () => {
    const device = passkeyDevice();
    await addsPasskey(await sessionBy(phone.code()), device);
    app.passes(80 * hour);
    const intruder = await sessionBy(phone.code());
    await removesPasskey(intruder);
    await addsPhone(app, intruder, "Intruder's phone");
    await removesApp(intruder, "Owner's phone");
    app.passes(60_000);
    await reports("authenticator-removed");
    expect(await logsInWith(phone.code())).toBe("/dashboard");
  });

  it("report: a code that was used before the removal stays used", { tags: ["asvs-6.5.1"] }, async () => {
    const intruder = await sessionBy(phone.code());
    const code = phone.code(1);
    const step = (await app.s.db.selectFrom("authenticators").select("last_step").executeTakeFirstOrThrow()).last_step;
    await removesApp(intruder, "Owner's phone");
    await reports("two-factor-off");
    const [row] = await app.s.db.selectFrom("authenticators").select("last_step").execute();
    expect(Number(row?.last_step)).toBe(Number(step));
    expect(await logsInWith(code)).toBe("/dashboard");
  });

  it("report: a removal at the same moment does not keep the owner out", { tags: ["asvs-15.4.2"] }, async () => {
    for (const round of [1, 2, 3]) {
      const intruder = await sessionBy(phone.code());
      await addsPhone(app, intruder, "Intruder's phone");
      const reporter = app.person();
      await reporter.opens(await reportLink("authenticator-added"));
      const { id } = await app.s.db.selectFrom("authenticators").select("id").where("name", "=", "Owner's phone").executeTakeFirstOrThrow();
      const { token } = await intruder.opens(`/settings/two-factor/authenticator/remove?id=${id}`);
      const page = await intruder.opens("/settings/two-factor/off");
      await Promise.all([
        intruder.posts("/settings/two-factor/authenticator/remove", { csrf_token: token, id }),
        sendsForms(reporter, "/report-compromise", 1),
        intruder.posts("/settings/two-factor/off", { csrf_token: page.token }),
      ]);
      expect([round, await apps(), await kept()]).toEqual([round, ["Owner's phone"], []]);
      await setsPassword();
      Object.assign(owner.identity, { password: fresh.password });
      app.passes(80 * hour);
    }
  });
});

describe("a kept factor", () => {
  it("removed factors: log nobody in, re-authenticate nobody, and are not listed or counted", { tags: ["asvs-6.5.1"] }, async () => {
    const device = passkeyDevice();
    await addsPasskey(await sessionBy(phone.code()), device);
    app.passes(80 * hour);
    const intruder = await sessionBy(phone.code());
    const own = await addsPhone(app, intruder, "Intruder's phone");
    await removesApp(intruder, "Owner's phone");
    await removesPasskey(intruder);
    expect((await intruder.fillsIn("/settings/two-factor/recovery", {})).status).toBe(303);
    const { id } = await ada();
    expect((await kept()).map(({ kind }) => kind).sort()).toEqual(["authenticator", "passkey", "recovery-codes"]);
    app.passes(60_000);

    const back = app.person(owner.identity);
    await back.logsIn();
    const options = await sendsScript(back, "/passkeys/options", { purpose: "two-factor" }, "/login/two-factor");
    expect(options.json()).toMatchObject({ publicKey: { allowCredentials: [] } });
    for (const code of [codeUnlike(app, phone, own), phone.recoveryCodes[0] ?? ""])
      expect((await back.fillsIn("/login/two-factor", { code })).status).toBe(401);
    const refused = await logsInByPasskey(app.person(), device);
    // Browsers delete a passkey that no account has, on all devices of its owner.
    expect([refused.status, refused.html.includes("signalUnknownCredential")]).toEqual([401, false]);
    const tried = await intruder.fillsIn("/confirm-password", { two_factor_code: codeUnlike(app, phone, own) });
    expect(tried.status).toBe(401);
    const passkey = await usesPasskey(intruder, device, "reauthentication", { page: "/settings" });
    const { token } = await intruder.opens("/settings");
    expect((await intruder.posts("/confirm-password", { csrf_token: token, passkey })).status).toBe(422);

    const { authenticators, passkeys, recoveryCodes } = await readFactors(app.s, await ada());
    expect([authenticators.map(({ name }) => name), passkeys, recoveryCodes]).toEqual([["Intruder's phone"], [], 10]);
    expect((await waysIn(app.s, id)).get("passkey")).toBe(0);
    expect((await intruder.opens("/settings/two-factor")).text).not.toContain("Owner's phone");
    expect((await intruder.opens("/settings/passkeys")).text).toContain("You don't have any passkeys yet.");
    const created = await sendsScript(intruder, "/settings/passkeys/options", {}, "/settings/passkeys");
    expect(created.json()).toMatchObject({ publicKey: { excludeCredentials: [] } });
    await removesApp(intruder, "Intruder's phone");
    expect([(await ada()).two_factor_since, await enrolledMethods(app.s, id)]).toEqual([null, []]);
    expect(own.secret).not.toBe(phone.secret);
  });

  it("removed factors: no secret, hash or key is stored in the clear", onOneEngine, async () => {
    const { code_hash } = await app.s.db.selectFrom("recovery_codes").select("code_hash").limit(1).executeTakeFirstOrThrow();
    await (await sessionBy(phone.code())).fillsIn("/settings/two-factor/off", {});
    const stored = (await databaseContents(app.s)).join("\n");
    for (const secret of [phone.secret, code_hash, "Owner's phone"]) expect(stored).not.toContain(secret);
    for (const { content } of await kept()) expect(content).toMatch(/^v1\./);
  });

  it("removed factors: are erased after 72 hours, and come back by no report", async () => {
    const intruder = await sessionBy(phone.code());
    await intruder.fillsIn("/settings/two-factor/off", {});
    const link = await reportLink("two-factor-off");
    app.passes(72 * hour - 120_000);
    await cleanupExpired(app.s);
    expect(await kept()).toHaveLength(3);
    app.passes(120_000);
    expect(await follows(link)).toBe(410);
    await cleanupExpired(app.s);
    expect(await kept()).toEqual([]);
  });

  it("removed factors: a flood of new recovery codes fills no table, and pushes out nothing of the owner's", async () => {
    const intruder = await sessionBy(phone.code());
    await addsPhone(app, intruder, "Intruder's phone");
    await removesApp(intruder, "Owner's phone");
    for (let i = 0; i < 43; i++) expect((await intruder.fillsIn("/settings/two-factor/recovery", {})).status).toBe(303);
    expect(await kept()).toHaveLength(40);
    app.passes(60_000);
    await reports("recovery-codes-made");
    expect(await logsInWith(phone.recoveryCodes[0] ?? "")).toBe("/dashboard");
  });

  it("removed factors: are erased with the account", async () => {
    await (await sessionBy(phone.code())).fillsIn("/settings/two-factor/off", {});
    expect(await kept()).toHaveLength(3);
    await eraseByAdmin(app.s, (await ada()).id, by);
    expect(await kept()).toEqual([]);
  });

  it("removed factors: an administrator's reset erases them, and no earlier notice brings them back", {
    tags: ["asvs-6.4.4"],
  }, async () => {
    const owners = await sessionBy(phone.code());
    await addsPhone(app, owners, "New phone");
    await removesApp(owners, "Owner's phone");
    const link = await reportLink("authenticator-removed");
    expect(await kept()).toHaveLength(1);
    await resetTwoFactor(app.s, (await ada()).id, { reason: "Phone stolen", info: by });
    expect(await kept()).toEqual([]);
    expect(await follows(link)).toBe(303);
    expect(await apps()).toEqual([]);
  });

  it("removed factors: a passkey that was registered again does not conflict", async () => {
    const device = passkeyDevice();
    await addsPasskey(await sessionBy(phone.code()), device);
    app.passes(80 * hour);
    const intruder = app.person(owner.identity);
    await logsInByPasskey(intruder, device);
    const row = await app.s.db.selectFrom("passkeys").selectAll().executeTakeFirstOrThrow();
    await removesPasskey(intruder);
    app.passes(60_000);
    // Once by the same account, and once by another one.
    await app.s.db
      .insertInto("passkeys")
      .values({ ...row, id: "again", created_at: app.s.now() })
      .execute();
    await reports("passkey-removed");
    expect(await app.s.db.selectFrom("passkeys").select("id").execute()).toEqual([{ id: row.id }]);

    const other = await app.person({ username: "eve" }).isLoggedIn();
    const { id } = (await findUserByName(app.s, other.identity.username)) ?? { id: "" };
    app.passes(80 * hour);
    const again = app.person({ ...owner.identity, ...fresh });
    await logsInByPasskey(again, device);
    await removesPasskey(again);
    await app.s.db
      .insertInto("passkeys")
      .values({ ...row, id: "eves", user_id: id, created_at: app.s.now() })
      .execute();
    expect(await follows(await reportLink("passkey-removed"))).toBe(303);
    expect(await app.s.db.selectFrom("passkeys").select(["id", "user_id"]).execute()).toEqual([{ id: "eves", user_id: id }]);
  });
});

describe("what the owner has removed before the report", () => {
  it("report: a stolen passkey stays removed if the owner says so, also by a later report", async () => {
    const device = passkeyDevice();
    const bea = await app.person({ username: "bea" }).isLoggedIn();
    await addsPasskey(bea, device);
    app.passes(80 * hour);
    expect((await logsInByPasskey(app.person(bea.identity, { "user-agent": "thief" }), device)).location).toBe("/dashboard");
    app.passes(hour);
    const noticeOf = async (kind: string) =>
      linkIn(
        (await app.emails("bea@example.com")).find((sent) => sent.kind === kind),
        "/report-compromise",
      );
    const link = await noticeOf("new-device-login");
    const atHome = app.person(bea.identity);
    expect((await atHome.logsIn()).location).toBe("/dashboard");
    const before = app.person();
    await before.opens(link);
    expect((await before.opens("/report-compromise")).html).not.toContain("keep_removed");
    await removesPasskey(atHome);
    const reporter = app.person();
    await reporter.opens(link);
    expect((await reporter.opens("/report-compromise")).html).toContain('name="keep_removed"');
    expect((await reporter.fillsIn("/report-compromise", { keep_removed: "on" })).status).toBe(303);
    expect([await kept(), await app.s.db.selectFrom("passkeys").select("id").execute()]).toEqual([[], []]);
    const sent = (await app.emails("bea@example.com")).find(({ text }) => text.includes("/reset-password/choose?"));
    expect(await follows(linkIn(sent, "/reset-password/choose"), fresh)).toBe(303);
    expect((await logsInByPasskey(app.person(), device)).status).toBe(401);
  });

  it("undone email: a passkey that its owner has removed stays removed if the owner says so", async () => {
    const device = passkeyDevice();
    const bea = await app.person({ username: "bea" }).isLoggedIn();
    await addsPasskey(bea, device);
    app.passes(80 * hour);
    await bea.logsOut();
    await bea.logsIn();
    await bea.fillsIn("/settings/change-email", { email: "evil@example.net" });
    const asked = (await app.emails("evil@example.net")).find(({ text }) => text.includes("/settings/change-email/confirm?"));
    const link = linkIn(asked, "/settings/change-email/confirm");
    await bea.opens(link);
    expect((await bea.fillsIn("/settings/change-email/confirm", {})).status).toBe(303);
    await removesPasskey(bea);
    const notice = (await app.emails("bea@example.com")).find(({ text }) => text.includes("/revert-email?"));
    const owner = app.person();
    await owner.opens(linkIn(notice, "/revert-email"));
    expect((await owner.opens("/revert-email")).html).toContain('name="keep_removed"');
    expect((await owner.fillsIn("/revert-email", { keep_removed: "on" })).status).toBe(303);
    expect([await kept(), await app.s.db.selectFrom("passkeys").select("id").execute()]).toEqual([[], []]);
  });
});

/** The passkey of the owner is kept, or about to be; another user makes one with its ID, which the software of an attacker can. */
describe("the ID of a passkey that is kept", () => {
  let device: ReturnType<typeof passkeyDevice>;
  let intruder: Person;
  let eve: Person;
  let squatting: string;
  let passkey: { readonly id: string; readonly credential_id: Uint8Array };
  beforeEach(async () => {
    device = passkeyDevice();
    await addsPasskey(await sessionBy(phone.code()), device);
    app.passes(80 * hour);
    passkey = await app.s.db.selectFrom("passkeys").select(["id", "credential_id"]).executeTakeFirstOrThrow();
    intruder = app.person(owner.identity);
    await logsInByPasskey(intruder, device);
    eve = await app.person({ username: "eve" }).isLoggedIn();
    const options = await sendsScript(eve, "/settings/passkeys/options", {}, "/settings/passkeys");
    const copy = Object.assign(new RawPasskey(), { id: Buffer.from(passkey.credential_id).toString("base64url") });
    squatting = copy.create((options.json() as { publicKey: Parameters<RawPasskey["create"]>[0] }).publicKey);
  });

  it("removed factors: no other account takes it, so that the passkey can come back", async () => {
    await removesPasskey(intruder);
    expect((await eve.fillsIn("/settings/passkeys", { new_passkey: squatting })).text).toContain("already in use");
    await reports("passkey-removed");
    expect((await logsInByPasskey(app.person(), device)).location).toBe("/dashboard");
  });

  it("removed factors: no other account takes it while the removal is under way", { tags: ["asvs-15.4.2"] }, async () => {
    const token = [...intruder.cookies].find(([name]) => name.endsWith("session"))?.[1];
    const visitor = await findVisitor(app.s, token as SessionToken);
    const { id } = await ada();
    const removal = (holds: () => Promise<void>) =>
      inTransaction(app.s, async (tx) => {
        const account = await lockAccount(tx, id);
        const removed = account && (await removePasskey(tx, account, passkey.id, visitor?.session));
        await holds();
        return removed;
      });
    const [removed, taken] = await atOnce(app.s, removal, () => eve.fillsIn("/settings/passkeys", { new_passkey: squatting }));
    expect([removed?.ok, taken.text.includes("already in use")]).toEqual([true, true]);
    expect(await app.s.db.selectFrom("passkeys").select("id").execute()).toEqual([]);
  });
});

describe("a stolen phone that reads the inbox too", () => {
  it("report: does not bring back an app that its owner removed with a recovery code", { tags: ["asvs-6.4.4"] }, async () => {
    const owners = await sessionBy(phone.recoveryCodes[0] ?? "");
    await addsPhone(app, owners, "New phone");
    await removesApp(owners, "Owner's phone");
    expect((await owners.fillsIn("/settings/two-factor/recovery", {})).status).toBe(303);
    expect((await kept()).map(({ kind }) => kind)).toEqual(["recovery-codes"]);
    app.passes(60_000);
    await reports("authenticator-removed");
    expect(await apps()).toEqual([]);
    app.passes(60_000);
    expect(await logsInWith(phone.code())).toBe(401);
    // The owner gets in with what the thief does not have.
    expect(await logsInWith(phone.recoveryCodes[1] ?? "")).toBe("/dashboard");
  });

  it("report: does not bring back an app that its owner removed with another one", async () => {
    const tablet = await addsPhone(app, await sessionBy(phone.code()), "Tablet");
    app.passes(80 * hour);
    const owners = await sessionBy(codeUnlike(app, tablet, phone));
    await removesApp(owners, "Owner's phone");
    expect(await kept()).toEqual([]);
    await reports("authenticator-removed");
    expect(await apps()).toEqual(["Tablet"]);
  });

  it("remove page: says whether the removal can be undone, and JSON says until when", onOneEngine, async () => {
    const tablet = await addsPhone(app, await sessionBy(phone.code()), "Tablet");
    app.passes(80 * hour);
    const { id } = await app.s.db.selectFrom("authenticators").select("id").where("name", "=", "Owner's phone").executeTakeFirstOrThrow();
    const path = `/settings/two-factor/authenticator/remove?id=${id}`;
    const byItself = await sessionBy(codeUnlike(app, phone, tablet));
    const shown = await byItself.opens(path);
    expect([shown.text.includes("first confirm it's you with another factor"), shown.text.includes("This can't be undone.")]).toEqual([
      true,
      false,
    ]);
    app.passes(60_000);
    expect((await byItself.fillsIn("/confirm-password", { two_factor_code: codeUnlike(app, tablet, phone) })).status).toBe(303);
    expect((await byItself.opens(path)).text).toContain("This can't be undone.");
    const { token } = await byItself.opens(path);
    const removed = await byItself.sendsJson("/settings/two-factor/authenticator/remove", { id }, { "x-csrf-token": token });
    expect(removed.json()).toMatchObject({ removed: true, keptUntil: null });
    const codes = await byItself.sendsJson("/settings/two-factor/recovery", {}, { "x-csrf-token": token });
    expect(codes.json()).toMatchObject({ keptUntil: null });
    const off = await byItself.sendsJson("/settings/two-factor/off", {}, { "x-csrf-token": token });
    const { twoFactorSince, keptUntil } = off.json() as { twoFactorSince: null; keptUntil: number };
    expect([twoFactorSince, Math.round((keptUntil - app.s.now()) / hour)]).toEqual([null, 72]);
  });
});
