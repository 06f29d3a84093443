/** Attack: flooding an inbox, sending own text to it, or blocking its owner's emails. */
import { afterEach, describe, expect, it } from "vitest";
import { markEmailVerified } from "../../src/core/users/users.ts";
import { type Person, type TestApp, testApp } from "../person.ts";
import { transactional } from "../transaction.ts";

const hour = 3_600_000;
const newPassword = (i: number) => `other words ${i} of mine`;

let app: TestApp;
afterEach(() => app.close());

/** A user with this IP. */
const from = (ip: string, who: Parameters<TestApp["person"]>[0] = {}) => app.person(who, { "x-forwarded-for": ip });
const emailsAbout = async (email: string, subject: string) => (await app.emails(email)).filter((sent) => sent.subject.includes(subject));
const requestReset = (who: Person, email: string) => who.fillsIn("/reset-password", { email });

async function changePassword(who: Person, times: number): Promise<number[]> {
  const statuses: number[] = [];
  let password = who.identity.password;
  for (let i = 0; i < times; i++) {
    const next = newPassword(i);
    const { status } = await who.fillsIn("/settings/change-password", {
      current_password: password,
      password: next,
      confirm_password: next,
    });
    if (status === 303) password = next;
    statuses.push(status);
  }
  return statuses;
}

describe("account with another person's email", () => {
  it("emails: an unverified inbox gets no text of the user", async () => {
    app = await testApp({ SIGNUP: "open" });
    const mallory = await app.person({ username: "mallory.evil.test", email: "victim@example.com" }).isLoggedIn();
    await mallory.fillsIn("/settings/display-name", { display_name: "Claim your prize at evil.test" });
    await changePassword(mallory, 1);
    await mallory.fillsIn("/settings/change-username", { username: "prize.evil.test" });
    await requestReset(mallory, "victim@example.com");
    await mallory.fillsIn("/settings/delete", { username: "prize.evil.test" });
    const emails = await app.emails("victim@example.com");
    expect(emails.length).toBeGreaterThanOrEqual(5);
    for (const { text, html, subject } of emails) expect(subject + text + html).not.toContain("evil.test");
    // Greeted by name are verified inboxes only.
    for (const { text } of emails) expect(text).not.toMatch(/^Hello/);
  });

  it("notices: beyond the limit, one of each kind is sent per hour, and a warning is logged", {
    tags: ["asvs-2.4.1"],
  }, async () => {
    app = await testApp({ SIGNUP: "open", LIMIT_PASSWORD_CHANGES: "1000/1h", LIMIT_NOTICES_PER_INBOX: "3/1h" });
    const mallory = await app.person({ username: "mallory", email: "victim@example.com" }).isLoggedIn();
    expect(new Set(await changePassword(mallory, 8))).toEqual(new Set([303]));
    expect(await emailsAbout("victim@example.com", "password was changed")).toHaveLength(4);
    expect(app.lines).toContainEqual(expect.objectContaining({ level: "warn", kind: "password-changed" }));
    expect(JSON.stringify(app.lines)).not.toContain("victim@");
    await mallory.fillsIn("/settings/change-username", { username: "malory" });
    expect(await emailsAbout("victim@example.com", "username was changed")).toHaveLength(1);
    app.passes(hour + 1_000);
    await mallory.logsIn({ password: newPassword(7) });
    await mallory.fillsIn("/settings/change-username", { username: "mallery" });
    expect(await emailsAbout("victim@example.com", "username was changed")).toHaveLength(2);
  });

  it("notices: unverified accounts with a plus address do not use up those of the inbox's verified owner", {
    tags: ["asvs-6.3.7"],
  }, async () => {
    app = await testApp({ SIGNUP: "open", LIMIT_NOTICES_PER_INBOX: "2/1h" });
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    await app.s.db.updateTable("users").set({ email_verified_at: 1 }).execute();
    for (const name of ["mallory", "molly"]) {
      const mallory = await app.person({ username: name, email: `ada+${name}@example.com` }).isLoggedIn();
      for (let i = 0; i < 3; i++) await mallory.fillsIn("/settings/change-username", { username: `${name}${i}` });
      await changePassword(mallory, 2);
    }
    const toMallory = [...(await app.emails("ada+mallory@example.com")), ...(await app.emails("ada+molly@example.com"))];
    // The two of the limit, and one of each kind.
    expect(toMallory.filter(({ kind }) => kind === "username-changed" || kind === "password-changed")).toHaveLength(4);
    await ada.fillsIn("/settings/change-username", { username: "ada-renamed" });
    await changePassword(ada, 2);
    expect(await emailsAbout("ada@example.com", "username was changed")).toHaveLength(1);
    expect(await emailsAbout("ada@example.com", "password was changed")).toHaveLength(2);
  });

  it("notices: a verified account with a plus address does not use up those of another account", async () => {
    app = await testApp({ SIGNUP: "open", LIMIT_NOTICES_PER_INBOX: "1/1h" });
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    const second = await app.person({ username: "second", email: "ada+second@example.com" }).isLoggedIn();
    await app.s.db.updateTable("users").set({ email_verified_at: 1 }).execute();
    await changePassword(second, 3);
    await changePassword(ada, 1);
    expect(await emailsAbout("ada@example.com", "password was changed")).toHaveLength(1);
  });

  it("password changes: limited to ten per hour", async () => {
    app = await testApp({ SIGNUP: "open" });
    const mallory = await app.person({ username: "mallory" }).isLoggedIn();
    expect(await changePassword(mallory, 11)).toEqual([...Array(10).fill(303), 429]);
    expect((await mallory.logsIn({ password: newPassword(9) })).status).toBe(303);
  });
});

