/** Attack: filling a stranger's mailbox, writing one's own words into it, or keeping its owner from a letter. */
import { afterEach, describe, expect, it } from "vitest";
import { markEmailVerified } from "../../src/core/users/users.ts";
import { type Person, type TestApp, testApp } from "../person.ts";
import { transactional } from "../transaction.ts";

const hour = 3_600_000;
const words = (i: number) => `other words ${i} of mine`;

let app: TestApp;
afterEach(() => app.close());

/** Somebody on a network of their own. */
const from = (address: string, who: Parameters<TestApp["person"]>[0] = {}) => app.person(who, { "x-forwarded-for": address });
const about = async (email: string, subject: string) => (await app.emails(email)).filter((sent) => sent.subject.includes(subject));
const asksReset = (who: Person, email: string) => who.fillsIn("/reset-password", { email });

async function changesPassword(who: Person, times: number): Promise<number[]> {
  const statuses: number[] = [];
  let password = who.identity.password;
  for (let i = 0; i < times; i++) {
    const next = words(i);
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

describe("who has an account on a stranger's address", () => {
  it("gets no word of theirs into its mailbox", async () => {
    app = await testApp({ SIGNUP: "open" });
    const mallory = await app.person({ username: "mallory.evil.test", email: "victim@example.com" }).isLoggedIn();
    await mallory.fillsIn("/settings/display-name", { display_name: "Claim your prize at evil.test" });
    await changesPassword(mallory, 1);
    await mallory.fillsIn("/settings/change-username", { username: "prize.evil.test" });
    await asksReset(mallory, "victim@example.com");
    await mallory.fillsIn("/settings/delete", { username: "prize.evil.test" });
    const emails = await app.emails("victim@example.com");
    expect(emails.length).toBeGreaterThanOrEqual(5);
    for (const { text, html, subject } of emails) expect(subject + text + html).not.toContain("evil.test");
    for (const { text } of emails) expect(text).toMatch(/^Hello,\n/);
  });

  it("does not fill it with notices: past the budget, one of each kind goes out in an hour, and the log says so", {
    tags: ["asvs-2.4.1"],
  }, async () => {
    app = await testApp({ SIGNUP: "open", LIMIT_PASSWORD_CHANGES: "1000/1h", LIMIT_NOTICES_PER_INBOX: "3/1h" });
    const mallory = await app.person({ username: "mallory", email: "victim@example.com" }).isLoggedIn();
    expect(new Set(await changesPassword(mallory, 8))).toEqual(new Set([303]));
    expect(await about("victim@example.com", "password was changed")).toHaveLength(4);
    expect(app.lines).toContainEqual(expect.objectContaining({ level: "warn", kind: "password-changed" }));
    expect(JSON.stringify(app.lines)).not.toContain("victim@");
    await mallory.fillsIn("/settings/change-username", { username: "malory" });
    expect(await about("victim@example.com", "username was changed")).toHaveLength(1);
    app.passes(hour + 1_000);
    await mallory.logsIn({ password: words(7) });
    await mallory.fillsIn("/settings/change-username", { username: "mallery" });
    expect(await about("victim@example.com", "username was changed")).toHaveLength(2);
  });

  it("changes a password ten times in an hour, and no more", async () => {
    app = await testApp({ SIGNUP: "open" });
    const mallory = await app.person({ username: "mallory" }).isLoggedIn();
    expect(await changesPassword(mallory, 11)).toEqual([...Array(10).fill(303), 429]);
    expect((await mallory.logsIn({ password: words(9) })).status).toBe(303);
  });
});

describe("a notice", () => {
  const firefox = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };

  it.each([
    ["a browser", firefox, " UTC · Device: Firefox on Linux · IP address: 127.0.0.1"],
    ["an API client", { "user-agent": "curl/8.5.0" }, " UTC · Device: API client (curl) · IP address: 127.0.0.1"],
    ["none that is known", { "user-agent": "Claim your prize!" }, " UTC · Device: Unknown browser · IP address: 127.0.0.1"],
  ])("names the device of the change: %s", async (_, headers, expected) => {
    app = await testApp({ SIGNUP: "open" });
    const ada = await app.person({ username: "ada" }, headers).isLoggedIn();
    await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).execute();
    await changesPassword(ada, 1);
    expect((await about("ada@example.com", "password was changed"))[0]?.text).toContain(expected);
  });

  it("repeats nothing of what a program calls itself to an address that is not confirmed", async () => {
    app = await testApp({ SIGNUP: "open" });
    const mallory = await app.person({ username: "mallory" }, { "user-agent": "Claim-your-prize" }).isLoggedIn();
    await changesPassword(mallory, 1);
    expect((await about("mallory@example.com", "password was changed"))[0]?.text).not.toContain("prize");
  });

  it("and every other letter speaks of no button in plain text, which has none", async () => {
    app = await testApp({ SIGNUP: "confirm" });
    await app.person({ username: "ada" }).signsUp();
    expect((await app.emails("ada@example.com"))[0]?.text).not.toContain("button");
  });
});

