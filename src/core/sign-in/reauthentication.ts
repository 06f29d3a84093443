/** Records that a user authenticated again in a session. */
import { type Reservation, release } from "../rate-limits/rate-limits.ts";
import type { Transaction } from "../services.ts";
import { isSecondFactor, type Method } from "../sessions/methods.ts";
import { hashSessionToken, newSessionToken, type Session, type SessionToken, type Visitor } from "../sessions/session.ts";

/** A repeated authentication in a session. */
export interface Reauthentication {
  readonly methods: readonly [Method, ...Method[]];
  readonly attempt?: Reservation | undefined;
}

/**
 * Records that the user has authenticated again. Session fixation: the session gets a new token (ASVS 7.2.4). Resolves to undefined if
 * the session has ended in the meantime.
 */
export async function renewSession(
  tx: Transaction,
  { session, user }: Visitor,
  reauthentication: Reauthentication,
): Promise<RenewedSession | undefined> {
  const token = newSessionToken();
  const renewed = await reauthenticate(tx, { session, user }, reauthentication, hashSessionToken(token));
  return renewed && { token, session: renewed, user };
}

export interface RenewedSession extends Visitor {
  readonly token: SessionToken;
}

/** Like {@link renewSession}, for the session of a JSON client. It keeps its token, because an attacker cannot plant a bearer token. */
export async function refreshBearerSession(
  tx: Transaction,
  { session, user }: Visitor,
  reauthentication: Reauthentication,
): Promise<Visitor | undefined> {
  const renewed = await reauthenticate(tx, { session, user }, reauthentication, session.tokenHash);
  return renewed && { session: renewed, user };
}

/**
 * Downgrade: with two-factor authentication only a second factor makes the authentication recent, or a stolen session and the password would
 * turn it off.
 */
async function reauthenticate(
  tx: Transaction,
  { session, user }: Visitor,
  { methods, attempt }: Reauthentication,
  tokenHash: Session["tokenHash"],
): Promise<Session | undefined> {
  const all = [...new Set([...session.methods, ...methods])];
  const isRecent = user.twoFactorSince === null || methods.some(isSecondFactor);
  const authenticatedAt = isRecent ? tx.now() : session.authenticatedAt;
  if (attempt) await release(tx, attempt);
  const { numUpdatedRows } = await tx.db
    .updateTable("sessions")
    .set({ token_hash: tokenHash, authenticated_at: authenticatedAt, methods: all.join(" ") })
    .where("token_hash", "=", session.tokenHash)
    .executeTakeFirst();
  return numUpdatedRows === 1n ? { ...session, tokenHash, authenticatedAt, methods: all } : undefined;
}
