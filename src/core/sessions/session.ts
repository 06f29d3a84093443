/** Finds, touches and ends sessions; sign-in.ts starts them. */

import { hash, randomBytes } from "node:crypto";
import type { Selectable } from "kysely";
import type { Schema } from "../../db/schema.ts";
import { sessionLookup } from "../../db/session-lookup.ts";
import { deleteReturning, lockRow } from "../../db/statements.ts";
import { isAhead } from "../clock-skew.ts";
import { endTokensAfter } from "../one-time-tokens/one-time-tokens.ts";
import type { Services, Transaction } from "../services.ts";
import type { User } from "../users/user.ts";
import { shownColumns, toUser } from "../users/users.ts";
import { revokeLegacyCookies } from "./legacy-cookies.ts";
import type { Method } from "./methods.ts";

/** 256 random bits in base64url, in the cookie. Only its hash is stored. */
export type SessionToken = string & { readonly secret: "session token" };
/** SHA-256 of a session token, as stored. */
export type SessionTokenHash = Uint8Array & { readonly hashed: "session token" };

export interface Session {
  readonly tokenHash: SessionTokenHash;
  readonly remembered: boolean;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  /** When the user last authenticated in this session, in milliseconds since 1970; 0 for a session that counts as old. */
  readonly authenticatedAt: number;
  /** How the user authenticated. */
  readonly methods: readonly Method[];
}

/** A logged-in user with an active session. */
export interface Visitor {
  readonly user: User;
  readonly session: Session;
}

const touchIntervalMs = 60_000;

/** Token confusion: a bearer token is never accepted as a cookie, nor a cookie as a bearer token. Secret scanners find the prefix. */
const bearerPrefix = "latchkey_";

/** Returns a new token for a cookie, or for an `Authorization` header (RFC 6750). */
export function newSessionToken(isBearer = false): SessionToken {
  return `${isBearer ? bearerPrefix : ""}${randomBytes(32).toString("base64url")}` as SessionToken;
}

/** Checks the format of a cookie's token without a query. */
export function readSessionToken(text: string | undefined): SessionToken | undefined {
  return text !== undefined && /^[A-Za-z0-9_-]{43}$/.test(text) ? (text as SessionToken) : undefined;
}

/** Checks the format of a bearer token. */
export function readBearerToken(text: string): SessionToken | undefined {
  return text.startsWith(bearerPrefix) && readSessionToken(text.slice(bearerPrefix.length)) ? (text as SessionToken) : undefined;
}

/** Stolen database: only hashes are stored. A fast hash suffices, since a token has 256 random bits (ASVS 7.2.3). */
export function hashSessionToken(token: SessionToken): SessionTokenHash {
  // Via a binary string: faster than a digest buffer.
  const digest = hash("sha256", token, "binary");
  const bytes = new Uint8Array(digest.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = digest.charCodeAt(i);
  return bytes as SessionTokenHash;
}

/** Resolves to the user and session of a token, or to undefined if the session has ended or timed out (ASVS 7.3.1, 7.3.2). */
export async function findVisitor(s: Services, token: SessionToken): Promise<Visitor | undefined> {
  const tokenHash = hashSessionToken(token);
  const row = await findSession(s.db, tokenHash);
  if (!row) return undefined;
  const session = readSession({ ...row, token_hash: tokenHash }, row.began_at);
  return isActiveSession(s, session) ? { session, user: toUser(row) } : undefined;
}

/** The query of every page view. */
const findSession = sessionLookup("sessions.token_hash", (db) =>
  db
    .selectFrom("sessions")
    .innerJoin("users", "users.id", "sessions.user_id")
    .select([
      "sessions.remembered",
      "sessions.created_at as began_at",
      "sessions.last_seen_at",
      "sessions.expires_at",
      "sessions.authenticated_at",
      "sessions.methods",
      ...shownColumns,
    ]),
);

type SessionRow = Selectable<Schema["sessions"]>;

export function readSession(
  row: Omit<SessionRow, "user_id" | "ip" | "user_agent" | "created_at" | "identity_id" | "sid" | "factor_id">,
  createdAt: number,
): Session {
  return {
    tokenHash: row.token_hash as SessionTokenHash,
    remembered: row.remembered === 1,
    createdAt,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    authenticatedAt: row.authenticated_at,
    methods: row.methods === "password" ? passwordOnly : (row.methods.split(" ").filter((method) => method !== "") as Method[]),
  };
}

const passwordOnly: readonly Method[] = ["password"];

export function isActiveSession(s: Services, { remembered, lastSeenAt, expiresAt }: Session): boolean {
  const idleMs = remembered ? s.settings.rememberIdleMs : s.settings.sessionIdleMs;
  return s.now() < expiresAt && s.now() < lastSeenAt + idleMs;
}

/** Records the last use of a session, at most once a minute. The only write of a page view. */
export function touchSession(s: Services, { tokenHash, lastSeenAt }: Session): Promise<unknown> | undefined {
  const now = s.now();
  // Clock skew: a time written by a clock that was ahead would extend the idle timeout.
  if (now < lastSeenAt + touchIntervalMs && !isAhead(s, lastSeenAt)) return undefined;
  return s.db.updateTable("sessions").set({ last_seen_at: now }).where("token_hash", "=", tokenHash).execute();
}

/** Ends a session, so that a copied cookie stops working (ASVS 7.4.1). Returns the id of its user, or undefined if it had ended already. */
export async function endSession(s: Services, { tokenHash }: Pick<Session, "tokenHash">): Promise<string | undefined> {
  const ended = await deleteReturning(s.db, "sessions", { where: { token_hash: tokenHash }, returning: ["user_id"] }).executeTakeFirst();
  return ended?.user_id;
}

/** Ends the other sessions in which a recovery code was used, in the transaction that replaces the codes (ASVS 7.4.3). */
export async function endSessionsByCodes(tx: Transaction, userId: string, except: Pick<Session, "tokenHash">): Promise<void> {
  await tx.db
    .deleteFrom("sessions")
    .where("user_id", "=", userId)
    .where("methods", "like", "%recovery-code%")
    .where("token_hash", "!=", except.tokenHash)
    .execute();
}

/**
 * Ends an account's sessions, all or all except one, with its sign-ins that wait, and refuses its legacy cookies. Returns how many sessions
 * ended. Race: waits for a login that is under way and has locked the account, so that its session ends too (ASVS 15.4.2).
 */
export async function endSessions(tx: Transaction, userId: string, except?: Pick<Session, "tokenHash">): Promise<number> {
  await lockRow(tx.db, "users", { where: { id: userId }, select: ["id"] });
  const { numDeletedRows } = await tx.db
    .deleteFrom("sessions")
    .where("user_id", "=", userId)
    .$if(except !== undefined, (query) => query.where("token_hash", "!=", except?.tokenHash ?? new Uint8Array()))
    .executeTakeFirst();
  await revokeLegacyCookies(tx, userId);
  await endTokensAfter(tx, userId, "sessions-end");
  // Those that a provider has proven, and that only wait for a confirmation. Without providers there are none.
  if (tx.settings.providers.length > 0)
    await tx.db.deleteFrom("provider_proofs").where("user_id", "=", userId).where("stage", "=", "switch").execute();
  return Number(numDeletedRows);
}
