/** Names the providers of an account's past logins, as far as they are known. */
import type { Services } from "../services.ts";
import { listIdentities } from "./identities.ts";

/** Between the events `provider-login` and `logged-in` of one login, its session began. */
export interface PastLogin {
  readonly from: number;
  readonly until: number;
}

/**
 * Events do not store the provider. Its session does, while it lasts; and an account that has only ever linked one provider used that one.
 */
export async function providersOfLogins(s: Services, userId: string): Promise<(login: PastLogin) => string | undefined> {
  const identities = await listIdentities(s, userId);
  const [sessions, unlinked] = [
    await s.db
      .selectFrom("sessions")
      .select(["identity_id", "created_at"])
      .where("user_id", "=", userId)
      .where("identity_id", "is not", null)
      .execute(),
    await s.db.selectFrom("unlinked_issuers").select("id").where("user_id", "=", userId).limit(1).execute(),
  ];
  const known = new Set(identities.map(({ provider }) => provider));
  const only = known.size === 1 && unlinked.length === 0 ? identities[0]?.provider : undefined;
  const nameOf = (id: string) => s.settings.providers.find((provider) => provider.id === id)?.name ?? id;
  return ({ from, until }) => {
    const session = sessions.find(({ created_at: at }) => at >= from && at <= until);
    const provider = identities.find(({ id }) => id === session?.identity_id)?.provider ?? only;
    return provider === undefined ? undefined : nameOf(provider);
  };
}
