/** Attacks on logins and settings of passkeys. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  addsPasskey,
  createsPasskey,
  logsInByPasskey,
  origin,
  passkeyDevice,
  sendsScript,
  usesPasskey,
} from "../../../../test/passkeys.ts";
import { type Answer, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { flag, RawPasskey, type RawResponse } from "../../../../test/raw-passkey.ts";

let app: TestApp;
let count = 0;
beforeAll(async () => {
  app = await testApp({ SIGNUP: "open", LIMIT_SIGNUP_PER_IP: "1000/1h", LIMIT_NOTICES_PER_INBOX: "100/1h" }, { verified: true });
});
// Failures of a network are limited.
beforeEach(() => app.passes(10 * 60_000));
afterAll(() => app.close());

/** A new user, logged in. */
const member = () => app.person({ username: `member${count++}` }).isLoggedIn();
const up = flag.userPresent;
const uv = flag.userVerified;

interface Options {
  readonly challenge: string;
  readonly rp: { readonly id: string };
  readonly user: { readonly id: string };
}

async function creationOptions(person: Person): Promise<Options> {
  const answer = await sendsScript(person, "/settings/passkeys/options", {}, "/settings/passkeys");
  return (answer.json() as { publicKey: Options }).publicKey;
}

async function requestOptions(person: Person, purpose = "login", page = "/login?switch=1"): Promise<{ challenge: string }> {
  const answer = await sendsScript(person, "/passkeys/options", { purpose }, page);
  return (answer.json() as { publicKey: { challenge: string } }).publicKey;
}

async function adds(person: Person, key: RawPasskey, changes: Partial<RawResponse> = {}): Promise<Answer> {
  return person.fillsIn("/settings/passkeys", { new_passkey: key.create(await creationOptions(person), changes) });
}

/** A member with a passkey. */
async function owner(usual: Partial<RawResponse> = {}): Promise<{ person: Person; key: RawPasskey }> {
  const person = await member();
  const key = new RawPasskey(usual);
  expect((await adds(person, key)).location).toBe("/settings/passkeys");
  return { person, key };
}

async function sends(person: Person, passkey: string, fields: Record<string, string> = {}): Promise<Answer> {
  const { token } = await person.opens("/login?switch=1");
  return person.posts("/passkeys/verify", { csrf_token: token, passkey, ...fields });
}

async function logsIn(key: RawPasskey, changes: Partial<RawResponse> = {}): Promise<Answer> {
  const person = app.person();
  return sends(person, key.get(await requestOptions(person), changes));
}

const codeOf = ({ html }: Answer) => (JSON.parse(html) as { error?: { code: string } }).error?.code;
const sessionCount = async (username: string) =>
  (
    await app.s.db
      .selectFrom("sessions")
      .innerJoin("users", "users.id", "user_id")
      .select("user_id")
      .where("username", "=", username)
      .execute()
  ).length;
const eventsOf = async (username: string) =>
  (
    await app.s.db.selectFrom("audit").innerJoin("users", "users.id", "user_id").select("event").where("username", "=", username).execute()
  ).map(({ event }) => event);
const emailsOf = async (username: string) => (await app.emails(`${username}@example.com`)).map(({ subject }) => subject);

