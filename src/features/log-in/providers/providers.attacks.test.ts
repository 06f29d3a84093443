/** Attacks on logins with providers: takeovers that other systems had, forged ways back, replays. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseContents } from "../../../../test/attacks/database-contents.ts";
import { wrongDigits } from "../../../../test/codes.ts";
import { addsPasskey, logsInByPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import type { Answer, Person } from "../../../../test/person.ts";
import { codeTo, type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { verifiesEmail } from "../../../../test/two-factor.ts";
import { type GuardedAccount, lockAccount } from "../../../core/credentials/guard-change.ts";
import { removePassword } from "../../../core/credentials/password/set.ts";
import { inTransaction } from "../../../core/services.ts";
import { findUserByEmail, findUserByName } from "../../../core/users/users.ts";

const json = { accept: "application/json" };
const chosen = "nine grey herons";
const proofOn = ({ html }: Answer) => /name="proof" value="([\w-]{43})"/.exec(html)?.[1] ?? "";
const usernameOf = async (person: Person) =>
  /Username\s+(\S+)/.exec((await person.opens("/settings")).text)?.[1] ?? (await person.opens("/settings")).text.slice(0, 80);
const isIn = async (person: Person) => (await person.opens("/dashboard")).status === 200;

describe("attacks on logins with providers", () => {
  let app: ProviderApp;
  let count = 0;
  const member = async () => app.person({ username: `victim${count++}` }).isLoggedIn();
  const verified = async () => {
    const person = await member();
    await verifiesEmail(app, person);
    return person;
  };
  const as = (sub: string, email?: string, isVouched = true) => {
    app.peer.user = { sub, ...(email === undefined ? {} : { email, email_verified: isVouched }), preferred_username: sub };
  };
  const identities = async (name: string) => {
    const id = (await findUserByName(app.s, name))?.id ?? "";
    return app.s.db.selectFrom("identities").select(["issuer", "subject"]).where("user_id", "=", id).execute();
  };
  beforeAll(async () => {
    app = await providerApp({
      SIGNUP: "open",
      PROVIDER_WORK_LINK: "verified",
      LIMIT_CODES_PER_IP: "1000/10m",
      LIMIT_SIGNUP_PER_IP: "1000/1h",
    });
  });
  afterEach(() => {
    app.peer.lies = {};
  });
  afterAll(() => app.close());

  it("unvouched email: it never links or opens the account that has it, and says nothing before its inbox is proven", async () => {
    const victim = await verified();
    const answers: (string | null)[] = [];
    for (const email of [victim.identity.email, "nobody@example.net"]) {
      as(`attacker of ${email}`, email, false);
      const attacker = app.person();
      answers.push((await app.continuesWith(attacker)).location);
      expect(await isIn(attacker)).toBe(false);
      const asked = await attacker.fillsIn("/signup/provider", { email });
      answers.push(asked.location, (await attacker.opens("/signup/provider")).text.replaceAll(email, "EMAIL"));
      const wrong = wrongDigits(await codeTo(app, email));
      for (let i = 0; i < 6; i++) expect((await attacker.fillsIn("/signup/provider", { code: wrong })).status).toBe(422);
      // The tries are used up, so the right code is refused too.
      expect((await attacker.fillsIn("/signup/provider", { code: await codeTo(app, email) })).status).toBe(422);
    }
    expect(answers.slice(0, 3)).toEqual(answers.slice(3));
    expect(await identities(victim.identity.username)).toEqual([]);
  });

  it("unvouched email: even a proven inbox links nothing by itself", async () => {
    const victim = await verified();
    as("inbox", victim.identity.email, false);
    const reader = app.person();
    await app.continuesWith(reader);
    await reader.fillsIn("/signup/provider", { email: victim.identity.email });
    const answer = await reader.fillsIn("/signup/provider", { code: await codeTo(app, victim.identity.email) });
    expect(answer.location).toBe("/login/link");
    expect((await reader.opens("/login/link")).text).toContain("You already have an account");
    expect([await isIn(reader), await identities(victim.identity.username)]).toEqual([false, []]);
  });

  it("pre-registration hijack: the owner takes the email for a new account, and the stranger's password opens nothing of it", async () => {
    const stranger = await member();
    as("owner-of-claimed", stranger.identity.email);
    const owner = app.person();
    expect((await app.continuesWith(owner)).location).toBe("/login/provider/claim");
    expect([await isIn(owner), await identities(stranger.identity.username)]).toEqual([false, []]);
    expect((await owner.opens("/login/provider/claim")).text).toContain(stranger.identity.email);
    const made = await owner.fillsIn("/login/provider/claim", {});
    // The local part of the email is the stranger's username.
    expect(made.location).toBe("/dashboard");
    const account = await findUserByEmail(app.s, stranger.identity.email);
    expect([account?.username, account?.email_verified_at !== null]).toEqual(["owner-of-claimed", true]);
    expect((await app.person(stranger.identity).logsIn()).status).toBe(401);
    const told = await stranger.opens("/settings");
    expect(told.text).toContain("The email of this account now belongs to another account");
    expect(told.html).toContain('<a href="/settings/change-email">Add another email</a>');
    const { username, password } = stranger.identity;
    expect((await app.person().logsIn({ email: username, password })).status).toBe(303);
    expect((await app.person().logsIn({ email: account?.username ?? "", password })).status).toBe(401);
    const added = `added-${stranger.identity.email}`;
    expect((await stranger.fillsIn("/settings/change-email", { email: added })).status).toBe(303);
  });

  it("pre-registration hijack: an account whose sign-up was never finished gives way", async () => {
    const confirm = await providerApp({ SIGNUP: "confirm" });
    try {
      const stranger = confirm.person({ username: "squatter", email: "squatted@example.com" });
      await stranger.signsUp();
      confirm.peer.user = { sub: "true-owner", email: "squatted@example.com", email_verified: true, preferred_username: "trueowner" };
      const owner = confirm.person();
      expect((await confirm.continuesWith(owner)).location).toBe("/dashboard");
      expect((await findUserByEmail(confirm.s, "squatted@example.com"))?.username).toBe("trueowner");
      expect((await confirm.person(stranger.identity).logsIn()).status).toBe(401);
    } finally {
      await confirm.close();
    }
  });

  it("planted login: an unverified account cannot link a foreign login, and the first proof of the inbox removes one", async () => {
    const stranger = await member();
    as("planted", "planted@evil.example");
    await app.continuesWith(stranger, "?purpose=link");
    const id = (await findUserByName(app.s, stranger.identity.username))?.id ?? "";
    const isOwn = { user_id: id, subject: "planted" };
    const [proof] = await app.s.db
      .selectFrom("provider_proofs")
      .select("id")
      .where((where) => where.and(isOwn))
      .execute();
    // The page has no form that would send it.
    const refused = await stranger.fillsIn("/login/link", { proof: proof?.id ?? "" });
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining("Verify your account's email before you link Work.")]);
    const row = { id: `planted ${id}`, user_id: id, provider: "work", issuer: app.peer.issuer, subject: "planted", email: null };
    await app.s.db
      .insertInto("identities")
      .values({ ...row, created_at: 1, last_used_at: null, tokens: null })
      .execute();
    const owner = app.person();
    await owner.fillsIn("/reset-password", { email: stranger.identity.email });
    const link =
      /https?:\/\/[^/\s]+(\/reset-password\/choose\?\S+)/.exec((await app.emails(stranger.identity.email))[0]?.text ?? "")?.[1] ?? "";
    const opened = await owner.opens(link);
    await owner.fillsIn(opened.location ?? "", { password: "a lighthouse at dawn", confirm_password: "a lighthouse at dawn" });
    expect(await identities(stranger.identity.username)).toEqual([]);
  });

  it("changed email at the provider: the identity stays, and a recycled email opens no account", async () => {
    as("stable", "stable@example.com");
    await app.continuesWith(app.person());
    as("recycler", "stable@example.com", false);
    const recycler = app.person();
    expect((await app.continuesWith(recycler)).location).toBe("/signup/provider");
    expect(await isIn(recycler)).toBe(false);
  });

  it("issuer and subject: the same subject of another issuer is another identity", async () => {
    const victim = await verified();
    const id = (await findUserByName(app.s, victim.identity.username))?.id ?? "";
    const row = { id: `other ${id}`, user_id: id, provider: "work", issuer: "https://other.example", subject: "same", email: null };
    await app.s.db
      .insertInto("identities")
      .values({ ...row, created_at: 1, last_used_at: null, tokens: null })
      .execute();
    as("same", "same@example.com");
    const other = app.person();
    await app.continuesWith(other);
    expect((await findUserByEmail(app.s, "same@example.com"))?.username).toBe("same");
    expect(await identities(victim.identity.username)).toHaveLength(1);
  });

  it("link proof: it is bound to its account, its identity and its browser, and good once", { tags: ["asvs-15.4.2"] }, async () => {
    const [ada, eve] = [await verified(), await verified()];
    as("proof-1");
    await app.continuesWith(ada, "?purpose=link");
    const proof = ada.cookies.get("latchkey_proof") ?? "";
    // Another account, with the copied cookie.
    eve.cookies.set("latchkey_proof", proof);
    const page = await eve.opens("/login/link");
    expect([page.text.includes("You're logged in to a different account."), proofOn(page)]).toEqual([true, expect.stringMatching(/./)]);
    expect((await eve.posts("/login/link", { csrf_token: page.token, proof: proofOn(page) })).status).toBe(422);
    expect((await ada.fillsIn("/login/link", {})).status).toBe(303);
    // Used, and unlinked: a replay links nothing again.
    const [identity] = ((await ada.opens("/settings/logins", json)).json() as { linked: { id: string }[] }).linked;
    const id = identity?.id ?? "";
    await ada.fillsIn(`/settings/logins/unlink?id=${id}`, { id });
    ada.cookies.set("latchkey_proof", proof);
    const { token: later } = await ada.opens("/settings/change-username");
    expect((await ada.posts("/login/link", { csrf_token: later, proof: proofOn(page) })).status).toBe(422);
    expect([await identities(ada.identity.username), await identities(eve.identity.username)]).toEqual([[], []]);
  });

  it.each<[string, (ada: Person) => Promise<Answer>]>([
    ["a changed username", (ada) => ada.fillsIn("/settings/change-username", { username: `${ada.identity.username}.new` })],
    [
      "a changed password",
      (ada) =>
        ada.fillsIn("/settings/change-password", { current_password: ada.identity.password, password: chosen, confirm_password: chosen }),
    ],
    ["a new passkey", (ada) => addsPasskey(ada, passkeyDevice())],
  ])("link proof: %s ends it (CVE-2026-92358)", { tags: ["asvs-15.4.2"] }, async (_, changes) => {
    const ada = await verified();
    const { username } = ada.identity;
    as(`proof-of-${username}`);
    await app.continuesWith(ada, "?purpose=link");
    const proof = proofOn(await ada.opens("/login/link"));
    expect((await changes(ada)).status).toBe(303);
    const { token } = await ada.opens("/settings/change-username");
    // The form is that of the login which still waits, so the change alone refuses it.
    expect(proofOn(await ada.opens("/login/link"))).toBe(proof);
    expect((await ada.posts("/login/link", { csrf_token: token, proof })).status).toBe(422);
    const linked = await app.s.db.selectFrom("identities").select("id").where("subject", "=", `proof-of-${username}`).execute();
    expect(linked).toEqual([]);
  });

  it("forced linking: a way back that another session has started links nothing", async () => {
    const [attacker, victim] = [await verified(), await verified()];
    as("attackers-login");
    const back = await app.goesThere(attacker, "?purpose=link");
    expect((await victim.opens(back)).location).toContain("/login");
    for (const [name, value] of attacker.cookies) if (name.startsWith("latchkey_oauth_")) victim.cookies.set(name, value);
    expect((await victim.opens(back)).location).toBe("/settings/logins");
    expect((await victim.opens("/login/link")).location).toBe("/login");
    expect(await identities(victim.identity.username)).toEqual([]);
  });

  it("login CSRF: a way back without the cookie of its attempt logs nobody in, and writes nothing", async () => {
    as("csrf", "csrf@example.com");
    const back = await app.goesThere(app.person());
    const before = await databaseContents(app.s);
    const victim = app.person();
    const answer = await victim.opens(back);
    expect(answer.location).toBe("/login");
    expect((await victim.opens("/login")).text).toContain("expired or was already used");
    expect(await isIn(victim)).toBe(false);
    expect(await databaseContents(app.s)).toEqual(before);
  });

  it("mix-up: the way back of one provider is not taken by another, and the cookie is used up", async () => {
    const two = await providerApp({
      SIGNUP: "open",
      PROVIDERS: "work,other",
      PROVIDER_OTHER_ISSUER: "https://other.example.com",
      PROVIDER_OTHER_CLIENT_ID: "client",
      PROVIDER_OTHER_SECRET: "a secret for tests",
    });
    try {
      const person = two.person();
      const back = await two.goesThere(person);
      const before = await databaseContents(two.s);
      expect((await person.opens(back.replace("/work", "/other"))).location).toBe("/login");
      expect((await person.opens(back)).location).toBe("/login");
      expect([await isIn(person), await databaseContents(two.s)]).toEqual([false, before]);
    } finally {
      await two.close();
    }
  });

  it("clocks: a login that fails because they differ says so, with the number of the request that is in the log", async () => {
    as("clock", "clock@example.com");
    app.peer.lies = { idToken: (claims) => ({ ...claims, iat: Number(claims["iat"]) + 3_600, exp: Number(claims["exp"]) + 3_600 }) };
    const person = app.person();
    app.resetRecords();
    await app.continuesWith(person);
    const { text } = await person.opens("/login");
    expect(text).toContain("because the clocks of Work and this site differ");
    const id = /request ID ([\da-f-]{36})/.exec(text)?.[1];
    expect(app.lines).toContainEqual(expect.objectContaining({ id, reason: "clock", message: "a login with a provider was refused" }));
  });

  it("replay: a copied cookie and callback log in once", async () => {
    as("replayed", "replayed@example.com");
    const ada = app.person();
    const back = await app.goesThere(ada);
    const copy = app.person();
    for (const [name, value] of ada.cookies) copy.cookies.set(name, value);
    // A provider that accepts its code twice.
    let first = "";
    app.peer.lies = {
      respond: async (endpoint, response) => {
        if (endpoint !== "token") return response;
        first ||= await response.text();
        return Response.json(JSON.parse(first));
      },
    };
    expect((await ada.opens(back)).location).toBe("/dashboard");
    const again = await copy.opens(back);
    expect([again.location, await isIn(copy)]).toEqual(["/login", false]);
  });

  it("forged state: a state that only begins like the right one is refused before anything is written", async () => {
    const person = app.person();
    const back = new URL(await app.goesThere(person), app.url);
    const state = back.searchParams.get("state") ?? "";
    back.searchParams.set("state", `${state.slice(0, 8)}${"x".repeat(state.length - 8)}`);
    const before = await databaseContents(app.s);
    expect((await person.opens(back.pathname + back.search)).location).toBe("/login");
    expect(await databaseContents(app.s)).toEqual(before);
  });

  it("replay: the cookie of an attempt is good for ten minutes", async () => {
    as("late", "late@example.com");
    const late = app.person();
    const back = await app.goesThere(late);
    app.passes(10 * 60_000 + 1);
    expect((await late.opens(back)).location).toBe("/login");
    expect(await findUserByEmail(app.s, "late@example.com")).toBeUndefined();
  });

  it("way back: HEAD writes nothing and logs nobody in", async () => {
    as("headed", "headed@example.com");
    const person = app.person();
    const back = await app.goesThere(person);
    const before = await databaseContents(app.s);
    await person.sends("HEAD", back);
    expect(await databaseContents(app.s)).toEqual(before);
    expect(await findUserByEmail(app.s, "headed@example.com")).toBeUndefined();
  });

  it("start: it writes nothing, whoever opens it", async () => {
    const before = await databaseContents(app.s);
    for (const query of ["", "?next=//evil.example", "?purpose=link", "?callback=https://evil.example&challenge=x"])
      await app.person().opens(`/oauth/start/work${query}`);
    expect(await databaseContents(app.s)).toEqual(before);
  });

  it("open redirect: a login returns to this site only", async () => {
    as("redirected", "redirected@example.com");
    for (const next of ["https://evil.example/", "//evil.example", "/\\evil.example"]) {
      const answer = await app.continuesWith(app.person(), `?next=${encodeURIComponent(next)}`);
      expect(answer.location).toBe("/dashboard");
    }
  });

  it("disabled and reported accounts: their providers open nothing", async () => {
    as("disabled", "disabled@example.com");
    await app.continuesWith(app.person());
    for (const column of ["disabled_at", "compromised_at"] as const) {
      await app.s.db
        .updateTable("users")
        .set({ disabled_at: null, compromised_at: null, [column]: 1 })
        .where("email", "=", "disabled@example.com")
        .execute();
      const person = app.person();
      expect((await app.continuesWith(person)).location).toBe("/login");
      expect((await person.opens("/login")).text).toContain("You can't log in to this account with Work at the moment.");
      expect(await isIn(person)).toBe(false);
    }
  });

  it("vouched email of an account with two-factor authentication: nothing is linked before its factor is proven", async () => {
    const victim = await verified();
    await app.s.db.updateTable("users").set({ two_factor_since: 1 }).where("username", "=", victim.identity.username).execute();
    as("downgrader", victim.identity.email);
    const attacker = app.person();
    expect((await app.continuesWith(attacker)).location).toBe("/login/link");
    expect(await identities(victim.identity.username)).toEqual([]);
  });

  it("vouched email of an account that has given up its password for passkeys: nothing is linked before its passkey is used", async () => {
    const victim = await verified();
    const device = passkeyDevice();
    for (const each of [device, passkeyDevice()]) expect((await addsPasskey(victim, each)).status).toBe(303);
    const { id } = (await findUserByName(app.s, victim.identity.username)) ?? { id: "" };
    expect(await inTransaction(app.s, async (tx) => removePassword(tx, (await lockAccount(tx, id)) as GuardedAccount))).toEqual({
      ok: true,
    });
    as("inbox-alone", victim.identity.email);
    const attacker = app.person();
    expect((await app.continuesWith(attacker)).location).toBe("/login/link");
    expect([await isIn(attacker), await identities(victim.identity.username)]).toEqual([false, []]);
    // The owner logs in with the passkey, and links.
    expect((await logsInByPasskey(attacker, device, { next: "/login/link" })).location).toBe("/login/link");
    expect((await attacker.fillsIn("/login/link", {})).status).toBe(303);
    expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
  });

  it("closed sign-up: a provider makes no account, and takes no email away", async () => {
    const closed = await providerApp({ SIGNUP: "open", PROVIDER_WORK_SIGNUP: "off" });
    try {
      const stranger = await closed.person({ username: "keeps" }).isLoggedIn();
      closed.peer.user = { sub: "new", email: "new@example.com", email_verified: true };
      const person = closed.person();
      expect((await closed.continuesWith(person)).location).toBe("/login");
      expect((await person.opens("/login")).text).toContain("No account here is linked to this account at Work");
      closed.peer.user = { sub: "new", email: stranger.identity.email, email_verified: true };
      await closed.continuesWith(person);
      const page = (await person.opens("/login/provider/claim", json)).json() as { csrfToken: string; proof: string };
      const fields = { csrf_token: page.csrfToken, proof: page.proof };
      expect((await person.posts("/login/provider/claim", fields)).location).toBe("/login");
      expect((await findUserByName(closed.s, "keeps"))?.email).toBe(stranger.identity.email);
    } finally {
      await closed.close();
    }
  });

  it("stolen session: a login is linked and unlinked only after recent authentication", { tags: ["asvs-7.5.1"] }, async () => {
    const ada = await verified();
    as("recent");
    await app.continuesWith(ada, "?purpose=link");
    app.passes(16 * 60_000);
    expect((await ada.opens("/login/link")).location).toContain("/confirm-password");
    const { token } = await ada.opens("/settings/display-name");
    expect((await ada.posts("/login/link", { csrf_token: token })).location).toContain("/confirm-password");
    expect(await identities(ada.identity.username)).toEqual([]);
  });

  it("stored secrets: neither the state, the proof nor an email of it is readable in the database", async () => {
    as("sealed", "sealed@example.org", false);
    const person = app.person();
    const back = await app.goesThere(person);
    const state = new URL(back, app.url).searchParams.get("state") ?? "";
    await person.opens(back);
    const contents = JSON.stringify(await databaseContents(app.s));
    for (const secret of [state, person.cookies.get("latchkey_proof") ?? "", "preferred_username"]) expect(contents).not.toContain(secret);
    expect(await usernameOf(person)).toBeDefined();
  });
});
