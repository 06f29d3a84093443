/** Measures how long cleaning up expired rows blocks concurrent writes. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { Insertable } from "kysely";
import { readSettings } from "../src/config/load.ts";
import { cleanupExpired } from "../src/core/maintenance/cleanup.ts";
import { closeServices, openServices } from "../src/core/open-services.ts";
import type { Services } from "../src/core/services.ts";
import { migrate } from "../src/db/migrate.ts";
import { openDatabase } from "../src/db/open.ts";
import type { Schema } from "../src/db/schema.ts";
import { startPostgres, template } from "../test/postgres.ts";

export interface CleanupTiming {
  readonly what: string;
  /** Duration of each concurrent write, in milliseconds. */
  readonly waits: number[];
}

const yearMs = 365 * 24 * 3_600_000;

export async function measureCleanup(quick: boolean): Promise<CleanupTiming[]> {
  const count = quick ? 5_000 : 100_000;
  const folder = mkdtempSync(join(tmpdir(), "latchkey-measureCleanup-"));
  const server = await startPostgres();
  try {
    const onFile = await onEngine("SQLite", `sqlite:${folder}/cleanup.sqlite`, count);
    return [...onFile, ...(await onEngine("PostgreSQL", server.url(template), count))];
  } finally {
    await server.remove();
    rmSync(folder, { recursive: true });
  }
}

async function onEngine(engine: string, url: string, count: number): Promise<CleanupTiming[]> {
  const db = await openDatabase({ url });
  await migrate(db);
  await db.destroy();
  const settings = readSettings({ DATABASE_URL: url, SECRET_KEY: "k9".repeat(20), LOG_LEVEL: "silent", SIGNUP: "confirm" });
  const s = await openServices(settings);
  await s.db
    .insertInto("rate_limits")
    .values({ budget: "concurrent", hits: 0, resets_at: s.now() + yearMs })
    .execute();
  const timings: CleanupTiming[] = [];
  for (const [kind, rowsOf] of Object.entries(kinds)) {
    console.error(`  ${engine}: ${kind}`);
    await fill(s, count, rowsOf);
    timings.push({
      what: `a write during the cleanup of ${count.toLocaleString("en")} ${kind}, ${engine}`,
      waits: await measureConcurrentWrites(s),
    });
  }
  await closeServices(s);
  return timings;
}

async function measureConcurrentWrites(s: Services): Promise<number[]> {
  const waits: number[] = [];
  let isOver = false;
  const cleanup = cleanupExpired(s).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const startedAt = performance.now();
    await s.db
      .updateTable("rate_limits")
      .set((column) => ({ hits: column("hits", "+", 1) }))
      .where("budget", "=", "concurrent")
      .execute();
    waits.push(performance.now() - startedAt);
    await turn();
  }
  await cleanup;
  return waits;
}

type Rows = Partial<{
  [Table in "users" | "sessions" | "one_time_tokens" | "rate_limits" | "audit" | "outbox"]: Insertable<Schema[Table]>;
}>;

/** The rows to insert, by kind and number. */
const kinds: Record<string, (i: number, s: Services) => Rows> = {
  "expired sessions": (i, s) => ({ ...(i === 0 ? { users: account("keeper", s, 0) } : {}), sessions: session("keeper", i, s) }),
  "expired rate limits": (i) => ({ rate_limits: { budget: `expired ${i}`, hits: 1, resets_at: 1 } }),
  "expired tokens": (i, s) => ({ one_time_tokens: token("keeper", i, s) }),
  "old audit events": (i, s) => ({ audit: auditEvent(`old${i}`, "keeper", s.now() - yearMs) }),
  "unverified accounts, each with a token, an email and an audit event": (i, s) => ({
    users: {
      ...account(`never${i}`, s, s.now() - yearMs),
      email_verified_at: null,
      last_login_at: null,
      must_verify_since: s.now() - yearMs,
    },
    one_time_tokens: token(`never${i}`, i, s, yearMs),
    outbox: outboxEmail(`never${i}`, s),
    audit: auditEvent(`never${i}`, `never${i}`, s.now()),
  }),
  "audit events of one deleted account": (i, s) => ({
    ...(i === 0 ? { users: { ...account("gone", s, 0), erase_at: 1 } } : {}),
    audit: auditEvent(`gone${i}`, "gone", s.now()),
  }),
};

async function fill(s: Services, count: number, rowsOf: (i: number, s: Services) => Rows): Promise<void> {
  const perStatement = 400;
  for (let from = 0; from < count; from += perStatement) {
    const made = Array.from({ length: Math.min(perStatement, count - from) }, (_, i) => rowsOf(from + i, s));
    await s.db.transaction().execute(async (tx) => {
      for (const table of ["users", "sessions", "one_time_tokens", "rate_limits", "audit", "outbox"] as const) {
        const rows = made.flatMap((each) => each[table] ?? []);
        if (rows.length > 0)
          await tx
            .insertInto(table)
            .values(rows as never)
            .execute();
      }
    });
  }
}

function account(id: string, s: Services, createdAt: number): Insertable<Schema["users"]> {
  const now = s.now();
  return {
    id,
    username: id,
    username_key: id,
    email: `${id}@example.com`,
    email_key: `${id}@example.com`,
    created_at: createdAt,
    last_login_at: now,
    previous_login_at: null,
    display_name: null,
    email_verified_at: now,
    must_verify_since: null,
    compromised_at: null,
    erase_at: null,
    disabled_at: null,
    roles: "",
    extra: null,
  };
}

function session(userId: string, i: number, s: Services): Insertable<Schema["sessions"]> {
  const now = s.now();
  const ended = { created_at: now, last_seen_at: now, authenticated_at: now, methods: "password", expires_at: now - 1 };
  return {
    token_hash: hashOf(`session ${i}`),
    user_id: userId,
    remembered: 0,
    ip: "203.0.113.1",
    user_agent: "x".repeat(80),
    ...ended,
  };
}

function token(userId: string, i: number, s: Services, lifetimeMs = -1): Insertable<Schema["one_time_tokens"]> {
  const about = {
    token_hash: hashOf(`token ${userId} ${i}`),
    purpose: "report-compromise",
    user_id: userId,
    email: `${userId}@example.com`,
  };
  const digits = { code_hash: null, code_expires_at: 0, tries_left: 5, browser_hash: null };
  return { ...about, ...digits, created_at: 1, expires_at: s.now() + lifetimeMs };
}

function outboxEmail(userId: string, s: Services): Insertable<Schema["outbox"]> {
  const kept = { due_at: s.now() + yearMs, failed_at: null, failure: null };
  return { id: userId, user_id: userId, message: "x".repeat(3_000), attempts: 0, created_at: s.now(), ...kept };
}

function auditEvent(id: string, userId: string, at: number): Insertable<Schema["audit"]> {
  return { id, user_id: userId, event: "login-failed", ip: "203.0.113.1", user_agent: "x".repeat(80), happened_at: at };
}

const hashOf = (text: string): Uint8Array => createHash("sha256").update(text).digest();
