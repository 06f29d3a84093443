/** Tests attacks on sign-up: invalid names, and ending the sign-ups of others. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { endCodes } from "../../../../test/codes.ts";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { findUserByEmail } from "../../../core/users/users.ts";

const app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h" });
afterAll(() => app.close());

describe("sign-up attacks", () => {
  it("sign-up: an email without an at sign gets 422", { tags: ["asvs-2.2.1"] }, async () => {
    for (const [i, email] of ["example.com", "zq7probe.test"].entries()) {
      expect((await app.person({ username: `bare${i}`, email }).signsUp()).status, email).toBe(422);
    }
  });

  it("sign-up: invisible characters in a username or email get 422", { tags: ["asvs-2.2.1"] }, async () => {
    const invisible = {
      fillers: "\u3164\u3164\u3164",
      jamo: "\u115f\u1160\u115f",
      khmer: "\u1780\u17b4\u17b5",
      halfwidth: "\uffa0\uffa0\uffa0",
    };
    for (const [what, username] of Object.entries(invisible)) {
      expect((await app.person({ username, email: `${what}@example.com` }).signsUp()).status, what).toBe(422);
    }
    expect((await app.person({ username: "김철수", email: "kim@example.com" }).signsUp()).status).toBe(303);
    expect((await app.person({ username: "김철수\u3164", email: "twin@example.com" }).signsUp()).status).toBe(422);
    expect((await app.person({ username: "unseen", email: "\u3164\u3164@example.com" }).signsUp()).status).toBe(422);
  });
});

describe.each(["open", "confirm"])("sign-up that another browser finishes, with SIGNUP=%s", (SIGNUP) => {
  const createPath = "/signup/passkey/create";
  const finishMs = 31 * 60_000;
  let site: TestApp;
  let counter = 0;
  beforeAll(async () => {
    const many = { LIMIT_EMAILS_PER_INBOX: "1000/1h", LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h", LIMIT_EMAILS_PER_IP: "1000/1h" };
    site = await testApp({ SIGNUP, ...many });
  });
  beforeEach(() => site.s.db.deleteFrom("rate_limits").execute());
  afterAll(() => site.close());

  const codeTo = async (email: string) => /^ {4}(\d{6})$/m.exec((await site.emails(email))[0]?.text ?? "")?.[1] ?? "";
  const begins = (person: Person, email: string) => person.fillsIn("/signup/passkey", { username: person.identity.username, email });

  /** A browser that has proven its inbox, and has no passkey yet. */
  async function proven(): Promise<Person & { email: string }> {
    const person = site.person({ username: `finishing${counter++}` });
    const { email } = person.identity;
    await begins(person, email);
    expect((await person.fillsIn("/verify-email", { code: await codeTo(email) })).location).toBe(createPath);
    return Object.assign(person, { email });
  }

  it("sign-up: a stranger's sign-up does not end one whose inbox is proven, and gets the answers of any other", {
    tags: ["asvs-6.3.8"],
  }, async () => {
    const ada = await proven();
    const answers = [];
    for (const email of [ada.email, `fresh${counter++}@example.com`]) {
      const stranger = site.person({ username: `stranger${counter++}` });
      site.resetRecords();
      const { status, location } = await begins(stranger, email);
      const queries = site.queries.map(({ sql }) => sql);
      const page = (await stranger.opens("/verify-email")).text.replaceAll(email, "");
      const sent = (await site.emails(email))[0]?.kind;
      await endCodes(site);
      answers.push({ status, location, page, sent, queries, wrong: (await stranger.fillsIn("/verify-email", { code: "000000" })).status });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect((await ada.opens(createPath)).status).toBe(200);
  });

  it("sign-up: its own browser begins again, and another one after half an hour", async () => {
    const ada = await proven();
    const { id: first } = (await findUserByEmail(site.s, ada.email)) ?? {};
    await begins(ada, ada.email);
    const { id: second } = (await findUserByEmail(site.s, ada.email)) ?? {};
    expect(second).not.toBe(first);
    await ada.fillsIn("/verify-email", { code: await codeTo(ada.email) });
    await begins(site.person({ username: `later${counter++}` }), ada.email);
    expect((await findUserByEmail(site.s, ada.email))?.id).toBe(second);
    site.passes(finishMs);
    await begins(site.person({ username: `later${counter++}` }), ada.email);
    expect((await findUserByEmail(site.s, ada.email))?.id).not.toBe(second);
  });

  it("sign-up: the owner of the inbox continues in another browser with its code", async () => {
    const ada = await proven();
    const other = site.person({ username: `elsewhere${counter++}` });
    await begins(other, ada.email);
    expect((await other.fillsIn("/verify-email", { code: await codeTo(ada.email) })).location).toBe(createPath);
    expect([(await other.opens(createPath)).status, (await ada.opens(createPath)).status]).toEqual([200, 410]);
  });
});
