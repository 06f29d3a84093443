/** Detects logins from devices that an account has not been seen on. */
import { tryConsume } from "../rate-limits/rate-limits.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Transaction } from "../services.ts";
import type { AccountRow } from "../users/users.ts";

const dayMs = 24 * 3_600_000;

/** Private windows and bearer clients keep no cookie: one network and program count as one device for so long. */
const onePerClient = { count: 1, perMs: 30 * dayMs };

/** Whether the first login of a new account, which its user expects. */
function isAfterSignUp(tx: Transaction, { last_login_at, created_at }: AccountRow): boolean {
  return last_login_at === null && tx.now() < created_at + dayMs;
}

/**
 * Whether the owner is to be told of this login; counts it. `before` is the account before the login. Costs a known device no query, and a
 * new one a single statement.
 */
export async function isNewDevice(tx: Transaction, before: AccountRow, info: RequestInfo): Promise<boolean> {
  // Planted cookie: a device is bound to the account and its password, so one of another account does not count.
  if (info.knownDevice(before) !== undefined) return false;
  // Versions change with each update of a browser.
  const program = info.userAgent.replaceAll(/\d+/g, "");
  const isFirst = await tryConsume(tx, { name: "new-device", of: `${before.id} ${info.network ?? ""} ${program}`, budget: onePerClient });
  return isFirst && !isAfterSignUp(tx, before);
}
