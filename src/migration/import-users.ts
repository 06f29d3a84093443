/** Imports the accounts of another app; can be repeated. */

import { createHash, randomInt } from "node:crypto";
import { createUser } from "../core/account/create-account.ts";
import { releaseUnverifiedEmail } from "../core/account/unverified.ts";
import { recordEvent } from "../core/audit/log.ts";
import { hashPassword } from "../core/credentials/password/passwords.ts";
import { emailKey } from "../core/mail/email-key.ts";
import type { RequestInfo } from "../core/request-info.ts";
import type { Services, Transaction } from "../core/services.ts";
import { revokeLegacyCookies } from "../core/sessions/legacy-cookies.ts";
import { displayNameColumns, findUserByName, isEmail, usernameKey, usernameProblem } from "../core/users/users.ts";
import { upsertIf } from "../db/statements.ts";
import { anyHash, type Converted, convert, suggest } from "./formats.ts";
import {
  countEnabled,
  emailDigest,
  findImported,
  hashDigest,
  type Identity,
  type ImportedAccount,
  identify,
  importIdOf,
} from "./imported-accounts.ts";
import type { Plan } from "./plan.ts";
import { add, emptyReport, note, noteAll, type Report, skip } from "./report.ts";
import { runBatch } from "./run-batch.ts";
import { readAccounts, type SourceAccount } from "./shapes.ts";
import { ImportError, type Source } from "./source.ts";
import { disable, disableMissing, isUnderstood, type NewPassword, updateAccount } from "./update-account.ts";

/** Imports all accounts, or only reports with `isDry`. */
export async function importUsers(
  s: Services,
  source: Source,
  plan: Plan,
  info: RequestInfo,
  onProgress: (read: number) => void,
): Promise<Report> {
  const report = emptyReport();
  const { refused, areMostMissing } = await checkSource(s, source, plan);
  report.refused = refused;
  if (report.refused !== undefined && !plan.isDry) throw new ImportError(report.refused);
  const seen = new Set<string>();
  /** Source IDs of known and newly imported accounts. */
  const present = new Set<string>();
  const tools = {
    hash: plan.isDry ? async () => anyHash : (text: string) => hashPassword(s, text, {}),
    hasPepper: s.settings.importedPepper !== undefined,
  };
  const formatKey = tools.hasPepper ? `${plan.format}+pepper` : plan.format;
  for await (const batch of readAccounts(source, plan.shape)) {
    const known = await findImported(s, plan, batch);
    const prepare = async (found: SourceAccount): Promise<Prepared> => {
      const before = known.get(importIdOf(plan, found.id));
      const identity = before && identify(before, found, plan);
      const isKept = identity === "unsure" || (identity === "same" && before && !isPasswordChanged(before, found, formatKey));
      return { found, before, identity, converted: isKept ? undefined : await convert(plan.format, found.hash, tools) };
    };
    // Hashed before the transaction, which must be short, and one per slot, because the hash queue is bounded.
    const prepared: Prepared[] = [];
    for (let i = 0; i < batch.length; i += s.hasher.slots)
      prepared.push(...(await Promise.all(batch.slice(i, i + s.hasher.slots).map(prepare))));
    // A transaction may be retried, so its report is added after the commit.
    const work = async (tx: Transaction) => {
      const part = emptyReport();
      const seenInBatch = new Set<string>();
      const isSeen = (key: string) => seen.has(key) || seenInBatch.has(key);
      for (const each of prepared) {
        const { found } = each;
        part[await importOne(tx, { plan, report: part, info, formatKey, isSeen }, each)]++;
        seenInBatch.add(nameKeyOf(found)).add(idKeyOf(found));
        if (isEmail(found.email)) seenInBatch.add(emailKey(found.email));
      }
      return { part, seenInBatch };
    };
    const { part, seenInBatch } = await runBatch(s, plan, work);
    add(report, part);
    for (const key of seenInBatch) seen.add(key);
    for (const { found } of prepared) if (!found.isDeleted) present.add(importIdOf(plan, found.id));
    report.read += batch.length;
    report.timeless += batch.filter(({ createdAt }) => createdAt === undefined).length;
    onProgress(report.read);
  }
  const idless = await source.countWithout(plan.shape.table, plan.shape.columns.id);
  if (idless > 0) noteAll(report, "id-missing", idless, []);
  report.skipped += idless;
  report.read += idless;
  const closing = areMostMissing ? { ...plan, closed: "keep" as const } : plan;
  await disableMissing(s, { plan: closing, report, info }, (importId) => present.has(importId));
  return report;
}

interface Prepared {
  readonly found: SourceAccount;
  readonly before: ImportedAccount | undefined;
  readonly identity: Identity | undefined;
  /** Undefined if the password does not change. */
  readonly converted: Converted | undefined;
}

