/** Takes away the roles that removed identities gave. */
import { isIssuerOf } from "../providers/issuers.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Transaction } from "../services.ts";
import type { LinkedLogin } from "../users/account-factors.ts";
import { setMappedRoles } from "../users/roles.ts";

/** Only those that have logged in gave roles. Another identity of the provider gives them again at its next login. */
export async function takeMappedRoles(tx: Transaction, userId: string, removed: readonly LinkedLogin[], info: RequestInfo): Promise<void> {
  const used = removed.filter(({ lastUsedAt }) => lastUsedAt !== null);
  const mapped = tx.settings.providers
    .filter((provider) => used.some((identity) => identity.provider === provider.id || isIssuerOf(provider, identity.issuer)))
    .flatMap(({ roles }) => roles.map(({ role }) => role));
  const [provider, ...others] = new Set(used.map((identity) => identity.provider));
  if (mapped.length > 0) await setMappedRoles(tx, userId, { mapped, given: [], info, provider: others.length > 0 ? undefined : provider });
}
