import { decodeProtectedHeader } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../test/database.ts";
import { purposeOf, secretKey, type TestApp, testApp } from "../../../test/person.ts";
import { runCommand } from "../../../test/program.ts";
import { audience, requestToken, tokenIn, tokenSettings, verifierFor } from "../../../test/resource-server.ts";
import { createKeyring } from "../../platform/crypto/keyring.ts";
import { totpCode } from "../../testing.ts";
import { sealRecords } from "../audit/chain/seal.ts";
import { verifyAudit } from "../audit/chain/verify.ts";
import { removeOldRecords } from "../audit/retention.ts";
import { lockAccount } from "../credentials/guard-change.ts";
import { removedFactors } from "../credentials/removed-factors.ts";
import { decryptColumn, encryptColumn } from "../encrypted-column.ts";
import { linkIdentity, readProviderTokens } from "../identities/identities.ts";
import { keyringName } from "../key-purposes.ts";
import { enqueueEmail, listUnsentEmails, outboxEmails } from "../mail/outbox.ts";
import { issueToken, redeemCode } from "../one-time-tokens/one-time-tokens.ts";
import { inTransaction, type Services } from "../services.ts";
import { acceptTotp, importAuthenticator } from "../two-factor/authenticators.ts";
import { newTotpSecret } from "../two-factor/totp.ts";
import { isReleasedName, releaseUsername } from "../users/released-usernames.ts";
import { findUserByName } from "../users/users.ts";
import { findOlderKeyUses, reencrypt } from "./reencrypt.ts";

const day = 24 * 3_600_000;
const newer = "a newer key that is long enough to sign with";
const both = `${newer},${secretKey}`;

let database: TestDatabase;
const apps: TestApp[] = [];
beforeEach(async () => {
  database = await makeDatabase({ isMigrated: true });
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  await database.remove();
});

async function start(keys: string): Promise<TestApp> {
  const app = await testApp({ ...tokenSettings, DATABASE_URL: database.url, SECRET_KEY: keys });
  apps.push(app);
  return app;
}

async function enqueue(s: Services, count: number): Promise<void> {
  await inTransaction(s, async (tx) => {
    for (let i = 0; i < count; i++) await enqueueEmail(tx, null, { to: "ada@example.com", subject: `Email ${i}`, text: "", html: "" });
  });
}

const run = (keys: string, ...words: string[]) =>
  runCommand(database.folder, ["secrets", ...words], { DATABASE_URL: database.url, SECRET_KEY: keys });

