/** Attacks accounts with factors of a provider whose login linked itself, or was linked by no owner. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackedApp, attackedApp, linkedOf, unlinks } from "../../../../test/attacked-providers.ts";
import { linkIn, type Person } from "../../../../test/person.ts";
import { addsPhone } from "../../../../test/two-factor.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { findUserByName } from "../../../core/users/users.ts";

const callback = "https://app.example.com/in";
const confirmPath = "/settings/logins/confirm";

describe("logins that linked themselves", () => {
  let app: AttackedApp;
  beforeAll(async () => {
    app = await attackedApp({ PROVIDER_WORK_TRUST_AMR: "on", PROVIDER_CALLBACKS: callback });
    app.peer.lies = { idToken: (claims) => ({ ...claims, amr: ["pwd", "mfa"], auth_time: Math.floor(app.s.now() / 1_000) }) };
  });
  afterAll(() => app.close());

  const idOf = async (person: Person) => (await linkedOf(person))[0]?.id ?? "";
  const methodsOf = async ({ identity }: Person) => {
    const { id = "" } = (await findUserByName(app.s, identity.username)) ?? {};
    const rows = await app.s.db
      .selectFrom("sessions")
      .select("methods")
      .where("user_id", "=", id)
      .where("identity_id", "is not", null)
      .execute();
    return rows.map(({ methods }) => methods).toSorted();
  };
  const eventsOf = async ({ identity }: Person) =>
    (await listEvents(app.s, (await findUserByName(app.s, identity.username))?.id ?? "", 50)).map(({ event }) => event);

  /** The thief has an account at the provider with the email of the victim, who turns on two-factor authentication after the link. */
  async function attacked() {
    const victim = await app.verified();
    const thief = app.person();
    app.as(`thief of ${victim.identity.username}`, victim.identity.email);
    expect((await app.continuesWith(thief)).location).toBe("/dashboard");
    expect(await methodsOf(victim)).toEqual(["provider:work"]);
    return { victim, thief, phone: await addsPhone(app, victim) };
  }

  it("self-linked login: its provider's factors are not those of the owner", { tags: ["asvs-6.3.4"] }, async () => {
    await attacked();
    const back = app.person();
    expect((await app.continuesWith(back)).location).toBe("/login/two-factor");
    expect((await back.opens("/dashboard")).status).not.toBe(200);
  });

  it("self-linked login: they are not in an app either", { tags: ["asvs-6.3.4"] }, async () => {
    await attacked();
    const verifier = "v".repeat(43);
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const { location } = await app.continuesWith(app.person(), `?callback=${callback}&challenge=${challenge}`);
    const code = new URL(location ?? "").searchParams.get("code");
    expect((await app.person().sendsJson("/oauth/exchange", { code, verifier })).status).toBe(202);
  });

  it("self-linked login: the session that began with it does not confirm it, before and after the owner turns 2FA on", {
    tags: ["asvs-6.3.4", "asvs-7.5.1"],
  }, async () => {
    const victim = await app.verified();
    const thief = app.person();
    app.as(`early thief of ${victim.identity.username}`, victim.identity.email);
    await app.continuesWith(thief);
    const id = await idOf(victim);
    for (const isOn of [false, true]) {
      if (isOn) await addsPhone(app, victim);
      await thief.fillsIn(`${confirmPath}?id=${id}`, { id });
      const { token } = await thief.opens("/");
      const answer = await thief.sendsJson(confirmPath, { id }, { "x-csrf-token": token });
      expect([401, 403]).toContain(answer.status);
      expect(await linkedOf(victim)).toMatchObject([{ id, confirmedAt: null }]);
    }
  });

  it("self-linked login: a second login linked in its session counts for no more", { tags: ["asvs-6.3.4"] }, async () => {
    const victim = await app.verified();
    const thief = app.person();
    app.as(`first of ${victim.identity.username}`, victim.identity.email);
    await app.continuesWith(thief);
    app.as(`second of ${victim.identity.username}`, "thief@work.example");
    await app.continuesWith(thief, "?purpose=link");
    expect((await thief.fillsIn("/login/link", {})).location).toBe("/settings/logins");
    await addsPhone(app, victim);
    expect((await app.continuesWith(app.person())).location).toBe("/login/two-factor");
  });

  it("self-linked login: the owner confirms it with a factor of the account, is told, and it then brings its own", async () => {
    const { victim, phone } = await attacked();
    // A report removes what was linked since the first notice of the last 72 hours, and this link is older.
    app.passes(73 * 3_600_000);
    await victim.logsOut();
    await victim.logsIn();
    expect((await victim.fillsIn("/login/two-factor", { code: phone.code() })).location).toBe("/dashboard");
    const id = await idOf(victim);
    expect((await victim.opens("/settings/logins")).text).toContain(
      "You haven't confirmed this login: a second factor at Work doesn't count",
    );
    expect((await victim.opens(`${confirmPath}?id=${id}`)).text).toContain(victim.identity.email);
    // Insecure direct object reference: a login of another account is unknown (ASVS 8.2.2).
    const other = await app.verified();
    await addsPhone(app, other);
    expect((await other.fillsIn(confirmPath, { id })).status).toBe(404);
    const confirmed = await victim.fillsIn(`${confirmPath}?id=${id}`, { id });
    expect([confirmed.status, confirmed.location]).toEqual([303, "/settings/logins"]);
    expect((await victim.opens("/settings/logins")).text).not.toContain("You haven't confirmed");
    expect(await eventsOf(victim)).toContain("provider-confirmed");
    const [notice] = await app.emails(victim.identity.email);
    expect(notice?.subject).toBe("A way to log in to your account was confirmed");
    const back = app.person();
    expect((await app.continuesWith(back)).location).toBe("/dashboard");
    expect(await methodsOf(victim)).toEqual(["provider:work provider-mfa"]);
    // "This wasn't me" takes the confirmation back.
    const link = /https?:\/\/[^/\s]+(\/report-compromise\?\S+)/.exec(notice?.text ?? "")?.[1] ?? "";
    const owner = app.person();
    const opened = await owner.opens(link);
    expect((await owner.fillsIn(opened.location ?? "", {})).status).toBe(303);
    expect(await app.s.db.selectFrom("identities").select("confirmed_at").where("id", "=", id).execute()).toEqual([{ confirmed_at: null }]);
  });

  it("self-linked login: confirmed and unlinked by an intruder, it comes back unconfirmed", {
    tags: ["asvs-6.3.4", "asvs-6.4.3"],
  }, async () => {
    const { victim: owner, phone } = await attacked();
    const since = (await findUserByName(app.s, owner.identity.username))?.two_factor_since;
    const id = await idOf(owner);
    app.passes(80 * 3_600_000);
    const intruder = app.person(owner.identity);
    await intruder.logsIn();
    await intruder.fillsIn("/login/two-factor", { code: phone.code() });
    expect((await intruder.fillsIn(`${confirmPath}?id=${id}`, { id })).status).toBe(303);
    // Without its factor, the session makes no removal final.
    expect((await intruder.fillsIn("/settings/two-factor/off", {})).status).toBe(303);
    expect((await unlinks(intruder, id)).status).toBe(303);
    const [notice] = await app.emails(owner.identity.email);
    const reporter = app.person();
    const opened = await reporter.opens(linkIn(notice, "/report-compromise"));
    expect((await reporter.fillsIn(opened.location ?? "", {})).status).toBe(303);
    expect((await findUserByName(app.s, owner.identity.username))?.two_factor_since).toBe(since);
    expect(await app.s.db.selectFrom("identities").select("confirmed_at").where("id", "=", id).execute()).toEqual([{ confirmed_at: null }]);
    const reset = await reporter.opens(linkIn((await app.emails(owner.identity.email))[0], "/reset-password/choose"));
    const password = "only the owner knows";
    expect((await reporter.fillsIn(reset.location ?? "", { password, confirm_password: password })).status).toBe(303);
    expect((await app.continuesWith(app.person())).location).toBe("/login/two-factor");
  });

  it("self-linked login: JSON confirms it too, with a factor of the account and not with those of another login", {
    tags: ["asvs-6.3.4"],
  }, async () => {
    const { victim } = await attacked();
    const selfLinked = await idOf(victim);
    app.as(`own of ${victim.identity.username}`, "own@work.example");
    await app.continuesWith(victim, "?purpose=link");
    await victim.fillsIn("/login/link", {});
    const byProvider = app.person();
    expect((await app.continuesWith(byProvider)).location).toBe("/dashboard");
    const confirms = async (person: Person) => {
      const { token } = await person.opens("/dashboard");
      return person.sendsJson(confirmPath, { id: selfLinked }, { "x-csrf-token": token });
    };
    const refused = await confirms(byProvider);
    expect([refused.status, refused.json()]).toMatchObject([403, { error: { code: "second-factor-required" } }]);
    expect((await byProvider.opens(`${confirmPath}?id=${selfLinked}`)).location).toMatch(/^\/confirm-password\?level=2&/);
    const allowed = await confirms(victim);
    expect([allowed.status, allowed.json()]).toEqual([200, { confirmed: true }]);
  });

  it("self-linked login: unlinked and linked again in the settings, it counts as the owner's", async () => {
    const { victim } = await attacked();
    expect((await unlinks(victim, await idOf(victim))).location).toBe("/settings/logins");
    await app.continuesWith(victim, "?purpose=link");
    expect((await victim.fillsIn("/login/link", {})).location).toBe("/settings/logins");
    expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
  });

  it("linked login: of the one that created the account, and of one linked before 2FA, the factors count", async () => {
    app.as("creator", "creator@work.example");
    await app.continuesWith(app.person());
    const member = await app.verified();
    app.as("owners", "owners@work.example");
    await app.continuesWith(member, "?purpose=link");
    await member.fillsIn("/login/link", {});
    await app.s.db
      .updateTable("users")
      .set({ two_factor_since: app.s.now() })
      .where("username", "in", ["creator", member.identity.username])
      .execute();
    for (const [sub, email] of [
      ["owners", "owners@work.example"],
      ["creator", "creator@work.example"],
    ] as const) {
      app.as(sub, email);
      expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
    }
  });
});