/** Whether the hash changed, or was not understood by this format before. */
function isPasswordChanged(before: ImportedAccount, found: SourceAccount, formatKey: string): boolean {
  return before.digest !== hashDigest(found) || (before.isUntouched && before.format !== formatKey);
}

/**
 * Wrong source: rejects the import if most IDs belong to other people (another app under the same name), and disables no account if most
 * are missing (an empty or wrong table), unless `--closed` is given.
 */
async function checkSource(s: Services, source: Source, plan: Plan): Promise<{ refused?: string; areMostMissing: boolean }> {
  const count = plan.closed === undefined ? await countEnabled(s, plan) : 0;
  if (count === 0) return { areMostMissing: false };
  let [same, other] = [0, 0];
  for await (const batch of readAccounts(source, plan.shape)) {
    const known = await findImported(s, plan, batch);
    for (const found of batch) {
      const before = known.get(importIdOf(plan, found.id));
      if (!before || found.isDeleted || before.importDisabledAt !== null) continue;
      if (identify(before, found, plan) === "other") other++;
      else same++;
    }
  }
  const missingCount = count - same - other;
  const areMostMissing = missingCount >= 2 && missingCount * 2 > count;
  if (other < 2 || other <= same) return { areMostMissing };
  return {
    areMostMissing,
    refused: `${other} of the ${same + other} accounts that were imported from ${plan.name} now belong to other users, so this looks like another app. If it is, name it with --application; if not, choose with --closed what happens to the previous accounts.`,
  };
}

interface ImportWork {
  readonly plan: Plan;
  readonly report: Report;
  readonly info: RequestInfo;
  readonly formatKey: string;
  /** Whether an earlier account of the source has the same email, username or ID. */
  readonly isSeen: (key: string) => boolean;
}

type Outcome = "imported" | "updated" | "unchanged" | "skipped";

async function importOne(tx: Transaction, work: ImportWork, { found, before, identity, converted }: Prepared): Promise<Outcome> {
  const { plan, report, info } = work;
  if (found.id === "") return skip(report, found, "id-missing");
  if (work.isSeen(idKeyOf(found))) return skip(report, found, "id-twice");
  // Counts as removed from the source.
  if (found.isDeleted) return skip(report, found, "deleted");
  if (before && identity === "unsure") return skip(report, found, "person-not-sure");
  if (before && identity === "other") return replace(tx, work, { found, before, converted });
  if (!before && !isEmail(found.email)) return skip(report, found, "email-not-valid");
  if (!before && work.isSeen(emailKey(found.email))) return skip(report, found, "email-twice");
  const password = converted && (await readPassword(work, found, converted, before));
  if (before) return updateAccount(tx, { plan, report, info }, before, found, password);
  return password ? createAccount(tx, work, found, password) : "skipped";
}

/** Reused ID: the previous user counts as removed, the new one gets a new account. */
async function replace(
  tx: Transaction,
  work: ImportWork,
  { found, before, converted }: Omit<Prepared, "identity"> & { before: ImportedAccount },
): Promise<Outcome> {
  const { plan, report, info } = work;
  note(report, found, "another-person");
  if (plan.closed !== "keep" && (await disable(tx, plan, before, info))) note(report, found, "id-lost");
  // Old cookies with this ID may belong to the other person.
  if (!plan.isDry) await revokeLegacyCookies(tx, before.userId);
  if (!isEmail(found.email)) return skip(report, found, "email-not-valid");
  if (work.isSeen(emailKey(found.email))) return skip(report, found, "email-twice");
  const password = converted && (await readPassword(work, found, converted));
  return password ? createAccount(tx, work, found, password) : "skipped";
}

async function readPassword(
  { plan, report, formatKey }: ImportWork,
  found: SourceAccount,
  converted: Converted,
  before?: ImportedAccount,
): Promise<NewPassword> {
  report.hashes[converted.kind] = (report.hashes[converted.kind] ?? 0) + 1;
  if ("stored" in converted) return { stored: converted.stored, format: formatKey };
  // Users who have logged in or set a password here keep their password.
  if (before?.isUntouched === false) return { stored: undefined, format: null };
  const lacking = converted.unusable === "none" ? "password-missing" : (`password-${converted.unusable}` as const);
  note(report, found, before && isUnderstood(before, found) ? "password-kept" : lacking);
  const suggestion = converted.unusable === "not-understood" ? await suggest(found.hash.trim(), plan.format) : undefined;
  if (suggestion !== undefined) report.suggestions[suggestion] = (report.suggestions[suggestion] ?? 0) + 1;
  return { stored: undefined, format: null };
}