describe("passkey responses", () => {
  it.each<[string, Partial<RawResponse>]>([
    ["without user verification", { flags: up }],
    ["without user presence", { flags: uv }],
    ["of another origin", { origin: "https://evil.test" }],
    ["of another RP ID", { rpId: "evil.test" }],
    ["from a frame", { clientData: { crossOrigin: true } }],
    ["from a frame of another site", { clientData: { crossOrigin: true, topOrigin: "https://evil.test" } }],
    ["with the origin of a frame", { clientData: { topOrigin: "https://evil.test" } }],
    ["of another ceremony", { clientData: { type: "webauthn.create" } }],
    ["that is backed up but cannot be", { flags: up | uv | flag.backedUp }],
    ["without a user handle", { userHandle: undefined }],
    ["with the user handle of nobody", { userHandle: Buffer.alloc(32).toString("base64url") }],
  ])("passkey login: a response %s is refused", { tags: ["asvs-6.3.3"] }, async (_, changes) => {
    const { person, key } = await owner();
    const before = await sessionCount(person.identity.username);
    expect((await logsIn(key, changes)).status).toBe(401);
    expect(await sessionCount(person.identity.username)).toBe(before);
    expect(await eventsOf(person.identity.username)).toContain("passkey-refused");
    expect((await logsIn(key)).status).toBe(303);
  });

  it.each<[string, Partial<RawResponse>]>([
    ["without user verification", { flags: up }],
    ["of another origin", { origin: "https://evil.test" }],
    ["of another RP ID", { rpId: "evil.test" }],
    ["from a frame", { clientData: { crossOrigin: true } }],
    ["of another ceremony", { clientData: { type: "webauthn.get" } }],
    ["with another credential ID", { id: Buffer.alloc(32).toString("base64url") }],
  ])("new passkey: a response %s is refused", async (_, changes) => {
    const person = await member();
    expect((await adds(person, new RawPasskey(), changes)).status).toBe(422);
    expect((await person.opens("/settings/passkeys")).text).toContain("You don't have any passkeys yet.");
  });

  it.each([
    "",
    "null",
    "[]",
    "{}",
    '{"id":"AA","rawId":"AA","type":"public-key"}',
    "not json",
    '{"id":"AB","rawId":"AB","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}}',
  ])("passkey responses: %s gets an error, not a 500", async (passkey) => {
    const person = await member();
    expect((await sends(app.person(), passkey)).status).toBe(401);
    expect((await person.fillsIn("/settings/passkeys", { new_passkey: passkey })).status).toBe(422);
    expect((await app.person().sendsJson("/passkeys/verify", { passkey: 7 })).status).toBe(422);
  });

  it("passkey: the user handle of another account is refused", async () => {
    const [one, two] = [await owner(), await owner()];
    const [{ handle } = { handle: new Uint8Array() }] = await app.s.db
      .selectFrom("passkey_users")
      .innerJoin("users", "users.id", "user_id")
      .select("handle")
      .where("username", "=", two.person.identity.username)
      .execute();
    expect((await logsIn(one.key, { userHandle: Buffer.from(handle).toString("base64url") })).status).toBe(401);
  });

  it.each<[string, Partial<RawResponse>]>([
    ["without a user handle", { userHandle: undefined }],
    ["with its own user handle", {}],
  ])("passkey: one of another account, sent %s, is no second step and confirms nothing", { tags: ["asvs-6.3.4"] }, async (_, changes) => {
    const { person: victim } = await owner();
    const { key } = await owner();
    expect((await victim.fillsIn("/settings/two-factor/on", {})).status).toBe(303);
    const thief = app.person(victim.identity);
    expect((await thief.logsIn()).location).toBe("/login/two-factor");
    const sent = key.get(await requestOptions(thief, "two-factor", "/login/two-factor"), changes);
    expect((await sends(thief, sent, { purpose: "two-factor" })).status).toBe(401);
    expect((await thief.opens("/dashboard")).location).toContain("/login");
    app.passes(16 * 60_000);
    const again = key.get(await requestOptions(victim, "reauthentication", "/confirm-password"), changes);
    expect((await victim.fillsIn("/confirm-password", { passkey: again })).status).toBe(401);
    expect((await victim.opens("/settings/two-factor/off")).location).toMatch(/^\/confirm-password/);
  });

  it("passkey: a credential of another account cannot be added", async () => {
    const { key } = await owner();
    const thief = await member();
    const answer = await adds(thief, key);
    expect(answer.text).toContain("This passkey is already in use.");
    expect((await logsIn(key)).status).toBe(401);
  });
});

describe("removed passkeys", () => {
  it("passkey: all other sessions end with it", { tags: ["asvs-7.4.3"] }, async () => {
    const [person, device] = [await member(), passkeyDevice()];
    await addsPasskey(person, device);
    const [laptop, other] = [app.person(), app.person(person.identity)];
    expect((await logsInByPasskey(laptop, device)).location).toBe("/dashboard");
    await other.logsIn();
    const { passkeys } = (await person.opens("/settings/passkeys", { accept: "application/json" })).json() as {
      passkeys: { id: string }[];
    };
    const id = passkeys[0]?.id ?? "";
    expect((await person.fillsIn(`/settings/passkeys/remove?id=${id}`, { id })).location).toBe("/settings/passkeys");
    for (const each of [laptop, other]) expect((await each.opens("/dashboard")).location).toMatch(/^\/login/);
    expect((await person.opens("/dashboard")).status).toBe(200);
  });
});

