/** Issues and redeems one-time tokens: links and 6-digit codes. */

import { createHash, randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import type { ExpressionBuilder, Selectable } from "kysely";
import { columns } from "../../db/columns.ts";
import { type Placeholders, prepared } from "../../db/prepared.ts";
import type { Schema } from "../../db/schema.ts";
import { deleteReturning, insertFromSelect, lockRow, updateReturning } from "../../db/statements.ts";
import { clockSlackMs } from "../clock-skew.ts";
import type { Services, Transaction } from "../services.ts";
import type { RevokingChange, TokenPurpose } from "./token-purpose.ts";

/** 256 random bits in base64url, sent in the link. Only its hash is stored. */
export type Token = string & { readonly secret: "token" };

/** Online guessing: 6-digit codes expire soon and allow few tries (ASVS 6.5.2, 6.5.5, 6.6.3). */
export const code = { lifetimeMs: 10 * 60_000, tries: 5 };

export type TokenRow = Selectable<Schema["one_time_tokens"]>;

interface TokenRequest {
  readonly purpose: TokenPurpose;
  /** The account; empty for an unknown email, which costs the same and stores no token. */
  readonly userId: string;
  /** The exact email that it is sent to, or that it is about: the token is valid for no other (CVE-2026-32700). */
  readonly email: string;
  /** Secret of the requesting browser; if set, a code is issued that works in that browser only. */
  readonly browser?: string | undefined;
  /** Data stored with the token, as JSON. */
  readonly payload?: string | undefined;
}

export interface Issued {
  readonly token: Token;
  /** Undefined if no browser was given. */
  readonly code: string | undefined;
}

/** Whether a feature in use redeems tokens of this purpose; a link with one would lead nowhere otherwise. */
export function isRedeemable({ catalog }: Services, { name }: TokenPurpose): boolean {
  return catalog.tokens.some((purpose) => purpose.name === name);
}

/** Issues a token. Ends earlier tokens of the same purpose, unless the purpose allows several. */
export async function issueToken(tx: Transaction, { purpose, userId, email, browser, payload }: TokenRequest): Promise<Issued> {
  const token = randomBytes(32).toString("base64url") as Token;
  const digits = browser === undefined ? undefined : String(randomInt(1_000_000)).padStart(6, "0");
  const now = tx.now();
  const tokenHash = hash(token);
  const browserHash = browser === undefined ? null : hash(browser);
  await insertToken(tx, {
    token_hash: tokenHash,
    purpose: purpose.name,
    user_id: userId,
    email,
    code_hash: digits === undefined ? null : tx.keyring.hash("code", codeText(purpose, userId, digits)),
    code_expires_at: now + code.lifetimeMs,
    tries_left: code.tries,
    browser_hash: browserHash,
    created_at: now,
    expires_at: now + purpose.lifetimeMs,
    payload: payload ?? null,
  });
  if (!purpose.manyAtOnce) await endSiblings(tx, { userId, purpose, tokenHash, browserHash });
  return { token, code: digits };
}

/**
 * Inserts the token if the account exists, and locks the account's row: of two concurrent requests, the later one ends the earlier token.
 * Account enumeration: without an account, the same statement inserts nothing (ASVS 6.3.8).
 */
async function insertToken(tx: Transaction, row: TokenRow): Promise<void> {
  await insertFromSelect(tx.db, "one_time_tokens", { row, from: "users", where: { id: row.user_id }, lock: true }).execute();
}

async function endSiblings(
  tx: Transaction,
  {
    userId,
    purpose,
    tokenHash,
    browserHash,
  }: { userId: string; purpose: TokenPurpose; tokenHash: Uint8Array; browserHash: Uint8Array | null },
) {
  await tx.db
    .deleteFrom("one_time_tokens")
    .where("user_id", "=", userId)
    .where("purpose", "=", purpose.name)
    .where("token_hash", "!=", tokenHash)
    .$if(purpose.onePerBrowser === true, (query) => query.where("browser_hash", "=", browserHash))
    .execute();
}

/** Finds a valid token without redeeming it, for the page that its link opens. */
export async function findToken(s: Services, purpose: TokenPurpose, token: unknown): Promise<TokenRow | undefined> {
  const { rows } = await findQuery(s.db, whatIsValid(s, purpose, token));
  return rows[0];
}

const findQuery = prepared((db, value: Placeholders<WhatIsValid>) =>
  db.selectFrom("one_time_tokens").select(columns.one_time_tokens).where(isValid(value)),
);

/** Finds and locks a valid token until the end of the caller's transaction. */
export function lockToken(tx: Transaction, purpose: TokenPurpose, token: unknown): Promise<TokenRow | undefined> {
  const values = whatIsValid(tx, purpose, token);
  return lockRow(tx.db, "one_time_tokens", { where: isValid((name) => values[name]), select: columns.one_time_tokens });
}

/** Redeems a token in the transaction of its effect. Race: of two concurrent requests, one gets it. */
export async function redeemToken(tx: Transaction, purpose: TokenPurpose, token: unknown): Promise<TokenRow | undefined> {
  const { rows } = await redeemQuery(tx.db, whatIsValid(tx, purpose, token));
  return rows[0];
}

const redeemQuery = prepared((db, value: Placeholders<WhatIsValid>) =>
  deleteReturning(db, "one_time_tokens", { where: isValid(value), returning: columns.one_time_tokens }),
);

interface WhatIsValid {
  readonly tokenHash: Uint8Array;
  readonly purpose: string;
  readonly now: number;
  readonly latest: number;
}

function whatIsValid(s: Services, { name }: TokenPurpose, token: unknown): WhatIsValid {
  const now = s.now();
  // Clock skew: a token issued by a clock that was ahead would live too long.
  return { tokenHash: hashToken(token), purpose: name, now, latest: now + clockSlackMs };
}

/** Blank, null and all-zero tokens (CVE-2019-16109): text that is not in the issued format matches no row. */
export function hashToken(token: unknown): Uint8Array {
  return isToken(token) ? hash(token) : new Uint8Array();
}

function isValid(value: Placeholders<WhatIsValid>) {
  return (where: ExpressionBuilder<Schema, "one_time_tokens">) =>
    where.and([
      where("token_hash", "=", value("tokenHash")),
      where("purpose", "=", value("purpose")),
      where("expires_at", ">", value("now")),
      where("created_at", "<=", value("latest")),
    ]);
}

/** Redeems the token of this browser by its 6-digit code. Each try counts, a correct one too. */
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

/** Whether a code of this account and browser can still be redeemed, for the page that asks for it. */
export async function isCodePending(
  s: Services,
  { purpose, userId, browser }: { readonly purpose: TokenPurpose; readonly userId: string; readonly browser: string },
): Promise<boolean> {
  const row = await s.db
    .selectFrom("one_time_tokens")
    .select("user_id")
    .where("user_id", "=", userId)
    .where("purpose", "=", purpose.name)
    .where("browser_hash", "=", hash(browser))
    .where("code_expires_at", ">", s.now())
    .where("tries_left", ">", 0)
    .executeTakeFirst();
  return row !== undefined;
}

/** Uses one of the token's tries without redeeming it. Resolves to undefined for an invalid token or after the last try. */
export async function takeTokenTry(tx: Transaction, purpose: TokenPurpose, token: unknown): Promise<TokenRow | undefined> {
  const { rows } = await tryQuery(tx.db, whatIsValid(tx, purpose, token));
  return rows[0];
}

const tryQuery = prepared((db, value: Placeholders<WhatIsValid>) =>
  updateReturning(db, "one_time_tokens", {
    set: (column) => ({ tries_left: column("tries_left", "-", 1) }),
    where: (where) => where.and([isValid(value)(where), where("tries_left", ">", 0)]),
    returning: columns.one_time_tokens,
  }),
);

/** Whether this browser requested the token. */
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

/** Ends an account's tokens for this email, of every purpose. */
export async function endTokensOfEmail(s: Services, userId: string, email: string): Promise<void> {
  await s.db.deleteFrom("one_time_tokens").where("user_id", "=", userId).where("email", "=", email).execute();
}

function isToken(token: unknown): token is Token {
  return typeof token === "string" && /^[\w-]{43}$/.test(token);
}

function hash(secret: string): Uint8Array {
  return createHash("sha256").update(secret).digest();
}

/** Brute force of a stolen database: a code has a million possible values, so its hash is keyed (ASVS 6.5.2). */
function codeText(purpose: TokenPurpose, userId: string, digits: string): string {
  return `${purpose.name} ${userId} ${digits}`;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
