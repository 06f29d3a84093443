import { sql, type Updateable } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engine } from "../../../test/database.ts";
import { type TestApp, testApp } from "../../../test/person.ts";
import { requestFrom } from "../../../test/request-info.ts";
import { createUser } from "../../../test/transaction.ts";
import type { Schema } from "../../db/schema.ts";
import { listEvents } from "../audit/log.ts";
import { type GuardedAccount, lockAccount } from "../credentials/guard-change.ts";
import { setPassword } from "../credentials/password/set.ts";
import { type Reservation, reserve } from "../rate-limits/rate-limits.ts";
import { inTransaction, type Services } from "../services.ts";
import { endSession, findVisitor } from "../sessions/session.ts";
import { type AccountRow, findUserByEmail, findUserById, type UserRow } from "../users/users.ts";
import { renewSession } from "./reauthentication.ts";
import { type SignedIn, type SignInOptions, signIn } from "./sign-in.ts";

const day = 24 * 3_600_000;
const foreign = `pbkdf2:sha256:1000$salt$${"ab".repeat(32)}`;
const info = requestFrom("203.0.113.9", "a browser");

let app: TestApp;
let s: Services;
/** The current time of the services. */
let at = Date.UTC(2030, 0, 1);
beforeAll(async () => {
  app = await testApp();
  s = { ...app.s, now: () => at };
});
afterAll(() => app.close());

interface PasswordProof {
  readonly user: AccountRow;
  readonly attempt: Reservation;
  readonly upgradedHash?: string;
}

/** Signs in by a password, in a transaction of its own. */
const signInBy = ({ user, attempt, upgradedHash }: PasswordProof, options: SignInOptions, services = s) =>
  inTransaction(services, (tx) => signIn(tx, { user, methods: ["password"], password: { attempt, upgradedHash } }, options));

/** An account after a successful password check, with the reserved attempt. */
async function proven(username: string): Promise<PasswordProof> {
  const email = `${username}@example.com`;
  await createUser(s, { username, email, passwordHash: foreign });
  const user = await findUserByEmail(s, email);
  const attempt = await reserve(s, [{ name: "login", of: email, budget: { count: 100, perMs: day } }]);
  if (!user || !attempt.ok) throw new Error("The account could not be set up.");
  return { user, attempt };
}

async function signedIn(proof: PasswordProof, options: Partial<SignInOptions> = {}): Promise<SignedIn> {
  const result = await signInBy(proof, { remember: false, info: info, ...options });
  if (!result.ok) throw new Error(`The sign-in failed: ${result.reason}.`);
  return result;
}

const accountOf = ({ user }: PasswordProof) => findUserById(s, user.id);
const sessionsOf = ({ user }: PasswordProof) => s.db.selectFrom("sessions").selectAll().where("user_id", "=", user.id).execute();
/** Sorted by name, because events of one millisecond have no order. */
const eventsOf = async ({ user }: PasswordProof) =>
  (await listEvents(s, user.id, 100)).map(({ event }) => event).sort((a, b) => a.localeCompare(b));
const attemptsOf = async ({ attempt }: PasswordProof) => {
  const budget = attempt.counted[0]?.budget ?? "";
  return (await s.db.selectFrom("rate_limits").select("hits").where("budget", "=", budget).executeTakeFirstOrThrow()).hits;
};
const change = ({ user }: PasswordProof, to: Partial<UserRow>) => s.db.updateTable("users").set(to).where("id", "=", user.id).execute();
const changePassword = ({ user }: PasswordProof, to: Updateable<Schema["passwords"]>) =>
  s.db.updateTable("passwords").set(to).where("user_id", "=", user.id).execute();
const isIn = async ({ token }: Pick<SignedIn, "token">) => (await findVisitor(s, token)) !== undefined;

