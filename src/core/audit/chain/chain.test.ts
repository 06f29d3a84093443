import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/database.ts";
import { secretKey, type TestApp, testApp } from "../../../../test/person.ts";
import { requestFrom } from "../../../../test/request-info.ts";
import { createUser, transactional } from "../../../../test/transaction.ts";
import { readSettings } from "../../../config/load.ts";
import { eraseUser } from "../../account/erasure.ts";
import { cleanupExpired } from "../../maintenance/cleanup.ts";
import { closeServices, openServices } from "../../open-services.ts";
import { inTransaction, type Services } from "../../services.ts";
import { exportAudit } from "../export.ts";
import { recordEvent } from "../log.ts";
import { sealRecords } from "./seal.ts";
import { type AuditFinding, type Checkpoint, verifyAudit } from "./verify.ts";

const record = transactional(recordEvent);

async function gather<T>(lines: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

const dayMs = 24 * 3_600_000;

describe("audit chain", () => {
  let app: TestApp;
  let ada: string;
  beforeEach(async () => {
    app = await testApp({ AUDIT_RETENTION: "30d" });
    const created = await createUser(app.s, { username: "ada", email: "ada@example.com", passwordHash: "x" });
    if (!created.ok) throw new Error("There is no account.");
    ada = created.user.id;
    nextDay();
  });
  afterEach(() => app.close());

  /** Continues at noon of a later day, so that no test crosses midnight. */
  function nextDay(days = 1) {
    app.passes(dayMs * days + (dayMs / 2 - (app.s.now() % dayMs)));
  }
  async function happens(count: number, userId: string | null = ada) {
    for (let i = 0; i < count; i++) await record(app.s, userId, "login-failed", requestFrom(`203.0.113.${i + 1}`, "x"));
  }
  async function sealed(count = 5) {
    await happens(count);
    await sealRecords(app.s);
    return (await seals()).slice(-count).map(({ record_id }) => record_id);
  }
  const seals = () => app.s.db.selectFrom("audit_seals").selectAll().orderBy("day").orderBy("number").execute();
  async function verify(expected: Checkpoint[] = [], s: Services = app.s) {
    const found: AuditFinding[] = [];
    const verified = await verifyAudit(s, { expect: expected, onFinding: (finding) => found.push(finding) });
    expect(verified.findings).toBe(found.length);
    return { ...verified, found, words: found.map(({ number, violation }) => `${number ?? "-"} ${violation}`) };
  }
  const update = (id: string, set: object) => app.s.db.updateTable("audit").set(set).where("id", "=", id).execute();
  const remove = (id: string) => app.s.db.deleteFrom("audit").where("id", "=", id).execute();

  it("audit chain: unchanged events of several days have no findings, and the last link is the checkpoint", {
    tags: ["asvs-16.4.2"],
  }, async () => {
    await sealed(450);
    const first = (await verify()).newest as Checkpoint;
    await sealed();
    nextDay();
    await sealed();
    const { words, newest, records, days } = await verify([first]);
    expect([words, records, days]).toEqual([[], 460, 2]);
    expect(newest?.hash).toBe((await seals()).at(-1)?.link);
    expect((await seals()).map(({ number }) => number)).toEqual([...Array.from({ length: 455 }, (_, i) => i + 1), 1, 2, 3, 4, 5]);
  });

  it.each([
    ["event", "logged-in"],
    ["happened_at", 1],
    ["user_id", "someone"],
    ["ip", "198.51.100.7"],
    ["user_agent", "y"],
    ["actor", "command line"],
    ["provider", "google"],
  ])("audit chain: a changed %s is found", { tags: ["asvs-16.4.2"] }, async (column, value) => {
    const ids = await sealed();
    await update(ids[2] as string, { [column]: value });
    expect((await verify()).found).toEqual([{ day: expect.any(String), number: 3, id: ids[2], violation: "changed" }]);
  });

  it("audit chain: a changed id is found as removed and not sealed", async () => {
    const [first = ""] = await sealed();
    await update(first, { id: first.replace(/.$/, (last) => (last === "f" ? "e" : "f")) });
    expect((await verify()).words).toEqual(["1 removed", "- not sealed"]);
  });

  it.each([0, 2, 4])(
    "audit chain: a removed event is found, with or without its seal: number %i",
    { tags: ["asvs-16.4.2"] },
    async (place) => {
      const ids = await sealed();
      await remove(ids[place] as string);
      expect((await verify()).words).toEqual([`${place + 1} removed`]);
      await app.s.db
        .deleteFrom("audit_seals")
        .where("record_id", "=", ids[place] as string)
        .execute();
      expect((await verify()).words).toEqual([`${place + 1} removed`]);
    },
  );

  it("audit chain: a removed day is found, with its events, seals and day row", async () => {
    const ids: string[][] = [];
    for (let day = 0; day < 3; day++) {
      ids.push(await sealed());
      nextDay();
    }
    const day = (await seals())[5]?.day as string;
    for (const id of ids[1] ?? []) await remove(id);
    await app.s.db.deleteFrom("audit_seals").where("day", "=", day).execute();
    expect((await verify()).words).toEqual([1, 2, 3, 4, 5].map((number) => `${number} removed`));
    await app.s.db.deleteFrom("audit_days").where("day", "=", day).execute();
    expect((await verify()).words).toContain("- removed");
  });

  it("audit chain: removal of the newest day is found by a checkpoint", async () => {
    await sealed();
    nextDay();
    const ids = await sealed();
    const newest = (await verify()).newest as Checkpoint;
    for (const id of ids) await remove(id);
    for (const table of ["audit_seals", "audit_days"] as const) await app.s.db.deleteFrom(table).where("day", "=", newest.day).execute();
    expect((await verify([newest])).found).toEqual([{ day: newest.day, number: null, id: null, violation: "removed" }]);
    const same = (await verify()).newest as Checkpoint;
    expect((await verify([{ day: same.day, hash: newest.hash }])).words).toEqual(["- changed"]);
  });

  it("audit chain: two swapped seals are found as reordered", async () => {
    const ids = await sealed();
    const [second, fourth] = [ids[1] as string, ids[3] as string];
    for (const [id, number] of [
      [second, 4],
      [fourth, 2],
    ] as const)
      await app.s.db.updateTable("audit_seals").set({ number }).where("record_id", "=", id).execute();
    expect((await verify()).words).toEqual(["2 reordered", "4 reordered"]);
  });

  it("audit chain: two swapped events of different kinds are found as reordered", async () => {
    await record(app.s, ada, "logged-in", requestFrom(""));
    await happens(1);
    await sealRecords(app.s);
    const [a, b] = await app.s.db.selectFrom("audit").selectAll().orderBy("id").execute();
    const { id: first = "", sealed: _, ...one } = a ?? {};
    const { id: second = "", sealed: __, ...other } = b ?? {};
    await update(first, other);
    await update(second, one);
    expect((await verify()).words).toEqual(["1 reordered", "2 reordered"]);
  });

  it("audit chain: a blanked event without a signed erasure is found, with or without its salt", async () => {
    const ids = await sealed();
    await update(ids[2] as string, { user_id: null, ip: "", user_agent: "" });
    expect((await verify()).words).toEqual(["3 blanked"]);
    await app.s.db
      .updateTable("audit_seals")
      .set({ salt: null })
      .where("record_id", "=", ids[2] as string)
      .execute();
    expect((await verify()).words).toEqual(["3 blanked"]);
    const { owner } = (await seals())[2] ?? {};
    const forged = { owner: owner as string, erased_at: app.s.now(), key_id: app.s.keyring.keyId, mac: "A".repeat(43) };
    await app.s.db.insertInto("audit_erasures").values(forged).execute();
    expect((await verify()).words).toEqual(["3 blanked"]);
  });

  it("audit chain: a link, a day and a retention cutoff forged without the key are found", async () => {
    const ids = await sealed();
    const link = "A".repeat(43);
    const [, , third] = await seals();
    await app.s.db
      .updateTable("audit_seals")
      .set({ link })
      .where("record_id", "=", ids[2] as string)
      .execute();
    expect((await verify()).words).toContain("3 changed");
    await app.s.db
      .updateTable("audit_seals")
      .set({ link: third?.link as string })
      .where("record_id", "=", ids[2] as string)
      .execute();
    await app.s.db.updateTable("audit_days").set({ count: 4 }).execute();
    expect((await verify()).words).toContain("- changed");
    await app.s.db.updateTable("audit_days").set({ count: 5 }).execute();
    expect((await verify()).words).toEqual([]);
    await remove(ids[0] as string);
    await app.s.db
      .updateTable("audit_head")
      .set({ swept_until: app.s.now(), key_id: third?.key_id as string, mac: link })
      .execute();
    expect((await verify()).words).toEqual(["1 removed"]);
  });

  it("audit chain: an event marked as sealed and an event unsealed after ten minutes are found", async () => {
    await sealed();
    await happens(2);
    expect((await verify()).words).toEqual([]);
    const [last] = await app.s.db.selectFrom("audit").select("id").where("sealed", "is", null).orderBy("id").execute();
    await update(last?.id as string, { sealed: 1 });
    expect((await verify()).words).toEqual(["- not sealed"]);
    app.passes(11 * 60_000);
    expect((await verify()).words).toEqual(["- not sealed", "- not sealed"]);
  });

  it("audit chain: an erased account causes no findings, and its events stay verifiable", async () => {
    await sealed(3);
    await happens(1);
    await record(app.s, ada, "logged-in", requestFrom("203.0.113.2", "x"), { provider: "google" });
    await inTransaction(app.s, (tx) => eraseUser(tx, ada));
    await sealRecords(app.s);
    expect(await verify()).toMatchObject({ words: [], records: 5 });
    const kept = await app.s.db.selectFrom("audit").select(["user_id", "ip", "provider"]).where("event", "=", "logged-in").execute();
    expect(kept).toEqual([{ user_id: null, ip: "", provider: "google" }]);
    expect((await seals()).slice(0, 3).map(({ salt }) => salt)).toEqual([null, null, null]);
    const [first] = await seals();
    await update(first?.record_id as string, { event: "logged-in" });
    expect((await verify()).words).toEqual(["1 changed"]);
    // The erasure does not cover later events.
    await update(first?.record_id as string, { event: "login-failed" });
    nextDay();
    const [later = ""] = await sealed(1);
    await update(later, { user_id: null, ip: "", user_agent: "" });
    await app.s.db.updateTable("audit_seals").set({ salt: null }).where("record_id", "=", later).execute();
    expect((await verify()).words).toEqual(["1 blanked"]);
  });

  it("audit chain: an account erased in batches causes no findings", async () => {
    await sealed(250);
    await app.s.db.updateTable("users").set({ erase_at: app.s.now() }).execute();
    await cleanupExpired(app.s);
    expect(await app.s.db.selectFrom("audit").select("id").where("user_id", "is not", null).execute()).toEqual([]);
    expect(await verify()).toMatchObject({ words: [], records: 250 });
  });

  it("audit chain: retention causes no findings, and deletes the seals of a whole day at last", async () => {
    await sealed();
    app.passes(dayMs / 4);
    await sealed();
    nextDay();
    await sealed();
    nextDay(29);
    app.passes(dayMs / 8);
    await cleanupExpired(app.s);
    const count = async () => [(await app.s.db.selectFrom("audit").select("id").execute()).length, (await seals()).length];
    expect(await count()).toEqual([10, 15]);
    expect((await verify()).words).toEqual([]);
    app.passes(dayMs / 4);
    await cleanupExpired(app.s);
    expect(await count()).toEqual([5, 5]);
    expect((await verify()).words).toEqual([]);
    await remove((await seals())[0]?.record_id as string);
    expect((await verify()).words).toEqual(["1 removed"]);
  });

  it("audit chain: an event committed late with an older id is sealed", async () => {
    const id = app.s.newId();
    await sealed();
    await record({ ...app.s, newId: () => id }, ada, "logged-in", requestFrom(""));
    await sealRecords(app.s);
    expect((await seals()).at(-1)).toMatchObject({ record_id: id, number: 6 });
    expect((await verify()).words).toEqual([]);
  });

  it("audit chain: events sealed with a key that is no longer set cannot be checked", async () => {
    await sealed(2);
    const { databaseUrl } = app.s.settings;
    const other = (keys: string) =>
      openServices(readSettings({ DATABASE_URL: databaseUrl, NODE_ENV: "test", LOG_LEVEL: "silent", SECRET_KEY: keys }), {
        now: app.s.now,
      });
    const next = "another key that is long enough to sign with";
    const both = await other(`${next},${secretKey}`);
    await happens(2);
    await sealRecords(both);
    expect((await verify([], both)).words).toEqual([]);
    await closeServices(both);
    const alone = await other(next);
    expect((await verify([], alone)).words).toEqual(["1 cannot be checked", "2 cannot be checked"]);
    await closeServices(alone);
  });

  it("audit chain: three processes that seal at once write one chain", async () => {
    const database = await makeDatabase();
    const settings = readSettings({ DATABASE_URL: database.url, SECRET_KEY: secretKey, NODE_ENV: "test", LOG_LEVEL: "silent" });
    const all = await Promise.all([1, 2, 3].map(() => openServices(settings)));
    const [one] = all as [Services];
    await Promise.all(
      all.map(async (s) => {
        for (let i = 0; i < 200; i++) {
          await record(s, null, "login-failed", requestFrom("203.0.113.1", "x"));
          if (i % 20 === 0) await sealRecords(s);
        }
      }),
    );
    await sealRecords(one);
    expect(await verify([], one)).toMatchObject({ words: [], records: 600 });
    await Promise.all(all.map(closeServices));
    await database.remove();
  });

  it("audit export: each event has its seal, and null before it is sealed", async () => {
    await sealed();
    await record(app.s, null, "provider-refused", requestFrom("203.0.113.9", "x"), { provider: "google" });
    const lines = await gather(exportAudit(app.s, {}));
    const stored = await seals();
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatchObject({
      userId: ada,
      ip: "203.0.113.1",
      provider: null,
      seal: { number: 1, link: stored[0]?.link, salt: stored[0]?.salt },
    });
    expect(lines[5]).toMatchObject({ userId: null, provider: "google", seal: null });
    expect(await gather(exportAudit(app.s, { userId: ada }))).toHaveLength(5);
    expect(await gather(exportAudit(app.s, { to: "2020-01-01" }))).toEqual([]);
  });
});
