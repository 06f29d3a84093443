/** Finds accounts of earlier imports, and whether they are still the same person. */
import { createHash } from "node:crypto";
import { sql } from "kysely";
import { emailKey } from "../core/mail/email-key.ts";
import type { Services } from "../core/services.ts";
import type { Plan } from "./plan.ts";
import type { SourceAccount } from "./shapes.ts";

/** An imported account, at the last import and now. */
export interface ImportedAccount {
  readonly importId: string;
  readonly userId: string;
  readonly email: string;
  readonly emailKey: string;
  readonly isVerified: boolean;
  readonly disabledAt: number | null;
  /** Whether it must not be changed: reported as compromised, or deletion scheduled. */
  readonly isFrozen: boolean;
  /** Whether the user has neither logged in nor set a password here. */
  readonly isUntouched: boolean;
  readonly hasTwoFactor: boolean;
  readonly importedAt: number;
  readonly digest: string;
  readonly sourceEmailDigest: string;
  readonly givenEmailDigest: string;
  readonly sourceCreatedAt: number | null;
  readonly format: string | null;
  /** When an import disabled it; null if an administrator has enabled it since. */
  readonly importDisabledAt: number | null;
  /** Security version of the account after the last import of factors; null before the first one. */
  readonly factorsVersion: number | null;
}

export async function findImported(
  s: Services,
  plan: Pick<Plan, "name">,
  batch: readonly Pick<SourceAccount, "id">[],
): Promise<Map<string, ImportedAccount>> {
  const rows = await selectImported(s)
    .where(
      "imports.id",
      "in",
      batch.map((found) => importIdOf(plan, found.id)),
    )
    .execute();
  return new Map(rows.map((row) => [row.import_id, toImported(row)]));
}

/** A batch of imported accounts of an app, in the order of their source IDs. */
export async function listImported(s: Services, { name }: Plan, after: string | undefined, count: number): Promise<ImportedAccount[]> {
  const rows = await selectImported(s)
    .where("imports.id", ">", after ?? `${name}:`)
    // `;` is the character after `:`.
    .where("imports.id", "<", `${name};`)
    .orderBy("imports.id")
    .limit(count)
    .execute();
  return rows.map(toImported);
}

/** Counts the imported accounts of an app that no import has disabled. */
export async function countEnabled(s: Services, { name }: Plan): Promise<number> {
  const { count } = await s.db
    .selectFrom("imports")
    .select(sql<number | string>`count(*)`.as("count"))
    .where("id", ">", `${name}:`)
    .where("id", "<", `${name};`)
    .where("disabled_at", "is", null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

function selectImported(s: Services) {
  return s.db
    .selectFrom("imports")
    .innerJoin("users", "users.id", "imports.user_id")
    .leftJoin("passwords", "passwords.user_id", "users.id")
    .select([
      "imports.id as import_id",
      "imports.user_id",
      "digest",
      "imported_at",
      "source_email_digest",
      "given_email_digest",
      "source_created_at",
      "format",
      "imports.disabled_at as import_disabled_at",
      "factors_version",
      "email",
      "email_key",
      "email_verified_at",
      "users.disabled_at",
      "compromised_at",
      "erase_at",
      "last_login_at",
      "two_factor_since",
      "passwords.changed_at as password_changed_at",
    ]);
}

type ImportedRow = Awaited<ReturnType<ReturnType<typeof selectImported>["execute"]>>[number];

function toImported(row: ImportedRow): ImportedAccount {
  const present = sha256(row.email_key);
  return {
    importId: row.import_id,
    userId: row.user_id,
    email: row.email,
    emailKey: row.email_key,
    isVerified: row.email_verified_at !== null,
    disabledAt: row.disabled_at,
    isFrozen: row.compromised_at !== null || row.erase_at !== null,
    isUntouched: row.last_login_at === null && (row.password_changed_at ?? 0) <= row.imported_at,
    hasTwoFactor: row.two_factor_since !== null,
    importedAt: row.imported_at,
    digest: row.digest,
    sourceEmailDigest: row.source_email_digest ?? present,
    givenEmailDigest: row.given_email_digest ?? present,
    sourceCreatedAt: row.source_created_at,
    format: row.format,
    importDisabledAt: row.import_disabled_at,
    factorsVersion: row.factors_version,
  };
}

/** `unsure`: same ID and email, but the email may have been typed by another person. */
export type Identity = "same" | "other" | "unsure";

/**
 * Account takeover by a reused ID: SQLite reuses IDs of deleted rows, so neither the ID nor an unverified email identifies a person.
 * The same salted hash or the same creation time does.
 */
export function identify(known: ImportedAccount, found: SourceAccount, plan: Plan): Identity {
  if (known.digest === hashDigest(found) && isSalted(found.hash)) return "same";
  const isSameEmail = known.sourceEmailDigest === emailDigest(found.email);
  if (found.createdAt !== undefined && known.sourceCreatedAt !== null) {
    if (found.createdAt !== known.sourceCreatedAt) return isSameEmail ? "unsure" : "other";
    if (isPrecise(found.createdAt)) return "same";
  }
  if (!isSameEmail) return "other";
  const isUnproven = plan.verified === "source" && found.isVerified === false && known.isVerified;
  return isUnproven && known.digest !== hashDigest(found) ? "unsure" : "same";
}

/** A date without a time is shared by many accounts and proves nothing. */
function isPrecise(createdAt: number): boolean {
  return createdAt % 86_400_000 !== 0;
}

/** Unsalted hashes are equal for users with the same password and prove nothing. */
function isSalted(hash: string): boolean {
  return hash.trim() !== "" && !/^(?:[a-z0-9]+\$\$)?[0-9a-f]{32,128}$/i.test(hash.trim()) && !hash.startsWith("plain$");
}

/** App names contain no colon, so the key is unambiguous. */
export function importIdOf({ name }: Pick<Plan, "name">, id: string): string {
  return `${name}:${id}`;
}

export function hashDigest({ hash }: Pick<SourceAccount, "hash">): string {
  return sha256(hash);
}

export function emailDigest(email: string): string {
  return sha256(emailKey(email));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
