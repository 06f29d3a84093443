/** Updates an imported account from its source: password, email, disabled state. */

import { revertEmailToken } from "../core/account/email-revert.ts";
import { sendEmailChanged } from "../core/account/imported-email-change.ts";
import { releaseUnverifiedEmail } from "../core/account/unverified.ts";
import { recordEvent } from "../core/audit/log.ts";
import { endTrust } from "../core/credentials/end-trust.ts";
import { changeCredentials, lockAccount } from "../core/credentials/guard-change.ts";
import { setImportedPassword } from "../core/credentials/password/set.ts";
import { revokeAllAccess } from "../core/credentials/revoke-access.ts";
import { emailKey } from "../core/mail/email-key.ts";
import { endTokensAfter, isRedeemable, issueToken } from "../core/one-time-tokens/one-time-tokens.ts";
import type { RequestInfo } from "../core/request-info.ts";
import type { Services, Transaction } from "../core/services.ts";
import { endSessions } from "../core/sessions/session.ts";
import { isEmail } from "../core/users/users.ts";
import { RaceLostError } from "../db/errors.ts";
import { emailDigest, hashDigest, type ImportedAccount, listImported } from "./imported-accounts.ts";
import type { Plan } from "./plan.ts";
import { add, emptyReport, note, noteAll, type Report } from "./report.ts";
import { runBatch } from "./run-batch.ts";
import type { SourceAccount } from "./shapes.ts";

interface ImportWork {
  readonly plan: Plan;
  readonly report: Report;
  readonly info: RequestInfo;
}

/** The converted password hash of an account. */
export interface NewPassword {
  /** Undefined if the password is not usable. */
  readonly stored: string | undefined;
  /** Null if no format could read it. */
  readonly format: string | null;
}

export async function updateAccount(
  tx: Transaction,
  work: ImportWork,
  known: ImportedAccount,
  found: SourceAccount,
  password: NewPassword | undefined,
): Promise<"updated" | "unchanged"> {
  const { plan } = work;
  const changes = [
    password !== undefined && (await updatePassword(tx, plan, known, found, password)),
    await updateEmail(tx, work, known, found),
    await updateState(tx, work, known, found),
  ];
  if (!plan.isDry) {
    const values = {
      source_email_digest: isEmail(found.email) ? emailDigest(found.email) : known.sourceEmailDigest,
      source_created_at: found.createdAt ?? known.sourceCreatedAt,
      ...(password === undefined ? {} : { digest: hashDigest(found) }),
    };
    await tx.db.updateTable("imports").set(values).where("id", "=", known.importId).execute();
  }
  return changes.includes(true) ? "updated" : "unchanged";
}

/** Whether an earlier import could read the same hash. */
export function isUnderstood(known: ImportedAccount, found: SourceAccount): boolean {
  return known.format !== null && known.digest === hashDigest(found);
}

/** Updates the password unless the user has logged in or set one here. A wrong `--format` never removes a password. */
async function updatePassword(
  tx: Transaction,
  plan: Plan,
  known: ImportedAccount,
  found: SourceAccount,
  password: NewPassword,
): Promise<boolean> {
  const { stored, format } = password;
  if (!known.isUntouched || (format === null && (known.format === null || isUnderstood(known, found)))) return false;
  if (plan.isDry) return true;
  const account = await lockAccount(tx, known.userId);
  // Checked again under the lock: the user may log in or reset the password at the same time.
  if (!account || account.last_login_at !== null || (account.password_changed_at ?? 0) > known.importedAt) return false;
  await setImportedPassword(tx, account, { passwordHash: stored, importedAt: known.importedAt });
  await tx.db.updateTable("imports").set({ format }).where("id", "=", known.importId).execute();
  return true;
}

/**
 * Changes the email by the same rules as in the settings: unique, sessions and links revoked, audited, undoable from the old inbox.
 * An account in use here only changes to an email that the source has verified, and one with two-factor authentication not at all: the source
 * has not asked for the second factor (ASVS 6.4.4).
 */
