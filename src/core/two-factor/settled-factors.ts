/** Tells factors that were in an account before any notice that can still be reported. */
import { keptForMs } from "../credentials/kept-for.ts";
import type { Services } from "../services.ts";
import { type FactorId, recoveryCodesId } from "../sessions/factor-id.ts";

/** Whether the account has this factor, and has had it for longer than a change can be reported: an intruder's would be taken back. */
export async function isSettled(s: Services, userId: string, factor: FactorId): Promise<boolean> {
  return (await listSettled(s, userId)).includes(factor);
}

/** Whether another factor of the account than these could make a removal final. */
export async function hasOtherSettled(s: Services, userId: string, removed: readonly FactorId[]): Promise<boolean> {
  return (await listSettled(s, userId)).some((each) => !removed.includes(each));
}

async function listSettled(s: Services, userId: string): Promise<FactorId[]> {
  const until = s.now() - keptForMs;
  const apps = await s.db
    .selectFrom("authenticators")
    .select("id")
    .where("user_id", "=", userId)
    .where("confirmed_at", "<=", until)
    .execute();
  const passkeys = await s.db.selectFrom("passkeys").select("id").where("user_id", "=", userId).where("created_at", "<=", until).execute();
  const factors = [...apps, ...passkeys].map(({ id }) => id);
  return (await hasOldCodes(s, userId, until)) ? [...factors, recoveryCodesId] : factors;
}

/** Codes that were replaced lately count too: a report brings them back. */
async function hasOldCodes(s: Services, userId: string, until: number): Promise<boolean> {
  const current = await s.db
    .selectFrom("recovery_codes")
    .select("user_id")
    .where("user_id", "=", userId)
    .where("used_at", "is", null)
    .where("created_at", "<=", until)
    .limit(1)
    .executeTakeFirst();
  if (current) return true;
  const replaced = await s.db
    .selectFrom("removed_factors")
    .select("user_id")
    .where("user_id", "=", userId)
    .where("kind", "=", "recovery-codes")
    .where("added_at", "<=", until)
    .where("removed_at", ">", until)
    .limit(1)
    .executeTakeFirst();
  return replaced !== undefined;
}
