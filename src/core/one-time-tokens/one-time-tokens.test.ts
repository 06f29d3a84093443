import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { purposeOf, type TestApp, testApp } from "../../../test/person.ts";
import { createUser, transactional } from "../../../test/transaction.ts";
import type { Services } from "../services.ts";
import { endTokens, findToken, type Issued, issueToken, lockToken, redeemCode, redeemToken, type Token } from "./one-time-tokens.ts";
import type { TokenPurpose } from "./token-purpose.ts";

const purposes = ["verify-email", "reset-password", "change-email", "revert-email", "report-compromise"];
const resetToken = purposeOf("reset-password");
const reportToken = purposeOf("report-compromise");
const pairs = purposes.flatMap((one) => purposes.filter((other) => other !== one).map((other) => [one, other] as const));

let app: TestApp;
let s: Services;
let userId: string;
let count = 0;
beforeAll(async () => {
  app = await testApp();
  s = app.s;
});
afterAll(() => app.close());

async function newUser(): Promise<string> {
  const name = `user${count++}`;
  const created = await createUser(s, { username: name, email: `${name}@example.com`, passwordHash: "x" });
  if (!created.ok) throw new Error("There is no account.");
  return created.user.id;
}

async function issue(purpose: TokenPurpose, browser?: string, to?: string): Promise<Issued> {
  userId = to ?? (await newUser());
  return issueAlone(s, { purpose, userId, email: "a@example.com", browser });
}

const issueAlone = transactional(issueToken);
const redeem = (purpose: TokenPurpose, token: unknown) => transactional(redeemToken)(s, purpose, token);
const redeemDigits = (purpose: TokenPurpose, browser: string, digits: string) => transactional(redeemCode)(s, purpose, browser, digits);

describe("one-time token", () => {
  it.each(pairs)("token for %s: is invalid for %s", { tags: ["asvs-6.5.1"] }, async (name, otherName) => {
    const [purpose, other] = [purposeOf(name), purposeOf(otherName)];
    const { token } = await issue(purpose);
    expect(await findToken(s, other, token)).toBeUndefined();
    expect(await transactional(lockToken)(s, other, token)).toBeUndefined();
    expect(await redeem(other, token)).toBeUndefined();
    // The attempt has not redeemed it.
    expect(await redeem(purpose, token)).toMatchObject({ user_id: userId, purpose: name, email: "a@example.com" });
  });

  it.each(pairs)("code for %s: is invalid for %s", { tags: ["asvs-6.5.1"] }, async (name, otherName) => {
    const [purpose, other] = [purposeOf(name), purposeOf(otherName)];
    const { code = "" } = await issue(purpose, "a browser");
    expect(await redeemDigits(other, "a browser", code)).toBeUndefined();
    expect(await redeemDigits(purpose, "a browser", code)).toMatchObject({ user_id: userId });
  });

  it("code: each of 100 has six digits, and hardly any two are equal", { tags: ["asvs-6.5.4"] }, async () => {
    const to = await newUser();
    const codes: string[] = [];
    for (let i = 0; i < 100; i++) codes.push((await issue(purposeOf("verify-email"), "a browser", to)).code ?? "");
    expect(codes.filter((code) => !/^\d{6}$/.test(code))).toEqual([]);
    expect(new Set(codes).size).toBeGreaterThan(95);
  });

  it.each(purposes)("token for %s: of ten concurrent requests one redeems it", { tags: ["asvs-6.5.1"] }, async (name) => {
    const purpose = purposeOf(name);
    const { token } = await issue(purpose);
    const redeemed = await Promise.all(Array.from({ length: 10 }, () => redeem(purpose, token)));
    expect(redeemed.filter((row) => row !== undefined)).toHaveLength(1);
    expect(await findToken(s, purpose, token)).toBeUndefined();
  });

  it.each([
    ["verify-email", 24 * 60],
    ["reset-password", 30],
    ["change-email", 60],
    ["revert-email", 72 * 60],
    ["report-compromise", 72 * 60],
  ] as const)("token for %s: expires after %i minutes", { tags: ["asvs-6.5.5"] }, async (name, minutes) => {
    const purpose = purposeOf(name);
    const { token } = await issue(purpose);
    app.passes(minutes * 60_000 - 30_000);
    expect(await findToken(s, purpose, token)).toBeDefined();
    app.passes(30_000);
    expect(await findToken(s, purpose, token)).toBeUndefined();
    expect(await redeem(purpose, token)).toBeUndefined();
  });

  it.each(["verify-email", "reset-password", "change-email"] as const)(
    "token for %s: a new one ends the previous, and of five concurrent ones one is valid",
    async (name) => {
      const purpose = purposeOf(name);
      const { token: first } = await issue(purpose);
      const issued = await Promise.all(
        Array.from({ length: 5 }, () => issueAlone(s, { purpose, userId, email: "a@example.com", browser: "b" })),
      );
      const alive = await Promise.all([first, ...issued.map(({ token }) => token)].map((token) => findToken(s, purpose, token)));
      expect(alive.filter((row) => row !== undefined)).toHaveLength(1);
      expect(alive[0]).toBeUndefined();
    },
  );

  it("token: one issued by a clock that was a day ahead is invalid", async () => {
    const ahead = { ...s, now: () => s.now() + 24 * 3_600_000 };
    userId = await newUser();
    const { token, code = "" } = await issueAlone(ahead, { purpose: resetToken, userId, email: "a@example.com", browser: "ahead" });
    expect(await findToken(ahead, resetToken, token)).toBeDefined();
    expect(await findToken(s, resetToken, token)).toBeUndefined();
    expect(await redeemDigits(resetToken, "ahead", code)).toBeUndefined();
    expect(await redeem(resetToken, token)).toBeUndefined();
  });

  it("endTokens: ends the tokens of the purpose and account only", async () => {
    const mine = await issue(resetToken);
    const [kept, owner] = [await issue(reportToken, undefined, userId), userId];
    const theirs = await issue(resetToken);
    await endTokens(s, owner, [resetToken]);
    const found = async (purpose: TokenPurpose, { token }: Issued) => (await findToken(s, purpose, token)) !== undefined;
    expect([await found(resetToken, mine), await found(reportToken, kept), await found(resetToken, theirs)]).toEqual([false, true, true]);
  });

  it("token for an unknown account: runs the same statements, and is invalid", { tags: ["asvs-6.3.8"] }, async () => {
    await newUser();
    const statements = async (to: string) => {
      app.resetRecords();
      const { token } = await issue(resetToken, undefined, to);
      return { sql: app.queries.map(({ sql }) => sql), token };
    };
    const known = await statements(await newUser());
    const unknown = await statements("nobody");
    expect(unknown.sql).toEqual(known.sql);
    expect(await findToken(s, resetToken, unknown.token)).toBeUndefined();
  });

  it.each([undefined, null, "", " ", "0".repeat(43), "a".repeat(42), "a".repeat(44), `${"a".repeat(42)}\n`, 0, {}, []])(
    "token: text that was not issued is invalid: %j (CVE-2019-16109)",
    async (token) => {
      await issue(resetToken);
      expect(await findToken(s, resetToken, token)).toBeUndefined();
      expect(await redeem(resetToken, token as Token)).toBeUndefined();
    },
  );
});