async function updateEmail(tx: Transaction, work: ImportWork, known: ImportedAccount, found: SourceAccount): Promise<boolean> {
  const { plan, report, info } = work;
  if (!isEmail(found.email)) {
    note(report, found, "new-email-not-valid");
    return false;
  }
  const key = emailKey(found.email);
  if (key === known.emailKey || emailDigest(known.email) !== known.givenEmailDigest) return false;
  const isProven = plan.verified === "all" || (plan.verified === "source" && found.isVerified === true);
  if (known.isFrozen || (!known.isUntouched && (!isProven || known.hasTwoFactor))) {
    note(report, found, "email-kept");
    return false;
  }
  if (isProven && !plan.isDry) await releaseUnverifiedEmail(tx, found.email);
  const holder = await tx.db.selectFrom("users").select("must_verify_since").where("email_key", "=", key).executeTakeFirst();
  if (holder && !(plan.isDry && isProven && holder.must_verify_since !== null)) {
    note(report, found, "new-email-taken");
    return false;
  }
  note(report, found, "email-changed");
  if (plan.isDry) return true;
  const was = await lockAccount(tx, known.userId);
  if (was?.email_key !== known.emailKey || (was.two_factor_since !== null) !== known.hasTwoFactor)
    throw new RaceLostError("The account was changed meanwhile.");
  const set = { email: found.email, email_key: key, email_verified_at: isProven ? tx.now() : null };
  const user = await changeCredentials(tx, was, set);
  await endTokensAfter(tx, user.id, "email-change");
  await endSessions(tx, user.id);
  await endTrust(tx, was);
  await tx.db
    .updateTable("imports")
    .set({ given_email_digest: emailDigest(found.email) })
    .where("id", "=", known.importId)
    .execute();
  await recordEvent(tx, user.id, "email-changed", info);
  const isReversible = known.isVerified && isRedeemable(tx, revertEmailToken);
  const revert = isReversible ? (await issueToken(tx, { purpose: revertEmailToken, userId: user.id, email: was.email })).token : undefined;
  await sendEmailChanged(tx, { was, user, revert });
  return true;
}

/** Disables accounts disabled in the source; enables them again only if an import disabled them. */
async function updateState(
  tx: Transaction,
  { plan, report, info }: ImportWork,
  known: ImportedAccount,
  found: SourceAccount,
): Promise<boolean> {
  const { isActive } = found;
  const isByImport = known.disabledAt !== null && known.disabledAt === known.importDisabledAt;
  if (isActive && isByImport) {
    note(report, found, "enabled");
    if (!plan.isDry) await enable(tx, known, info);
    return true;
  }
  // An administrator has enabled it here already.
  if (isActive && known.importDisabledAt !== null && !plan.isDry)
    await tx.db.updateTable("imports").set({ disabled_at: null }).where("id", "=", known.importId).execute();
  if (isActive) return false;
  const isDisabled = plan.closed !== "keep" && (await disable(tx, plan, known, info));
  if (isDisabled) note(report, found, "disabled");
  else if (isEnabled(known)) note(report, found, "disabled-kept");
  return isDisabled;
}

async function enable(tx: Transaction, known: ImportedAccount, info: RequestInfo): Promise<void> {
  await tx.db.updateTable("users").set({ disabled_at: null }).where("id", "=", known.userId).execute();
  await tx.db.updateTable("imports").set({ disabled_at: null }).where("id", "=", known.importId).execute();
  await recordEvent(tx, known.userId, "account-enabled", info);
}

/** Whether it is enabled and no import has disabled it. */
function isEnabled({ disabledAt, importDisabledAt }: ImportedAccount): boolean {
  return disabledAt === null && importDisabledAt === null;
}

/** Disables an account once: it stays enabled if an administrator enables it later. */
export async function disable(tx: Transaction, plan: Plan, known: ImportedAccount, info: RequestInfo): Promise<boolean> {
  if (!isEnabled(known)) return false;
  if (plan.isDry) return true;
  const now = tx.now();
  await tx.db.updateTable("users").set({ disabled_at: now }).where("id", "=", known.userId).execute();
  await tx.db.updateTable("imports").set({ disabled_at: now }).where("id", "=", known.importId).execute();
  await revokeAllAccess(tx, known.userId);
  await recordEvent(tx, known.userId, "account-disabled", info);
  return true;
}

const perBatch = 500;

/** Disables imported accounts that are no longer in the source. */
export async function disableMissing(
  s: Services,
  { plan, report, info }: ImportWork,
  isThere: (importId: string) => boolean,
): Promise<void> {
  let after: string | undefined;
  for (;;) {
    const batch = await listImported(s, plan, after, perBatch);
    if (batch.length === 0) return;
    after = batch.at(-1)?.importId;
    const missingCount = batch.filter(({ importId }) => !isThere(importId));
    const work = async (tx: Transaction) => {
      const part = emptyReport();
      for (const known of missingCount) {
        const isDisabled = plan.closed !== "keep" && (await disable(tx, plan, known, info));
        const id = known.importId.slice(plan.name.length + 1);
        if (isDisabled) noteAll(part, "missing", 1, [id]);
        else if (isEnabled(known)) noteAll(part, "missing-kept", 1, [id]);
      }
      return part;
    };
    add(report, await runBatch(s, plan, work));
  }
}