describe("passkey challenges", () => {
  it("passkey challenge: a second use is refused", { tags: ["asvs-6.5.1"] }, async () => {
    const { key } = await owner();
    const person = app.person();
    const passkey = key.get(await requestOptions(person));
    expect((await sends(person, passkey)).status).toBe(303);
    const again = await sends(person, passkey);
    expect([again.status, again.text.includes("That took too long. Try again.")]).toEqual([401, true]);
  });

  it("passkey challenge: of two simultaneous uses, one logs in", async () => {
    const { key } = await owner();
    const person = app.person();
    const passkey = key.get(await requestOptions(person));
    // One page each: a form that is sent twice gets its first response again.
    const pages = [await person.opens("/login?switch=1"), await person.opens("/login?switch=1")];
    const answers = await Promise.all(pages.map(({ token }) => person.posts("/passkeys/verify", { csrf_token: token, passkey })));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([303, 401]);
  });

  it("passkey challenge: another browser is refused, and takes nothing from the owner", async () => {
    const { key } = await owner();
    const [victim, thief] = [app.person(), app.person()];
    const passkey = key.get(await requestOptions(victim));
    await requestOptions(thief);
    expect((await sends(thief, passkey)).status).toBe(401);
    expect((await sends(victim, passkey)).status).toBe(303);
  });

  it("passkey challenge: expires after five minutes", { tags: ["asvs-6.5.5"] }, async () => {
    const { key } = await owner();
    const person = app.person();
    const passkey = key.get(await requestOptions(person));
    app.passes(5 * 60_000);
    expect((await sends(person, passkey)).status).toBe(401);
  });

  it("passkey challenge: is for one purpose only", async () => {
    const { person, key } = await owner();
    const forReauthentication = key.get(await requestOptions(person, "reauthentication"));
    expect((await sends(person, forReauthentication)).status).toBe(401);
    const forLogin = key.get(await requestOptions(person));
    app.passes(16 * 60_000);
    const { token } = await person.opens("/confirm-password");
    expect((await person.posts("/confirm-password", { csrf_token: token, passkey: forLogin })).status).toBe(401);
  });

  it("passkey challenge: one that was never issued is refused", async () => {
    const { key } = await owner();
    const person = app.person();
    await requestOptions(person);
    expect((await sends(person, key.get({ challenge: Buffer.alloc(32).toString("base64url") }))).status).toBe(401);
  });

  it("passkey challenge: one whose expiry was moved is refused", async () => {
    const { key } = await owner();
    const person = app.person();
    const { challenge } = await requestOptions(person);
    const bytes = Buffer.from(challenge, "base64url");
    bytes.writeUIntBE(bytes.readUIntBE(32, 6) + 60_000, 32, 6);
    expect((await sends(person, key.get({ challenge: bytes.toString("base64url") }))).status).toBe(401);
    expect((await sends(person, key.get({ challenge }))).status).toBe(303);
  });

  it("passkey challenge: nothing is stored until it is used, and its hash is removed once it has expired", async () => {
    const { key } = await owner();
    const stored = async () => (await app.s.db.selectFrom("used_challenges").select("expires_at").execute()).length;
    const [job] = app.s.catalog.jobs.filter(({ name }) => name.includes("passkey"));
    app.passes(6 * 60_000);
    await job?.removeExpired(app.s, 1_000);
    const person = app.person();
    const options = await requestOptions(person);
    expect(await stored()).toBe(0);
    await sends(person, key.get(options));
    expect(await stored()).toBe(1);
    app.passes(5 * 60_000);
    await job?.removeExpired(app.s, 1_000);
    // A process whose clock is a minute behind would accept it again.
    expect(await stored()).toBe(1);
    app.passes(60_000);
    await job?.removeExpired(app.s, 1_000);
    expect(await stored()).toBe(0);
  });
});

