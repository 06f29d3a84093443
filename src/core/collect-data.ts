/** Everything that is held about a person, for them to take along: no hash, and nothing that opens anything. */
import { listEvents } from "./audit.ts";
import { listSessions } from "./list-sessions.ts";
import type { Services } from "./services.ts";
import { findUserById, toUser } from "./users.ts";

const mostRecords = 100_000;

/** Instants are written as ISO 8601. Gives undefined where there is no such account. */
export async function collectData(s: Services, userId: string): Promise<object | undefined> {
  const user = await findUserById(s, userId);
  if (!user) return undefined;
  const [sessions, events, tokens, letters] = await Promise.all([
    listSessions(s, userId),
    listEvents(s, userId, mostRecords),
    s.db.selectFrom("tokens").select(["purpose", "email", "created_at", "expires_at"]).where("user_id", "=", userId).execute(),
    s.db.selectFrom("outbox").select(["created_at", "attempts", "failed_at"]).where("user_id", "=", userId).execute(),
  ]);
  return withDates({
    account: { ...toUser(user), passwordChangedAt: user.password_changed_at },
    sessions: sessions.map(({ tokenHash: _, ...session }) => session),
    events,
    pendingLinks: tokens.map(({ purpose, email, created_at, expires_at }) => ({
      purpose,
      email,
      createdAt: created_at,
      expiresAt: expires_at,
    })),
    letters: letters.map(({ created_at, attempts, failed_at }) => ({ createdAt: created_at, attempts, failedAt: failed_at })),
  });
}

/** Milliseconds are for programs; whoever reads the file wants a date. */
function withDates(value: object): object {
  const text = JSON.stringify(value, (key, each: unknown) =>
    /(?:At|^at)$/.test(key) && typeof each === "number" ? new Date(each).toISOString() : each,
  );
  return JSON.parse(text) as object;
}