function createAccount(tx: Transaction, work: ImportWork, found: SourceAccount, password: NewPassword): Promise<"imported" | "skipped"> {
  return work.plan.isDry ? predict(tx, work, found) : insert(tx, work, found, password);
}

/** Predicts the result for an account without writing it. */
async function predict(s: Services, { plan, report, isSeen }: ImportWork, found: SourceAccount): Promise<"imported" | "skipped"> {
  const taken = await s.db
    .selectFrom("users")
    .select("must_verify_since")
    .where("email_key", "=", emailKey(found.email))
    .executeTakeFirst();
  if (taken && !(taken.must_verify_since !== null && isProven(plan, found))) return skip(report, found, "email-taken");
  if (plan.keepsIds && !isId(found.id)) return skip(report, found, "id-not-valid");
  const isTaken = isSeen(nameKeyOf(found)) || (await findUserByName(s, nameOf(found))) !== undefined;
  if (isTaken || nameOf(found) !== found.username) note(report, found, "name-changed");
  if (!found.isActive) note(report, found, "disabled");
  return "imported";
}

async function insert(
  tx: Transaction,
  { plan, report, info }: ImportWork,
  found: SourceAccount,
  password: NewPassword,
): Promise<"imported" | "skipped"> {
  if (plan.keepsIds && !isId(found.id)) return skip(report, found, "id-not-valid");
  const { stored, format } = password;
  const isVerified = isProven(plan, found);
  if (isVerified) await releaseUnverifiedEmail(tx, found.email);
  const id = plan.keepsIds ? { id: found.id } : {};
  let username = nameOf(found);
  let created = await createUser(tx, { ...id, username, email: found.email, passwordHash: stored });
  if (!created.ok && created.taken.length === 1 && created.taken[0] === "username") {
    username = `${[...username].slice(0, 140).join("")}-${randomInt(100_000, 1_000_000)}`;
    created = await createUser(tx, { ...id, username, email: found.email, passwordHash: stored });
  }
  if (!created.ok) return skip(report, found, created.taken.includes("email") ? "email-taken" : "id-taken");
  const now = tx.now();
  const disabledAt = found.isActive ? null : now;
  await tx.db
    .updateTable("users")
    .set({
      created_at: Math.min(found.createdAt ?? now, now),
      email_verified_at: isVerified ? now : null,
      disabled_at: disabledAt,
      // The old username becomes the display name.
      ...displayNameColumns(
        username === found.username || found.username.trim() === "" ? null : [...found.username.trim()].slice(0, 100).join(""),
      ),
    })
    .where("id", "=", created.user.id)
    .execute();
  const facts = {
    user_id: created.user.id,
    digest: hashDigest(found),
    imported_at: now,
    source_email_digest: emailDigest(found.email),
    given_email_digest: emailDigest(found.email),
    source_created_at: found.createdAt ?? null,
    format,
    disabled_at: disabledAt,
  };
  await upsertIf(tx.db, "imports", {
    values: { id: importIdOf(plan, found.id), ...facts },
    // Account takeover by a reused id: cookies signed for the previous user stay spent.
    set: () => ({ ...facts, remember_spent_at: now, sessions_ended_at: now }),
  }).execute();
  await recordEvent(tx, created.user.id, "account-imported", info);
  if (username !== found.username) note(report, found, "name-changed");
  if (!found.isActive) note(report, found, "disabled");
  return "imported";
}

/** Whether an ID is safe in a URL path. */
function isId(id: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(id);
}

/** The username if valid; else a similar one, or one derived from the email. */
function nameOf({ username, email }: SourceAccount): string {
  const candidates = [username, username, email.slice(0, email.lastIndexOf("@"))].map((text, i) =>
    i === 0
      ? text
      : text
          .trim()
          .normalize("NFC")
          .replaceAll(/[^\p{L}\p{M}\p{Nd}._-]+/gu, "-")
          .replaceAll(/^[-.]+|[-.]+$/g, ""),
  );
  const name = candidates.find((candidate) => usernameProblem(candidate) === undefined);
  return name ?? `user-${usernameKey(createHash("sha256").update(emailKey(email)).digest("hex").slice(0, 10))}`;
}

/** Emails never start with a colon, so usernames and emails share one set. */
function nameKeyOf(found: SourceAccount): string {
  return `:${usernameKey(nameOf(found))}`;
}

/** IDs never start with one either. */
function idKeyOf(found: SourceAccount): string {
  return `#:${found.id}`;
}

/** Emails count as verified if the source has no such column. */
function isProven({ verified }: Plan, { isVerified }: SourceAccount): boolean {
  return verified === "all" || (verified === "source" && (isVerified ?? true));
}
