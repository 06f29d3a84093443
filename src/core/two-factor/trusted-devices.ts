/** Skips the second step in browsers that a user trusts. */
import { createHash, randomBytes } from "node:crypto";
import { columns } from "../../db/columns.ts";
import { deleteBeyond } from "../../db/statements.ts";
import { recordEvent } from "../audit/log.ts";
import { clockSlackMs, isAhead } from "../clock-skew.ts";
import { emailWords, sendSecurityNotice } from "../mail/emails.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";
import { findUserById } from "../users/users.ts";
import { messages } from "./copied-trust.messages.ts";

/** Two tabs may log in at once, and a response may be lost: after a rotation, the previous token is accepted for this long. */
const previousTokenMs = 30_000;

const maxPerAccount = 20;
/** Of a UUID. */
const idBytes = 16;

/** A change of the browser's cookie. */
export interface TrustChange {
  /** The ID of its row and 256 random bits, in base64url. Only its hash is stored. */
  readonly token: string;
  /** Tokens of this account that the cookie held until now. */
  readonly replaces: readonly string[];
}

/** A browser that a user trusts. */
export interface TrustedDevice {
  readonly id: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  /** IP address and user agent of the last use. */
  readonly ip: string;
  readonly userAgent: string;
}

/** Trusts the requesting browser, in the transaction of a sign-in with a second factor. */
export async function trustDevice(tx: Transaction, userId: string, info: RequestInfo): Promise<TrustChange> {
  const tokens = info.trustedTokens?.() ?? [];
  const held = await findHeld(tx, userId, tokens);
  for (const { row } of held) await deleteRow(tx, userId, row.id);
  const [id, now] = [tx.newId(), tx.now()];
  const token = newToken(id);
  await tx.db
    .insertInto("trusted_devices")
    .values({
      id,
      user_id: userId,
      token_hash: hashOf(token),
      previous_hash: null,
      rotated_at: now,
      created_at: now,
      last_used_at: now,
      expires_at: now + tx.settings.twoFactorTrustMs,
      ...originOf(info),
    })
    .execute();
  await tx.db.executeQuery(
    deleteBeyond(tx.db, "trusted_devices", {
      where: ({ and }) => and({ user_id: userId }),
      orderBy: "last_used_at",
      keep: maxPerAccount,
    }).compile(),
  );
  await recordEvent(tx, userId, "device-trusted", info);
  return { token, replaces: held.map((each) => each.token) };
}

/** `change` is undefined if the cookie stays as it is. */
export interface RedeemedTrust {
  readonly change: TrustChange | undefined;
}

/**
 * Whether the account trusts the requesting browser, in the transaction of a sign-in. Stolen cookie: each use replaces the token, and a
 * replaced one that comes back ends the trust and the sessions that it began, whoever holds the newer one (as in RFC 9700, 4.14.2).
 */
export async function redeemTrust(tx: Transaction, userId: string, info: RequestInfo): Promise<RedeemedTrust | undefined> {
  for (const { row, token, isCurrent } of await findHeld(tx, userId, info.trustedTokens?.() ?? [])) {
    const rotated = isCurrent ? await rotate(tx, { id: row.id, token, info }) : undefined;
    if (rotated) return { change: { token: rotated, replaces: [token] } };
    const used = isCurrent ? await findRow(tx, userId, row.id) : row;
    if (used && isPrevious(used, token) && isRepeat(tx, used.rotated_at)) return { change: repeated(tx, used, token) };
    if (used && (await deleteRow(tx, userId, row.id))) await endCopied(tx, userId, used, info);
  }
  return undefined;
}

/**
 * The token that replaced this one, again: the browser may never have got it, and would be taken for a thief at its next login. A thief gets
 * no token of its own by this: the next use by either of them replaces the one of the other.
 */
function repeated(s: Services, { id, token_hash }: Row, token: string): TrustChange | undefined {
  const next = successors(s, id, token).find((each) => isSame(token_hash, each));
  return next === undefined ? undefined : { token: next, replaces: [token] };
}

/** Somebody has copied the cookie. Sessions that skipped the second step since this trust began may be theirs. */
async function endCopied(tx: Transaction, userId: string, { created_at }: Row, info: RequestInfo): Promise<void> {
  await recordEvent(tx, userId, "device-untrusted", info);
  const { numDeletedRows } = await tx.db
    .deleteFrom("sessions")
    .where("user_id", "=", userId)
    .where("methods", "like", "%trusted-device%")
    .where("created_at", ">=", created_at)
    .executeTakeFirst();
  if (numDeletedRows > 0n) await recordEvent(tx, userId, "session-ended", info);
  const to = await findUserById(tx, userId);
  if (!to) return;
  const t = emailWords(tx, messages, { to, info });
  const { siteName } = tx.settings;
  const paragraphs = [t("email.intro", { siteName }), t("email.done"), t("email.advice", { passwords: tx.settings.passwords })];
  await sendSecurityNotice(tx, to, info, { kind: "trusted-browser-copied", subject: t("email.subject"), paragraphs, after: [] });
}

/** The devices that an account trusts, last used first. */
export async function listTrustedDevices(s: Services, userId: string): Promise<TrustedDevice[]> {
  return (await findValid(s, userId)).map((row) => ({
    id: row.id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
    ip: row.ip,
    userAgent: row.user_agent,
  }));
}