describe("notices", () => {
  const firefox = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };

  it.each([
    ["a browser", firefox, " UTC\nDevice: Firefox on Linux\nIP address: 127.0.0.1\n"],
    ["an API client", { "user-agent": "curl/8.5.0" }, " UTC\nDevice: API client (curl)\nIP address: 127.0.0.1\n"],
    ["an unknown client", { "user-agent": "Claim your prize!" }, " UTC\nDevice: Unknown browser\nIP address: 127.0.0.1\n"],
  ])("notices: the device of the change is named: %s", async (_, headers, expected) => {
    app = await testApp({ SIGNUP: "open" });
    const ada = await app.person({ username: "ada" }, headers).isLoggedIn();
    await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).execute();
    await changePassword(ada, 1);
    expect((await emailsAbout("ada@example.com", "password was changed"))[0]?.text).toContain(expected);
  });

  it("notices: an unverified inbox gets no part of the user agent", async () => {
    app = await testApp({ SIGNUP: "open" });
    const mallory = await app.person({ username: "mallory" }, { "user-agent": "Claim-your-wonderful-prize" }).isLoggedIn();
    await changePassword(mallory, 1);
    expect((await emailsAbout("mallory@example.com", "password was changed"))[0]?.text).not.toContain("wonderful");
  });

  it("emails: the plain text mentions no button", async () => {
    app = await testApp({ SIGNUP: "confirm" });
    await app.person({ username: "ada" }).signsUp();
    expect((await app.emails("ada@example.com"))[0]?.text.replaceAll(/https?:\S+/g, "")).not.toContain("button");
  });
});

describe("email limits", () => {
  const startApp = async () => {
    app = await testApp({ TRUST_PROXY: "127.0.0.1", SIGNUP: "confirm" });
  };
  const resetEmails = () => emailsAbout("ada@example.com", "Reset your");

  async function member(): Promise<Person> {
    const ada = from("198.51.100.1", { username: "ada" });
    await ada.signsUp();
    const { id } = await app.s.db.selectFrom("users").select("id").executeTakeFirstOrThrow();
    await transactional(markEmailVerified)(app.s, id, "ada@example.com");
    await ada.logsIn();
    return ada;
  }

  it("email limits: one network cannot use up the limits of an inbox", { tags: ["asvs-6.3.1"] }, async () => {
    await startApp();
    await member();
    const mallory = from("203.0.113.1");
    for (let i = 0; i < 5; i++) await requestReset(mallory, "ada@example.com");
    expect(await resetEmails()).toHaveLength(4);
    await requestReset(from("192.0.2.1"), "ada@example.com");
    expect(await resetEmails()).toHaveLength(5);
    for (let hours = 0; hours < 16; hours++) {
      app.passes(hour + 1_000);
      for (let i = 0; i < 2; i++) await requestReset(mallory, "ada@example.com");
    }
    const before = (await resetEmails()).length;
    await requestReset(from("192.0.2.2"), "ada@example.com");
    expect(await resetEmails()).toHaveLength(before + 1);
  });

  it("email limits: an attacker with many networks does not block the owner's known browser", {
    tags: ["asvs-6.3.1"],
  }, async () => {
    await startApp();
    const ada = await member();
    await ada.logsOut();
    for (let hours = 0; hours < 4; hours++) {
      for (let i = 0; i < 6; i++) await requestReset(from(`203.0.113.${hours * 6 + i}`), "ada@example.com");
      app.passes(hour + 1_000);
    }
    expect(await resetEmails()).toHaveLength(15);
    await requestReset(from("192.0.2.1"), "ada@example.com");
    expect(await resetEmails()).toHaveLength(15);
    await requestReset(ada, "ada@example.com");
    expect(await resetEmails()).toHaveLength(16);
  });

  it("email limits: password resets do not use up the limit of verification emails", async () => {
    await startApp();
    for (let i = 0; i < 6; i++) await requestReset(from(`203.0.113.${i}`), "ada@example.com");
    await from("198.51.100.1", { username: "ada" }).signsUp();
    expect(await emailsAbout("ada@example.com", "Verify your")).toHaveLength(1);
  });

  it("email limits: plus addresses share the limit of their inbox", async () => {
    await startApp();
    for (let i = 0; i < 9; i++) await from(`203.0.113.${i}`, { username: `plus${i}`, email: `victim+${i}@example.com` }).signsUp();
    expect(await app.emails()).toHaveLength(5);
    expect(await app.s.db.selectFrom("users").select("id").execute()).toHaveLength(9);
  });
});
