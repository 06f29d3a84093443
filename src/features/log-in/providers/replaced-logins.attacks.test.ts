/** Attacks by another site that starts or replaces logins with providers in the user's browser. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackedApp, attackedApp, linkedOf } from "../../../../test/attacked-providers.ts";
import type { Person } from "../../../../test/person.ts";
import { findUserByEmail, findUserByName } from "../../../core/users/users.ts";

const json = { accept: "application/json" };
const crossSite = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
const changed = "The login has changed in another tab. Check it, and confirm again.";
const usernameOf = async (person: Person) => /Username\s+(\S+)/.exec((await person.opens("/settings")).text)?.[1];
const proofOn = ({ html }: { readonly html: string }) => /name="proof" value="([\w-]{43})"/.exec(html)?.[1] ?? "";

describe("replaced logins", () => {
  let app: AttackedApp;
  const emailsOf = async (person: Person) => (await linkedOf(person)).map(({ email }) => email);
  beforeAll(async () => {
    app = await attackedApp({ PROVIDER_CALLBACKS: "https://app.example.com/in" });
  });
  afterAll(() => app.close());

  it("two tabs: the form of a link confirms only the login that its page shows", async () => {
    const ada = await app.verified();
    app.as("own", "own@work.example");
    await app.continuesWith(ada, "?purpose=link");
    const page = await ada.opens("/login/link");
    expect(page.text).toContain("own@work.example");
    app.as("evil", "evil@work.example");
    await app.continuesWith(ada, "?purpose=link");
    for (const proof of [{ proof: proofOn(page) }, {}]) {
      const refused = await ada.posts("/login/link", { csrf_token: page.token, ...proof });
      expect([refused.status, refused.text]).toEqual([422, expect.stringContaining(changed)]);
      expect(refused.text).toContain("evil@work.example");
    }
    expect(await emailsOf(ada)).toEqual([]);
    const { proof } = (await ada.opens("/login/link", json)).json() as { proof: string };
    expect((await ada.posts("/login/link", { csrf_token: page.token, proof })).status).toBe(303);
  });

  it("two tabs: the form for a username creates no account for another login", async () => {
    app.as("first-tab", "a@5b.example");
    const person = app.person();
    await app.continuesWith(person);
    // Its local part is too short for a username.
    const page = await person.opens("/signup/provider");
    expect(page.text).toContain("a@5b.example");
    app.as("second-tab", "e@evil.example");
    await app.continuesWith(person);
    const fields = { csrf_token: page.token, proof: proofOn(page), username: "planted" };
    const refused = await person.posts("/signup/provider", fields);
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining(changed)]);
    expect(await findUserByName(app.s, "planted")).toBeUndefined();
  });

  it("two tabs: the form that takes an email takes only the one that its page shows", async () => {
    const [first, second] = [app.person({ username: "taken1" }), app.person({ username: "taken2" })];
    for (const each of [first, second]) await each.isLoggedIn();
    const owner = app.person();
    app.as("claims-1", first.identity.email, { preferred_username: "claims1" });
    await app.continuesWith(owner);
    const page = await owner.opens("/login/provider/claim");
    app.as("claims-2", second.identity.email, { preferred_username: "claims2" });
    await app.continuesWith(owner);
    const refused = await owner.posts("/login/provider/claim", { csrf_token: page.token, proof: proofOn(page) });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining(changed)]);
    expect((await findUserByEmail(app.s, second.identity.email))?.username).toBe("taken2");
  });

  it("start: a login that another site starts is not remembered, also after the page that asks", async () => {
    const latest = async (name: string) => {
      const { id } = (await findUserByName(app.s, name)) ?? { id: "" };
      const sessions = app.s.db.selectFrom("sessions").select("remembered").where("user_id", "=", id);
      return (await sessions.orderBy("created_at", "desc").execute()).map(({ remembered }) => remembered);
    };
    const startsAt = async (person: Person, path: string, headers?: Record<string, string>) => {
      const there = (await person.opens(path, headers)).location ?? "";
      const { pathname, search } = new URL((await app.peer.authorize(there)).url);
      return person.opens(pathname + search);
    };
    app.as("shared-pc", "shared-pc@work.example", { preferred_username: "shared-pc" });
    const shared = app.person();
    await startsAt(shared, "/oauth/start/work?remember=on", crossSite);
    expect(await latest("shared-pc")).toEqual([0]);
    const asked = await shared.opens("/oauth/start/work?next=/settings&remember=on&remember=1", crossSite);
    const link = /href="(\/oauth\/start\/work[^"]*)"/.exec(asked.html)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(new URL(link, app.url).searchParams.toString()).toBe("next=%2Fsettings");
    app.passes(1_000);
    await startsAt(shared, link, { "sec-fetch-site": "same-origin" });
    expect(await latest("shared-pc")).not.toContain(1);
    // From this site's own page, it counts.
    await startsAt(app.person(), "/oauth/start/work?remember=on", { "sec-fetch-site": "same-origin" });
    expect(await latest("shared-pc")).toContain(1);
  });

  it("start: another site starts no login in a browser that is logged in, but a page asks", async () => {
    const ada = await app.verified();
    for (const purpose of ["login", "link", "reauthenticate"]) {
      const asked = await ada.opens(`/oauth/start/work?purpose=${purpose}&next=/settings`, crossSite);
      expect([asked.status, asked.text]).toEqual([200, expect.stringContaining("Another website sent you here.")]);
      expect([...ada.cookies.keys()].filter((name) => name.startsWith("latchkey_oauth_"))).toEqual([]);
      expect(asked.html).toContain(`href="/oauth/start/work?purpose=${purpose}&amp;next=/settings"`);
    }
    expect((await app.person().opens("/oauth/start/work", crossSite)).status).toBe(303);
    const toApp = `/oauth/start/work?callback=https://app.example.com/in&challenge=${"c".repeat(43)}`;
    expect((await ada.opens(toApp, crossSite)).status).toBe(303);
  });

  it("way back: a login that waits to replace the session ends when its account logs out everywhere else", async () => {
    const [ada, other] = [await app.verified(), await app.verified()];
    app.as("everywhere", other.identity.email);
    await app.continuesWith(app.person());
    expect((await app.continuesWith(ada)).location).toBe("/login/provider/switch");
    const page = await ada.opens("/login/provider/switch");
    expect((await other.fillsIn("/settings/sessions", { others: "on" })).status).toBe(303);
    expect((await ada.opens("/login/provider/switch")).location).toContain("/login");
    expect((await ada.posts("/login/provider/switch", { csrf_token: page.token, proof: proofOn(page) })).status).toBe(422);
    expect(await usernameOf(ada)).toBe(ada.identity.username);
  });

  it("way back: a login that waits to replace the session ends when the account's credentials change", async () => {
    const [ada, other] = [await app.verified(), await app.verified()];
    app.as("ends-waiting", other.identity.email);
    await app.continuesWith(app.person());
    expect((await app.continuesWith(ada)).location).toBe("/login/provider/switch");
    expect((await other.fillsIn("/settings/change-username", { username: `${other.identity.username}.new` })).status).toBe(303);
    const refused = await ada.fillsIn("/login/provider/switch", {});
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining("expired")]);
    expect(await usernameOf(ada)).toBe(ada.identity.username);
  });

  it("way back: a login of another account replaces the session only after a page has asked", async () => {
    const [ada, known] = [await app.verified(), await app.verified()];
    app.as("known", known.identity.email);
    await app.continuesWith(app.person());
    const stranger = await app.verified();
    for (const [sub, email, username] of [
      ["known", known.identity.email, known.identity.username],
      ["swap", "swap@example.com", "swap"],
      ["links", stranger.identity.email, stranger.identity.username],
    ] as const) {
      await ada.logsIn();
      app.as(sub, email, { preferred_username: username });
      expect((await app.continuesWith(ada)).location).toBe("/login/provider/switch");
      expect(await usernameOf(ada)).toBe(ada.identity.username);
      const page = await ada.opens("/login/provider/switch");
      expect(page.text).toContain(`You're logged in as ${ada.identity.username}. With Work (${email}) you'd log in to a different account`);
      expect((await ada.posts("/login/provider/switch", { csrf_token: page.token })).text).toContain(changed);
      expect((await ada.fillsIn("/login/provider/switch", {})).location).toBe("/dashboard");
      expect(await usernameOf(ada)).toBe(username);
    }
    // The same account is opened at once.
    expect((await app.continuesWith(ada)).location).toBe("/dashboard");
    expect((await ada.fillsIn("/login/provider/switch", {})).status).not.toBe(200);
  });
});