describe("passkey counters and backup flags", () => {
  it("passkey counter: zero twice is accepted", async () => {
    const { key } = await owner();
    for (let i = 0; i < 2; i++) expect((await logsIn(key, { counter: 0 })).status).toBe(303);
  });

  it.each([
    ["an equal counter", 5],
    ["a lower counter", 4],
    ["a counter of zero", 0],
  ])("passkey counter: %s is refused for a passkey of one device, and its owner is told", async (_, counter) => {
    const { person, key } = await owner({ counter: 1 });
    const { username } = person.identity;
    expect((await logsIn(key, { counter: 5 })).status).toBe(303);
    expect((await logsIn(key, { counter })).status).toBe(401);
    expect(await eventsOf(username)).toContain("passkey-counter");
    expect(await emailsOf(username)).toContain("A passkey of yours was not accepted");
    expect((await logsIn(key, { counter: 6 })).status).toBe(303);
  });

  it("passkey counter: a lower one of a synchronised passkey is accepted and stored", async () => {
    const flags = up | uv | flag.backupEligible | flag.backedUp;
    const { person, key } = await owner({ counter: 9, flags });
    expect((await logsIn(key, { counter: 3 })).status).toBe(303);
    const row = await app.s.db
      .selectFrom("passkeys")
      .innerJoin("users", "users.id", "user_id")
      .select("counter")
      .where("username", "=", person.identity.username)
      .executeTakeFirst();
    expect(row?.counter).toBe(3);
    expect(await eventsOf(person.identity.username)).not.toContain("passkey-counter");
  });

  it("passkey counter: a clone that claims to be synchronised is refused by the stored flag", async () => {
    const { key } = await owner({ counter: 5 });
    expect((await logsIn(key, { counter: 3, flags: up | uv | flag.backupEligible })).status).toBe(401);
  });

  it("passkey counter: of two concurrent logins with one counter, one succeeds", { tags: ["asvs-15.4.2"] }, async () => {
    const { key } = await owner({ counter: 1 });
    const people = [app.person(), app.person()];
    const responses = await Promise.all(people.map(async (person) => key.get(await requestOptions(person), { counter: 2 })));
    const answers = await Promise.all(people.map((person, i) => sends(person, responses[i] ?? "")));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([303, 401]);
  });

  it("passkey backup: changed flags are accepted and recorded, and only the end of synchronization is announced", async () => {
    const { person, key } = await owner();
    const { username } = person.identity;
    const synced = up | uv | flag.backupEligible | flag.backedUp;
    expect((await logsIn(key, { flags: synced })).status).toBe(303);
    expect((await eventsOf(username)).filter((event) => event === "passkey-backup-changed")).toHaveLength(1);
    expect(await emailsOf(username)).not.toContain("A passkey of yours is no longer synchronized");
    expect((await logsIn(key, { flags: up | uv | flag.backupEligible })).status).toBe(303);
    expect(await emailsOf(username)).toContain("A passkey of yours is no longer synchronized");
    expect((await person.opens("/settings/passkeys")).text).toContain("Not synchronized");
  });
});

