/** One-time tokens, one table for every purpose: issued into a letter, redeemed once, dead with their time or their purpose. */

import { createHash, randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import type { ExpressionBuilder, Selectable } from "kysely";
import { columns } from "../../db/columns.ts";
import type { Schema } from "../../db/schema.ts";
import { deleteReturning, insertFromSelect, lockRow, updateReturning } from "../../db/statements.ts";
import { clockSlackMs } from "../clock.ts";
import type { Services, Transaction } from "../services.ts";
import type { RevokingChange, TokenPurpose } from "./token-purpose.ts";

/** 256 random bits in base64url: what a letter's link holds. It is never stored. */
export type Token = string & { readonly secret: "token" };

/** Six digits can be guessed, so they live short and allow few tries (ASVS 6.5.2, 6.5.5, 6.6.3). */
export const code = { lifetimeMs: 10 * 60_000, tries: 5 };

export type TokenRow = Selectable<Schema["one_time_tokens"]>;

interface TokenRequest {
  readonly purpose: TokenPurpose;
  /** The account it is for; empty for nobody, which costs the same and leaves no token. */
  readonly userId: string;
  /** The exact address that it is sent to, or that it is about: the token is good for no other (CVE-2026-32700). */
  readonly email: string;
  /** The secret of the browser that asked, where digits are wanted that are good in that browser only. */
  readonly browser?: string | undefined;
  /** What the token carries, as JSON. */
  readonly payload?: string | undefined;
}

export interface Issued {
  readonly token: Token;
  /** Six digits; undefined where no browser was given. */
  readonly code: string | undefined;
}

/** Issues a token and ends its siblings: of most purposes, an account has one at a time. */
export async function issueToken(tx: Transaction, { purpose, userId, email, browser, payload }: TokenRequest): Promise<Issued> {
  const token = randomBytes(32).toString("base64url") as Token;
  const digits = browser === undefined ? undefined : String(randomInt(1_000_000)).padStart(6, "0");
  const now = tx.now();
  const tokenHash = hash(token);
  await insertToken(tx, {
    token_hash: tokenHash,
    purpose: purpose.name,
    user_id: userId,
    email,
    code_hash: digits === undefined ? null : tx.keyring.hash("code", codeText(purpose, userId, digits)),
    code_expires_at: now + code.lifetimeMs,
    tries_left: code.tries,
    browser_hash: browser === undefined ? null : hash(browser),
    created_at: now,
    expires_at: now + purpose.lifetimeMs,
    payload: payload ?? null,
  });
  if (!purpose.manyAtOnce) await endSiblings(tx, { userId, purpose, tokenHash });
  return { token, code: digits };
}

/**
 * Inserts it where there is such an account, whose row it holds from then on: of two at once, the later one ends the earlier. For
 * nobody it is the same statement, and no row.
 */
async function insertToken(tx: Transaction, row: TokenRow): Promise<void> {
  await insertFromSelect(tx.db, "one_time_tokens", { row, from: "users", where: { id: row.user_id }, lock: true }).execute();
}

async function endSiblings(
  tx: Transaction,
  { userId, purpose, tokenHash }: { userId: string; purpose: TokenPurpose; tokenHash: Uint8Array },
) {
  await tx.db
    .deleteFrom("one_time_tokens")
    .where("user_id", "=", userId)
    .where("purpose", "=", purpose.name)
    .where("token_hash", "!=", tokenHash)
    .execute();
}

/** What a token is good for, without using it up: for the page that its link opens. */
export function findToken(s: Services, purpose: TokenPurpose, token: unknown): Promise<TokenRow | undefined> {
  return s.db
    .selectFrom("one_time_tokens")
    .select(columns.one_time_tokens)
    .where(isValid(s, purpose, token))
    .executeTakeFirst();
}

/** The same, held until the end of the caller's transaction: nobody else uses it up meanwhile. */
export function lockToken(tx: Transaction, purpose: TokenPurpose, token: unknown): Promise<TokenRow | undefined> {
  return lockRow(tx.db, "one_time_tokens", { where: isValid(tx, purpose, token), select: columns.one_time_tokens });
}

/** Uses a token up, within the transaction of its effect. Of two at once, one gets it. */
export function redeemToken(tx: Transaction, purpose: TokenPurpose, token: unknown): Promise<TokenRow | undefined> {
  return deleteReturning(tx.db, "one_time_tokens", {
    where: isValid(tx, purpose, token),
    returning: columns.one_time_tokens,
  }).executeTakeFirst();
}

/** Blank, null and all-zero tokens have opened doors elsewhere (CVE-2019-16109): what is not in the form that we issue is nobody's. */
function isValid(s: Services, purpose: TokenPurpose, token: unknown) {
  const tokenHash = isToken(token) ? hash(token) : new Uint8Array();
  return (where: ExpressionBuilder<Schema, "one_time_tokens">) =>
    where.and([
      where("token_hash", "=", tokenHash),
      where("purpose", "=", purpose.name),
      where("expires_at", ">", s.now()),
      // Made by a clock that was ahead, it would live longer than any.
      where("created_at", "<=", s.now() + clockSlackMs),
    ]);
}

/** Uses up, by the digits in its letter, the token that this browser asked for. Each try counts, the right one too. */
export async function redeemCode(tx: Transaction, purpose: TokenPurpose, browser: string, digits: string): Promise<TokenRow | undefined> {
  const row = await updateReturning(tx.db, "one_time_tokens", {
    set: (column) => ({ tries_left: column("tries_left", "-", 1) }),
    where: (where) =>
      where.and([
        where.and({ browser_hash: hash(browser), purpose: purpose.name }),
        where("code_expires_at", ">", tx.now()),
        where("created_at", "<=", tx.now() + clockSlackMs),
        where("tries_left", ">", 0),
      ]),
    returning: columns.one_time_tokens,
  }).executeTakeFirst();
  if (!row?.code_hash || !tx.keyring.verifyHash("code", codeText(purpose, row.user_id, digits), row.code_hash)) return undefined;
  await tx.db.deleteFrom("one_time_tokens").where("token_hash", "=", row.token_hash).execute();
  return row;
}

/** Takes one of the tries that a token allows, without using it up. Resolves to undefined for an invalid token or after the last try. */
export async function takeTokenTry(tx: Transaction, purpose: TokenPurpose, token: unknown): Promise<TokenRow | undefined> {
  return updateReturning(tx.db, "one_time_tokens", {
    set: (column) => ({ tries_left: column("tries_left", "-", 1) }),
    where: (where) => where.and([isValid(tx, purpose, token)(where), where("tries_left", ">", 0)]),
    returning: columns.one_time_tokens,
  }).executeTakeFirst();
}

/** Whether this is the browser that asked for the token. */
export function isRequestedBy(row: TokenRow, browser: string): boolean {
  return row.browser_hash !== null && isSame(row.browser_hash, hash(browser));
}

/** Ends an account's tokens of these purposes. */
export async function endTokens(s: Services, userId: string, purposes: readonly TokenPurpose[]): Promise<void> {
  const names = purposes.map(({ name }) => name);
  await s.db
    .deleteFrom("one_time_tokens")
    .where("user_id", "=", userId)
    .where("purpose", "in", names.length > 0 ? names : [""])
    .execute();
}

/** Ends the tokens of every purpose that this change of the account revokes. */
export async function endTokensAfter(s: Services, userId: string, change: RevokingChange): Promise<void> {
  await endTokens(
    s,
    userId,
    s.catalog.tokens.filter(({ revokedBy }) => revokedBy?.includes(change)),
  );
}

function isToken(token: unknown): token is Token {
  return typeof token === "string" && /^[\w-]{43}$/.test(token);
}

function hash(secret: string): Uint8Array {
  return createHash("sha256").update(secret).digest();
}

/** Brute force of a stolen database: six digits have a million hashes, so theirs is keyed (ASVS 6.5.2). */
function codeText(purpose: TokenPurpose, userId: string, digits: string): string {
  return `${purpose.name} ${userId} ${digits}`;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
