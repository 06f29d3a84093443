import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { createUser } from "../../../test/transaction.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";
import { findUserById } from "../users/users.ts";
import { type GuardedAccount, lockAccount } from "./guard-change.ts";
import { removePassword, setPassword } from "./password/set.ts";
import { requireAnotherWayIn, waysIn } from "./ways-in.ts";

let app: TestApp;
beforeAll(async () => {
  app = await testApp();
});
afterAll(() => app.close());

/** Services in which every account has this number of passkeys. */
const withPasskeys = (count: number): Services => ({
  ...app.s,
  catalog: { ...app.s.catalog, waysIn: [...app.s.catalog.waysIn, { name: "passkey", count: async () => count }] },
});

let counter = 0;
async function account(passwordHash?: string): Promise<string> {
  const name = `user${counter++}`;
  const created = await createUser(app.s, { username: name, email: `${name}@example.com`, passwordHash });
  if (!created.ok) throw new Error("The account was not created.");
  return created.user.id;
}

function within<T>(s: Services, userId: string, work: (tx: Transaction, account: GuardedAccount) => Promise<T>): Promise<T> {
  return inTransaction(s, async (tx) => {
    const locked = await lockAccount(tx, userId);
    if (!locked) throw new Error("There is no such account.");
    return work(tx, locked);
  });
}

describe("ways in", () => {
  it("ways in: a password counts, a locked password, a missing one and a verified email do not", async () => {
    const [id, without] = [await account("x"), await account()];
    await app.s.db.updateTable("users").set({ email_verified_at: 1 }).where("id", "in", [id, without]).execute();
    const counted = async (userId: string, s: Services = app.s) => [...(await waysIn(s, userId))].filter(([, count]) => count > 0);
    expect(await counted(id)).toEqual([["password", 1]]);
    expect(await counted(without)).toEqual([]);
    expect(await counted(id, withPasskeys(2))).toEqual([
      ["password", 1],
      ["passkey", 2],
    ]);
    await app.s.db.updateTable("passwords").set({ locked_at: 1 }).where("user_id", "=", id).execute();
    expect(await counted(id)).toEqual([]);
  });

  it.each([
    ["x", 0, "password", false],
    ["x", 1, "password", true],
    ["x", 1, "passkey", true],
    [undefined, 1, "passkey", false],
    [undefined, 2, "passkey", true],
  ] as const)("ways in: with password %j and %d passkeys, removing one %s is allowed: %j", async (hash, passkeys, name, isAllowed) => {
    const answer = await within(withPasskeys(passkeys), await account(hash), (tx, locked) => requireAnotherWayIn(tx, locked, name));
    expect(answer).toEqual(isAllowed ? { ok: true } : { ok: false, reason: "last-way-in" });
  });

  it("ways in: a name that no feature declares throws", async () => {
    const id = await account("x");
    await expect(within(app.s, id, (tx, locked) => requireAnotherWayIn(tx, locked, "telepathy"))).rejects.toThrow(TypeError);
  });

  it("password: the last way in is not removed", async () => {
    const id = await account("x");
    const before = await findUserById(app.s, id);
    expect(await within(app.s, id, removePassword)).toEqual({ ok: false, reason: "last-way-in" });
    expect(await findUserById(app.s, id)).toEqual(before);
  });

  it("password: is removed if there is another way in, and can be set again", async () => {
    const id = await account("x");
    expect(await within(withPasskeys(1), id, removePassword)).toEqual({ ok: true });
    expect(await findUserById(app.s, id)).toMatchObject({ password_hash: null, password_changed_at: null, security_version: 1 });
    await within(app.s, id, (tx, locked) => setPassword(tx, locked, "y"));
    expect(await findUserById(app.s, id)).toMatchObject({ password_hash: "y", password_failures: 0, security_version: 2 });
  });

  it("password: of two concurrent removals of the last two ways in, one is refused", async () => {
    const id = await account("x");
    let passkeys = 1;
    const s = withPasskeys(0);
    const catalog = { ...s.catalog, waysIn: [...app.s.catalog.waysIn, { name: "passkey", count: async () => passkeys }] };
    const removePasskey = (tx: Transaction, locked: GuardedAccount) =>
      requireAnotherWayIn(tx, locked, "passkey").then((answer) => {
        if (answer.ok) passkeys = 0;
        return answer;
      });
    const both = await Promise.all([within({ ...s, catalog }, id, removePassword), within({ ...s, catalog }, id, removePasskey)]);
    expect(both.map(({ ok }) => ok).sort()).toEqual([false, true]);
  });
});
