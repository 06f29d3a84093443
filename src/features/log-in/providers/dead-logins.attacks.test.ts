/** Attacks on accounts whose logins with providers no longer work, because settings have changed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkedOf, unlinks } from "../../../../test/attacked-providers.ts";
import { type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { findUserByName } from "../../../core/users/users.ts";

describe("logins that no longer work", () => {
  let app: ProviderApp;
  const as = (sub: string, domain = "example.com", groups: readonly string[] = []) => {
    app.peer.user = { sub, email: `${sub}@${domain}`, email_verified: true, preferred_username: sub, groups };
  };
  /** An account with one login that works, and another one that is changed as settings would leave it. */
  const withSecond = async (name: string, changed: { issuer?: string; email?: string; provider?: string }) => {
    as(name);
    const person = app.person({ username: name });
    await app.continuesWith(person);
    const id = (await findUserByName(app.s, name))?.id ?? "";
    const second = { id: `second ${name}`, user_id: id, provider: "work", issuer: app.peer.issuer, subject: `second ${name}` };
    await app.s.db
      .insertInto("identities")
      .values({ ...second, email: `second@example.com`, created_at: 2, last_used_at: 2, tokens: null, ...changed })
      .execute();
    const [working] = (await linkedOf(person)).filter((each) => each.id !== second.id);
    return { person, working: working?.id ?? "", second: second.id };
  };
  beforeAll(async () => {
    app = await providerApp({
      SIGNUP: "open",
      LIMIT_SIGNUP_PER_IP: "1000/1h",
      PROVIDER_WORK_DOMAINS: "example.com",
      PROVIDER_WORK_ROLES: "groups:admins>editor",
    });
  });
  afterAll(() => app.close());

  it.each([
    ["of an earlier issuer", { issuer: "https://earlier.example.com" }],
    ["of a domain that is no longer allowed", { email: "second@earlier.example" }],
  ])("lockout: a login %s is no way in, so the last one that works stays, and it can go itself", async (what, changed) => {
    const { person, working, second } = await withSecond(`left${what.length}`, changed);
    const refused = await unlinks(person, working);
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining("Set a password or add a passkey first.")]);
    expect((await unlinks(person, second)).status).toBe(303);
    expect((await linkedOf(person)).map(({ id }) => id)).toEqual([working]);
  });

  it("lockout: a login of a provider that has got another name counts, and its last one is not unlinked", async () => {
    const { person, working, second } = await withSecond("renamed", { provider: "earlier-name" });
    expect((await unlinks(person, working)).status).toBe(303);
    as("second renamed");
    const again = app.person();
    expect((await app.continuesWith(again)).location).toBe("/dashboard");
    expect((await unlinks(again, second)).status).toBe(422);
    expect(await linkedOf(again)).toMatchObject([{ id: second, provider: "work" }]);
  });

  it("roles: those of a provider that has got another name go with the login", async () => {
    as("roles-renamed", "example.com", ["admins"]);
    const person = app.person({ username: "roles-renamed" });
    await app.continuesWith(person);
    const [first] = await linkedOf(person);
    as("roles-second");
    await app.continuesWith(person, "?purpose=link");
    await person.fillsIn("/login/link", {});
    const again = app.person();
    await app.continuesWith(again);
    expect((await findUserByName(app.s, "roles-renamed"))?.roles).toBe("");
    as("roles-renamed", "example.com", ["admins"]);
    await app.continuesWith(app.person());
    expect((await findUserByName(app.s, "roles-renamed"))?.roles).toBe("editor");
    await app.s.db
      .updateTable("identities")
      .set({ provider: "earlier-name" })
      .where("id", "=", first?.id ?? "")
      .execute();
    await unlinks(again, first?.id);
    expect((await findUserByName(app.s, "roles-renamed"))?.roles).toBe("");
  });
});
