/** Ends the trust of all browsers of an account. */
import type { Transaction } from "../services.ts";
import type { AccountRow } from "../users/users.ts";

/** Stolen cookie: trust ends with the password and the sessions. An account without two-factor authentication trusts no browser. */
export async function endTrust(tx: Transaction, { id, two_factor_since }: Pick<AccountRow, "id" | "two_factor_since">): Promise<void> {
  if (two_factor_since === null) return;
  const { endTrustedDevices } = await import("../two-factor/trusted-devices.ts");
  await endTrustedDevices(tx, id);
}
