/** The one door: every way of proving who one is ends here, and no session begins anywhere else. */

import { giveBack, type TakenAttempt } from "./limits.ts";
import { inTransaction, type Services } from "./services.ts";
import { endSession, hashSessionToken, newSessionToken, type Session, type SessionToken } from "./sessions.ts";
import type { UserRow } from "./users.ts";

export interface Proof {
  readonly user: UserRow;
  /** The hash to keep from now on, where the stored one is foreign or weaker than today's. */
  readonly upgradedHash?: string | undefined;
  /** The attempt that this was counted as: a login that succeeds is not a failure. */
  readonly attempt: TakenAttempt;
}

export interface Wish {
  readonly remember: boolean;
  /** The session this browser had until now; it ends (session fixation, ASVS 7.2.4). */
  readonly replaces?: Pick<Session, "tokenHash"> | undefined;
}

export interface NewSession {
  readonly token: SessionToken;
  readonly remembered: boolean;
  readonly expiresAt: number;
}

/**
 * Begins a session with a new token, in one transaction with everything else that a login changes.
 * Gives undefined where the password was changed, or the account removed, since it was checked.
 */
export async function signIn(s: Services, proof: Proof, wish: Wish): Promise<NewSession | undefined> {
  const token = newSessionToken();
  const now = s.now();
  const expiresAt = now + (wish.remember ? s.settings.rememberForMs : s.settings.sessionForMs);
  const began = await inTransaction(s, async (tx) => {
    if (!(await noteLogin(tx, proof))) return false;
    if (wish.replaces) await endSession(tx, wish.replaces);
    await tx.db
      .insertInto("sessions")
      .values({
        token_hash: hashSessionToken(token),
        user_id: proof.user.id,
        remembered: wish.remember ? 1 : 0,
        created_at: now,
        last_seen_at: now,
        expires_at: expiresAt,
      })
      .execute();
    await giveBack(tx, proof.attempt);
    return true;
  });
  return began ? { token, remembered: wish.remember, expiresAt } : undefined;
}

/** A login under way while the password is changed must not outlive the change (ASVS 15.4.2). */
async function noteLogin(tx: Services, { user, upgradedHash }: Proof): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable("users")
    .set((column) => ({
      previous_login_at: column.ref("last_login_at"),
      last_login_at: tx.now(),
      ...(upgradedHash ? { password_hash: upgradedHash, hash_scheme: null } : {}),
    }))
    .where("id", "=", user.id)
    .where("password_changed_at", "=", user.password_changed_at)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
