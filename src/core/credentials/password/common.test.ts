// Runs on one engine: no test uses the database.
import { createHash } from "node:crypto";
import { dictionary } from "@zxcvbn-ts/language-common";
import { describe, expect, it } from "vitest";
import { openCommonPasswords } from "./common.ts";

describe("common passwords", () => {
  const common = openCommonPasswords();

  it("common passwords: each of 15,000 of eight characters or more is found, in any case", {
    tags: ["asvs-6.2.4", "asvs-6.2.12"],
  }, async () => {
    const most = (dictionary["passwords-common"] as string[]).filter((password) => [...password].length >= 8);
    expect(most.length).toBeGreaterThan(15_000);
    for (const password of most) {
      expect(await common.has(password), password).toBe(true);
      expect(await common.has(password.toUpperCase()), password).toBe(true);
    }
  });

  it("common passwords: fewer than one in 5,000 random passwords is found by mistake", async () => {
    const others = Array.from({ length: 20_000 }, (_, i) => createHash("sha256").update(`other ${i}`).digest("base64url"));
    const wrong = (await Promise.all(others.map(common.has))).filter(Boolean).length;
    expect(wrong).toBeLessThan(4);
  });

  it("common passwords: a phrase that contains a common password is not found", { tags: ["asvs-6.2.11"] }, async () => {
    expect(await common.has("password1")).toBe(true);
    expect(await common.has("my password1 is long and mine")).toBe(false);
  });
});
