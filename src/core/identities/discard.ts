/** Removes identities that a stranger may have linked before an email was proven. */
import { lazy } from "../../platform/lazy.ts";
import type { GuardedAccount } from "../credentials/guard-change.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Transaction } from "../services.ts";

const store = lazy(() => import("./identities.ts")).get;

/** Where `PROVIDERS` is empty, it costs nothing. */
export async function discardIdentities(tx: Transaction, account: GuardedAccount, info: RequestInfo): Promise<void> {
  if (tx.settings.providers.length > 0) await (await store()).removeIdentitiesSince(tx, account, { since: 0, info });
}
