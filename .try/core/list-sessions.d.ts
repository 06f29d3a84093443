import type { Origin } from "./audit.ts";
import type { Services } from "./services.ts";
import { type Session } from "./sessions.ts";
export interface ListedSession extends Session, Origin {
    /** Made from the token's hash, and worth nothing in a cookie. */
    readonly id: string;
}
/** The sessions that are alive, the last used first. */
export declare function listSessions(s: Services, userId: string): Promise<ListedSession[]>;
export declare function publicId(tokenHash: Uint8Array): string;
