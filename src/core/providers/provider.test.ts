/** Tests the rules of a provider that need no protocol: domains. */
// Runs on one engine: it opens no database.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isAllowedDomain } from "./provider.ts";

describe("provider", () => {
  it("provider: a domain rule allows its domain, in any case, and neither subdomains nor longer names", () => {
    const allows = (email: string, domains = ["example.com"]) => isAllowedDomain({ domains }, email);
    expect([allows("ada@example.com"), allows("ada@EXAMPLE.com"), allows("ada@other.org", [])]).toEqual([true, true, true]);
    for (const email of ["ada@sub.example.com", "ada@badexample.com", "ada@example.com.evil.org", '"ada@example.com"@evil.org'])
      expect([email, allows(email)]).toEqual([email, false]);
  });

  it("provider: the docs say how sessions here and at the provider depend on each other", { tags: ["asvs-7.1.3"] }, () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/logins.md"), "utf8");
    for (const word of ["`SESSION_LIFETIME`", "back-channel logout", "`sid`"]) expect(page).toContain(word);
  });
});
