/** Removes a passkey of an account for administrators. */
import { lockAccount } from "../credentials/guard-change.ts";
import { announceRemoved } from "../passkeys/notices.ts";
import { listPasskeys, removePasskey } from "../passkeys/passkeys.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services } from "../services.ts";

/** Ends all sessions, and notifies the owner. Lockout: the last way in and the last second factor stay. */
export function removePasskeyByAdmin(
  s: Services,
  userId: string,
  id: string,
  info: RequestInfo,
): Promise<"removed" | "not-found" | "last-way-in" | "last-factor"> {
  return inTransaction(s, async (tx) => {
    const account = await lockAccount(tx, userId);
    const passkey = account && (await listPasskeys(tx, userId)).find((each) => each.id === id);
    const removed = account && passkey ? await removePasskey(tx, account, id) : undefined;
    if (!account || !passkey || !removed) return "not-found";
    if (!removed.ok) return removed.reason;
    await announceRemoved(tx, account, info, passkey.name);
    return "removed";
  });
}
