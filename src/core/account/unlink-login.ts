/** Unlinks a login of an account for administrators. */
import { lockAccount } from "../credentials/guard-change.ts";
import { unlinkIdentity } from "../identities/identities.ts";
import { announceUnlinked } from "../identities/notices.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services } from "../services.ts";

/** Ends the sessions that began with it, and notifies the owner. Lockout: the last way in stays. */
export function unlinkByAdmin(
  s: Services,
  userId: string,
  id: string,
  info: RequestInfo,
): Promise<"unlinked" | "not-found" | "last-way-in"> {
  return inTransaction(s, async (tx) => {
    const account = await lockAccount(tx, userId);
    const unlinked = account && (await unlinkIdentity(tx, account, id, { info }));
    if (!account || !unlinked) return "not-found";
    if (!unlinked.ok) return unlinked.reason;
    await announceUnlinked(tx, account, info, unlinked.identity);
    return "unlinked";
  });
}