describe("rotation of SECRET_KEY", () => {
  it("rotation: old key, both keys, re-encryption, new key alone: everything keeps working", { tags: ["asvs-11.2.2"] }, async () => {
    const before = await start(secretKey);
    const ada = await before.person().isLoggedIn();
    const { kid } = decodeProtectedHeader(tokenIn(await requestToken(ada, { audience })));
    const userId = (await before.s.db.selectFrom("users").select("id").executeTakeFirstOrThrow()).id;
    await enqueue(before.s, 3);
    const issue = { purpose: purposeOf("verify-email"), userId, email: "a@example.com", browser: "browser" };
    const { code = "" } = await inTransaction(before.s, (tx) => issueToken(tx, issue));
    await inTransaction(before.s, (tx) => releaseUsername(tx, userId, "countess"));
    const secret = newTotpSecret();
    await inTransaction(before.s, async (tx) => {
      const account = await lockAccount(tx, userId);
      if (account) await importAuthenticator(tx, account, { secret, name: "Phone" });
      const identity = {
        provider: "work",
        issuer: "https://login.example.com",
        subject: "1001",
        isEmailVouched: false,
        tokens: { accessToken: "an access token" },
      };
      if (account) await linkIdentity(tx, account, { ...identity, isConfirmed: true });
      const content = encryptColumn(tx, removedFactors, "removed", "a removed factor");
      const removed = { id: "removed", user_id: userId, kind: "passkey", credential_id: null, content, added_at: 1 } as const;
      await tx.db
        .insertInto("removed_factors")
        .values({ ...removed, removed_at: tx.now() })
        .execute();
    });
    await sealRecords(before.s);

    const during = await start(both);
    expect(await findUses(during)).toEqual([
      "outbox.message",
      "signing_keys.private_key",
      "authenticators.secret",
      "removed_factors.content",
      "identities.tokens",
      "one_time_tokens.code_hash",
      "released_usernames.key_hash",
      "submitted_forms.answer",
      "audit_seals.key_id",
      "audit_days.key_id",
    ]);
    // The codes and usernames of the older key are still found.
    expect(await inTransaction(during.s, (tx) => redeemCode(tx, purposeOf("verify-email"), "browser", code))).toMatchObject({
      user_id: userId,
    });
    expect(await isReleasedName(during.s, "countess")).toBe(true);
    during.passes(60_000);
    expect((await reencrypt(during.s)).map(({ table, reencrypted }) => [table, reencrypted > 0])).toEqual([
      ["outbox", true],
      ["signing_keys", true],
      ["authenticators", true],
      ["removed_factors", true],
      ["identities", true],
      ["audit_head", false],
    ]);
    expect(await findUses(during)).toEqual(["released_usernames.key_hash", "audit_seals.key_id", "audit_days.key_id"]);
    const [rests] = await findOlderKeyUses(during.s);
    expect(rests?.neededUntil).toBeGreaterThan(during.s.now() + 29 * day);
    expect(rests).toMatchObject({ keyId: before.s.keyring.keyId, isListed: true, rows: 1 });
    during.passes(91 * day);
    expect(await findUses(during)).toEqual([]);

    const after = await start(newer);
    expect((await listUnsentEmails(after.s)).filter(({ subject }) => subject.startsWith("Email"))).toHaveLength(3);
    const again = after.person();
    await again.logsIn();
    const token = tokenIn(await requestToken(again, { audience }));
    expect(decodeProtectedHeader(token).kid).toBe(kid);
    await verifierFor(after)(token);
    const typed = totpCode(secret, after.s.now());
    expect(await inTransaction(after.s, (tx) => acceptTotp(tx, userId, typed))).toMatchObject({ ok: true });
    const { content } = await after.s.db.selectFrom("removed_factors").select("content").executeTakeFirstOrThrow();
    expect(decryptColumn(after.s, removedFactors, "removed", content)).toBe("a removed factor");
    expect(await readProviderTokens(after.s, userId, "work")).toEqual({ accessToken: "an access token" });
    // Without the older key, its hashes are not found, as `secrets status` warns.
    expect(await isReleasedName(after.s, "countess")).toBe(false);
  });

  it("released username: the later owner counts where an older key hashed the same name before", async () => {
    const app = await start(both);
    const ring = (...keys: string[]): Services => ({ ...app.s, keyring: createKeyring(keys, keyringName) });
    // Rows are read in hash order, and hashes begin with the key's ID: both orders are tested.
    for (const [name, first, second] of [
      ["countess", newer, secretKey],
      ["duchess", secretKey, newer],
    ] as const) {
      await inTransaction(ring(first), (tx) => releaseUsername(tx, "first", name));
      app.passes(1_000);
      const during = ring(second, first);
      await inTransaction(during, (tx) => releaseUsername(tx, "second", name));
      expect(await isReleasedName(during, name, "second"), name).toBe(false);
      expect(await isReleasedName(during, name, "first"), name).toBe(true);
    }
  });

  it("audit head: is signed anew with the first key only where its own signature is good", async () => {
    const before = await start(secretKey);
    await before.person().isLoggedIn();
    await sealRecords(before.s);
    before.passes(91 * day);
    await removeOldRecords(before.s, 100);
    const during = await start(both);
    during.passes(91 * day);
    expect(await findUses(during)).toEqual(expect.arrayContaining(["audit_head.mac"]));
    const good = await head(during);
    await during.s.db
      .updateTable("audit_head")
      .set({ swept_until: good.swept_until + 1 })
      .execute();
    await reencrypt(during.s);
    expect((await head(during)).key_id).toBe(before.s.keyring.keyId);
    await during.s.db.updateTable("audit_head").set(good).execute();
    expect((await reencrypt(during.s, { isDryRun: true })).at(-1)).toMatchObject({ table: "audit_head", reencrypted: 1 });
    expect(await head(during)).toEqual(good);
    await reencrypt(during.s);
    expect((await head(during)).key_id).toBe(during.s.keyring.keyId);
    expect((await verifyAudit(during.s, { onFinding: () => {} })).findings).toBe(0);
  });
});

