/** The one door: every way of proving who one is ends here, and no session begins anywhere else. */

import { columns } from "../../db/columns.ts";
import { type Placeholders, prepared, preparedInsert, preparedVariants } from "../../db/prepared.ts";
import { deleteBeyond, updateReturning } from "../../db/statements.ts";
import { recordEvent } from "../audit/log.ts";
import { noteRightPassword } from "../credentials/password/lockout.ts";
import { type Reservation, release } from "../rate-limits/rate-limits.ts";
import { actingAs, type RequestInfo } from "../request-info.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";
import { endSession, hashSessionToken, newSessionToken, type Session, type SessionToken, type Visitor } from "../sessions/session.ts";
import { type AccountRow, findUserById, toUser, type UserRow } from "../users/users.ts";

export interface Proof {
  readonly user: AccountRow;
  /** The hash to keep from now on, where the stored one is foreign or weaker than today's. */
  readonly upgradedHash?: string | undefined;
  /**
   * The attempt that this was counted as: a login that succeeds is not a failure. Undefined where a cookie of the application before
   * stands for the password: it proves that somebody once logged in there, so the session is not a fresh one.
   */
  readonly attempt?: Reservation;
}

export interface Wish {
  readonly remember: boolean;
  readonly origin: RequestInfo;
  /** Whether a program asked, which sends its token in a header and keeps no cookie. */
  readonly isBearer?: boolean;
  /** The session this browser had until now; it ends (session fixation, ASVS 7.2.4). */
  readonly replaces?: Pick<Session, "tokenHash"> | undefined;
}

/** The visitor as whom the browser goes on, and the token for its cookie. */
export interface SignedIn extends Visitor {
  readonly token: SessionToken;
}

/** `changed`: the password was changed, or the account removed, since it was checked. `unconfirmed`: the address must be confirmed first. */
export type SignIn = ({ readonly ok: true } & SignedIn) | { readonly ok: false; readonly reason: "changed" | "unconfirmed" };

/** Begins a session with a new token, in one transaction with everything else that a login changes. */
export async function signIn(s: Services, proof: Proof, wish: Wish): Promise<SignIn> {
  if (mustConfirmFirst(s, proof.user)) return { ok: false, reason: "unconfirmed" };
  const token = newSessionToken(wish.isBearer);
  const now = s.now();
  const session: Session = {
    tokenHash: hashSessionToken(token),
    remembered: wish.remember,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + (wish.remember ? s.settings.rememberLifetimeMs : s.settings.sessionLifetimeMs),
    authenticatedAt: proof.attempt ? now : 0,
  };
  return inTransaction(s, async (tx) => {
    const user = await recordLogin(tx, proof);
    if (!user) return { ok: false, reason: "changed" };
    // Only a login that succeeds is no failure: what is refused all the same must not be told apart by what it costs.
    if (proof.attempt) await release(tx, proof.attempt);
    else await recordEvent(tx, user.id, "old-cookie-exchanged", wish.origin);
    const before = wish.replaces && (await endSession(tx, wish.replaces));
    if (before !== undefined && before !== user.id) await recordEvent(tx, before, "logged-out", wish.origin);
    await insertSession(tx, user, session, wish.origin);
    if ((await endLeastUsed(tx, user, session)) > 0) await recordEvent(tx, user.id, "session-ended", wish.origin);
    await recordEvent(tx, user.id, "logged-in", wish.origin);
    if (proof.user.erase_at !== null) await recordEvent(tx, user.id, "deletion-cancelled", wish.origin);
    return { ok: true, token, session, user: toUser(user) };
  });
}

/** A session without any proof, as tests need one. Refused outside of them, whoever asks. */
export async function beginSessionForTest(s: Services, userId: string): Promise<SessionToken> {
  if (s.settings.environment !== "test") throw new Error("Nobody is logged in without a proof but in tests.");
  const user = await findUserById(s, userId);
  if (!user) throw new Error("There is no such account.");
  const token = newSessionToken();
  const now = s.now();
  const times = { createdAt: now, lastSeenAt: now, authenticatedAt: now, expiresAt: now + s.settings.sessionLifetimeMs };
  const session: Session = { tokenHash: hashSessionToken(token), remembered: false, ...times };
  await inTransaction(s, (tx) => insertSession(tx, user, session, { ...actingAs("test"), ip: "test" }));
  return token;
}

/** Lets a session end as its time would: nobody ended it, so nothing is on the record. Refused outside of tests. */
export async function expireSessionForTest(s: Services, token: SessionToken): Promise<void> {
  if (s.settings.environment !== "test") throw new Error("No session runs out before its time but in tests.");
  await s.db.updateTable("sessions").set({ expires_at: s.now() }).where("token_hash", "=", hashSessionToken(token)).execute();
}