describe("who asks for letters to somebody else's mailbox", () => {
  const open = async () => {
    app = await testApp({ TRUST_PROXY: "127.0.0.1", SIGNUP: "confirm" });
  };
  const resets = () => about("ada@example.com", "Reset your");

  async function member(): Promise<Person> {
    const ada = from("198.51.100.1", { username: "ada" });
    await ada.signsUp();
    const { id } = await app.s.db.selectFrom("users").select("id").executeTakeFirstOrThrow();
    await transactional(markEmailVerified)(app.s, id, "ada@example.com");
    await ada.logsIn();
    return ada;
  }

  it("spends from one network not the whole budget of the day, nor that of an hour", { tags: ["asvs-6.3.1"] }, async () => {
    await open();
    await member();
    const mallory = from("203.0.113.1");
    for (let i = 0; i < 5; i++) await asksReset(mallory, "ada@example.com");
    expect(await resets()).toHaveLength(4);
    await asksReset(from("192.0.2.1"), "ada@example.com");
    expect(await resets()).toHaveLength(5);
    for (let hours = 0; hours < 16; hours++) {
      app.passes(hour + 1_000);
      for (let i = 0; i < 2; i++) await asksReset(mallory, "ada@example.com");
    }
    const before = (await resets()).length;
    await asksReset(from("192.0.2.2"), "ada@example.com");
    expect(await resets()).toHaveLength(before + 1);
  });

  it("keeps its owner from none in a browser that has logged in before, whatever networks it comes from", {
    tags: ["asvs-6.3.1"],
  }, async () => {
    await open();
    const ada = await member();
    await ada.logsOut();
    for (let hours = 0; hours < 4; hours++) {
      for (let i = 0; i < 6; i++) await asksReset(from(`203.0.113.${hours * 6 + i}`), "ada@example.com");
      app.passes(hour + 1_000);
    }
    expect(await resets()).toHaveLength(15);
    await asksReset(from("192.0.2.1"), "ada@example.com");
    expect(await resets()).toHaveLength(15);
    await asksReset(ada, "ada@example.com");
    expect(await resets()).toHaveLength(16);
  });

  it("keeps nobody from signing up by asking for new passwords", async () => {
    await open();
    for (let i = 0; i < 6; i++) await asksReset(from(`203.0.113.${i}`), "ada@example.com");
    await from("198.51.100.1", { username: "ada" }).signsUp();
    expect(await about("ada@example.com", "Verify your")).toHaveLength(1);
  });

  it("gets no further by what stands after a plus sign", async () => {
    await open();
    for (let i = 0; i < 9; i++) await from(`203.0.113.${i}`, { username: `plus${i}`, email: `victim+${i}@example.com` }).signsUp();
    expect(await app.emails()).toHaveLength(5);
    expect(await app.s.db.selectFrom("users").select("id").execute()).toHaveLength(9);
  });
});
