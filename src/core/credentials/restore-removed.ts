/** Restores factors and linked logins that were removed, after a report of a compromise. */
import { columns } from "../../db/columns.ts";
import { insertIfAbsent } from "../../db/statements.ts";
import { encryptColumn, tryDecryptColumn } from "../encrypted-column.ts";
import type { Transaction } from "../services.ts";
import type { Method } from "../sessions/methods.ts";
import { authenticatorSecrets } from "../two-factor/authenticators.ts";
import { changeCredentials, type GuardedAccount, lockAccount } from "./guard-change.ts";
import { keptForMs } from "./kept-for.ts";
import {
  eraseRemoved,
  type KeptAuthenticator,
  type KeptCode,
  type KeptIdentity,
  type KeptPasskey,
  type RemovedRow,
  removedFactors,
} from "./removed-factors.ts";

/**
 * Restores what was removed since then, after everything that was added since then is gone: an intruder's factor that was added and removed
 * since does not come back. Without factors, only two-factor authentication is turned on again, with those that stayed. The caller bumps the
 * security version. Returns whether there was anything.
 */
export async function restoreRemoved(
  tx: Transaction,
  userId: string,
  since: number,
  { withFactors = true }: { readonly withFactors?: boolean } = {},
): Promise<boolean> {
  const account = await lockAccount(tx, userId);
  if (!account) return false;
  const rows = await tx.db
    .selectFrom("removed_factors")
    .select(columns.removed_factors)
    .where("user_id", "=", userId)
    .where("removed_at", ">=", since)
    .where("removed_at", ">", tx.now() - keptForMs)
    .execute();
  if (rows.length === 0) return false;
  await eraseRemoved(tx, userId, since);
  const ofOwner = rows.filter(({ added_at }) => added_at < since);
  const restored: boolean[] = [];
  for (const row of withFactors ? ofOwner : []) if (row.kind !== "two-factor") restored.push(await restoreOne(tx, account, row, since));
  const wasOn = ofOwner.find(({ kind }) => kind === "two-factor");
  if (wasOn) restored.push(await turnOnAgain(tx, account, wasOn.added_at));
  return restored.includes(true);
}

/** Lockout: only with a factor that the account has. Recovery codes alone are one. */
async function turnOnAgain(tx: Transaction, account: GuardedAccount, since: number): Promise<boolean> {
  if (account.two_factor_since !== null) return false;
  const methods: Method[] = [];
  for (const { enrolled } of tx.catalog.secondFactors) methods.push(...(await enrolled(tx, account.id)));
  if (methods.length === 0) return false;
  await changeCredentials(tx, account, { two_factor_since: since });
  return true;
}

async function restoreOne(tx: Transaction, account: GuardedAccount, row: RemovedRow, since: number): Promise<boolean> {
  const text = tryDecryptColumn(tx, removedFactors, row.id, row.content);
  if (text === undefined) {
    tx.log.error({ factor: row.id }, "a removed factor cannot be decrypted, and is not restored");
    return false;
  }
  const content: unknown = JSON.parse(text);
  if (row.kind === "authenticator") return restoreAuthenticator(tx, account, content as KeptAuthenticator);
  if (row.kind === "passkey") return restorePasskey(tx, account, row, content as KeptPasskey);
  if (row.kind === "identity") return restoreIdentity(tx, account, content as KeptIdentity, since);
  return restoreCodes(tx, account, content as readonly KeptCode[]);
}

/** With the step that it accepted last: an old code stays used. */
function restoreAuthenticator(tx: Transaction, { id: user_id }: GuardedAccount, { secret, ...row }: KeptAuthenticator): Promise<boolean> {
  return insertIfAbsent(tx.db, "authenticators", { ...row, user_id, secret: encryptColumn(tx, authenticatorSecrets, row.id, secret) });
}

/** Account confusion: a credential that was registered again meanwhile stays where it is. */
async function restorePasskey(
  tx: Transaction,
  { id: user_id }: GuardedAccount,
  { credential_id }: RemovedRow,
  { public_key, ...row }: KeptPasskey,
): Promise<boolean> {
  if (credential_id === null) return false;
  return insertIfAbsent(tx.db, "passkeys", { ...row, user_id, credential_id, public_key: Buffer.from(public_key, "base64url") });
}

/**
 * Account confusion: an identity that another account has linked meanwhile stays there. Second factor bypass: a confirmation since then may be
 * the intruder's, and is taken back as that of a login that is still linked (ASVS 6.3.4).
 */
function restoreIdentity(tx: Transaction, { id: user_id }: GuardedAccount, row: KeptIdentity, since: number): Promise<boolean> {
  const confirmed_at = row.confirmed_at === null || row.confirmed_at >= since ? null : row.confirmed_at;
  return insertIfAbsent(tx.db, "identities", { ...row, user_id, confirmed_at, tokens: null });
}

async function restoreCodes(tx: Transaction, { id: user_id }: GuardedAccount, codes: readonly KeptCode[]): Promise<boolean> {
  for (const code of codes) await insertIfAbsent(tx.db, "recovery_codes", { ...code, user_id });
  return true;
}
