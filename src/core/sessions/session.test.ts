import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { engine } from "../../../test/database.ts";
import { type TestApp, testApp } from "../../../test/person.ts";
import { requestFrom } from "../../../test/request-info.ts";
import { createUser, transactional } from "../../../test/transaction.ts";
import { reserve } from "../rate-limits/rate-limits.ts";
import { inTransaction, type Services } from "../services.ts";
import { type SignedIn, signIn } from "../sign-in/sign-in.ts";
import { findUserByEmail } from "../users/users.ts";
import {
  endSession,
  endSessions,
  findVisitor,
  hashSessionToken,
  newSessionToken,
  readSessionToken,
  type SessionToken,
  touchSession,
} from "./session.ts";

const endAll = transactional(endSessions);

const second = 1_000;
const hour = 3_600 * second;
const day = 24 * hour;
const info = requestFrom("203.0.113.9", "a browser");

let app: TestApp;
let s: Services;
/** The current time of the services. */
let at = 0;
beforeAll(async () => {
  app = await testApp();
  s = { ...app.s, now: () => at };
});
beforeEach(() => {
  at = Date.UTC(2030, 0, 1);
});
afterAll(() => app.close());

/** Starts a session, and creates the account if it does not exist. */
async function begin(username: string, remember = false): Promise<SignedIn> {
  const email = `${username}@example.com`;
  await createUser(s, { username, email, passwordHash: "x" });
  const user = await findUserByEmail(s, email);
  const attempt = await reserve(s, [{ name: "login", of: email, budget: { count: 1_000, perMs: day } }]);
  if (!user || !attempt.ok) throw new Error("The account could not be set up.");
  const proof = { user, methods: ["password"], password: { attempt } } as const;
  const signedIn = await inTransaction(s, (tx) => signIn(tx, proof, { remember, info: info }));
  if (!signedIn.ok) throw new Error("The sign-in failed.");
  return signedIn;
}

const isIn = async (token: SessionToken) => (await findVisitor(s, token)) !== undefined;

/** Finds and touches the session, as the pipeline does. */
async function visit(token: SessionToken): Promise<boolean> {
  const visitor = await findVisitor(s, token);
  if (visitor) await touchSession(s, visitor.session);
  return visitor !== undefined;
}

describe.each([
  ["without “remember me”", false, 12 * hour, 24 * hour],
  ["with “remember me”", true, 7 * day, 30 * day],
])("session %s", (_, remember, idleMs, wholeMs) => {
  it("session: ends after the idle timeout", { tags: ["asvs-7.3.1"] }, async () => {
    const { token } = await begin("idle", remember);
    const began = at;
    for (const [ms, is] of [
      [idleMs - second, true],
      [idleMs - 1, true],
      [idleMs, false],
      [idleMs + second, false],
    ] as const) {
      at = began + ms;
      expect(await isIn(token), `after ${ms} ms`).toBe(is);
    }
  });

  it("session: a request restarts the idle timeout", async () => {
    const { token } = await begin("visiting", remember);
    at += idleMs - second;
    expect(await visit(token)).toBe(true);
    at += idleMs - second;
    expect(await isIn(token)).toBe(true);
    at += 2 * second;
    expect(await isIn(token)).toBe(false);
  });

  it("session: ends after its lifetime, whatever the activity", { tags: ["asvs-7.3.2"] }, async () => {
    const { token } = await begin("busy", remember);
    const ends = at + wholeMs;
    while (at + idleMs / 2 < ends) {
      at += idleMs / 2;
      expect(await visit(token)).toBe(true);
    }
    at = ends - second;
    expect(await visit(token)).toBe(true);
    at = ends - 1;
    expect(await visit(token)).toBe(true);
    at = ends;
    expect(await visit(token)).toBe(false);
    at = ends + second;
    expect(await visit(token)).toBe(false);
  });
});

describe("session lifetimes", () => {
  it("session: a shorter setting applies to existing sessions", { tags: ["asvs-7.3.1"] }, async () => {
    const [plain, remembered] = [await begin("shortened"), await begin("shortened", true)];
    at += hour;
    const shorter = { ...s, settings: { ...s.settings, sessionIdleMs: hour } };
    expect(await findVisitor(shorter, plain.token)).toBeUndefined();
    expect(await findVisitor(shorter, remembered.token)).toBeDefined();
  });
});

