// Runs on one engine: what it tests does not touch the database.
import { createHash } from "node:crypto";
import { dictionary } from "@zxcvbn-ts/language-common";
import { describe, expect, it } from "vitest";
import { openCommonPasswords } from "./common.ts";

describe("the list of common passwords", () => {
  const common = openCommonPasswords();

  it("has every one of the most used that is long enough to be chosen, whatever its case", {
    tags: ["asvs-6.2.4", "asvs-6.2.12"],
  }, async () => {
    const most = (dictionary["passwords-common"] as string[]).filter((password) => [...password].length >= 8);
    expect(most.length).toBeGreaterThan(15_000);
    for (const password of most) {
      expect(await common.has(password), password).toBe(true);
      expect(await common.has(password.toUpperCase()), password).toBe(true);
    }
  });

  it("takes fewer than one in five thousand others for common", async () => {
    const others = Array.from({ length: 20_000 }, (_, i) => createHash("sha256").update(`other ${i}`).digest("base64url"));
    const wrong = (await Promise.all(others.map(common.has))).filter(Boolean).length;
    expect(wrong).toBeLessThan(4);
  });

  it("knows whole passwords, and not phrases that hold one", { tags: ["asvs-6.2.11"] }, async () => {
    expect(await common.has("password1")).toBe(true);
    expect(await common.has("my password1 is long and mine")).toBe(false);
  });
});
