/** Exports what is stored about second factors, without secrets and hashes. */
import type { Services } from "../../../core/services.ts";
import { listAuthenticators } from "../../../core/two-factor/authenticators.ts";
import { listTrustedDevices } from "../../../core/two-factor/trusted-devices.ts";

export async function exportFactors(s: Services, userId: string): Promise<object> {
  const codes = await s.db
    .selectFrom("recovery_codes")
    .select(["created_at", "used_at"])
    .where("user_id", "=", userId)
    .orderBy("created_at")
    .execute();
  const removed = await s.db
    .selectFrom("removed_factors")
    .select(["kind", "added_at", "removed_at"])
    .where("user_id", "=", userId)
    .orderBy("removed_at")
    .execute();
  return {
    authenticators: await listAuthenticators(s, userId),
    trustedDevices: await listTrustedDevices(s, userId),
    recoveryCodes: codes.map(({ created_at, used_at }) => ({ createdAt: created_at, usedAt: used_at })),
    removed: removed.map(({ kind, added_at, removed_at }) => ({ kind, addedAt: added_at, removedAt: removed_at })),
  };
}