describe("sign-in", () => {
  it("sign-in: starts a session with the requested lifetime, found by its token", async () => {
    const proof = await proven("ada");
    const plain = await signedIn(proof);
    const remembered = await signedIn(proof, { remember: true });
    expect(plain.session).toMatchObject({ remembered: false, createdAt: at, lastSeenAt: at, authenticatedAt: at, expiresAt: at + day });
    expect(remembered.session).toMatchObject({ remembered: true, expiresAt: at + 30 * day });
    for (const { token, session, user } of [plain, remembered]) {
      const found = await findVisitor(s, token);
      expect(found?.session).toEqual({ ...session, tokenHash: new Uint8Array(session.tokenHash) });
      expect(found?.user.id).toBe(user.id);
    }
  });

  it("sign-in: creates a new token each time", { tags: ["asvs-7.2.2", "asvs-7.2.4"] }, async () => {
    const proof = await proven("often");
    const tokens = new Set<string>();
    for (let i = 0; i < 5; i++) tokens.add((await signedIn(proof)).token);
    expect(tokens.size).toBe(5);
    expect(await sessionsOf(proof)).toHaveLength(5);
  });

  it("sign-in: ends the previous session of this browser, also of another account, and no other", { tags: ["asvs-7.2.4"] }, async () => {
    const [ada, eve] = [await proven("owner"), await proven("planter")];
    const [planted, elsewhere] = [await signedIn(eve), await signedIn(eve)];
    const mine = await signedIn(ada, { replaces: planted.session });
    expect([await isIn(planted), await isIn(elsewhere)]).toEqual([false, true]);
    await signedIn(ada, { replaces: mine.session });
    expect(await isIn(mine)).toBe(false);
    // Only the session of another account is recorded as a logout.
    expect(await eventsOf(eve)).toEqual(["logged-in", "logged-in", "logged-out"]);
    expect(await eventsOf(ada)).toEqual(["logged-in", "logged-in"]);
  });

  it("sign-in: stores an upgraded hash without changing the date of the password", { tags: ["asvs-11.4.2"] }, async () => {
    const proof = await proven("mover");
    at += day;
    await signedIn(proof);
    expect(await accountOf(proof)).toMatchObject({ password_hash: foreign, password_scheme: "pbkdf2:sha256:1000" });
    await signedIn({ ...proof, upgradedHash: "the better hash" });
    expect(await accountOf(proof)).toMatchObject({
      password_hash: "the better hash",
      password_scheme: null,
      password_changed_at: at - day,
    });
    await signedIn(proof);
    expect((await accountOf(proof))?.password_hash).toBe("the better hash");
  });

  it("sign-in: records this login and the previous one, with IP and user agent", async () => {
    const proof = await proven("noted");
    expect((await signedIn(proof)).user).toMatchObject({ lastLoginAt: at, previousLoginAt: null });
    at += day;
    expect((await signedIn(proof)).user).toMatchObject({ lastLoginAt: at, previousLoginAt: at - day });
    at += day;
    const wordy = requestFrom("2001:db8::1", "a".repeat(10_000));
    expect((await signedIn(proof, { info: wordy })).user).toMatchObject({ lastLoginAt: at, previousLoginAt: at - day });
    const newest = (await listEvents(s, proof.user.id, 3)).find(({ at: when }) => when === at);
    const session = (await sessionsOf(proof)).find((row) => row.created_at === at);
    expect([newest?.ip, newest?.userAgent.length]).toEqual(["2001:db8::1", 300]);
    expect([session?.ip, session?.user_agent.length]).toEqual(["2001:db8::1", 300]);
  });

  it("sign-in: releases the attempt and resets the failures", async () => {
    const proof = await proven("right");
    await changePassword(proof, { failures: 7 });
    const failed = { ...proof, user: { ...proof.user, password_failures: 7 } };
    expect(await attemptsOf(proof)).toBe(1);
    await signedIn(failed);
    expect(await attemptsOf(proof)).toBe(0);
    expect((await accountOf(proof))?.password_failures).toBe(0);
  });

  it.each<[string, string, (proof: PasswordProof) => Promise<unknown>]>([
    [
      "was changed since the check",
      "changed",
      (proof) => inTransaction(s, async (tx) => setPassword(tx, (await lockAccount(tx, proof.user.id)) as GuardedAccount, "of another")),
    ],
    ["was locked since the check", "aside", (proof) => changePassword(proof, { locked_at: at })],
    ["belongs to an account disabled since the check", "shut", (proof) => change(proof, { disabled_at: at })],
    [
      "belongs to an account deleted since the check",
      "gone",
      (proof) => s.db.deleteFrom("users").where("id", "=", proof.user.id).execute(),
    ],
    ["belongs to an account whose deletion was scheduled since the check", "erased", (proof) => change(proof, { erase_at: at + day })],
  ])("sign-in: fails if the password %s", { tags: ["asvs-15.4.2"] }, async (_, username, changeAccount) => {
    const proof = await proven(username);
    const before = await signedIn(await proven(`${username}-before`));
    await changeAccount(proof);
    const account = await accountOf(proof);
    const options = { remember: true, info: info, replaces: before.session };
    expect(await signInBy({ ...proof, upgradedHash: "of the old password" }, options)).toEqual({ ok: false, reason: "changed" });
    expect(await accountOf(proof)).toEqual(account);
    expect([await sessionsOf(proof), await eventsOf(proof)]).toEqual([[], []]);
    expect(await isIn(before)).toBe(true);
  });

  it("sign-in: an unverified email is rejected with SIGNUP=confirm, and the attempt stays counted", async () => {
    const proof = await proven("unconfirmed");
    const demanding = { ...s, settings: { ...s.settings, signup: "confirm" as const } };
    expect(await signInBy(proof, { remember: false, info: info }, demanding)).toEqual({ ok: false, reason: "unverified" });
    expect([await sessionsOf(proof), (await accountOf(proof))?.last_login_at]).toEqual([[], null]);
    // Account enumeration: the attempt stays counted, as for a wrong password.
    expect(await attemptsOf(proof)).toBe(1);
    const confirmed = { ...proof, user: { ...proof.user, email_verified_at: at } };
    expect(await signInBy(confirmed, { remember: false, info: info }, demanding)).toMatchObject({ ok: true });
  });

  it("sign-in: cancels a scheduled deletion", async () => {
    const asked = await proven("asked");
    await change(asked, { erase_at: at + day });
    await signedIn(await proven("asked"));
    expect((await accountOf(asked))?.erase_at).toBeNull();
    expect(await eventsOf(asked)).toEqual(["deletion-cancelled", "logged-in"]);
  });

  it("sign-in: a failed insert rolls back hash, login date, ended session and released attempt", {
    tags: ["asvs-2.3.3"],
  }, async () => {
    const before = await signedIn(await proven("unlucky"));
    at += day;
    const again = await proven("unlucky");
    const state = async () => [await accountOf(again), await sessionsOf(again), await eventsOf(again), await attemptsOf(again)];
    const untouched = await state();
    const attempt = () =>
      signInBy({ ...again, upgradedHash: "the better hash" }, { remember: false, info: info, replaces: before.session });
    const [refuse, allow] =
      engine === "sqlite"
        ? [sql`create trigger no_room before insert on sessions begin select raise(abort, 'no_room'); end`, sql`drop trigger no_room`]
        : [
            sql`alter table sessions add constraint no_room check (user_id = '') not valid`,
            sql`alter table sessions drop constraint no_room`,
          ];
    await refuse.execute(s.db);
    await expect(attempt()).rejects.toThrow("no_room");
    await allow.execute(s.db);
    expect(await state()).toEqual(untouched);
    expect(await attempt()).toMatchObject({ ok: true });
    expect(await sessionsOf(again)).toHaveLength(1);
  });
});

