import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { actingAs } from "../request-info.ts";
import { findUserByName } from "../users/users.ts";
import { resetTwoFactor } from "./admin-actions.ts";

const info = actingAs("command line");
const reason = "Showed an identity card\nat the help desk";

describe("reset of two-factor authentication", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ LIMIT_NOTICES_PER_INBOX: "100/1h" });
  });
  afterAll(() => app.close());

  /** A user with a factor of each kind and two passkeys. */
  async function member(username: string) {
    const person = await app.person({ username }).isLoggedIn();
    const { id = "" } = (await findUserByName(app.s, username)) ?? {};
    const { db } = app.s;
    await db.updateTable("users").set({ two_factor_since: 1, email_verified_at: 1 }).where("id", "=", id).execute();
    await db
      .insertInto("authenticators")
      .values({ id: `a-${id}`, user_id: id, name: "Phone", secret: "SECRETOFTHEAPP", created_at: 1, confirmed_at: 1, last_used_at: null })
      .execute();
    await db
      .insertInto("recovery_codes")
      .values({ code_hash: `hash-${id}`, user_id: id, created_at: 1, used_at: null })
      .execute();
    const device = { rotated_at: 1, created_at: 1, last_used_at: 1, expires_at: 9e12, ip: "", user_agent: "", previous_hash: null };
    await db
      .insertInto("trusted_devices")
      .values({ ...device, id: `d-${id}`, user_id: id, token_hash: Buffer.from(id) })
      .execute();
    for (const name of ["One", "Two"]) await db.insertInto("passkeys").values(passkeyOf(id, name)).execute();
    return { person, id };
  }

  function passkeyOf(userId: string, name: string) {
    return {
      id: `${name}-${userId}`,
      user_id: userId,
      credential_id: Buffer.from(`${name}-${userId}`),
      public_key: Buffer.from("key"),
      rp_id: "localhost",
      name,
      aaguid: "",
      transports: "",
      counter: 0,
      backup_eligible: 0,
      backed_up: 0,
      created_at: 1,
      last_used_at: null,
      last_used_ip: null,
      last_used_user_agent: null,
    };
  }

  async function left(id: string) {
    const count = async (table: "authenticators" | "recovery_codes" | "trusted_devices" | "passkeys" | "sessions") =>
      (await app.s.db.selectFrom(table).select("user_id").where("user_id", "=", id).execute()).length;
    const account = await app.s.db
      .selectFrom("users")
      .select(["two_factor_since", "security_version"])
      .where("id", "=", id)
      .executeTakeFirst();
    return {
      factors: (await count("authenticators")) + (await count("recovery_codes")) + (await count("trusted_devices")),
      passkeys: await count("passkeys"),
      sessions: await count("sessions"),
      since: account?.two_factor_since,
      version: account?.security_version,
    };
  }

  it("two-factor reset: all factors, trusted browsers and sessions end, and passkeys stay", {
    tags: ["asvs-6.4.4", "asvs-7.4.2"],
  }, async () => {
    const { id } = await member("reset");
    expect(await left(id)).toEqual({ factors: 3, passkeys: 2, sessions: 1, since: 1, version: 0 });
    expect(await resetTwoFactor(app.s, id, { reason, info })).toBe(true);
    expect(await left(id)).toEqual({ factors: 0, passkeys: 2, sessions: 0, since: null, version: 1 });
  });

  it("two-factor reset: with passkeys, no passkey is left", async () => {
    const { id } = await member("lost");
    expect(await resetTwoFactor(app.s, id, { reason, info, passkeys: true })).toBe(true);
    expect(await left(id)).toMatchObject({ factors: 0, passkeys: 0 });
  });

  it("two-factor reset: the owner gets the reason and a link to report it, and no secret", { tags: ["asvs-6.3.7"] }, async () => {
    const { id, person } = await member("told");
    app.resetRecords();
    await resetTwoFactor(app.s, id, { reason, info });
    const [sent] = await app.emails("told@example.com");
    expect(sent).toMatchObject({ kind: "two-factor-reset", subject: "Two-factor authentication was reset" });
    expect(sent?.text.replaceAll("\n", " ")).toContain("Reason given: Showed an identity card at the help desk");
    expect(sent?.text).toContain("/report-compromise?token=");
    const everything = JSON.stringify([sent, app.lines]);
    for (const secret of ["SECRETOFTHEAPP", `hash-${id}`]) expect(everything).not.toContain(secret);
    expect(app.lines).toContainEqual(expect.objectContaining({ userId: id, actor: "command line", reason }));
    const events = await app.s.db.selectFrom("audit").select(["event", "actor"]).where("user_id", "=", id).execute();
    expect(events).toContainEqual({ event: "two-factor-reset-by-admin", actor: "command line" });
    expect((await person.logsIn()).status).toBe(303);
  });

  it("two-factor reset: an account without factors, and no account, are left alone", async () => {
    await app.person({ username: "plain" }).isLoggedIn();
    const { id = "" } = (await findUserByName(app.s, "plain")) ?? {};
    expect(await resetTwoFactor(app.s, id, { reason, info })).toBe(false);
    expect(await left(id)).toMatchObject({ sessions: 1, version: 0 });
    expect(await resetTwoFactor(app.s, "nobody", { reason, info })).toBe(false);
    expect(await app.emails("plain@example.com")).not.toContainEqual(expect.objectContaining({ kind: "two-factor-reset" }));
  });
});
