/** Attacks by requests at the same moment: logins, claims, links and unlinks with providers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer, Person } from "../../../../test/person.ts";
import { type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { verifiesEmail } from "../../../../test/two-factor.ts";
import { findUserByEmail, findUserByName } from "../../../core/users/users.ts";

const json = { accept: "application/json" };
type Listed = { linked: { id: string; email: string | null }[] };
const linkedOf = async (person: Person) => ((await person.opens("/settings/logins", json)).json() as Listed).linked;
const proofOn = ({ html }: Answer) => /name="proof" value="([\w-]{43})"/.exec(html)?.[1] ?? "";

describe("races", { tags: ["asvs-15.4.2"] }, () => {
  let app: ProviderApp;
  const as = (sub: string, email = `${sub}@example.com`) => {
    app.peer.user = { sub, email, email_verified: true, preferred_username: sub };
  };
  const member = async (username: string) => {
    const person = await app.person({ username }).isLoggedIn();
    await verifiesEmail(app, person);
    return person;
  };
  /** Ways back of new browsers, one after another, that are then opened at once. */
  const backs = async (count: number, of: (i: number) => void) => {
    const all: { person: Person; back: string }[] = [];
    for (let i = 0; i < count; i++) {
      of(i);
      const person = app.person();
      all.push({ person, back: await app.goesThere(person) });
    }
    return all;
  };
  const opensAll = async (all: { person: Person; back: string }[]) => Promise.all(all.map(({ person, back }) => person.opens(back)));
  const areIn = async (people: readonly Person[]) => {
    const answers = await Promise.all(people.map((person) => person.opens("/dashboard")));
    return answers.filter(({ status }) => status === 200).length;
  };
  const usersLike = async (part: string) =>
    app.s.db.selectFrom("users").select(["id", "email", "email_verified_at"]).where("email", "like", `%${part}%`).execute();
  beforeAll(async () => {
    app = await providerApp({
      SIGNUP: "open",
      LIMIT_CODES_PER_IP: "1000/10m",
      LIMIT_SIGNUP_PER_IP: "1000/1h",
      PROVIDER_WORK_LINK: "verified",
    });
  });
  afterAll(() => app.close());

  it("first logins of one identity in eight browsers make one account, and none fails", async () => {
    const all = await backs(8, () => as("at-once"));
    const answers = await opensAll(all);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 303));
    expect(await usersLike("at-once")).toHaveLength(1);
    expect(await areIn(all.map(({ person }) => person))).toBeGreaterThan(0);
  });

  it("first logins of eight identities with one email make one account, and link no second one", async () => {
    const all = await backs(8, (i) => as(`same-email-${i}`, "same-email@example.com"));
    const answers = await opensAll(all);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 303));
    const [account, ...others] = await usersLike("same-email");
    expect(others).toEqual([]);
    const linked = await app.s.db
      .selectFrom("identities")
      .select("id")
      .where("user_id", "=", account?.id ?? "")
      .execute();
    expect([linked.length, await areIn(all.map(({ person }) => person))]).toEqual([1, 1]);
  });

  it("claims of one email in four browsers make one account, and the loser loses it once", async () => {
    const stranger = await app.person({ username: "loses-once" }).isLoggedIn();
    const all = await backs(4, (i) => as(`claims-once-${i}`, stranger.identity.email));
    await opensAll(all);
    const pages = await Promise.all(all.map(({ person }) => person.opens("/login/provider/claim")));
    const done = await Promise.all(
      all.map(({ person }, i) => {
        const page = pages[i] as Answer;
        return person.posts("/login/provider/claim", { csrf_token: page.token, proof: proofOn(page) });
      }),
    );
    expect(done.filter(({ status }) => status >= 500)).toEqual([]);
    const owner = await findUserByEmail(app.s, stranger.identity.email);
    expect(owner?.username).toMatch(/^claims-once-\d$/);
    const events = await app.s.db.selectFrom("audit").select("id").where("event", "=", "email-lost").execute();
    expect(events).toHaveLength(1);
    expect(await areIn(all.map(({ person }) => person))).toBe(1);
  });

  it("one identity is linked to one of two accounts", async () => {
    const [ada, eve] = [await member("links-ada"), await member("links-eve")];
    as("linked-once", "linked-once@work.example");
    for (const person of [ada, eve]) await app.continuesWith(person, "?purpose=link");
    const pages = [await ada.opens("/login/link"), await eve.opens("/login/link")];
    const done = await Promise.all(
      [ada, eve].map((person, i) => {
        const page = pages[i] as Answer;
        return person.posts("/login/link", { csrf_token: page.token, proof: proofOn(page) });
      }),
    );
    expect(done.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 422]);
    expect((await linkedOf(ada)).length + (await linkedOf(eve)).length).toBe(1);
  });

  it("a link and a first login of the same identity end with one account that has it", async () => {
    const ada = await member("link-or-login");
    as("link-or-login-there", "link-or-login@work.example");
    await app.continuesWith(ada, "?purpose=link");
    const [login] = await backs(1, () => as("link-or-login-there", "link-or-login@work.example"));
    const answers = await Promise.all([ada.fillsIn("/login/link", {}), login?.person.opens(login.back)]);
    expect(answers.filter((answer) => (answer?.status ?? 500) >= 500)).toEqual([]);
    const rows = await app.s.db.selectFrom("identities").select("user_id").where("subject", "=", "link-or-login-there").execute();
    expect(rows).toHaveLength(1);
  });

  it("of two logins that are the only ways in, one stays when both are unlinked", async () => {
    as("only-1");
    const person = app.person();
    await app.continuesWith(person);
    as("only-2");
    await app.continuesWith(person, "?purpose=link");
    await person.fillsIn("/login/link", {});
    const second = app.person();
    await app.continuesWith(second);
    const ids = (await linkedOf(person)).map(({ id }) => id);
    await Promise.all([person, second].map((each, i) => each.fillsIn(`/settings/logins/unlink?id=${ids[i]}`, { id: ids[i] ?? "" })));
    const id = (await findUserByName(app.s, "only-1"))?.id ?? "";
    expect(await app.s.db.selectFrom("identities").select("id").where("user_id", "=", id).execute()).toHaveLength(1);
  });
});
