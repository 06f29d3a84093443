/** A session, whole: what it is, how it is found, how long it lasts, and how it ends. It begins in sign-in.ts. */

import { hash, randomBytes } from "node:crypto";
import type { Selectable } from "kysely";
import type { Schema } from "../../db/schema.ts";
import { sessionLookup } from "../../db/session-lookup.ts";
import { deleteReturning } from "../../db/statements.ts";
import { isAhead } from "../clock.ts";
import type { Services, Transaction } from "../services.ts";
import type { User } from "../users/user.ts";
import { shownColumns, toUser } from "../users/users.ts";
import { endOldCookies } from "./legacy-cookies.ts";
import type { Method } from "./methods.ts";

/** 256 random bits in base64url: what the cookie holds. It is never stored. */
export type SessionToken = string & { readonly secret: "session token" };
/** SHA-256 of a session token: what the database holds. */
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

/** Somebody whose session was found and is alive. */
export interface Visitor {
  readonly user: User;
  readonly session: Session;
}

const seenEveryMs = 60_000;

/** What tells a token for programs from one for cookies: neither is ever taken for the other, and scanners for secrets know it. */
const bearerPrefix = "latchkey_";

/** A new token: for a cookie, or for the header of a program (RFC 6750). */
export function newSessionToken(isBearer = false): SessionToken {
  return `${isBearer ? bearerPrefix : ""}${randomBytes(32).toString("base64url")}` as SessionToken;
}

/** Recognises a token by its form, before anything is asked of the database. */
export function readSessionToken(text: string | undefined): SessionToken | undefined {
  return text !== undefined && /^[A-Za-z0-9_-]{43}$/.test(text) ? (text as SessionToken) : undefined;
}

/** The same for a program's token. */
export function readBearerToken(text: string): SessionToken | undefined {
  return text.startsWith(bearerPrefix) && readSessionToken(text.slice(bearerPrefix.length)) ? (text as SessionToken) : undefined;
}

/** A token is as long as its hash, so a fast hash is enough, and a stolen database opens no session (ASVS 7.2.3). */
export function hashSessionToken(token: SessionToken): SessionTokenHash {
  // By way of text of one byte a character: a buffer of the digest's own costs four times as much.
  const digest = hash("sha256", token, "binary");
  const bytes = new Uint8Array(digest.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = digest.charCodeAt(i);
  return bytes as SessionTokenHash;
}

/** The visitor whom a token stands for, or undefined where the session has ended, idled away or never was (ASVS 7.3.1, 7.3.2). */
export async function findVisitor(s: Services, token: SessionToken): Promise<Visitor | undefined> {
  const tokenHash = hashSessionToken(token);
  const row = await findSession(s.db, tokenHash);
  if (!row) return undefined;
  const session = readSession({ ...row, token_hash: tokenHash }, row.began_at);
  return isActiveSession(s, session) ? { session, user: toUser(row) } : undefined;
}

/** The one query that every page view makes. */
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

export function readSession(row: Omit<SessionRow, "user_id" | "ip" | "user_agent" | "created_at">, createdAt: number): Session {
  return {
    tokenHash: row.token_hash as SessionTokenHash,
    remembered: row.remembered === 1,
    createdAt,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    authenticatedAt: row.authenticated_at,
    methods: row.methods.split(" ").filter((method) => method !== "") as Method[],
  };
}

export function isActiveSession(s: Services, { remembered, lastSeenAt, expiresAt }: Session): boolean {
  const idleMs = remembered ? s.settings.rememberIdleMs : s.settings.sessionIdleMs;
  return s.now() < expiresAt && s.now() < lastSeenAt + idleMs;
}

/** Notes that the session was used, at most once a minute: the only thing that a page view writes. */
export function touchSession(s: Services, { tokenHash, lastSeenAt }: Session): Promise<unknown> | undefined {
  const now = s.now();
  // Seen by a clock that was ahead, it would idle away by that much later.
  if (now < lastSeenAt + seenEveryMs && !isAhead(s, lastSeenAt)) return undefined;
  return s.db.updateTable("sessions").set({ last_seen_at: now }).where("token_hash", "=", tokenHash).execute();
}

/** Ends one session: a copy of its cookie is worth nothing from here on (ASVS 7.4.1). Gives whose it was, where it was still there. */
export async function endSession(s: Services, { tokenHash }: Pick<Session, "tokenHash">): Promise<string | undefined> {
  const ended = await deleteReturning(s.db, "sessions", { where: { token_hash: tokenHash }, returning: ["user_id"] }).executeTakeFirst();
  return ended?.user_id;
}

/** Ends an account's sessions: all, or all but one, and what opened it at an application before. Gives how many. */
export async function endSessions(tx: Transaction, userId: string, but?: Pick<Session, "tokenHash">): Promise<number> {
  const { numDeletedRows } = await tx.db
    .deleteFrom("sessions")
    .where("user_id", "=", userId)
    .$if(but !== undefined, (query) => query.where("token_hash", "!=", but?.tokenHash ?? new Uint8Array()))
    .executeTakeFirst();
  await endOldCookies(tx, userId);
  return Number(numDeletedRows);
}
