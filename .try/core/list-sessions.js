/** The sessions of an account, each under a name that can be shown: it opens nothing. */
import { createHash } from "node:crypto";
import { isAlive, readSession } from "./sessions.js";
/** The sessions that are alive, the last used first. */
export async function listSessions(s, userId) {
    const rows = await s.db.selectFrom("sessions").selectAll().where("user_id", "=", userId).orderBy("last_seen_at", "desc").execute();
    return rows
        .map((row) => ({ ...readSession(row, row.created_at), id: publicId(row.token_hash), address: row.address, userAgent: row.user_agent }))
        .filter((session) => isAlive(s, session));
}
export function publicId(tokenHash) {
    return createHash("sha256").update("session ").update(tokenHash).digest().toString("base64url", 0, 16);
}
