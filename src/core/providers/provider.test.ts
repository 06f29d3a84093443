/** Tests the rules of a provider that need no protocol: domains. */
// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { isAllowedDomain } from "./provider.ts";

describe("provider", () => {
  it("provider: a domain rule allows its domain, in any case, and neither subdomains nor longer names", () => {
    const allows = (email: string, domains = ["example.com"]) => isAllowedDomain({ domains }, email);
    expect([allows("ada@example.com"), allows("ada@EXAMPLE.com"), allows("ada@other.org", [])]).toEqual([true, true, true]);
    for (const email of ["ada@sub.example.com", "ada@badexample.com", "ada@example.com.evil.org", '"ada@example.com"@evil.org'])
      expect([email, allows(email)]).toEqual([email, false]);
  });
});