describe("session lookup", () => {
  it("session: a last use written by a clock that was ahead is corrected, so the idle timeout still applies", {
    tags: ["asvs-7.3.1"],
  }, async () => {
    const { token } = await begin("ahead");
    const right = at;
    at = right + 6 * hour;
    await visit(token);
    at = right;
    expect(await visit(token)).toBe(true);
    expect((await findVisitor(s, token))?.session.lastSeenAt).toBe(right);
    at = right + 12 * hour;
    expect(await visit(token)).toBe(false);
  });

  it("session: the last use is written once a minute at most", { tags: ["asvs-15.2.2"] }, async () => {
    const { token } = await begin("noted");
    const began = at;
    app.resetRecords();
    for (const ms of [0, 1, 30 * second, 60 * second - 1]) {
      at = began + ms;
      await visit(token);
    }
    expect(app.queries.filter(({ isWrite }) => isWrite)).toHaveLength(0);
    at = began + 60 * second;
    for (let i = 0; i < 3; i++) await visit(token);
    expect(app.queries.filter(({ isWrite }) => isWrite)).toHaveLength(1);
    expect((await findVisitor(s, token))?.session.lastSeenAt).toBe(at);
  });

  it("session: is found by one read", async () => {
    const { token } = await begin("found");
    app.resetRecords();
    await findVisitor(s, token);
    expect(app.queries).toHaveLength(1);
    expect(app.queries[0]?.isWrite).toBe(false);
  });

  it("session: pages get the user and session without hashes", { tags: ["asvs-15.3.1"] }, async () => {
    const { token } = await begin("told", true);
    expect(await findVisitor(s, token)).toEqual({
      user: {
        id: expect.any(String),
        username: "told",
        email: "told@example.com",
        displayName: "told",
        emailVerifiedAt: null,
        createdAt: at,
        lastLoginAt: at,
        previousLoginAt: null,
        eraseAt: null,
        roles: [],
        extra: {},
        locale: null,
        twoFactorSince: null,
      },
      session: {
        tokenHash: expect.any(Uint8Array),
        remembered: true,
        createdAt: at,
        lastSeenAt: at,
        expiresAt: at + 30 * day,
        authenticatedAt: at,
        methods: ["password"],
      },
    });
  });
});

describe("session token", () => {
  it("session token: has 256 random bits", { tags: ["asvs-7.2.2", "asvs-7.2.3"] }, () => {
    const tokens = Array.from({ length: 500 }, newSessionToken);
    expect(new Set(tokens).size).toBe(500);
    const drawn = tokens.map((token) => Buffer.from(token, "base64url"));
    for (const bytes of drawn) expect(bytes).toHaveLength(32);
    // Each bit is set in some tokens and clear in others. Fails by chance once in 10^148 runs.
    const everSet = drawn.reduce((a, b) => Buffer.from(a.map((byte, i) => byte | (b[i] ?? 0))));
    const alwaysSet = drawn.reduce((a, b) => Buffer.from(a.map((byte, i) => byte & (b[i] ?? 0))));
    expect([everSet.toString("hex"), alwaysSet.toString("hex")]).toEqual(["ff".repeat(32), "00".repeat(32)]);
  });

  it.runIf(engine === "sqlite")(
    "session token: the database files contain its SHA-256 and not the token",
    { tags: ["asvs-7.2.3"] },
    async () => {
      const { token } = await begin("hashed");
      const stored = await s.db.selectFrom("sessions").select("token_hash").execute();
      const hashes = stored.map((row) => Buffer.from(row.token_hash).toString("hex"));
      expect(hashes).toContain(createHash("sha256").update(token).digest("hex"));
      const folder = dirname(s.settings.databaseUrl.replace("sqlite:", ""));
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
      expect(files.some((bytes) => bytes.includes(Buffer.from(hashSessionToken(token))))).toBe(true);
      for (const secret of [Buffer.from(token), Buffer.from(token, "base64url")])
        expect(files.some((bytes) => bytes.includes(secret))).toBe(false);
    },
  );

  it("session token: a stored hash is not accepted as a token", { tags: ["asvs-7.2.3"] }, async () => {
    const { session } = await begin("leaked");
    const stolen = readSessionToken(Buffer.from(session.tokenHash).toString("base64url"));
    expect(stolen && (await findVisitor(s, stolen))).toBeUndefined();
  });

  it.each([
    undefined,
    "",
    "a".repeat(42),
    "a".repeat(44),
    `${"a".repeat(42)}=`,
    `${"a".repeat(42)}+`,
    `${"a".repeat(42)}é`,
    `${"a".repeat(43)}\n`,
    "a".repeat(1_000_000),
  ])("session token: text in another format is rejected without a query (case %#)", (text) => {
    expect(readSessionToken(text)).toBeUndefined();
  });
});

describe("ended session", () => {
  it("end session: it stops working at once, and other sessions stay active", { tags: ["asvs-7.4.1"] }, async () => {
    const [here, there] = [await begin("two"), await begin("two")];
    expect(await endSession(s, here.session)).toBe(here.user.id);
    expect(await isIn(here.token)).toBe(false);
    expect(await isIn(there.token)).toBe(true);
    expect(await endSession(s, here.session)).toBeUndefined();
    await touchSession(s, { ...here.session, lastSeenAt: 0 });
    expect(await isIn(here.token)).toBe(false);
  });

  it("end sessions: ends all of an account, or all but one, and none of other accounts", { tags: ["asvs-7.4.3"] }, async () => {
    const [here, there, away] = [await begin("three"), await begin("three", true), await begin("three")];
    const other = await begin("bystander");
    expect(await endAll(s, here.user.id, here.session)).toBe(2);
    expect(await Promise.all([here, there, away, other].map(({ token }) => isIn(token)))).toEqual([true, false, false, true]);
    expect(await endAll(s, here.user.id)).toBe(1);
    expect(await endAll(s, here.user.id)).toBe(0);
    expect([await isIn(here.token), await isIn(other.token)]).toEqual([false, true]);
  });

  it("end sessions: a deleted account has none", { tags: ["asvs-7.4.2"] }, async () => {
    const [here, there, other] = [await begin("removed"), await begin("removed", true), await begin("stays")];
    await s.db.deleteFrom("users").where("username", "=", "removed").execute();
    expect([await isIn(here.token), await isIn(there.token), await isIn(other.token)]).toEqual([false, false, true]);
    const left = await s.db.selectFrom("sessions").select("user_id").where("user_id", "=", here.user.id).execute();
    expect(left).toEqual([]);
  });
});