describe("re-encryption", () => {
  it("reencrypt: a run that fails midway leaves every row readable, and the next run completes it", async () => {
    const before = await start(secretKey);
    await enqueue(before.s, 250);
    const during = await start(both);
    let commits = 0;
    const failing: Services = {
      ...during.s,
      atCommit: async () => {
        if (++commits === 2) throw new Error("killed");
      },
    };
    await expect(reencrypt(failing)).rejects.toThrow("killed");
    expect(await olderLetters(during)).toBe(150);
    const subjects = async () => {
      const rows = await during.s.db.selectFrom("outbox").select(["id", "message"]).execute();
      return new Set(rows.map(({ id, message }) => decryptColumn(during.s, outboxEmails, id, message ?? "")));
    };
    expect((await subjects()).size).toBe(250);
    expect((await reencrypt(during.s))[0]).toMatchObject({ table: "outbox", reencrypted: 150 });
    expect((await reencrypt(during.s))[0]).toMatchObject({ table: "outbox", reencrypted: 0 });
    expect([await olderLetters(during), (await subjects()).size]).toEqual([0, 250]);
  });

  it("reencrypt: a value that the program writes meanwhile stays, and two runs at once replace each row once", async () => {
    const before = await start(secretKey);
    await enqueue(before.s, 120);
    const during = await start(both);
    const { id } = await during.s.db.selectFrom("outbox").select("id").orderBy("id").limit(1).executeTakeFirstOrThrow();
    const meanwhile = encryptColumn(before.s, outboxEmails, id, "written meanwhile");
    let isWritten = false;
    const racing: Services = {
      ...during.s,
      keyring: {
        ...during.s.keyring,
        // Encrypting stands between reading the batch and replacing it.
        encrypt: (...args) => {
          if (!isWritten) pending = during.s.db.updateTable("outbox").set({ message: meanwhile }).where("id", "=", id).execute();
          isWritten = true;
          return during.s.keyring.encrypt(...args);
        },
      },
    };
    let pending: Promise<unknown> | undefined;
    await reencrypt(racing);
    await pending;
    const { message: sent } = await during.s.db.selectFrom("outbox").select("message").where("id", "=", id).executeTakeFirstOrThrow();
    expect(sent).toBe(meanwhile);
    const runs = await Promise.all([reencrypt(during.s), reencrypt(during.s)]);
    expect(runs.reduce((sum, [outbox]) => sum + (outbox?.reencrypted ?? 0), 0)).toBe(1);
  });

  it("reencrypt: values that no key decrypts are reported and left as they are", async () => {
    const before = await start(secretKey);
    await enqueue(before.s, 3);
    const [a, b, c] = await before.s.db.selectFrom("outbox").select(["id", "message"]).orderBy("id").execute();
    const set = (id = "", sent: string | null = null) =>
      before.s.db.updateTable("outbox").set({ message: sent }).where("id", "=", id).execute();
    await set(a?.id, b?.message);
    await set(c?.id, "no ciphertext");
    expect((await listUnsentEmails(before.s)).map(({ subject }) => subject)).toEqual(["Email 1"]);
    const after = await start(newer);
    expect((await reencrypt(after.s))[0]?.reencrypted).toBe(0);
    expect(await findOlderKeyUses(after.s)).toEqual([
      { table: "outbox", column: "message", keyId: null, isListed: false, rows: 1, neededUntil: null, accounts: 0 },
      { table: "outbox", column: "message", keyId: before.s.keyring.keyId, isListed: false, rows: 2, neededUntil: null, accounts: 0 },
    ]);
    const during = await start(both);
    expect((await reencrypt(during.s))[0]?.reencrypted).toBe(1);
    expect((await listUnsentEmails(during.s)).map(({ subject }) => subject)).toEqual(["Email 1"]);
  });
});

