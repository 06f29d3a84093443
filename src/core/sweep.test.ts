import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../test/person.ts";
import { recordEvent } from "./audit.ts";
import { sweepOnce } from "./sweep.ts";
import { createUser } from "./users.ts";

const day = 24 * 3_600_000;

describe("sweeping", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp({ SIGNUP: "confirm" });
  });
  afterEach(() => app.close());

  it("removes what is over, and nothing that is not", async () => {
    const made = await createUser(app.s, { username: "ada", email: "ada@example.com", passwordHash: "x" });
    if (!made.ok) throw new Error("There is no account.");
    await app.s.db.updateTable("users").set({ email_confirmed_at: app.s.now() }).execute();
    await createUser(app.s, { username: "never", email: "never@example.com", passwordHash: "x" });
    await addSessions(made.user.id, { old: 3, current: 2 });
    await app.s.db
      .insertInto("limits")
      .values([budget("old", -1), budget("current", day * 200)])
      .execute();
    await recordEvent(app.s, made.user.id, "logged-in", { address: "", userAgent: "" });
    await sweepOnce(app.s);
    expect(await counts()).toEqual({ users: 2, sessions: 2, limits: 1, audit: 1 });
    app.passes(91 * day);
    await sweepOnce(app.s);
    expect(await counts()).toEqual({ users: 1, sessions: 0, limits: 1, audit: 0 });
  });

  it("goes in small batches, so that nobody waits long, however much there is", async () => {
    const made = await createUser(app.s, { username: "ada", email: "ada@example.com", passwordHash: "x" });
    if (!made.ok) throw new Error("There is no account.");
    await addSessions(made.user.id, { old: 5_000, current: 1 });
    app.forget();
    await Promise.all([sweepOnce(app.s), sweepOnce(app.s)]);
    const deletes = app.queries.filter(({ sql }) => sql.startsWith('delete from "sessions"'));
    expect(deletes.length).toBeGreaterThanOrEqual(25);
    for (const { sql } of deletes) expect(sql).toContain("limit ?");
    expect((await counts()).sessions).toBe(1);
  });

  function budget(name: string, inMs: number) {
    return { budget: name, hits: 1, resets_at: app.s.now() + inMs };
  }

  async function addSessions(userId: string, { old, current }: { old: number; current: number }): Promise<void> {
    const now = app.s.now();
    const rows = Array.from({ length: old + current }, (_, i) => ({
      token_hash: Buffer.from(`session ${i}`),
      user_id: userId,
      remembered: 0,
      created_at: now,
      last_seen_at: now,
      authenticated_at: now,
      expires_at: i < old ? now - 1 : now + day,
      address: "",
      user_agent: "",
    }));
    for (let i = 0; i < rows.length; i += 500)
      await app.s.db
        .insertInto("sessions")
        .values(rows.slice(i, i + 500))
        .execute();
  }

  async function counts() {
    const count = async (table: "users" | "sessions" | "limits" | "audit") =>
      (await app.s.db.selectFrom(table).selectAll().execute()).length;
    return { users: await count("users"), sessions: await count("sessions"), limits: await count("limits"), audit: await count("audit") };
  }
});
