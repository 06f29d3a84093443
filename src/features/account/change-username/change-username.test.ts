import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { eraseUser } from "../../../core/account/erasure.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { keyringName } from "../../../core/key-purposes.ts";
import { inTransaction } from "../../../core/services.ts";
import { isReleasedName } from "../../../core/users/released-usernames.ts";
import { findUserByEmail } from "../../../core/users/users.ts";
import { createKeyring } from "../../../platform/crypto/keyring.ts";

const path = "/settings/change-username";

describe("change username", () => {
  let app: TestApp;
  let ada: Person;
  beforeEach(async () => {
    app = await testApp();
    ada = await app.person().isLoggedIn();
  });
  afterEach(() => app.close());

  const stored = async () => await findUserByEmail(app.s, ada.identity.email);

  it("change username: the change is shown, recorded and notified", { tags: ["asvs-6.3.7"] }, async () => {
    expect((await ada.fillsIn(path, { username: " Countess " })).location).toBe("/settings");
    expect((await ada.opens("/settings")).text).toContain("Username updated.");
    expect(await stored()).toMatchObject({ username: "Countess", username_key: "countess" });
    expect((await listEvents(app.s, (await stored())?.id ?? "", 1))[0]?.event).toBe("username-changed");
    const [notice] = await app.emails(ada.identity.email);
    expect(notice?.subject).toBe("Your username was changed");
    expect(notice?.text).toMatch(/^Your username was changed\.\n/);
    expect(notice?.text).toContain("/report-compromise?token=");
    await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).execute();
    await ada.fillsIn(path, { username: "Lovelace" });
    expect((await app.emails(ada.identity.email))[0]?.text).toContain("Your username was changed from Countess to Lovelace.");
  });

  it("change username: the old name is free after USERNAME_RELEASE_AFTER", async () => {
    await ada.fillsIn(path, { username: "countess" });
    app.passes(30 * 24 * 3_600_000);
    expect((await app.person({ username: "ada", email: "another@example.com" }).signsUp()).status).toBe(303);
  });

  it.each([
    ["a short name", "ab", "Use at least 3 characters in your username."],
    ["no name", "", "Enter a new username."],
    ["markup", "<b>x</b>", "Use only letters, numbers, dots, hyphens and underscores in your username."],
    ["a mix of alphabets", "аdmin", "Don't mix alphabets (for example Latin and Cyrillic) in your username."],
    ["the current name", "ada", "This is already your username. Choose a different one."],
    ["a taken name in another case", "GRACE", "This username is taken. Choose a different one."],
  ])("change username: %s is refused beside the field", async (_, username, sentence) => {
    await app.person({ username: "grace" }).signsUp();
    const { status, text, html } = await ada.fillsIn(path, { username });
    expect(status).toBe(422);
    expect(text).toContain(sentence);
    expect(html).toContain('id="username-problem"');
    expect((await stored())?.username).toBe("ada");
    expect((await app.emails(ada.identity.email))[0]?.subject).not.toBe("Your username was changed");
  });

  it("change username: the case of the current name can be changed", async () => {
    await ada.fillsIn(path, { username: "Ada" });
    expect((await stored())?.username).toBe("Ada");
  });

  it("change username: its rate limit is shared with signing up", async () => {
    const strict = await testApp({ LIMIT_SIGNUP_PER_IP: "3/1h" });
    const grace = await strict.person({ username: "grace" }).isLoggedIn();
    await strict.person({ username: "kay" }).signsUp();
    expect((await grace.fillsIn(path, { username: "kay" })).status).toBe(422);
    expect((await grace.fillsIn(path, { username: "kay" })).status).toBe(429);
    await strict.close();
  });

  it("change username: of two simultaneous requests for a name one gets it", async () => {
    const grace = await app.person({ username: "grace" }).isLoggedIn();
    const both = await Promise.all([ada, grace].map((each) => each.fillsIn(path, { username: "countess" })));
    expect(both.map(({ status }) => status).sort((a, b) => a - b)).toEqual([303, 422]);
  });

  it("change username: JSON says which name is taken", async () => {
    await app.person({ username: "grace" }).signsUp();
    const { csrfToken } = (await ada.opens(path, { accept: "application/json" })).json() as { csrfToken: string };
    const { status, json } = await ada.sendsJson(path, { username: "grace" }, { "x-csrf-token": csrfToken });
    expect([status, json()]).toMatchObject([
      409,
      { error: { code: "taken", fields: { username: "This username is taken. Choose a different one." } } },
    ]);
  });

  it("change username: the old name is reserved for its owner during USERNAME_RELEASE_AFTER", { tags: ["asvs-6.3.8"] }, async () => {
    await ada.fillsIn(path, { username: "countess" });
    const grace = await app.person({ username: "grace" }).isLoggedIn();
    for (const username of ["ada", "ADA"]) expect((await grace.fillsIn(path, { username })).status).toBe(422);
    expect((await app.person({ username: "ada", email: "eve@example.com" }).signsUp()).status).toBe(422);
    expect((await ada.fillsIn(path, { username: "ada" })).status).toBe(303);
    // The second name is now reserved for ada.
    expect((await grace.fillsIn(path, { username: "countess" })).status).toBe(422);
    app.passes(30 * 24 * 3_600_000);
    await grace.logsIn();
    expect((await grace.fillsIn(path, { username: "countess" })).status).toBe(303);
  });

  it("reserved username: only a keyed hash is stored, and it is found after a key rotation", async () => {
    // Three letters of a name are in a random hash by chance.
    const lovelace = await app.person({ username: "ada.lovelace" }).isLoggedIn();
    await lovelace.fillsIn(path, { username: "countess" });
    const id = (await findUserByEmail(app.s, lovelace.identity.email))?.id;
    const rows = await app.s.db.selectFrom("released_usernames").selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toMatch(/lovelace/i);
    expect(JSON.stringify(rows)).not.toContain(id);
    const keyring = createKeyring(["a newer secret key that is long enough", ...app.s.settings.secretKeys], keyringName);
    expect(await isReleasedName({ ...app.s, keyring }, "ada.lovelace")).toBe(true);
    expect(await isReleasedName({ ...app.s, keyring }, "ada.lovelace", id)).toBe(false);
  });

  it("change username: USERNAME_RELEASE_AFTER=0 frees the old name immediately", async () => {
    const busy = await testApp({ USERNAME_RELEASE_AFTER: "0" });
    const kay = await busy.person({ username: "kay" }).isLoggedIn();
    await kay.fillsIn(path, { username: "kay.two" });
    expect((await busy.person({ username: "kay", email: "other@example.com" }).signsUp()).status).toBe(303);
    await busy.close();
  });

  it("erased account: its usernames stay reserved, for no account", async () => {
    await ada.fillsIn(path, { username: "countess" });
    const id = (await stored())?.id ?? "";
    await inTransaction(app.s, (tx) => eraseUser(tx, id));
    for (const name of ["ada", "countess"]) expect(await isReleasedName(app.s, name, id), name).toBe(true);
    expect((await app.person({ username: "countess", email: "new@example.com" }).signsUp()).status).toBe(422);
  });
});
