/** Shows a user of the test provider the way that each preset does. */
import type { Provider } from "../config/providers/provider.ts";
import type { TestProviderUser } from "./test-provider-types.ts";

type Claims = Record<string, unknown>;

/** Tenant of users of Microsoft, unless they have a claim `tid`. */
const tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";

/** Claims of the ID token and the user info. */
export function claimsOf({ preset }: Pick<Provider, "preset">, user: TestProviderUser): Claims {
  const { sub, email_verified: isVouched, ...rest } = user;
  if (preset === "microsoft") return { tid: tenant, ...rest, oid: sub, sub: `pairwise-${sub}`, xms_edov: isVouched };
  if (preset === "slack") return { "https://slack.com/team_id": "T0001", ...user };
  if (preset === "google" && !/@gmail\.com$/.test(user.email ?? ""))
    return isVouched ? { hd: user.email?.split("@")[1], ...user } : { ...user };
  return { ...user };
}

/** The user as the API of a provider without OpenID Connect returns it. */
export function apiUserOf({ protocol, preset }: Pick<Provider, "protocol" | "preset">, user: TestProviderUser): Claims {
  const { members } = protocol.oauth ?? {};
  const object: Claims = {};
  if (!members) return object;
  // GitHub's IDs are numbers.
  put(object, members.subject, preset === "github" ? Number(user.sub) : user.sub);
  if (members.email !== undefined) put(object, members.email, user.email);
  if (members.emailVerified !== undefined) put(object, members.emailVerified, user.email_verified);
  if (members.username !== undefined) put(object, members.username, user.preferred_username);
  if (members.name !== undefined) put(object, members.name, user.name);
  // The public address of GitHub, which nobody may rely on.
  return preset === "github" ? { ...object, email: user["public_email"] ?? user.email } : object;
}

/** The addresses as GitHub lists them; of X, the user with the confirmed one. */
export function apiEmailsOf(provider: Pick<Provider, "protocol" | "preset">, user: TestProviderUser): unknown {
  if (provider.preset !== "github") return apiUserOf(provider, user);
  const first = { email: "first@example.org", primary: false, verified: true };
  const second = { email: user.email, primary: true, verified: user.email_verified ?? false };
  return user["emails"] ?? [first, ...(user.email === undefined ? [] : [second])];
}

function put(object: Claims, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  const parent = names.reduce<Claims>((at, name) => {
    at[name] ??= {};
    return at[name] as Claims;
  }, object);
  if (value !== undefined) parent[last] = value;
}
