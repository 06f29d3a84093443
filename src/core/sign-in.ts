/** The one door: every way of proving who one is ends here, and no session begins anywhere else. */

import { giveBack, type TakenAttempt } from "./limits.ts";
import { inTransaction, type Services } from "./services.ts";
import { endSession, hashSessionToken, newSessionToken, type Session, type SessionToken, type Visitor } from "./sessions.ts";
import { toUser, type UserRow } from "./users.ts";

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

/** The visitor as whom the browser goes on, and the token for its cookie. */
export interface SignedIn extends Visitor {
  readonly token: SessionToken;
}

/**
 * Begins a session with a new token, in one transaction with everything else that a login changes.
 * Gives undefined where the password was changed, or the account removed, since it was checked.
 */
export function signIn(s: Services, proof: Proof, wish: Wish): Promise<SignedIn | undefined> {
  const token = newSessionToken();
  const now = s.now();
  const session: Session = {
    tokenHash: hashSessionToken(token),
    remembered: wish.remember,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + (wish.remember ? s.settings.rememberForMs : s.settings.sessionForMs),
  };
  return inTransaction(s, async (tx) => {
    const user = await noteLogin(tx, proof);
    if (!user) return undefined;
    if (wish.replaces) await endSession(tx, wish.replaces);
    await insertSession(tx, user, session);
    await giveBack(tx, proof.attempt);
    return { token, session, user: toUser(user) };
  });
}

async function insertSession(tx: Services, user: UserRow, session: Session): Promise<void> {
  await tx.db
    .insertInto("sessions")
    .values({
      token_hash: session.tokenHash,
      user_id: user.id,
      remembered: session.remembered ? 1 : 0,
      created_at: session.createdAt,
      last_seen_at: session.lastSeenAt,
      expires_at: session.expiresAt,
    })
    .execute();
}

/** A login under way while the password is changed must not outlive the change (ASVS 15.4.2). */
function noteLogin(tx: Services, { user, upgradedHash }: Proof): Promise<UserRow | undefined> {
  return tx.db
    .updateTable("users")
    .set((column) => ({
      previous_login_at: column.ref("last_login_at"),
      last_login_at: tx.now(),
      ...(upgradedHash ? { password_hash: upgradedHash, hash_scheme: null } : {}),
    }))
    .where("id", "=", user.id)
    .where("password_changed_at", "=", user.password_changed_at)
    .returningAll()
    .executeTakeFirst();
}
