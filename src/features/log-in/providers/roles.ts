/** Reads the roles that claims of a provider give. */
import { type Claims, memberAt } from "../../../core/providers/claims.ts";
import type { Provider } from "../../../core/providers/provider.ts";

/** Names of the roles, by `PROVIDER_…_ROLES`. */
export function rolesFrom({ roles }: Provider, claims: Claims): string[] {
  const given = roles.filter(({ claim, value }) => valuesOf(memberAt(claims, claim)).includes(value));
  return [...new Set(given.map(({ role }) => role))];
}

function valuesOf(claim: unknown): string[] {
  return (Array.isArray(claim) ? claim : [claim]).flatMap((each) =>
    typeof each === "string" || typeof each === "number" || typeof each === "boolean" ? [String(each)] : [],
  );
}
