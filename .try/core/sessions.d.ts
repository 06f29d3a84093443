import type { Selectable } from "kysely";
import type { Database } from "../db/open.ts";
import type { Schema } from "../db/schema.ts";
import type { Services } from "./services.ts";
import { type User } from "./users.ts";
/** 256 random bits in base64url: what the cookie holds. It is never stored. */
export type SessionToken = string & {
    readonly secret: "session token";
};
/** SHA-256 of a session token: what the database holds. */
export type SessionTokenHash = Uint8Array & {
    readonly hashed: "session token";
};
export interface Session {
    readonly tokenHash: SessionTokenHash;
    readonly remembered: boolean;
    readonly createdAt: number;
    readonly lastSeenAt: number;
    readonly expiresAt: number;
    /** When the password was last given in this session. */
    readonly authenticatedAt: number;
}
/** Somebody whose session was found and is alive. */
export interface Visitor {
    readonly user: User;
    readonly session: Session;
}
export declare function newSessionToken(): SessionToken;
/** Recognises a token by its form, before anything is asked of the database. */
export declare function readSessionToken(text: string | undefined): SessionToken | undefined;
/** A token is as long as its hash, so a fast hash is enough, and a stolen database opens no session (ASVS 7.2.3). */
export declare function hashSessionToken(token: SessionToken): SessionTokenHash;
/** The visitor whom a token stands for, or undefined where the session has ended, idled away or never was (ASVS 7.3.1, 7.3.2). */
export declare function findVisitor(s: Services, token: SessionToken): Promise<Visitor | undefined>;
/** The one query that every page view makes, compiled once: putting it together takes longer than running it. */
export declare function compileSessionQuery(db: Database): import("kysely").CompiledQuery<{
    authenticated_at: number;
    began_at: number;
    created_at: number;
    display_name: string | null;
    email: string;
    email_confirmed_at: number | null;
    erase_at: number | null;
    expires_at: number;
    id: string;
    last_login_at: number | null;
    last_seen_at: number;
    previous_login_at: number | null;
    remembered: number;
    token_hash: Uint8Array<ArrayBufferLike>;
    username: string;
}>;
type SessionRow = Selectable<Schema["sessions"]>;
export declare function readSession(row: Omit<SessionRow, "user_id" | "address" | "user_agent" | "created_at">, createdAt: number): Session;
export declare function isAlive(s: Services, { remembered, lastSeenAt, expiresAt }: Session): boolean;
/** Notes that the session was used, at most once a minute: the only thing that a page view writes. */
export declare function noteSeen(s: Services, { tokenHash, lastSeenAt }: Session): Promise<void>;
/** Ends one session: a copy of its cookie is worth nothing from here on (ASVS 7.4.1). Gives whose it was, where it was still there. */
export declare function endSession(s: Services, { tokenHash }: Pick<Session, "tokenHash">): Promise<string | undefined>;
/** Ends an account's sessions: all, or all but one. Gives how many. */
export declare function endSessions(s: Services, userId: string, but?: Pick<Session, "tokenHash">): Promise<number>;
export {};
