/** Removes factors, passkeys and linked logins at the first proof of an account's inbox. */
import { lazy } from "../../platform/lazy.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services, Transaction } from "../services.ts";
import type { GuardedAccount } from "./guard-change.ts";
import { removeFactors } from "./remove-factors.ts";

/**
 * Pre-registration hijack: whoever created the account before its email was verified would keep a way in, or keep the owner out
 * (GHSA-qq9h-g4jm-xgf3). Downgrade: factors that an administrator has imported stay. Returns whether any were removed.
 */
export async function removeUnprovenFactors(tx: Transaction, account: GuardedAccount): Promise<boolean> {
  return !(await hasImportedFactors(tx, account.id)) && removeFactors(tx, account, { passkeys: true });
}

const identities = lazy(() => import("../identities/identities.ts")).get;

/** Asks the database and not `PROVIDERS`: a login that a stranger has linked would open the account once its provider is listed again. */
export async function removeUnprovenLogins(tx: Transaction, account: GuardedAccount, info: RequestInfo): Promise<void> {
  const linked = await tx.db.selectFrom("identities").select("id").where("user_id", "=", account.id).limit(1).executeTakeFirst();
  if (linked) await (await identities()).removeIdentitiesSince(tx, account, { since: 0, info });
}

/** Whether an administrator has imported factors of the account. */
export async function hasImportedFactors(s: Services, userId: string): Promise<boolean> {
  const imported = await s.db
    .selectFrom("imports")
    .select("user_id")
    .where("user_id", "=", userId)
    .where("factors_version", "is not", null)
    .executeTakeFirst();
  return imported !== undefined;
}