describe("the commands latchkey secrets", () => {
  it("secrets status: counts the accounts whose recovery codes need an older key, until each has new ones", async () => {
    const before = await start(secretKey);
    const ids: string[] = [];
    for (const username of ["ada", "grace"]) {
      await before.person({ username }).signsUp();
      ids.push((await findUserByName(before.s, username))?.id ?? "");
    }
    const insert = (s: Services, userId: string, code: string, usedAt: number | null = null) =>
      s.db
        .insertInto("recovery_codes")
        .values({ code_hash: s.keyring.hash("recovery-code", code), user_id: userId, created_at: s.now(), used_at: usedAt })
        .execute();
    const [ada = "", grace = ""] = ids;
    for (const code of ["one", "two"]) await insert(before.s, ada, code);
    await insert(before.s, grace, "used", before.s.now());
    const during = await start(both);
    await insert(during.s, grace, "new");
    await before.s.db.deleteFrom("outbox").execute();
    during.passes(100 * day);
    const codes = async () => (await findOlderKeyUses(during.s)).filter(({ table }) => table === "recovery_codes");
    expect(await codes()).toEqual([
      {
        table: "recovery_codes",
        column: "code_hash",
        keyId: before.s.keyring.keyId,
        isListed: true,
        rows: 2,
        neededUntil: null,
        accounts: 1,
      },
    ]);
    await reencrypt(during.s);
    const { code, output } = await run(both, "status");
    expect([code, output]).toEqual([1, expect.stringMatching(/recovery_codes +code_hash +[0-9a-f]{16} +2 +new codes/)]);
    expect(output).toContain("1 account has recovery codes of an older key.");
    await during.s.db.deleteFrom("recovery_codes").where("user_id", "=", ada).execute();
    await insert(during.s, ada, "three");
    expect(await codes()).toEqual([]);
  });

  it("secrets: exits 0 only when the older key can be removed, and prints no secret", async () => {
    const before = await start(secretKey);
    await enqueue(before.s, 2);
    const { keyId } = before.s.keyring;
    expect(await run(secretKey, "status")).toEqual({
      code: 0,
      output: `First key: ${keyId}. Older keys: none.\nNothing needs another key.\n`,
    });
    const due = await run(both, "status");
    expect([due.code, due.output]).toEqual([1, expect.stringMatching(`outbox +message +${keyId} +2 +reencrypt`)]);
    const dry = await run(both, "reencrypt", "--dry-run", "--json");
    expect([dry.code, JSON.parse(dry.output)]).toMatchObject([
      1,
      { reencrypted: [{ table: "outbox", reencrypted: 2 }, {}, {}, {}, {}, {}], older: [{ rows: 2 }] },
    ]);
    expect((await run(newer, "status")).output).toContain(`${keyId} (not in SECRET_KEY)`);
    const done = await run(both, "reencrypt");
    expect([done.code, done.output]).toEqual([0, expect.stringContaining("Nothing needs the older keys. Remove them from SECRET_KEY.")]);
    expect((await run(newer, "status")).code).toBe(0);
    for (const secret of [newer, secretKey]) for (const { output } of [due, dry, done]) expect(output).not.toContain(secret);
  });
});

async function findUses({ s }: TestApp): Promise<string[]> {
  return (await findOlderKeyUses(s)).map(({ table, column }) => `${table}.${column}`);
}

async function olderLetters({ s }: TestApp): Promise<number> {
  return (await findOlderKeyUses(s)).filter(({ table }) => table === "outbox").reduce((sum, { rows }) => sum + rows, 0);
}

function head({ s }: TestApp) {
  return s.db.selectFrom("audit_head").select(["swept_until", "key_id", "mac"]).executeTakeFirstOrThrow();
}
