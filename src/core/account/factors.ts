/** Reads the factors of an account for administrators: names and times, never a secret. */
import { sql } from "kysely";
import type { Services } from "../services.ts";
import type { AccountFactors, NamedFactor } from "../users/account-factors.ts";

/** Whether a feature in use has factors: without one, pages and commands don't show any. */
export function hasFactors({ catalog }: Services): boolean {
  return catalog.secondFactors.length > 0;
}

export async function readFactors(
  s: Services,
  user: { readonly id: string; readonly two_factor_since: number | null },
): Promise<AccountFactors> {
  const authenticators = await s.db
    .selectFrom("authenticators")
    .select(["id", "name", "created_at", "last_used_at"])
    .where("user_id", "=", user.id)
    .where("confirmed_at", "is not", null)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  const passkeys = await s.db
    .selectFrom("passkeys")
    .select(["id", "name", "created_at", "last_used_at", "rp_id", "backed_up"])
    .where("user_id", "=", user.id)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  const codes = await s.db
    .selectFrom("recovery_codes")
    .select(sql<number | string>`count(*)`.as("count"))
    .where("user_id", "=", user.id)
    .where("used_at", "is", null)
    .executeTakeFirstOrThrow();
  const devices = await s.db
    .selectFrom("trusted_devices")
    .select(sql<number | string>`count(*)`.as("count"))
    .where("user_id", "=", user.id)
    .where("expires_at", ">", s.now())
    .executeTakeFirstOrThrow();
  const recoveryUntil = user.two_factor_since === null ? undefined : await s.catalog.factorRecovery?.pending(s, user.id);
  return {
    twoFactorSince: user.two_factor_since,
    recoveryUntil: recoveryUntil ?? null,
    authenticators: authenticators.map(toNamed),
    recoveryCodes: Number(codes.count),
    trustedDevices: Number(devices.count),
    passkeys: passkeys.map((row) => ({ ...toNamed(row), rpId: row.rp_id, isSynced: row.backed_up === 1 })),
  };
}

interface NamedRow {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
  readonly last_used_at: number | null;
}

function toNamed({ id, name, created_at, last_used_at }: NamedRow): NamedFactor {
  return { id, name, createdAt: created_at, lastUsedAt: last_used_at };
}