/**
 * Gives a session that has just proved its password a new token (ASVS 7.2.4), within the caller's transaction. Undefined where
 * it has ended in the meantime.
 */
export async function renewSession(tx: Transaction, { session, user }: Visitor, attempt: Reservation): Promise<SignedIn | undefined> {
  const token = newSessionToken();
  const renewed: Session = { ...session, tokenHash: hashSessionToken(token), authenticatedAt: tx.now() };
  await release(tx, attempt);
  const { numUpdatedRows } = await tx.db
    .updateTable("sessions")
    .set({ token_hash: renewed.tokenHash, authenticated_at: renewed.authenticatedAt })
    .where("token_hash", "=", session.tokenHash)
    .executeTakeFirst();
  return numUpdatedRows === 1n ? { token, session: renewed, user } : undefined;
}

/** The same for a program's session, whose token nobody could have planted: it keeps it. */
export async function proveAgain(tx: Transaction, { session, user }: Visitor, attempt: Reservation): Promise<Visitor | undefined> {
  const proved: Session = { ...session, authenticatedAt: tx.now() };
  await release(tx, attempt);
  const { numUpdatedRows } = await tx.db
    .updateTable("sessions")
    .set({ authenticated_at: proved.authenticatedAt })
    .where("token_hash", "=", session.tokenHash)
    .executeTakeFirst();
  return numUpdatedRows === 1n ? { session: proved, user } : undefined;
}

/** What was made to be confirmed stays so, whatever the setting says by now: its password may be a stranger's. */
function mustConfirmFirst({ settings }: Services, user: UserRow): boolean {
  return user.must_verify_since !== null || (settings.signup === "confirm" && user.email_verified_at === null);
}

async function insertSession(tx: Transaction, user: UserRow, session: Session, origin: RequestInfo): Promise<void> {
  await insertRow(tx.db, {
    token_hash: session.tokenHash,
    user_id: user.id,
    remembered: session.remembered ? 1 : 0,
    created_at: session.createdAt,
    last_seen_at: session.lastSeenAt,
    expires_at: session.expiresAt,
    authenticated_at: session.authenticatedAt,
    ip: origin.ip,
    user_agent: origin.userAgent.slice(0, 300),
  });
}

const insertRow = preparedInsert("sessions");

/** An account has so many sessions and no more: the ones that were not used for the longest time make way (ASVS 7.1.2). */
async function endLeastUsed(tx: Transaction, { id }: UserRow, { tokenHash }: Session): Promise<number> {
  const { numAffectedRows } = await endQuery(tx.settings.sessionsPerAccount - 1)(tx.db, { id, tokenHash });
  return Number(numAffectedRows);
}

const endQuery = preparedVariants((others: number) =>
  prepared((db, value: Placeholders<{ id: string; tokenHash: Uint8Array }>) =>
    deleteBeyond(db, "sessions", {
      where: ({ and, eb }) => and([eb("user_id", "=", value("id")), eb("token_hash", "!=", value("tokenHash"))]),
      orderBy: "last_seen_at",
      keep: others,
    }),
  ),
);

/**
 * A login under way while the password is changed, or while the account is asked to be erased, must not outlive it (ASVS 15.4.2).
 * One that began after that cancels the erasure.
 */
async function recordLogin(tx: Transaction, { user, upgradedHash, attempt }: Proof): Promise<UserRow | undefined> {
  const { id, security_version, erase_at } = user;
  const { rows } = await loginQuery(attempt !== undefined)(tx.db, { id, security_version, erase_at, now: tx.now() });
  if (rows[0] && attempt) await noteRightPassword(tx, user, upgradedHash);
  return rows[0];
}

type Login = Pick<UserRow, "id" | "security_version" | "erase_at"> & { now: number };

const loginQuery = preparedVariants((isByPassword: boolean) =>
  prepared((db, value: Placeholders<Login>) =>
    updateReturning(db, "users", {
      set: (column) => ({ previous_login_at: column.ref("last_login_at"), last_login_at: value("now"), erase_at: null }),
      where: ({ and, eb, exists, not, or, selectFrom }) =>
        and([
          and({ id: value("id"), security_version: value("security_version"), disabled_at: null }),
          or([eb("erase_at", "is", null), eb("erase_at", "=", value("erase_at"))]),
          isByPassword
            ? not(exists(selectFrom("passwords").select("user_id").whereRef("user_id", "=", "users.id").where("locked_at", "is not", null)))
            : eb("compromised_at", "is", null),
        ]),
      returning: columns.users,
    }),
  ),
);
