/** Tests codes of authenticator apps against the RFCs and other implementations. */
// Runs on one engine: it opens no database.
import { execFileSync } from "node:child_process";
import { Secret, TOTP, URI } from "otpauth";
import { describe, expect, it } from "vitest";
import { decodeBase32, encodeBase32 } from "../../platform/base32.ts";
import { matchTotp, newTotpSecret, otpauthUri, readTotp, totpCode, totpStep } from "./totp.ts";

const rfcKey = Buffer.from("12345678901234567890");

describe("TOTP", () => {
  // RFC 6238, appendix B, the last six of its eight digits.
  it.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ])("TOTP: the code of RFC 6238 at %d s is %s", (seconds, code) => {
    expect(totpCode(rfcKey, totpStep(seconds * 1_000))).toBe(code);
  });

  // RFC 4226, appendix D.
  it("TOTP: the first ten codes of RFC 4226 are as published", () => {
    const published = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
    expect(published.map((_, counter) => totpCode(rfcKey, counter))).toEqual(published);
  });

  it("TOTP: a thousand codes are those of the package otpauth", () => {
    for (let i = 0; i < 1_000; i++) {
      const [secret, timestamp] = [newTotpSecret(), Math.floor(Math.random() * 4e12)];
      const oracle = new TOTP({ secret: Secret.fromBase32(secret), algorithm: "SHA1", digits: 6, period: 30 });
      expect(totpCode(decodeBase32(secret) ?? rfcKey, totpStep(timestamp))).toBe(oracle.generate({ timestamp }));
    }
  });

  it.skipIf(!hasOathtool())("TOTP: codes are those of oathtool", () => {
    for (const seconds of [59, 1_111_111_109, 1_800_000_000]) {
      const secret = newTotpSecret();
      const printed = execFileSync("oathtool", ["--totp", "--base32", "--now", `@${seconds}`, secret], { encoding: "utf8" });
      expect(totpCode(decodeBase32(secret) ?? rfcKey, totpStep(seconds * 1_000))).toBe(printed.trim());
    }
  });

  it("secret: has 160 bits, and each is another", { tags: ["asvs-6.5.3"] }, () => {
    const secrets = Array.from({ length: 100 }, newTotpSecret);
    expect(new Set(secrets).size).toBe(100);
    for (const secret of secrets) expect([secret.length, decodeBase32(secret)?.length]).toEqual([32, 20]);
  });

  it("base32: encodes as RFC 4648, and decodes what people type", () => {
    for (const [text, encoded] of [
      ["", ""],
      ["f", "MY"],
      ["fo", "MZXQ"],
      ["foo", "MZXW6"],
      ["foob", "MZXW6YQ"],
      ["fooba", "MZXW6YTB"],
      ["foobar", "MZXW6YTBOI"],
    ] as const) {
      expect(encodeBase32(Buffer.from(text))).toBe(encoded);
      expect(decodeBase32(encoded)?.toString()).toBe(text);
    }
    expect(decodeBase32("mzxw 6ytb-oi======")?.toString()).toBe("foobar");
    expect(decodeBase32("MZXW1")).toBeUndefined();
  });

  it("URI: is read by the package otpauth with the same secret, issuer and account", () => {
    const secret = newTotpSecret();
    const uri = otpauthUri({ secret, issuer: "Reading: Room & Co", account: "ada+1@example.com" });
    expect(uri).toBe(
      `otpauth://totp/Reading%20%20Room%20%26%20Co:ada%2B1%40example.com?secret=${secret}&issuer=Reading%20%20Room%20%26%20Co&algorithm=SHA1&digits=6&period=30`,
    );
    expect(URI.parse(uri)).toMatchObject({ issuer: "Reading  Room & Co", label: "ada+1@example.com", digits: 6, period: 30 });
    expect(URI.parse(uri).secret.base32).toBe(secret);
  });

  it("code: spaces, hyphens and digits of other scripts are read, anything else is none", () => {
    expect(["287082", " 287 082 ", "287-082", "٢٨٧٠٨٢", "۲۸۷۰۸۲", "２８７０８２"].map(readTotp)).toEqual(Array(6).fill("287082"));
    expect(["", "28708", "2870822", "28708x", "1e5000", "287082\u0000"].map(readTotp)).toEqual(Array(6).fill(undefined));
  });

  it("match: the current step and its neighbours are accepted, ten steps away the clock is wrong, further is nothing", () => {
    // Of a random secret, two of these codes could be the same.
    const [secret, now] = [encodeBase32(rfcKey), 1_800_000_015_000];
    const at = (distance: number) => matchTotp(secret, totpCode(rfcKey, totpStep(now) + distance), now);
    for (const distance of [-1, 0, 1]) expect(at(distance)).toMatchObject({ step: totpStep(now) + distance, isAccepted: true });
    expect([-10, -4, -2, 2, 10].map((distance) => at(distance))).toMatchObject(
      [5, 2, 1, 1, 5].map((minutesOff) => ({ isAccepted: false, minutesOff })),
    );
    expect([at(-11), at(11), matchTotp("not base32!", "287082", now), matchTotp(secret, "", now)]).toEqual(Array(4).fill(undefined));
  });
});

function hasOathtool(): boolean {
  try {
    execFileSync("oathtool", ["--version"]);
    return true;
  } catch {
    return false;
  }
}
