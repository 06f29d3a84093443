/** Records that a user authenticated again in a session. */

import { lazy } from "../../platform/lazy.ts";
import { type Reservation, release } from "../rate-limits/rate-limits.ts";
import type { Transaction } from "../services.ts";
import type { FactorId } from "../sessions/factor-id.ts";
import { isSecondFactor, type Method } from "../sessions/methods.ts";
import { hashSessionToken, newSessionToken, type Session, type SessionToken, type Visitor } from "../sessions/session.ts";

/** A repeated authentication in a session. */
export interface Reauthentication {
  readonly methods: readonly [Method, ...Method[]];
  /** The second factor, or the passkey, that proved it. Not for one that was only added now. */
  readonly factor?: FactorId | undefined;
  readonly attempt?: Reservation | undefined;
}

/**
 * Records that the user has authenticated again. Session fixation, stolen token: the session gets a new one, so that a copy gains nothing
 * (ASVS 7.2.4). Resolves to undefined if the session has ended in the meantime.
 */
export async function renewSession(
  tx: Transaction,
  { session, user }: Visitor,
  reauthentication: Reauthentication,
  { isBearer = false }: { readonly isBearer?: boolean } = {},
): Promise<RenewedSession | undefined> {
  const token = newSessionToken(isBearer);
  const renewed = await reauthenticate(tx, { session, user }, reauthentication, hashSessionToken(token));
  return renewed && { token, session: renewed, user };
}

/** Loaded for accounts that have factors. */
const settledFactors = lazy(() => import("../two-factor/settled-factors.ts")).get;

export interface RenewedSession extends Visitor {
  readonly token: SessionToken;
}

/**
 * Downgrade: with two-factor authentication only a second factor makes the authentication recent, or a stolen session and the password would
 * turn it off.
 */
async function reauthenticate(
  tx: Transaction,
  { session, user }: Visitor,
  { methods, factor, attempt }: Reauthentication,
  tokenHash: Session["tokenHash"],
): Promise<Session | undefined> {
  const all = [...new Set([...session.methods, ...methods])];
  const isRecent = user.twoFactorSince === null || methods.some(isSecondFactor);
  const authenticatedAt = isRecent ? tx.now() : session.authenticatedAt;
  if (attempt) await release(tx, attempt);
  // Stolen session: a factor that an intruder has just added does not hide the owner's, which authenticated the session before.
  const named = factor !== undefined && (await (await settledFactors()).isSettled(tx, user.id, factor)) ? { factor_id: factor } : {};
  const { numUpdatedRows } = await tx.db
    .updateTable("sessions")
    .set({ token_hash: tokenHash, authenticated_at: authenticatedAt, methods: all.join(" "), ...named })
    .where("token_hash", "=", session.tokenHash)
    .executeTakeFirst();
  return numUpdatedRows === 1n ? { ...session, tokenHash, authenticatedAt, methods: all } : undefined;
}
