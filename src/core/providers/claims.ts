/** Reads claims of a provider, and the roles that they give. */
import type { ProvenIdentity, Provider } from "./provider.ts";

export type Claims = Readonly<Record<string, unknown>>;

/**
 * Returns the roles of `PROVIDER_…_ROLES` whose claim has the value, or a list with it. Privilege escalation: users may type any email at a
 * provider that does not vouch for it, so only the vouched one gives a role. A user has others beside it, such as the public one of GitHub.
 */
export function rolesFromClaims(
  { roles }: Pick<Provider, "roles">,
  { claims: all, email: own, isEmailVouched }: Pick<ProvenIdentity, "claims" | "email" | "isEmailVouched">,
): readonly string[] {
  const { email: _, ...others } = all;
  const claims = isEmailVouched ? { ...others, email: own } : others;
  const held = roles.filter(({ claim, value }) => {
    const given = memberAt(claims, claim);
    return (Array.isArray(given) ? given : [given]).some((each) => isPlain(each) && String(each) === value);
  });
  return [...new Set(held.map(({ role }) => role))];
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** The member of this name, else the one at this path of names with dots, such as `realm_access.roles`. */
export function memberAt(object: Claims, path: string): unknown {
  if (Object.hasOwn(object, path)) return object[path];
  const at = (value: unknown, name: string) =>
    typeof value === "object" && value !== null && Object.hasOwn(value, name) ? (value as Claims)[name] : undefined;
  return path === "" ? undefined : path.split(".").reduce<unknown>(at, object);
}
