/** Attacks with linked logins of a site that no longer has providers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { codeTo } from "../../../../test/provider-app.ts";
import { cleanupExpired } from "../../../core/maintenance/cleanup.ts";
import { findUserByName } from "../../../core/users/users.ts";

describe("a site that has turned providers off", () => {
  let app: TestApp;
  let count = 0;
  const idOf = async ({ identity }: Person) => (await findUserByName(app.s, identity.username))?.id ?? "";
  /** An account whose email nobody has proven, with a login that a stranger linked while there was a provider. */
  const planted = async () => {
    const stranger = await app.person({ username: `planted${count++}` }).isLoggedIn();
    const user_id = await idOf(stranger);
    const row = { id: `planted ${user_id}`, user_id, provider: "work", issuer: "https://login.example.com", subject: user_id, email: null };
    await app.s.db
      .insertInto("identities")
      .values({ ...row, created_at: 1, last_used_at: null, tokens: null })
      .execute();
    return stranger;
  };
  const linked = async (person: Person) =>
    app.s.db
      .selectFrom("identities")
      .select("id")
      .where("user_id", "=", await idOf(person))
      .execute();
  beforeAll(async () => {
    app = await testApp({ EMAIL_LOGIN: "on", LIMIT_EMAILS_PER_IP: "1000/1h", LIMIT_CODES_PER_IP: "1000/1h" });
  });
  afterAll(() => app.close());

  it("planted login: a password reset removes it, so that it opens nothing when its provider is back", async () => {
    const stranger = await planted();
    const { identity } = stranger;
    const owner = app.person();
    await owner.fillsIn("/reset-password", { email: identity.email });
    const opened = await owner.opens(linkIn((await app.emails(identity.email))[0], "/reset-password/choose"));
    const password = "a lighthouse at dawn";
    expect((await owner.fillsIn(opened.location ?? "", { password, confirm_password: password })).status).toBe(303);
    expect(await linked(stranger)).toEqual([]);
  });

  it("planted login: the first login by email removes it too", async () => {
    const stranger = await planted();
    const owner = app.person();
    await owner.fillsIn("/login/code", { email: stranger.identity.email });
    expect((await owner.fillsIn("/login/code", { code: await codeTo(app, stranger.identity.email) })).location).toBe("/dashboard");
    expect(await linked(stranger)).toEqual([]);
  });

  it("erasure: an erased account takes its linked logins along", async () => {
    const leaver = await planted();
    const id = await idOf(leaver);
    expect((await leaver.fillsIn("/settings/delete", { username: leaver.identity.username })).status).toBe(303);
    app.passes(7 * 24 * 3_600_000 + 1_000);
    await cleanupExpired(app.s);
    expect(await findUserByName(app.s, leaver.identity.username)).toBeUndefined();
    expect(await app.s.db.selectFrom("identities").select("id").where("user_id", "=", id).execute()).toEqual([]);
  });
});
