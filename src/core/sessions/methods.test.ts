/** Tests the claim `amr`. */
// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { amrOf, levelOf } from "./methods.ts";

describe("amr", () => {
  it.each([
    [["password"], ["pwd"]],
    [
      ["password", "totp"],
      ["pwd", "otp", "mfa"],
    ],
    [
      ["password", "recovery-code"],
      ["pwd", "mfa"],
    ],
    [
      ["passkey", "user-verification"],
      ["hwk", "user", "mfa"],
    ],
    [
      ["passkey-synced", "user-verification"],
      ["swk", "user", "mfa"],
    ],
    [
      ["password", "passkey-synced"],
      ["pwd", "swk", "mfa"],
    ],
    [["passkey"], ["hwk"]],
    [["password", "trusted-device"], ["pwd"]],
    [["password", "email-code"], ["pwd"]],
    // One kind of factor: both are something that the user has.
    [["email-link", "totp"], ["otp"]],
    // Neither proves a factor.
    [["legacy-cookie", "password"], ["pwd"]],
    [["provider:google", "password"], ["pwd"]],
  ] as const)("amr: of %j is %j", (methods, expected) => {
    expect(amrOf(methods)).toEqual(expected);
  });
});

describe("level", () => {
  it.each([
    [["password"], 1],
    [["email-code"], 1],
    [["passkey"], 1],
    [["password", "trusted-device"], 1],
    [["password", "email-code"], 1],
    [["legacy-cookie"], 1],
    [["legacy-cookie", "password"], 1],
    [["totp", "totp"], 1],
    [["passkey", "passkey"], 1],
    [["password", "totp"], 2],
    [["password", "recovery-code"], 2],
    [["email-link", "totp"], 2],
    // The cookie stands for the first factor, which another application has checked.
    [["legacy-cookie", "totp"], 2],
    [["legacy-cookie", "recovery-code"], 2],
    [["provider:google", "passkey-synced"], 2],
    [["passkey-synced", "user-verification"], 2],
  ] as const)("level: of %j is %d", (methods, expected) => {
    expect(levelOf(methods)).toBe(expected);
  });
});