describe("passkey accounts", () => {
  it("passkey: unknown ones, and those of disabled, compromised and unverified accounts, get one answer", {
    tags: ["asvs-6.3.8"],
  }, async () => {
    const { person, key } = await owner();
    const { username } = person.identity;
    const change = (set: object) => app.s.db.updateTable("users").set(set).where("username", "=", username).execute();
    const sessions = await sessionCount(username);
    const answers: unknown[] = [];
    const tries = async (passkey: RawPasskey) => {
      const visitor = app.person();
      const answer = await visitor.sendsJson(
        "/passkeys/verify",
        { passkey: passkey.get(await requestOptions(visitor)) },
        await headersOf(visitor),
      );
      answers.push([answer.status, answer.html]);
    };
    const stranger = new RawPasskey();
    stranger.create({ challenge: "", rp: {}, user: { id: Buffer.alloc(32).toString("base64url") } });
    await tries(stranger);
    for (const column of ["disabled_at", "compromised_at", "must_verify_since"]) {
      await change({ [column]: app.s.now() });
      await tries(key);
      await change({ [column]: null });
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await sessionCount(username)).toBe(sessions);
    expect((await logsIn(key)).status).toBe(303);
  });

  it("passkey: an unknown credential costs the queries of a known one", { tags: ["asvs-6.3.8"] }, async () => {
    const { key } = await owner();
    const stranger = new RawPasskey();
    stranger.create({ challenge: "", rp: {}, user: { id: Buffer.alloc(32).toString("base64url") } });
    const queriesOf = async (passkey: RawPasskey) => {
      const visitor = app.person();
      const response = passkey.get(await requestOptions(visitor), { rpId: "evil.test" });
      const { token } = await visitor.opens("/login");
      app.resetRecords();
      expect((await visitor.posts("/passkeys/verify", { csrf_token: token, passkey: response })).status).toBe(401);
      return app.queries.map(({ sql }) => sql);
    };
    expect(await queriesOf(stranger)).toEqual(await queriesOf(key));
  });

  it("passkey: a removed one is refused, and the browser is told to forget it once no report can restore it", async () => {
    const { person, key } = await owner();
    const refused = await logsIn(key, { flags: up });
    expect(refused.html).not.toContain("signalUnknownCredential");
    const id = /remove\?id=([\w-]+)/.exec((await person.opens("/settings/passkeys")).html)?.[1] ?? "";
    expect((await person.fillsIn(`/settings/passkeys/remove?id=${id}`, { id })).location).toBe("/settings/passkeys");
    const early = await logsIn(key);
    expect([early.status, early.html.includes("signalUnknownCredential")]).toEqual([401, false]);
    // The list of the account's passkeys would hide it too.
    const listed = async () => (await person.opens("/settings/passkeys")).html.includes(key.id);
    expect(await listed()).toBe(true);
    app.passes(72 * 3_600_000);
    await person.logsIn();
    expect(await listed()).toBe(false);
    const answer = await logsIn(key);
    expect(answer.status).toBe(401);
    expect(answer.html).toContain(
      `&quot;signalUnknownCredential&quot;:{&quot;rpId&quot;:&quot;localhost&quot;,&quot;credentialId&quot;:&quot;${key.id}&quot;}`,
    );
  });

  it("passkey settings: adding and removing needs recent authentication", { tags: ["asvs-7.5.1"] }, async () => {
    const { person } = await owner();
    const device = passkeyDevice();
    const passkey = await createsPasskey(person, device);
    const { token } = await person.opens("/settings/passkeys");
    const id = /remove\?id=([\w-]+)/.exec((await person.opens("/settings/passkeys")).html)?.[1] ?? "";
    app.passes(16 * 60_000);
    const headers = { "x-csrf-token": token };
    expect(codeOf(await person.sendsJson("/settings/passkeys/options", {}, headers))).toBe("reauthentication-required");
    for (const [path, body] of [
      ["/settings/passkeys", { new_passkey: passkey }],
      ["/settings/passkeys/rename", { id, name: "mine" }],
      ["/settings/passkeys/remove", { id }],
    ] as const)
      expect((await person.posts(path, { csrf_token: token, ...body })).status, path).toBe(403);
  });

  it("passkey settings: passkeys of others can be neither renamed nor removed", { tags: ["asvs-8.2.2"] }, async () => {
    const { person } = await owner();
    const id = /remove\?id=([\w-]+)/.exec((await person.opens("/settings/passkeys")).html)?.[1] ?? "";
    const thief = await member();
    const { token } = await thief.opens("/settings/passkeys");
    expect((await thief.opens(`/settings/passkeys/rename?id=${id}`)).status).toBe(404);
    expect((await thief.posts("/settings/passkeys/rename", { csrf_token: token, id, name: "mine" })).status).toBe(404);
    expect((await thief.posts("/settings/passkeys/remove", { csrf_token: token, id })).status).toBe(404);
    expect((await person.opens("/settings/passkeys")).html).toContain(id);
  });

  it("passkey login: 30 failures of a network are refused, and successes do not count", { tags: ["asvs-6.3.1"] }, async () => {
    const { key } = await owner();
    const statuses: number[] = [];
    for (let i = 0; i < 32; i++) statuses.push((await logsIn(key, i % 8 === 0 ? {} : { flags: up })).status);
    expect(statuses.filter((status) => status === 429)).toEqual([]);
    while (statuses.at(-1) !== 429 && statuses.length < 60) statuses.push((await logsIn(key, { flags: up })).status);
    expect(statuses.at(-1)).toBe(429);
    app.passes(10 * 60_000);
    expect((await logsIn(key)).status).toBe(303);
  });

  it("passkey: the response of a login is no CSRF-free way in: without the token of the page it is refused", async () => {
    const device = passkeyDevice();
    await addsPasskey(await member(), device);
    const visitor = app.person();
    const passkey = await usesPasskey(visitor, device);
    expect((await visitor.posts("/passkeys/verify", { passkey })).status).toBe(403);
    expect((await visitor.posts("/passkeys/verify", { passkey }, { origin: "https://evil.test" })).status).toBe(403);
    expect((await logsInByPasskey(visitor, device)).status).toBe(303);
    expect(origin).toBe(app.s.settings.baseUrl);
  });
});

async function headersOf(person: Person): Promise<Record<string, string>> {
  return { "x-csrf-token": (await person.opens("/login?switch=1")).token };
}
