/** Tests the roles that claims of a provider give. */
// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { rolesFromClaims } from "./claims.ts";

describe("roles from claims", () => {
  it("roles from claims: a value, or a list with it, gives the role, by a name or a path", () => {
    const roles = [
      { claim: "groups", value: "admins", role: "admin" },
      { claim: "realm_access.roles", value: "staff", role: "staff" },
      { claim: "https://example.com/role", value: "7", role: "seven" },
      { claim: "groups", value: "ops", role: "admin" },
    ];
    const rolesOf = (claims: Record<string, unknown>) => rolesFromClaims({ roles }, { claims, isEmailVouched: true });
    expect(rolesOf({ groups: ["users", "admins", "ops"], realm_access: { roles: ["staff"] }, "https://example.com/role": 7 })).toEqual([
      "admin",
      "staff",
      "seven",
    ]);
    expect(rolesOf({ groups: "admins" })).toEqual(["admin"]);
    expect(rolesOf({ "realm_access.roles": "staff" })).toEqual(["staff"]);
  });

  it("roles from claims: parts of a value, other types and inherited members give none", () => {
    const roles = [
      { claim: "groups", value: "admins", role: "admin" },
      { claim: "constructor.name", value: "Object", role: "admin" },
      { claim: "groups.length", value: "1", role: "admin" },
    ];
    for (const groups of [
      "admins,users",
      "Admins",
      " admins",
      ["x admins"],
      { admins: true },
      [["admins"]],
      [{ toString: "admins" }],
      null,
      undefined,
    ])
      expect(rolesFromClaims({ roles: roles.slice(0, 2) }, { claims: { groups }, isEmailVouched: true })).toEqual([]);
    expect(rolesFromClaims({ roles }, { claims: {}, isEmailVouched: true })).toEqual([]);
  });

  it("roles from claims: an email that the provider does not vouch for gives none", () => {
    const roles = [{ claim: "email", value: "boss@example.com", role: "admin" }];
    const email = "boss@example.com";
    const rolesOf = (isEmailVouched: boolean) => rolesFromClaims({ roles }, { claims: { email }, email, isEmailVouched });
    expect([true, false].map(rolesOf)).toEqual([["admin"], []]);
  });
});
