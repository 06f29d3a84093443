/** Makes and accepts recovery codes, which replace a lost second factor. */
import { randomBytes } from "node:crypto";
import { updateReturning } from "../../db/statements.ts";
import type { GuardedAccount } from "../credentials/guard-change.ts";
import type { Services, Transaction } from "../services.ts";

const codesPerAccount = 10;
/** 5 bits each: 115 bits, so that no hash of a stolen database can be searched (ASVS 6.5.2 asks for 112). */
const codeLength = 23;
/** Without the letters and digits that look alike: I, O, 0 and 1. */
const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/** From here on, the user is asked to make new ones. */
export const fewRecoveryCodes = 2;

/** Replaces all recovery codes of the account. The caller bumps the security version. Returns them as they are shown, this once. */
export async function makeRecoveryCodes(tx: Transaction, account: GuardedAccount): Promise<string[]> {
  const codes = Array.from({ length: codesPerAccount }, newCode);
  await replaceRecoveryCodes(tx, account, codes);
  return codes.map(inGroups);
}

/** Replaces all recovery codes of the account by codes as {@link readRecoveryCode} returns them. The caller bumps the security version. */
export async function replaceRecoveryCodes(tx: Transaction, account: GuardedAccount, codes: readonly string[]): Promise<void> {
  await tx.db.deleteFrom("recovery_codes").where("user_id", "=", account.id).execute();
  const rows = codes.map((code) => ({
    code_hash: tx.keyring.hash("recovery-code", hashedText(account.id, code)),
    user_id: account.id,
    created_at: tx.now(),
  }));
  await tx.db.insertInto("recovery_codes").values(rows).execute();
}

/**
 * Reads a typed code: in any case, with or without hyphens and spaces. Undefined if it can't be one. Imported codes have other characters
 * and lengths than those made here, but are never six digits, which are a code of an authenticator app.
 */
export function readRecoveryCode(typed: string): string | undefined {
  const code = typed.replaceAll(/[\s\p{Pd}]/gu, "").toUpperCase();
  return /^[A-Z0-9]{8,64}$/.test(code) ? code : undefined;
}

/** Eleven digits have 36 bits, and the eight that many apps made 26. */
const minUnguessable = 12;

/** Whether a code can only be an imported one that is short enough to be guessed over months, from many networks. */
export function isGuessable(code: string): boolean {
  return code.length < minUnguessable;
}

/** Accepts a code once. Replay: one statement uses it up, so of two concurrent requests one gets it (ASVS 6.5.1). */
export async function acceptRecoveryCode(tx: Transaction, userId: string, code: string): Promise<boolean> {
  const hashes = tx.keyring.hashes("recovery-code", hashedText(userId, code));
  const used = await updateReturning(tx.db, "recovery_codes", {
    set: { used_at: tx.now() },
    where: ({ and, eb }) => and([eb("code_hash", "in", hashes), eb("user_id", "=", userId), eb("used_at", "is", null)]),
    returning: ["user_id"],
  }).executeTakeFirst();
  return used !== undefined;
}

/** How many of these are unused codes of the account. */
export async function countUnused(s: Services, userId: string, codes: readonly string[]): Promise<number> {
  const hashes = codes.flatMap((code) => s.keyring.hashes("recovery-code", hashedText(userId, code)));
  return hashes.length === 0 ? 0 : count(s, userId, hashes);
}

/** Recovery codes that are left. */
export function countRecoveryCodes(s: Services, userId: string): Promise<number> {
  return count(s, userId);
}

async function count(s: Services, userId: string, hashes?: readonly string[]): Promise<number> {
  const { left } = await s.db
    .selectFrom("recovery_codes")
    .select((column) => column.fn.countAll<number>().as("left"))
    .where("user_id", "=", userId)
    .where("used_at", "is", null)
    .$if(hashes !== undefined, (query) => query.where("code_hash", "in", hashes ?? []))
    .executeTakeFirstOrThrow();
  return Number(left);
}

function newCode(): string {
  // 256 is a multiple of 32, so each character is equally likely.
  return Array.from(randomBytes(codeLength), (byte) => alphabet.charAt(byte % alphabet.length)).join("");
}

/** Such as `ABCDEF-GHJKLM-NPQRST-UVWXY`. */
function inGroups(code: string): string {
  return code.match(/.{1,6}/g)?.join("-") ?? code;
}

/** Stolen database: hashes are keyed, and those of two accounts differ. */
function hashedText(userId: string, code: string): string {
  return `${userId} ${code}`;
}
