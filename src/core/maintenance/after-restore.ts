/** A database that was put back from a backup: what has happened since must not be undone with it. */
import { recordEvent } from "../audit/log.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services } from "../services.ts";

export interface Settled {
  readonly sessions: number;
  readonly links: number;
  readonly letters: number;
}

/**
 * Ends the sessions and links that the backup holds, and takes its letters back: a session that was ended since would be alive
 * again (ASVS 7.4.1), a link that was used good once more (ASVS 6.5.1), and a letter that went out would go again. What earlier
 * addresses were sent to take an account back stays. With `keeps`, all of it stays.
 */
export function settleAfterRestore(s: Services, by: RequestInfo, { keeps }: { keeps: boolean }): Promise<Settled> {
  return inTransaction(s, async (tx) => {
    await recordEvent(tx, null, "database-restored", by);
    if (keeps) return { sessions: 0, links: 0, letters: 0 };
    const revocable = tx.catalog.tokens.filter(({ survivesRevocation }) => !survivesRevocation).map(({ name }) => name);
    const sessions = await tx.db.deleteFrom("sessions").executeTakeFirst();
    const links = await tx.db
      .deleteFrom("tokens")
      .where("purpose", "in", ["", ...revocable])
      .executeTakeFirst();
    // What was exchanged since is not known here, and would be exchanged once more.
    await tx.db.updateTable("imports").set({ sessions_ended_at: tx.now() }).execute();
    const letters = await tx.db.deleteFrom("outbox").where("failed_at", "is", null).executeTakeFirst();
    const [ended, gone, taken] = [sessions, links, letters].map(({ numDeletedRows }) => Number(numDeletedRows));
    return { sessions: ended ?? 0, links: gone ?? 0, letters: taken ?? 0 };
  });
}
