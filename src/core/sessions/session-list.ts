/** Lists the sessions of an account, under public ids. */

import { createHash } from "node:crypto";
import { columns } from "../../db/columns.ts";
import { type Placeholders, prepared } from "../../db/prepared.ts";
import { readFirst } from "../../db/session-lookup.ts";
import type { Services } from "../services.ts";
import { isActiveSession, readSession, type Session } from "./session.ts";

export interface ListedSession extends Session {
  readonly ip: string;
  readonly userAgent: string;
  /** A hash of the token's hash: useless as a token. */
  readonly id: string;
}

/** Active sessions, last used first. */
export async function listSessions(s: Services, userId: string): Promise<ListedSession[]> {
  const { rows } = await sessionsQuery(s.db, { userId });
  return rows
    .map((row) => ({
      ...readSession(row, row.created_at),
      // A getter, since few callers need the hash.
      get id() {
        return publicId(row.token_hash);
      },
      ip: row.ip,
      userAgent: row.user_agent,
    }))
    .filter((session) => isActiveSession(s, session));
}

/** The number of active sessions, of which an account may have many. */
export async function countSessions(s: Services, userId: string): Promise<number> {
  const now = s.now();
  const seenIfRemembered = now - s.settings.rememberIdleMs;
  const row = await readFirst(s.db, countQuery, { userId, now, seenIfRemembered, seen: now - s.settings.sessionIdleMs });
  return Number(row?.count ?? 0);
}

/** The conditions are those of `isActiveSession`. Not with `or`, for which SQLite reads all active sessions of the site by another index. */
const countQuery = prepared((db, value: Placeholders<{ userId: string; now: number; seenIfRemembered: number; seen: number }>) =>
  db
    .selectFrom("sessions")
    .select((row) => row.fn.countAll<number>().as("count"))
    .where("user_id", "=", value("userId"))
    .where("expires_at", ">", value("now"))
    .where((row) =>
      row(
        "last_seen_at",
        ">",
        // PostgreSQL takes parameters without a type for text here.
        row
          .case()
          .when("remembered", "=", 1)
          .then(row.cast<number>(row.val(value("seenIfRemembered")), "bigint"))
          .else(value("seen"))
          .end(),
      ),
    ),
);

const sessionsQuery = prepared((db, value: Placeholders<{ userId: string }>) =>
  db.selectFrom("sessions").select(columns.sessions).where("user_id", "=", value("userId")).orderBy("last_seen_at", "desc"),
);

export function publicId(tokenHash: Uint8Array): string {
  return createHash("sha256").update("session ").update(tokenHash).digest().toString("base64url", 0, 16);
}
