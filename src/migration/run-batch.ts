/** Runs one batch of an import in a transaction, which a dry run rolls back. */
import { inTransaction, type Services, type Transaction } from "../core/services.ts";
import type { Plan } from "./plan.ts";

class DryRunEnded extends Error {}

/** A dry run is always rolled back: a write by mistake changes no account. */
export async function runBatch<T>(s: Services, { isDry }: Pick<Plan, "isDry">, work: (tx: Transaction) => Promise<T>): Promise<T> {
  if (!isDry) return inTransaction(s, work);
  let result: { readonly value: T } | undefined;
  try {
    await inTransaction(s, async (tx) => {
      result = { value: await work(tx) };
      throw new DryRunEnded();
    });
  } catch (error) {
    if (!(error instanceof DryRunEnded) || !result) throw error;
  }
  if (!result) throw new Error("The dry run gave no result.");
  return result.value;
}
