import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { secretKey, type TestApp, testApp } from "../../../test/person.ts";
import { requestFrom } from "../../../test/request-info.ts";
import { createUser, transactional } from "../../../test/transaction.ts";
import { createKeyring } from "../../platform/crypto/keyring.ts";
import { listEvents } from "../audit/log.ts";
import { keyringName, type Purpose } from "../key-purposes.ts";
import { cleanupExpired } from "../maintenance/cleanup.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services } from "../services.ts";
import { endTrustedDevice, listTrustedDevices, redeemTrust as redeemTrustIn, trustDevice as trustDeviceIn } from "./trusted-devices.ts";

const [redeemTrust, trustDevice] = [transactional(redeemTrustIn), transactional(trustDeviceIn)];
const day = 24 * 3_600_000;
const newKey = "a newer secret key that is long enough";

let app: TestApp;
let s: Services;
let at = Date.UTC(2030, 0, 1);
beforeAll(async () => {
  app = await testApp();
  s = { ...app.s, now: () => at };
});
afterAll(() => app.close());

let count = 0;
async function account(): Promise<string> {
  const username = `trusting${count++}`;
  const created = await createUser(s, { username, email: `${username}@example.com`, passwordHash: undefined });
  if (!created.ok) throw new Error("The account could not be created.");
  return created.user.id;
}

/** A request of a browser whose cookie holds these tokens. */
const browser = (...tokens: string[]): RequestInfo => ({ ...requestFrom("203.0.113.9", "a browser"), trustedTokens: () => tokens });

