/** Attacks on accounts whose unverified email is claimed by its owner at a provider. */
import type { KyselyPlugin } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkIn } from "../../../../test/person.ts";
import { type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { actingAs } from "../../../core/request-info.ts";
import { inTransaction } from "../../../core/services.ts";
import { findUserByEmail, findUserById, findUserByName } from "../../../core/users/users.ts";
import { decide } from "./decide.ts";

const limit = 40;

describe("claimed emails", () => {
  let app: ProviderApp;
  const as = (sub: string, email: string, username?: string) => {
    app.peer.user = { sub, email, email_verified: true, ...(username === undefined ? {} : { preferred_username: username }) };
  };
  /** An account with an email of one letter, which proposes no username. */
  const holder = async (name: string) => {
    const person = await app.person({ username: name, email: `${name.slice(0, 1)}@${name}.example` }).isLoggedIn();
    return { person, email: person.identity.email, id: (await findUserByName(app.s, name))?.id ?? "" };
  };
  beforeAll(async () => {
    app = await providerApp({ SIGNUP: "open", LIMIT_CODES_PER_IP: "1000/10m", LIMIT_SIGNUP_PER_IP: `${limit}/1h` });
  });
  afterAll(() => app.close());

  it("claim: whoever gives up at the username takes no email away", async () => {
    const { email, id } = await holder("holds1");
    as("gives-up", email);
    const owner = app.person();
    expect((await app.continuesWith(owner)).location).toBe("/login/provider/claim");
    expect((await owner.fillsIn("/login/provider/claim", {})).location).toBe("/signup/provider");
    expect((await findUserByEmail(app.s, email))?.id).toBe(id);
    const taken = await owner.fillsIn("/signup/provider", { username: "holds1" });
    expect([taken.status, (await findUserByEmail(app.s, email))?.id]).toEqual([422, id]);
    expect((await owner.fillsIn("/signup/provider", { username: "gaveup" })).location).toBe("/dashboard");
    expect(await findUserByEmail(app.s, email)).toMatchObject({ username: "gaveup", email_verified_at: expect.any(Number) });
    expect((await findUserById(app.s, id))?.email).toMatch(/@lost-email\.invalid$/);
  });

  it("claim: whoever takes the email cannot report the account that has lost it", async () => {
    const { person, email, id } = await holder("noticed");
    await app.person(person.identity, { "user-agent": "Another/1" }).logsIn();
    const notice = (await app.emails(email)).find(({ text }) => text.includes("/report-compromise?"));
    const link = linkIn(notice, "/report-compromise");
    as("takes it", email, "takesit");
    const owner = app.person();
    await app.continuesWith(owner);
    await owner.fillsIn("/login/provider/claim", {});
    expect((await findUserById(app.s, id))?.email).toMatch(/@lost-email\.invalid$/);
    await owner.opens(link);
    const page = await owner.opens("/report-compromise");
    const token = page.token || (await owner.opens("/dashboard")).token;
    expect([page.status, (await owner.posts("/report-compromise", { csrf_token: token })).status]).toEqual([410, 410]);
    expect(await findUserById(app.s, id)).toMatchObject({ compromised_at: null, password_locked_at: null });
    expect((await person.opens("/dashboard")).status).toBe(200);
  });

  it("claim: an email that was verified while a username was chosen is not taken", async () => {
    const { email, id } = await holder("holds2");
    as("too-late", email);
    const owner = app.person();
    await app.continuesWith(owner);
    await owner.fillsIn("/login/provider/claim", {});
    await app.s.db.updateTable("users").set({ email_verified_at: 1 }).where("id", "=", id).execute();
    await owner.fillsIn("/signup/provider", { username: "toolate" });
    expect([(await findUserByEmail(app.s, email))?.id, await findUserByName(app.s, "toolate")]).toEqual([id, undefined]);
  });

  it("claim: a page that asked for one account takes no email from another one", async () => {
    const [first, second] = [await holder("holds3"), await holder("other3")];
    as("swapped", first.email);
    const owner = app.person();
    await app.continuesWith(owner);
    const [a, b] = [first, second];
    for (const [id, email] of [
      [a.id, "free@holds3.example"],
      [b.id, a.email],
    ] as const)
      await app.s.db.updateTable("users").set({ email, email_key: email }).where("id", "=", id).execute();
    expect((await owner.fillsIn("/login/provider/claim", {})).location).toBe("/login/provider/claim");
    expect((await findUserByEmail(app.s, a.email))?.id).toBe(b.id);
  });

  it.each([
    ["verified", 1],
    ["unverified", null],
  ])("race: an account whose %s email changes while it is locked is neither linked nor claimed", async (name, verifiedAt) => {
    const { email, id } = await holder(`moves-${name}`);
    await app.s.db.updateTable("users").set({ email_verified_at: verifiedAt }).where("id", "=", id).execute();
    const [provider] = app.s.settings.providers;
    if (!provider) throw new Error("There is no provider.");
    const moved = `moved@${name}.example`;
    const login = { provider: provider.id, issuer: provider.issuer, subject: `former owner of ${email}`, email, isEmailVouched: true };
    const options = { remember: false, info: { ...actingAs("test"), ip: "203.0.113.9" } };
    const decision = await inTransaction(app.s, async (tx) => {
      // Another transaction would commit between the search for the email and the lock of the account.
      let isMoved = false;
      const moves: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        transformResult: async ({ result }) => {
          const isFound = result.rows.some((row) => row["email"] === email);
          if (isFound && !isMoved) {
            isMoved = true;
            await tx.db.updateTable("users").set({ email: moved, email_key: moved }).where("id", "=", id).execute();
          }
          return result;
        },
      };
      const deciding = { provider, login: { ...login, roles: [], methods: ["provider:work"], remember: false }, options } as const;
      const made = await decide({ ...tx, db: tx.db.withPlugin(moves) }, { ...deciding, takesEmailOf: id });
      expect(isMoved).toBe(true);
      return made;
    });
    expect(decision).toEqual({ kind: "refused", reason: "expired" });
    expect((await findUserById(app.s, id))?.email).toBe(moved);
    expect(await app.s.db.selectFrom("identities").select("id").where("user_id", "=", id).execute()).toEqual([]);
  });

  it("claim: a new account that is refused for the number of sign-ups takes no email away", async () => {
    const { email, id } = await holder("holds4");
    as("limited", email, "limited");
    const owner = app.person();
    await app.continuesWith(owner);
    const page = await owner.opens("/login/provider/claim");
    for (let i = 0; i < limit; i++) await app.person({ username: `fills${i}` }).signsUp();
    const proof = /name="proof" value="([^"]*)"/.exec(page.html)?.[1] ?? "";
    expect((await owner.posts("/login/provider/claim", { csrf_token: page.token, proof })).location).toBe("/login");
    expect([(await findUserByEmail(app.s, email))?.id, await findUserByName(app.s, "limited")]).toEqual([id, undefined]);
  });
});