describe("re-authentication", () => {
  const renewed = (visitor: SignedIn, { attempt }: PasswordProof) =>
    inTransaction(s, (tx) => renewSession(tx, visitor, { methods: ["password"], attempt }));

  it("re-authentication: gives the session a new token, and the old one stops working", { tags: ["asvs-7.2.4"] }, async () => {
    const proof = await proven("renewed");
    const [before, elsewhere] = [await signedIn(proof, { remember: true }), await signedIn(proof)];
    at += day;
    const after = await renewed(before, await proven("renewed"));
    if (!after) throw new Error("It had ended.");
    expect([await isIn(before), await isIn(after), await isIn(elsewhere)]).toEqual([false, true, false]);
    expect((await findVisitor(s, after.token))?.session).toEqual({
      ...before.session,
      tokenHash: new Uint8Array(after.session.tokenHash),
      authenticatedAt: at,
    });
    expect(await sessionsOf(proof)).toHaveLength(2);
  });

  it("re-authentication: an ended session is not revived, and the attempt is released", { tags: ["asvs-15.4.2"] }, async () => {
    const ended = await signedIn(await proven("ended"));
    const proof = await proven("ended");
    await endSession(s, ended.session);
    expect(await renewed(ended, proof)).toBeUndefined();
    expect([await sessionsOf(proof), await attemptsOf(proof)]).toEqual([[], 0]);
  });
});