describe("trusted devices", () => {
  it("trusted devices: only a hash of the token is stored, and each use replaces the token", { tags: ["asvs-6.3.3"] }, async () => {
    const id = await account();
    const { token } = await trustDevice(s, id, browser());
    expect(token).toMatch(/^[\w-]{64}$/);
    const [row] = await s.db.selectFrom("trusted_devices").select(["token_hash", "expires_at"]).where("user_id", "=", id).execute();
    expect(Buffer.from(row?.token_hash ?? []).toString()).not.toContain(token);
    expect([row?.token_hash.length, row?.expires_at]).toEqual([32, at + 30 * day]);
    const used = await redeemTrust(s, id, browser(token));
    expect(used?.change?.replaces).toEqual([token]);
    expect(used?.change?.token).not.toBe(token);
    expect(await redeemTrust(s, id, browser(used?.change?.token ?? ""))).toBeDefined();
  });

  it("trusted devices: the previous token is accepted for 30 seconds, and gets the token that replaced it", async () => {
    const id = await account();
    const { token } = await trustDevice(s, id, browser());
    const first = await redeemTrust(s, id, browser(token));
    at += 30_000;
    expect(await redeemTrust(s, id, browser(token))).toEqual(first);
    expect(await redeemTrust(s, id, browser(first?.change?.token ?? ""))).toBeDefined();
  });

  it("trusted devices: a browser whose response was lost repeats its login, and is no thief at the next one", async () => {
    const id = await account();
    const { token } = await trustDevice(s, id, browser());
    await redeemTrust(s, id, browser(token));
    for (const seconds of [5, 10]) {
      at += seconds * 1_000;
      expect((await redeemTrust(s, id, browser(token)))?.change?.replaces).toEqual([token]);
    }
    let held = (await redeemTrust(s, id, browser(token)))?.change?.token ?? "";
    for (let days = 0; days < 3; days++) {
      at += day;
      held = (await redeemTrust(s, id, browser(held)))?.change?.token ?? "";
      expect(held).toMatch(/^[\w-]{64}$/);
    }
    expect((await listEvents(s, id, 20)).map(({ event }) => event)).not.toContain("device-untrusted");
    expect(await listTrustedDevices(s, id)).toHaveLength(1);
  });

  it.each([
    ["the owner", "the thief"],
    ["the thief", "the owner"],
  ])(
    "trusted devices: a thief who repeats a login within 30 seconds is found when %s and then %s logs in",
    { tags: ["asvs-6.3.3"] },
    async (first) => {
      const id = await account();
      const { token } = await trustDevice(s, id, browser());
      const owner = (await redeemTrust(s, id, browser(token)))?.change?.token ?? "";
      at += 20_000;
      const thief = (await redeemTrust(s, id, browser(token)))?.change?.token ?? "";
      at += day;
      const [one, other] = first === "the owner" ? [owner, thief] : [thief, owner];
      const next = (await redeemTrust(s, id, browser(one)))?.change?.token ?? "";
      expect(next).not.toBe("");
      at += day;
      expect(await redeemTrust(s, id, browser(other))).toBeUndefined();
      expect(await redeemTrust(s, id, browser(next))).toBeUndefined();
      expect((await listEvents(s, id, 20)).map(({ event }) => event)).toContain("device-untrusted");
    },
  );

  it("trusted devices: the token that replaces another depends on the key, and a new key in between accepts it without a change", async () => {
    const id = await account();
    const { token } = await trustDevice(s, id, browser());
    const first = await redeemTrust(s, id, browser(token));
    const [other, both] = [createKeyring<Purpose>([newKey], keyringName), createKeyring<Purpose>([newKey, secretKey], keyringName)];
    expect(await redeemTrust({ ...s, keyring: both }, id, browser(token))).toEqual(first);
    expect(await redeemTrust({ ...s, keyring: other }, id, browser(token))).toEqual({ change: undefined });
  });

  it("trusted devices: two logins at once both skip the second step, and get the same new token", async () => {
    const id = await account();
    const { token } = await trustDevice(s, id, browser());
    const both = await Promise.all([redeemTrust(s, id, browser(token)), redeemTrust(s, id, browser(token))]);
    expect(both[0]?.change?.token).toMatch(/^[\w-]{64}$/);
    expect(both[1]).toEqual(both[0]);
  });

  it("trusted devices: a token that comes back after its rotation ends the trust, for thief and owner alike", async () => {
    const id = await account();
    const { token } = await trustDevice(s, id, browser());
    const thief = await redeemTrust(s, id, browser(token));
    at += 30_001;
    expect(await redeemTrust(s, id, browser(token))).toBeUndefined();
    expect(await redeemTrust(s, id, browser(thief?.change?.token ?? ""))).toBeUndefined();
    expect((await listEvents(s, id, 5)).map(({ event }) => event)).toContain("device-untrusted");
  });

  it("trusted devices: a token that was replaced several times ends the trust too, and so does one that only names the row", async () => {
    const id = await account();
    const { token } = await trustDevice(s, id, browser());
    let stolen = token;
    for (let uses = 0; uses < 3; uses++) stolen = (await redeemTrust(s, id, browser(stolen)))?.change?.token ?? "";
    expect(await redeemTrust(s, id, browser(token))).toBeUndefined();
    expect(await redeemTrust(s, id, browser(stolen))).toBeUndefined();
    const again = await trustDevice(s, id, browser());
    const forged = again.token.slice(0, 22) + "A".repeat(42);
    expect(await redeemTrust(s, id, browser(forged))).toBeUndefined();
    expect(await listTrustedDevices(s, id)).toEqual([]);
  });

  it("trusted devices: trust ends after TWO_FACTOR_TRUST, however often it is used, and at once under a shorter setting", async () => {
    const id = await account();
    let { token } = await trustDevice(s, id, browser());
    for (let days = 0; days < 29; days += 7) {
      token = (await redeemTrust(s, id, browser(token)))?.change?.token ?? "";
      at += 7 * day;
    }
    expect(at).toBeGreaterThan(Date.UTC(2030, 0, 1) + 30 * day);
    expect(await redeemTrust(s, id, browser(token))).toBeUndefined();
    expect(await listTrustedDevices(s, id)).toEqual([]);
    const again = await trustDevice(s, id, browser(token));
    at += 2 * day;
    const strict = { ...s, settings: { ...s.settings, twoFactorTrustMs: day } };
    expect(await redeemTrust(strict, id, browser(again.token))).toBeUndefined();
    expect(await redeemTrust(s, id, browser(again.token))).toBeDefined();
  });

  it("trusted devices: a token is bound to its account, and one browser holds those of several", async () => {
    const [ada, ben] = [await account(), await account()];
    const [first, second] = [await trustDevice(s, ada, browser()), await trustDevice(s, ben, browser())];
    expect(await redeemTrust(s, ben, browser(first.token))).toBeUndefined();
    const cookie = [first.token, second.token];
    expect((await redeemTrust(s, ben, browser(...cookie)))?.change?.replaces).toEqual([second.token]);
    expect((await redeemTrust(s, ada, browser(...cookie)))?.change?.replaces).toEqual([first.token]);
    expect(await redeemTrust(s, ada, browser())).toBeUndefined();
  });

  it("trusted devices: a browser that is trusted again keeps one row, and an account keeps 20", async () => {
    const id = await account();
    const { token } = await trustDevice(s, id, browser());
    const again = await trustDevice(s, id, browser(token));
    expect(again.replaces).toEqual([token]);
    expect(await listTrustedDevices(s, id)).toHaveLength(1);
    for (let i = 0; i < 21; i++) {
      at += 1;
      await trustDevice(s, id, browser());
    }
    expect(await listTrustedDevices(s, id)).toHaveLength(20);
    expect(await redeemTrust(s, id, browser(again.token))).toBeUndefined();
  });

  it("trusted devices: one is ended by its owner only, and then skips nothing", async () => {
    const [ada, ben] = [await account(), await account()];
    const { token } = await trustDevice(s, ada, browser());
    const [listed] = await listTrustedDevices(s, ada);
    expect(listed).toMatchObject({ ip: "203.0.113.9", userAgent: "a browser" });
    expect(await endTrustedDevice(s, ben, listed?.id ?? "", browser())).toBe(false);
    expect(await endTrustedDevice(s, ada, listed?.id ?? "", browser())).toBe(true);
    expect(await redeemTrust(s, ada, browser(token))).toBeUndefined();
    expect(await endTrustedDevice(s, ada, listed?.id ?? "", browser())).toBe(false);
  });

  it("trusted devices: expired rows are deleted by the cleanup", async () => {
    const id = await account();
    await trustDevice(s, id, browser());
    await cleanupExpired(s);
    expect(await listTrustedDevices(s, id)).toHaveLength(1);
    at += 30 * day;
    await cleanupExpired(s);
    const rows = await s.db.selectFrom("trusted_devices").select("id").where("user_id", "=", id).execute();
    expect(rows).toEqual([]);
  });
});
