/** A session, whole: what it is, how it is found, how long it lasts, and how it ends. It begins in sign-in.ts. */
import { hash, randomBytes } from "node:crypto";
import { shownColumns, toUser } from "./users.js";
const seenEveryMs = 60_000;
export function newSessionToken() {
    return randomBytes(32).toString("base64url");
}
/** Recognises a token by its form, before anything is asked of the database. */
export function readSessionToken(text) {
    return text !== undefined && /^[A-Za-z0-9_-]{43}$/.test(text) ? text : undefined;
}
/** A token is as long as its hash, so a fast hash is enough, and a stolen database opens no session (ASVS 7.2.3). */
export function hashSessionToken(token) {
    return hash("sha256", token, "buffer");
}
/** The visitor whom a token stands for, or undefined where the session has ended, idled away or never was (ASVS 7.3.1, 7.3.2). */
export async function findVisitor(s, token) {
    const { query, queryId, sql } = s.sessionQuery;
    const compiled = { query, queryId, sql, parameters: [hashSessionToken(token)] };
    const [row] = (await s.db.executeQuery(compiled)).rows;
    if (!row)
        return undefined;
    const session = readSession(row, row.began_at);
    return isAlive(s, session) ? { session, user: toUser(row) } : undefined;
}
/** The one query that every page view makes, compiled once: putting it together takes longer than running it. */
export function compileSessionQuery(db) {
    return db
        .selectFrom("sessions")
        .innerJoin("users", "users.id", "sessions.user_id")
        .select([
        "sessions.token_hash",
        "sessions.remembered",
        "sessions.created_at as began_at",
        "sessions.last_seen_at",
        "sessions.expires_at",
        "sessions.authenticated_at",
        ...shownColumns,
    ])
        .where("sessions.token_hash", "=", new Uint8Array())
        .compile();
}
export function readSession(row, createdAt) {
    return {
        tokenHash: row.token_hash,
        remembered: row.remembered === 1,
        createdAt,
        lastSeenAt: row.last_seen_at,
        expiresAt: row.expires_at,
        authenticatedAt: row.authenticated_at,
    };
}
export function isAlive(s, { remembered, lastSeenAt, expiresAt }) {
    const idleMs = remembered ? s.settings.rememberIdleMs : s.settings.sessionIdleMs;
    return s.now() < expiresAt && s.now() < lastSeenAt + idleMs;
}
/** Notes that the session was used, at most once a minute: the only thing that a page view writes. */
export async function noteSeen(s, { tokenHash, lastSeenAt }) {
    const now = s.now();
    if (now < lastSeenAt + seenEveryMs)
        return;
    await s.db.updateTable("sessions").set({ last_seen_at: now }).where("token_hash", "=", tokenHash).execute();
}
/** Ends one session: a copy of its cookie is worth nothing from here on (ASVS 7.4.1). Gives whose it was, where it was still there. */
export async function endSession(s, { tokenHash }) {
    const ended = await s.db.deleteFrom("sessions").where("token_hash", "=", tokenHash).returning("user_id").executeTakeFirst();
    return ended?.user_id;
}
/** Ends an account's sessions: all, or all but one. Gives how many. */
export async function endSessions(s, userId, but) {
    const { numDeletedRows } = await s.db
        .deleteFrom("sessions")
        .where("user_id", "=", userId)
        .$if(but !== undefined, (query) => query.where("token_hash", "!=", but?.tokenHash ?? new Uint8Array()))
        .executeTakeFirst();
    return Number(numDeletedRows);
}
