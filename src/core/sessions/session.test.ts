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
const origin = requestFrom("203.0.113.9", "a browser");

let app: TestApp;
let s: Services;
/** The instant that the services are told. */
let at = 0;
beforeAll(async () => {
  app = await testApp();
  s = { ...app.s, now: () => at };
});
beforeEach(() => {
  at = Date.UTC(2030, 0, 1);
});
afterAll(() => app.close());

/** A new session of an account of that name, made where there is none. */
async function begin(username: string, remember = false): Promise<SignedIn> {
  const email = `${username}@example.com`;
  await createUser(s, { username, email, passwordHash: "x" });
  const user = await findUserByEmail(s, email);
  const attempt = await reserve(s, [{ name: "login", of: email, budget: { count: 1_000, perMs: day } }]);
  if (!user || !attempt.ok) throw new Error("The test could not be made ready.");
  const proof = { user, methods: ["password"], password: { attempt } } as const;
  const signedIn = await inTransaction(s, (tx) => signIn(tx, proof, { remember, info: origin }));
  if (!signedIn.ok) throw new Error("Nobody was signed in.");
  return signedIn;
}

const isIn = async (token: SessionToken) => (await findVisitor(s, token)) !== undefined;

/** A request, as the pipeline treats it. */
async function visit(token: SessionToken): Promise<boolean> {
  const visitor = await findVisitor(s, token);
  if (visitor) await touchSession(s, visitor.session);
  return visitor !== undefined;
}

describe.each([
  ["without “remember me”", false, 12 * hour, 24 * hour],
  ["with “remember me”", true, 7 * day, 30 * day],
])("a session %s", (_, remember, idleMs, wholeMs) => {
  it("ends when nobody came for so long, to the second", { tags: ["asvs-7.3.1"] }, async () => {
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

  it("goes on for as long from each visit", async () => {
    const { token } = await begin("visiting", remember);
    at += idleMs - second;
    expect(await visit(token)).toBe(true);
    at += idleMs - second;
    expect(await isIn(token)).toBe(true);
    at += 2 * second;
    expect(await isIn(token)).toBe(false);
  });

  it("ends so long after the login, to the second, however often somebody comes", { tags: ["asvs-7.3.2"] }, async () => {
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

describe("a session's lifetimes", () => {
  it("are shortened for those that are there already when the setting is", { tags: ["asvs-7.3.1"] }, async () => {
    const [plain, remembered] = [await begin("shortened"), await begin("shortened", true)];
    at += hour;
    const shorter = { ...s, settings: { ...s.settings, sessionIdleMs: hour } };
    expect(await findVisitor(shorter, plain.token)).toBeUndefined();
    expect(await findVisitor(shorter, remembered.token)).toBeDefined();
  });
});

describe("a visit", () => {
  it("by a clock that was a day ahead is written anew by the right one, so the session idles away in time", {
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

  it("is written down at most once a minute, and at no other time", { tags: ["asvs-15.2.2"] }, async () => {
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

  it("is found by one read", async () => {
    const { token } = await begin("found");
    app.resetRecords();
    await findVisitor(s, token);
    expect(app.queries).toHaveLength(1);
    expect(app.queries[0]?.isWrite).toBe(false);
  });

  it("tells a page who came, and nothing that only the login may know", { tags: ["asvs-15.3.1"] }, async () => {
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

describe("a session token", () => {
  it("is 256 bits by chance, never the same twice", { tags: ["asvs-7.2.2", "asvs-7.2.3"] }, () => {
    const tokens = Array.from({ length: 500 }, newSessionToken);
    expect(new Set(tokens).size).toBe(500);
    const drawn = tokens.map((token) => Buffer.from(token, "base64url"));
    for (const bytes of drawn) expect(bytes).toHaveLength(32);
    // Each bit is set in some and not in others: a bit that never is would be a bit less. By chance, once in 10^148 runs.
    const everSet = drawn.reduce((a, b) => Buffer.from(a.map((byte, i) => byte | (b[i] ?? 0))));
    const alwaysSet = drawn.reduce((a, b) => Buffer.from(a.map((byte, i) => byte & (b[i] ?? 0))));
    expect([everSet.toString("hex"), alwaysSet.toString("hex")]).toEqual(["ff".repeat(32), "00".repeat(32)]);
  });

  it.runIf(engine === "sqlite")("stands in no file of the database: its SHA-256 does", { tags: ["asvs-7.2.3"] }, async () => {
    const { token } = await begin("hashed");
    const stored = await s.db.selectFrom("sessions").select("token_hash").execute();
    const hashes = stored.map((row) => Buffer.from(row.token_hash).toString("hex"));
    expect(hashes).toContain(createHash("sha256").update(token).digest("hex"));
    const folder = dirname(s.settings.databaseUrl.replace("sqlite:", ""));
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    expect(files.some((bytes) => bytes.includes(Buffer.from(hashSessionToken(token))))).toBe(true);
    for (const secret of [Buffer.from(token), Buffer.from(token, "base64url")])
      expect(files.some((bytes) => bytes.includes(secret))).toBe(false);
  });

  it("opens nothing where it was read out of the database", { tags: ["asvs-7.2.3"] }, async () => {
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
  ])("is known by its form before the database is asked (case %#)", (text) => {
    expect(readSessionToken(text)).toBeUndefined();
  });
});

describe("a session that is ended", () => {
  it("is dead at once, and the person's others go on", { tags: ["asvs-7.4.1"] }, async () => {
    const [here, there] = [await begin("two"), await begin("two")];
    expect(await endSession(s, here.session)).toBe(here.user.id);
    expect(await isIn(here.token)).toBe(false);
    expect(await isIn(there.token)).toBe(true);
    expect(await endSession(s, here.session)).toBeUndefined();
    await touchSession(s, { ...here.session, lastSeenAt: 0 });
    expect(await isIn(here.token)).toBe(false);
  });

  it("is every one of an account, or every one but this, and nobody else is meant", { tags: ["asvs-7.4.3"] }, async () => {
    const [here, there, away] = [await begin("three"), await begin("three", true), await begin("three")];
    const other = await begin("bystander");
    expect(await endAll(s, here.user.id, here.session)).toBe(2);
    expect(await Promise.all([here, there, away, other].map(({ token }) => isIn(token)))).toEqual([true, false, false, true]);
    expect(await endAll(s, here.user.id)).toBe(1);
    expect(await endAll(s, here.user.id)).toBe(0);
    expect([await isIn(here.token), await isIn(other.token)]).toEqual([false, true]);
  });

  it("is every one of an account that is removed", { tags: ["asvs-7.4.2"] }, async () => {
    const [here, there, other] = [await begin("removed"), await begin("removed", true), await begin("stays")];
    await s.db.deleteFrom("users").where("username", "=", "removed").execute();
    expect([await isIn(here.token), await isIn(there.token), await isIn(other.token)]).toEqual([false, false, true]);
    const left = await s.db.selectFrom("sessions").select("user_id").where("user_id", "=", here.user.id).execute();
    expect(left).toEqual([]);
  });
});
