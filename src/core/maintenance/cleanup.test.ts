import { CompiledQuery } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { engine } from "../../../test/database.ts";
import { type TestApp, testApp } from "../../../test/person.ts";
import { requestFrom } from "../../../test/request-info.ts";
import { createUser, transactional } from "../../../test/transaction.ts";
import { recordEvent } from "../audit/log.ts";
import type { Services } from "../services.ts";
import { cleanupExpired } from "./cleanup.ts";

const record = transactional(recordEvent);

const day = 24 * 3_600_000;

describe("cleanup", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp({ SIGNUP: "confirm" }, { startsAt: Date.now() });
  });
  afterEach(() => app.close());

  it("cleanup: expired rows are deleted, and others stay", async () => {
    const created = await createUser(app.s, { username: "ada", email: "ada@example.com", passwordHash: "x" });
    if (!created.ok) throw new Error("There is no account.");
    await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).execute();
    await createUser(app.s, { username: "never", email: "never@example.com", passwordHash: "x", mustVerify: true });
    await addSessions(created.user.id, { old: 3, current: 2 });
    await app.s.db
      .insertInto("rate_limits")
      .values([budget("old", -1), budget("current", day * 200)])
      .execute();
    await record(app.s, created.user.id, "logged-in", requestFrom(""));
    await cleanupExpired(app.s);
    expect(await counts()).toEqual({ users: 2, sessions: 2, limits: 1, audit: 1 });
    app.passes(91 * day);
    await cleanupExpired(app.s);
    expect(await counts()).toEqual({ users: 1, sessions: 0, limits: 1, audit: 0 });
  });

  it("cleanup: logins with providers that have ended are deleted, also once the site has no provider", async () => {
    const at = app.s.now();
    const ends = { old: at - 1, current: at + 60_000 };
    for (const [name, expires_at] of Object.entries(ends)) {
      const proof = {
        id: name,
        user_id: null,
        issuer: "",
        subject: "",
        version: 0,
        stage: "code",
        payload: "",
        email: "ada@example.com",
      } as const;
      await app.s.db
        .insertInto("provider_proofs")
        .values({ ...proof, code_hash: null, tries_left: 0, created_at: at, expires_at })
        .execute();
      await app.s.db
        .insertInto("used_states")
        .values({ state_hash: Buffer.from(name), expires_at })
        .execute();
      await app.s.db
        .insertInto("used_logout_tokens")
        .values({ token_hash: Buffer.from(name), expires_at })
        .execute();
      await app.s.db
        .insertInto("provider_logouts")
        .values({ key_hash: Buffer.from(name), logged_out_at: at, expires_at })
        .execute();
    }
    await cleanupExpired(app.s);
    for (const table of ["provider_proofs", "used_states", "used_logout_tokens", "provider_logouts"] as const)
      expect(await app.s.db.selectFrom(table).select("expires_at").execute()).toEqual([{ expires_at: ends.current }]);
  });

  it("cleanup: jobs of features run until they find nothing more to delete", async () => {
    let left = 250;
    const removeExpired = async (_: Services, count: number) => {
      const removed = Math.min(left, count);
      left -= removed;
      return removed;
    };
    await cleanupExpired({ ...app.s, catalog: { ...app.s.catalog, jobs: [{ name: "job", removeExpired }] } });
    expect(left).toBe(0);
  });

  it("cleanup: idle sessions are deleted after SESSION_IDLE or REMEMBER_IDLE", async () => {
    const created = await createUser(app.s, { username: "ada", email: "ada@example.com", passwordHash: "x" });
    if (!created.ok) throw new Error("There is no account.");
    await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).execute();
    await addSessions(created.user.id, { old: 0, current: 2 });
    const far = app.s.now() + 30 * day;
    await app.s.db.updateTable("sessions").set({ expires_at: far }).execute();
    await app.s.db.updateTable("sessions").set({ remembered: 1 }).where("token_hash", "=", Buffer.from("session 0")).execute();
    for (const [passes, left] of [
      [day / 2 - 1, 2],
      [2, 1],
      [6 * day, 1],
      [day / 2, 0],
    ] as const) {
      app.passes(passes);
      await cleanupExpired(app.s);
      expect((await counts()).sessions).toBe(left);
    }
  });

  it.runIf(engine === "postgres")("cleanup: every statement uses an index", async () => {
    app.resetRecords();
    await cleanupExpired(app.s);
    const statements = app.queries.filter(({ sql }) => /^(?:select|update|delete)/.test(sql)).map(({ sql }) => sql);
    expect(statements.length).toBeGreaterThan(14);
    await app.s.db.transaction().execute(async (tx) => {
      // The planner prefers sequential scans for small tables.
      await tx.executeQuery(CompiledQuery.raw("set local enable_seqscan = off"));
      for (const statement of statements) {
        let parameters = 0;
        const numbered = statement.replaceAll("?", () => `$${++parameters}`);
        const { rows } = await tx.executeQuery(CompiledQuery.raw(`explain (generic_plan) ${numbered}`));
        expect(JSON.stringify(rows), statement).not.toContain("Seq Scan");
      }
    });
  });

  it.runIf(engine === "sqlite")("cleanup: every statement uses an index", async () => {
    app.resetRecords();
    await cleanupExpired(app.s);
    const statements = app.queries.map(({ sql }) => sql);
    expect(statements.length).toBeGreaterThan(14);
    for (const statement of statements) {
      const { rows } = await app.s.db.executeQuery<{ detail: string }>(CompiledQuery.raw(`explain query plan ${statement}`));
      const found = rows.map(({ detail }) => detail).filter((detail) => !/USING TEMP B-TREE|SUBQUERY/.test(detail));
      expect(
        found.filter((detail) => !/^SEARCH .* USING (?:COVERING )?INDEX/.test(detail)),
        statement,
      ).toEqual([]);
      expect(rows.map(({ detail }) => detail).join(), statement).not.toContain("TEMP B-TREE");
    }
  });

  it("cleanup: an account with many events is erased in batches, and an aborted run erases nothing", async () => {
    const created = await createUser(app.s, { username: "ada", email: "ada@example.com", passwordHash: "x" });
    if (!created.ok) throw new Error("There is no account.");
    await app.s.db.updateTable("users").set({ email_verified_at: app.s.now(), erase_at: app.s.now() }).execute();
    for (let i = 0; i < 1_000; i++) await record(app.s, created.user.id, "login-failed", requestFrom("203.0.113.1", "x"));
    await cleanupExpired(app.s, AbortSignal.abort());
    expect((await counts()).users).toBe(1);
    app.resetRecords();
    await cleanupExpired(app.s);
    expect((await counts()).users).toBe(0);
    const updates = app.queries.filter(({ sql }) => sql.startsWith('update "audit"'));
    expect(updates).toHaveLength(7);
    const left = await app.s.db.selectFrom("audit").select(["user_id", "ip", "user_agent"]).distinct().execute();
    expect(left).toEqual([{ user_id: null, ip: "", user_agent: "" }]);
  });

  function budget(name: string, inMs: number) {
    return { budget: name, hits: 1, resets_at: app.s.now() + inMs };
  }

  function addSessions(userId: string, sessions: { old: number; current: number }): Promise<void> {
    return insertSessions(app.s, userId, sessions);
  }

  async function counts() {
    const count = async (table: "users" | "sessions" | "rate_limits" | "audit") =>
      (await app.s.db.selectFrom(table).selectAll().execute()).length;
    return {
      users: await count("users"),
      sessions: await count("sessions"),
      limits: await count("rate_limits"),
      audit: await count("audit"),
    };
  }
});