/** Ends the trust of one device. Returns false if it had ended already. */
export function endTrustedDevice(s: Services, userId: string, id: string, info: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const isEnded = await deleteRow(tx, userId, id);
    if (isEnded) await recordEvent(tx, userId, "device-untrusted", info);
    return isEnded;
  });
}

/** Ends the trust of all devices at the user's request. */
export function forgetTrustedDevices(s: Services, userId: string, info: RequestInfo): Promise<number> {
  return inTransaction(s, async (tx) => {
    const count = await endTrustedDevices(tx, userId);
    if (count > 0) await recordEvent(tx, userId, "device-untrusted", info);
    return count;
  });
}

/** Call it in the transaction of each change of a factor or password, and wherever all sessions end. Returns how many ended. */
export async function endTrustedDevices(tx: Transaction, userId: string): Promise<number> {
  const { numDeletedRows } = await tx.db.deleteFrom("trusted_devices").where("user_id", "=", userId).executeTakeFirst();
  return Number(numDeletedRows);
}

type Row = Awaited<ReturnType<typeof findValid>>[number];

interface Held {
  readonly row: Row;
  readonly token: string;
  /** False for a token that was replaced. */
  readonly isCurrent: boolean;
}

/** The rows of this account that these tokens name. Stolen cookie: also by a token that was replaced several times. */
async function findHeld(tx: Transaction, userId: string, tokens: readonly string[]): Promise<Held[]> {
  if (tokens.length === 0) return [];
  return (await findValid(tx, userId)).flatMap((row): Held[] => {
    const current = tokens.find((token) => isSame(row.token_hash, token));
    if (current !== undefined) return [{ row, token: current, isCurrent: true }];
    const replaced = tokens.find((token) => isOf(row, token));
    return replaced === undefined ? [] : [{ row, token: replaced, isCurrent: false }];
  });
}

function findValid(s: Services, userId: string) {
  const now = s.now();
  return (
    s.db
      .selectFrom("trusted_devices")
      .select(columns.trusted_devices)
      .where("user_id", "=", userId)
      .where("expires_at", ">", now)
      // A shorter TWO_FACTOR_TRUST applies to earlier rows too.
      .where("created_at", ">", now - s.settings.twoFactorTrustMs)
      // Clock skew: trust from a clock that was ahead would last too long.
      .where("created_at", "<=", now + clockSlackMs)
      .orderBy("last_used_at", "desc")
      .execute()
  );
}

async function findRow(tx: Transaction, userId: string, id: string): Promise<Row | undefined> {
  return (await findValid(tx, userId)).find((row) => row.id === id);
}

/** Race: compare-and-swap, so of two concurrent logins with one token, one gets the new token. */
async function rotate(
  tx: Transaction,
  { id, token, info }: { readonly id: string; readonly token: string; readonly info: RequestInfo },
): Promise<string | undefined> {
  const [next = newToken(id)] = successors(tx, id, token);
  const { numUpdatedRows } = await tx.db
    .updateTable("trusted_devices")
    .set({
      token_hash: hashOf(next),
      previous_hash: hashOf(token),
      rotated_at: tx.now(),
      last_used_at: tx.now(),
      ...originOf(info),
    })
    .where("id", "=", id)
    .where("token_hash", "=", hashOf(token))
    .executeTakeFirst();
  return numUpdatedRows === 1n ? next : undefined;
}

async function deleteRow(tx: Transaction, userId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await tx.db
    .deleteFrom("trusted_devices")
    .where("user_id", "=", userId)
    .where("id", "=", id)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

function isRepeat(s: Services, rotatedAt: number): boolean {
  return s.now() - rotatedAt <= previousTokenMs && !isAhead(s, rotatedAt);
}

function isPrevious({ previous_hash }: Pick<Row, "previous_hash">, token: string): boolean {
  return previous_hash !== null && isSame(previous_hash, token);
}

function isSame(hash: Uint8Array, token: string): boolean {
  return Buffer.compare(hash, hashOf(token)) === 0;
}

function originOf({ ip, userAgent }: RequestInfo) {
  return { ip, user_agent: userAgent.slice(0, 300) };
}

/** 64 characters: the 16 bytes of the ID, and 32 random ones. */
function newToken(id: string): string {
  return tokenOf(id, randomBytes(32));
}

function tokenOf(id: string, secret: Uint8Array): string {
  return Buffer.concat([bytesOf(id), secret]).toString("base64url");
}

/**
 * What replaces a token, by each key of `SECRET_KEY`, the newest first. Stolen cookie: nobody computes it without the key (ASVS 11.5.1), and a
 * repeated request gets it again, although only its hash is stored.
 */
function successors({ keyring }: Services, id: string, token: string): string[] {
  return keyring.hashes("trusted-browser", token).map((hash) => tokenOf(id, Buffer.from(hash.slice(hash.indexOf(".") + 1), "base64url")));
}

function isOf({ id }: Pick<Row, "id">, token: string): boolean {
  const named = Buffer.from(token, "base64url").subarray(0, idBytes);
  return Buffer.compare(named, bytesOf(id)) === 0;
}

function bytesOf(id: string): Uint8Array {
  return Buffer.from(id.replaceAll("-", ""), "hex");
}

/** Stolen database: only hashes are stored. A fast hash suffices, since a token has 256 random bits (ASVS 11.4.1). */
function hashOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
