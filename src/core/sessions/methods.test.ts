/** Tests the claim `amr`. */
// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { amrOf } from "./methods.ts";

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
    [["passkey"], ["pop"]],
    // One kind of factor: both are something that the user has.
    [["email-link", "totp"], ["otp"]],
    // Neither proves a factor.
    [["legacy-cookie", "password"], ["pwd"]],
    [["provider:google", "password"], ["pwd"]],
  ] as const)("amr: of %j is %j", (methods, expected) => {
    expect(amrOf(methods)).toEqual(expected);
  });
});
