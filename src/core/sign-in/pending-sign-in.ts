/** Stores sign-ins that wait for a further step. */
import { findToken, redeemToken, type TokenRow, takeTokenTry } from "../one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../one-time-tokens/token-purpose.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";
import type { Method } from "../sessions/methods.ts";
import { type AccountRow, findUserById } from "../users/users.ts";

/** Ten minutes and five tries (ASVS 6.5.5, 6.6.3). The token is bound to the browser by its cookie, or to the JSON client that keeps it. */
export const pendingSignInToken: TokenPurpose = {
  name: "pending-sign-in",
  lifetimeMs: 10 * 60_000,
  manyAtOnce: true,
  revokedBy: ["password-change", "email-change"],
};

/** The token's payload. */
export interface StoredSignIn {
  readonly methods: readonly [Method, ...Method[]];
  readonly remember: boolean;
  readonly isBearer: boolean;
  /** The account's security version at the first authentication. */
  readonly version: number;
  readonly next?: string | undefined;
  /** The step that is due. */
  readonly step: string;
}

/** A sign-in that waits, with its account as it is now. */
export interface PendingSignIn extends StoredSignIn {
  readonly user: AccountRow;
}

/** The sign-in that a token continues, without using a try: for the page of its step. */
export async function findPendingSignIn(s: Services, token: unknown): Promise<PendingSignIn | undefined> {
  const row = await findToken(s, pendingSignInToken, token);
  return row && row.tries_left > 0 ? readPending(s, row) : undefined;
}

/**
 * Uses one of its five tries, in a transaction of its own: a try counts before the proof is checked, so that parallel guesses all count.
 * Returns undefined for an invalid token.
 */
export function takePendingTry(s: Services, token: unknown): Promise<PendingSignIn | undefined> {
  return inTransaction({ ...s, atCommit: undefined }, async (tx) => {
    const row = await takeTokenTry(tx, pendingSignInToken, token);
    return row && readPending(tx, row);
  });
}

/** Redeems the token, in the transaction that resumes the sign-in. Race: of two concurrent requests, one gets it. */
export async function redeemPendingSignIn(tx: Transaction, token: unknown): Promise<PendingSignIn | undefined> {
  const row = await redeemToken(tx, pendingSignInToken, token);
  return row && readPending(tx, row);
}

async function readPending(s: Services, { user_id, payload }: TokenRow): Promise<PendingSignIn | undefined> {
  const user = await findUserById(s, user_id);
  const stored = payload === null ? undefined : (JSON.parse(payload) as StoredSignIn);
  // A credential was changed since the first step (ASVS 15.4.2).
  return user && stored && stored.version === user.security_version ? { ...stored, user } : undefined;
}