describe("cleanup of many sessions", () => {
  it("cleanup: sessions are deleted in batches of 100", { tags: ["asvs-15.1.3"] }, async () => {
    const app = await testApp();
    const created = await createUser(app.s, { username: "ada", email: "ada@example.com", passwordHash: "x" });
    if (!created.ok) throw new Error("There is no account.");
    await insertSessions(app.s, created.user.id, { old: 2_050, current: 1 });
    app.resetRecords();
    await cleanupExpired(app.s);
    // 20 full batches, one of 50 rows, and one empty batch for each kind of idle session.
    expect(app.queries.filter(({ sql }) => sql.startsWith('delete from "sessions"'))).toHaveLength(20 + 1 + 2);
    expect(await app.s.db.selectFrom("sessions").select("user_id").execute()).toHaveLength(1);
    await app.close();
  });
});

async function insertSessions(s: Services, userId: string, { old, current }: { old: number; current: number }): Promise<void> {
  const now = s.now();
  const rows = Array.from({ length: old + current }, (_, i) => ({
    token_hash: Buffer.from(`session ${i}`),
    user_id: userId,
    remembered: 0,
    created_at: now,
    last_seen_at: now,
    authenticated_at: now,
    methods: "password",
    expires_at: i < old ? now - 1 : now + day,
    ip: "",
    user_agent: "",
  }));
  for (let i = 0; i < rows.length; i += 500)
    await s.db
      .insertInto("sessions")
      .values(rows.slice(i, i + 500))
      .execute();
}
