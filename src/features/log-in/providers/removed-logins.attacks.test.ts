/** Attacks with logins at providers that were removed, or that belong to blocked accounts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackedApp, attackedApp, linkedOf, unlinks } from "../../../../test/attacked-providers.ts";
import { addsPasskey, logsInByPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { linkIn, type Person } from "../../../../test/person.ts";
import { addsPhone } from "../../../../test/two-factor.ts";
import { findUserByEmail, findUserByName } from "../../../core/users/users.ts";

const isIn = async (person: Person) => (await person.opens("/dashboard")).status === 200;

describe("removed logins", () => {
  let app: AttackedApp;
  const rolesOf = async ({ identity }: Person) => (await findUserByName(app.s, identity.username))?.roles;
  const isTold = async ({ identity }: Person) => {
    const notice = (await app.emails(identity.email)).find(({ text }) => text.includes("/report-compromise"));
    const owner = app.person(identity);
    const opened = await owner.opens(linkIn(notice, "/report-compromise"));
    expect((await owner.fillsIn(opened.location ?? "", {})).status).toBe(303);
    return owner;
  };
  beforeAll(async () => {
    app = await attackedApp({
      PROVIDER_WORK_ROLES: "groups:admins>editor",
      PROVIDER_CALLBACKS: "https://app.example.com/callback",
    });
  });
  afterAll(() => app.close());

  it("unlinked login: it does not link itself again, and only a login of the owner links it", async () => {
    const ada = await app.verified();
    app.as("hacked", ada.identity.email);
    await app.continuesWith(app.person());
    await unlinks(ada, (await linkedOf(ada))[0]?.id);
    const attacker = app.person();
    expect([(await app.continuesWith(attacker)).location, await isIn(attacker)]).toEqual(["/login/link", false]);
    expect(await linkedOf(ada)).toEqual([]);
    await app.continuesWith(ada, "?purpose=link");
    expect((await ada.fillsIn("/login/link", {})).status).toBe(303);
    expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
  });

  it("unlinked login: a second step that was due before ends with it", { tags: ["asvs-15.4.2"] }, async () => {
    const ada = await app.verified();
    app.as("waiting", "waiting@example.com");
    await app.continuesWith(ada, "?purpose=link");
    expect((await ada.fillsIn("/login/link", {})).status).toBe(303);
    const phone = await addsPhone(app, ada);
    app.passes(60_000);
    const thief = app.person();
    expect((await app.continuesWith(thief)).location).toBe("/login/two-factor");
    const { token } = await thief.opens("/login/two-factor");
    expect((await unlinks(ada, (await linkedOf(ada))[0]?.id)).status).toBe(303);
    expect((await thief.posts("/login/two-factor", { csrf_token: token, code: phone.code() })).status).toBe(410);
    expect(await isIn(thief)).toBe(false);
  });

  it("login that was taken back: after the password reset, it does not link itself again", async () => {
    const ada = await app.verified();
    app.as("intruder", ada.identity.email);
    await app.continuesWith(app.person());
    const owner = await isTold(ada);
    await owner.fillsIn("/reset-password", { email: ada.identity.email });
    const opened = await owner.opens(linkIn((await app.emails(ada.identity.email))[0], "/reset-password/choose"));
    const password = "a lighthouse at dawn";
    await owner.fillsIn(opened.location ?? "", { password, confirm_password: password });
    const attacker = app.person();
    expect([(await app.continuesWith(attacker)).location, await isIn(attacker)]).toEqual(["/login/link", false]);
  });

  it("report: a login that an intruder unlinked comes back, also if it was the owner's only one", { tags: ["asvs-6.4.3"] }, async () => {
    const ada = await app.verified();
    app.as("hers", ada.identity.email);
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
    const [hers] = await linkedOf(ada);
    app.passes(80 * 3_600_000);
    const intruder = app.person();
    await app.continuesWith(intruder);
    await addsPasskey(intruder, passkeyDevice());
    const unlinked = await intruder.sendsJson(
      "/settings/logins/unlink",
      { id: hers?.id },
      { "x-csrf-token": (await intruder.opens("/settings")).token },
    );
    expect(unlinked.json()).toEqual({ unlinked: true, loggedOut: true, keptUntil: expect.any(Number) });
    app.passes(60_000);
    await isTold(ada);
    const rows = await app.s.db
      .selectFrom("identities")
      .select(["id", "subject", "tokens"])
      .where("id", "=", hers?.id ?? "")
      .execute();
    expect(rows).toEqual([{ id: hers?.id, subject: "hers", tokens: null }]);
  });

  it("report: a login that was unlinked in a session of an older passkey does not come back", async () => {
    const ada = await app.verified();
    const device = passkeyDevice();
    await addsPasskey(ada, device);
    app.as("stolen", ada.identity.email);
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
    app.passes(80 * 3_600_000);
    const owner = app.person(ada.identity);
    await logsInByPasskey(owner, device);
    const [stolen] = await linkedOf(owner);
    expect((await owner.opens(`/settings/logins/unlink?id=${stolen?.id}`)).text).toContain("This can't be undone.");
    await unlinks(owner, stolen?.id);
    await isTold(ada);
    expect(await app.s.db.selectFrom("identities").select("id").where("subject", "=", "stolen").execute()).toEqual([]);
  });

  it("recycled email: another user of the same issuer does not link to the account of the first", async () => {
    app.as("old-employee", "recycled@example.com");
    await app.continuesWith(app.person());
    app.as("new-employee", "recycled@example.com");
    const next = app.person();
    expect([(await app.continuesWith(next)).location, await isIn(next)]).toEqual(["/login/link", false]);
  });

  it("roles: those of a login's claims go when it is unlinked or taken back", async () => {
    for (const removes of [async (person: Person) => void (await unlinks(person, (await linkedOf(person))[0]?.id)), isTold]) {
      const ada = await app.verified();
      app.as(`role of ${ada.identity.username}`, ada.identity.email, { groups: ["admins"] });
      await app.continuesWith(app.person());
      expect(await rolesOf(ada)).toBe("editor");
      await removes(ada);
      expect(await rolesOf(ada)).toBe("");
    }
  });

  it("roles: a login that was linked but never used takes none away", async () => {
    const ada = await app.verified();
    app.as("unused", "unused@work.example");
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
    await app.s.db.updateTable("users").set({ roles: "editor" }).where("username", "=", ada.identity.username).execute();
    await unlinks(ada, (await linkedOf(ada))[0]?.id);
    expect(await rolesOf(ada)).toBe("editor");
  });

  it("blocked accounts: a refused login changes no role, and is not recorded as one", async () => {
    app.as("blocked", "blocked@example.com");
    await app.continuesWith(app.person());
    const { id } = (await findUserByEmail(app.s, "blocked@example.com")) ?? { id: "" };
    const state = async () => ({
      roles: (await findUserByEmail(app.s, "blocked@example.com"))?.roles,
      used: await app.s.db.selectFrom("identities").select("last_used_at").where("user_id", "=", id).execute(),
      events: await app.s.db
        .selectFrom("audit")
        .select("id")
        .where("user_id", "=", id)
        .where("event", "in", ["logged-in", "provider-code-issued"])
        .execute(),
    });
    app.as("blocked", "blocked@example.com", { groups: ["admins"] });
    for (const column of ["disabled_at", "compromised_at"] as const) {
      const columns = { disabled_at: null, compromised_at: null, [column]: 1 };
      await app.s.db.updateTable("users").set(columns).where("id", "=", id).execute();
      const before = await state();
      app.passes(1_000);
      expect((await app.continuesWith(app.person())).location).toBe("/login");
      const toApp = await app.continuesWith(app.person(), `?callback=https://app.example.com/callback&challenge=${"c".repeat(43)}`);
      expect(toApp.location).toContain("error=blocked");
      expect(await state()).toEqual(before);
    }
  });

  it("unlinked login: the session in use ends too if it began with it, and the page says so", async () => {
    const ada = app.person();
    app.as("began", "began@example.com");
    await app.continuesWith(ada);
    app.as("other", "other@example.com");
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
    const first = (await linkedOf(ada)).find(({ email }) => email === "began@example.com");
    expect((await ada.opens(`/settings/logins/unlink?id=${first?.id}`)).text).toContain(
      "This session began with it, so you'll be logged out.",
    );
    const gone = await unlinks(ada, first?.id);
    expect([gone.status, gone.location]).toEqual([303, "/login"]);
    expect((await ada.opens("/login")).text).toContain("Work is unlinked, and the session that began with it has ended. Log in again.");
    expect(await isIn(ada)).toBe(false);
  });
});
