/** Limits tries at proofs that are no passwords, such as codes. */

import { recordEvent } from "../audit/log.ts";
import {
  type Attempt,
  type AttemptWith,
  hitsOf,
  isSpent,
  type RateLimit,
  type Reservation,
  reserveWith,
} from "../rate-limits/rate-limits.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";

const proofLimit = "sign-in-step";

/** Of a million codes, each try hits one of three (NIST SP 800-63B, 3.2.2). */
const proofBudget = { count: 10, perMs: 3_600_000 };

/** Counts a try at a proof that is no password, such as a code, against the limit of an account or of its known devices. */
export function reserveProof(s: Services, of: string): Promise<Attempt> {
  return reserveProofWith(s, { of }, async () => undefined);
}

/** Tries of an account, or of its known devices. */
interface Tries {
  readonly of: string;
  /** A limit over a longer time, for proofs that can be guessed. */
  readonly long?: LongLimit | undefined;
}

/** Guessing by a patient thief who has the first factor: wrong codes also count over a longer time than an hour. */
export type LongLimit = Omit<RateLimit, "of">;

/** {@link reserveProof}, with work that uses up one of a credential's tries. */
export function reserveProofWith<T>(s: Services, { of, long }: Tries, work: (tx: Transaction) => Promise<T>): Promise<AttemptWith<T>> {
  return reserveWith(s, [{ name: proofLimit, of, budget: proofBudget }, ...(long ? [{ ...long, of }] : [])], work);
}

/** Wrong tries within an hour, including this one. */
export function proofTries(attempt: Reservation): number {
  return hitsOf(attempt, proofLimit);
}

/** Records a wrong proof, with the one that uses up the limit. Audit log flooding: tries that are refused later write nothing. */
export async function recordWrongProof(
  s: Services,
  info: RequestInfo,
  { userId, event, attempt, long }: { userId: string; event: string; attempt: Reservation; long?: LongLimit | undefined },
): Promise<void> {
  await inTransaction({ ...s, atCommit: undefined }, async (tx) => {
    await recordEvent(tx, userId, event, info);
    if (isSpent(attempt, proofLimit) || (long && isSpent(attempt, long.name))) await recordEvent(tx, userId, "login-limited", info);
  });
}
