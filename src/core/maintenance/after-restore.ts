/** Ends the sessions, links and emails of a restored backup. */
import type { DeleteResult } from "kysely";
import { recordEvent } from "../audit/log.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services } from "../services.ts";
import { totpStep } from "../two-factor/totp.ts";

export interface Revoked {
  readonly sessions: number;
  readonly links: number;
  readonly emails: number;
  readonly recoveryCodes: number;
}

export interface AfterRestore {
  readonly keepSessions: boolean;
  readonly endRecoveryCodes?: boolean | undefined;
}

/**
 * Replay: a backup would revive ended sessions and trusted browsers (ASVS 7.4.1), used links and used codes (ASVS 6.5.1), and send emails
 * again. Revert links stay; with `keepSessions`, everything stays. Which recovery codes were used since is unknown, so all of them end or none.
 */
export function revokeAfterRestore(s: Services, info: RequestInfo, { keepSessions, endRecoveryCodes }: AfterRestore): Promise<Revoked> {
  return inTransaction(s, async (tx) => {
    await recordEvent(tx, null, "database-restored", info);
    const recoveryCodes = endRecoveryCodes ? deleted(await tx.db.deleteFrom("recovery_codes").executeTakeFirst()) : 0;
    // Those that were replaced shortly before the backup: a report would bring them back.
    if (endRecoveryCodes) await tx.db.deleteFrom("removed_factors").where("kind", "=", "recovery-codes").execute();
    if (keepSessions) return { sessions: 0, links: 0, emails: 0, recoveryCodes };
    const revocable = tx.catalog.tokens.filter(({ survivesRevocation }) => !survivesRevocation).map(({ name }) => name);
    const sessions = await tx.db.deleteFrom("sessions").executeTakeFirst();
    const links = await tx.db
      .deleteFrom("one_time_tokens")
      .where("purpose", "in", ["", ...revocable])
      .executeTakeFirst();
    const logins = await tx.db.deleteFrom("email_logins").executeTakeFirst();
    await tx.db.deleteFrom("trusted_devices").execute();
    // Replay: a recovery that was cancelled since the backup would go on.
    await tx.db.deleteFrom("two_factor_recoveries").execute();
    // Replay: a proof that has linked a login since would link it again, after its owner has unlinked it.
    await tx.db.deleteFrom("provider_proofs").execute();
    // Replay: legacy cookies that were exchanged since the backup would be exchanged again.
    await tx.db.updateTable("imports").set({ sessions_ended_at: tx.now() }).execute();
    // Replay: a code of an authenticator app that was used a moment ago would work again; users wait for the one after the next.
    const last = totpStep(tx.now()) + 1;
    await tx.db.updateTable("authenticators").set({ last_step: last }).where("last_step", "<", last).execute();
    const emails = await tx.db.deleteFrom("outbox").where("failed_at", "is", null).executeTakeFirst();
    return { sessions: deleted(sessions), links: deleted(links) + deleted(logins), emails: deleted(emails), recoveryCodes };
  });
}

function deleted({ numDeletedRows }: DeleteResult): number {
  return Number(numDeletedRows);
}
