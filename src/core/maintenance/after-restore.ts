/** Ends the sessions, links and emails of a restored backup. */
import type { DeleteResult } from "kysely";
import { recordEvent } from "../audit/log.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services } from "../services.ts";
import { pendingSignInToken } from "../sign-in/pending-sign-in.ts";
import { totpStep } from "../two-factor/totp.ts";

export interface Revoked {
  readonly sessions: number;
  readonly trustedBrowsers: number;
  /** Links and codes of emails. */
  readonly links: number;
  /** Logins that wait for a code, a second step or a confirmation. */
  readonly pendingLogins: number;
  /** Recoveries of two-factor authentication by email. */
  readonly recoveries: number;
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
    if (keepSessions) return { ...nothing, recoveryCodes };
    const revocable = tx.catalog.tokens.filter(({ survivesRevocation }) => !survivesRevocation).map(({ name }) => name);
    const sessions = await tx.db.deleteFrom("sessions").executeTakeFirst();
    const signIns = await tx.db.deleteFrom("one_time_tokens").where("purpose", "=", pendingSignInToken.name).executeTakeFirst();
    const links = await tx.db
      .deleteFrom("one_time_tokens")
      .where("purpose", "in", ["", ...revocable])
      .executeTakeFirst();
    const logins = await tx.db.deleteFrom("email_logins").executeTakeFirst();
    const devices = await tx.db.deleteFrom("trusted_devices").executeTakeFirst();
    // Replay: a recovery that was cancelled since the backup would go on.
    const recoveries = await tx.db.deleteFrom("two_factor_recoveries").executeTakeFirst();
    // Replay: a proof that has linked a login since would link it again, after its owner has unlinked it.
    const proofs = await tx.db.deleteFrom("provider_proofs").executeTakeFirst();
    // Replay: legacy cookies that were exchanged since the backup would be exchanged again.
    await tx.db.updateTable("imports").set({ sessions_ended_at: tx.now() }).execute();
    // Replay: a code of an authenticator app that was used a moment ago would work again; users wait for the one after the next.
    const last = totpStep(tx.now()) + 1;
    await tx.db.updateTable("authenticators").set({ last_step: last }).where("last_step", "<", last).execute();
    const emails = await tx.db.deleteFrom("outbox").where("failed_at", "is", null).executeTakeFirst();
    return {
      sessions: deleted(sessions),
      trustedBrowsers: deleted(devices),
      links: deleted(links),
      pendingLogins: deleted(signIns) + deleted(logins) + deleted(proofs),
      recoveries: deleted(recoveries),
      emails: deleted(emails),
      recoveryCodes,
    };
  });
}

const nothing = { sessions: 0, trustedBrowsers: 0, links: 0, pendingLogins: 0, recoveries: 0, emails: 0 };

function deleted({ numDeletedRows }: DeleteResult): number {
  return Number(numDeletedRows);
}
