/** Stores logins by email until their code or link is used. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { ExpressionBuilder, Selectable } from "kysely";
import { clockSlackMs } from "../../../core/clock-skew.ts";
import { code, type Token } from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { Services, Transaction } from "../../../core/services.ts";
import type { UserRow } from "../../../core/users/users.ts";
import { columns } from "../../../db/columns.ts";
import type { Schema } from "../../../db/schema.ts";
import { updateReturning } from "../../../db/statements.ts";

export type EmailLogin = Selectable<Schema["email_logins"]>;
export type EmailMethod = NonNullable<EmailLogin["proven_by"]>;

/** How long a new user has to choose a username. */
const signUpForMs = 30 * 60_000;

interface NewEmailLogin {
  /** Secret of the requesting browser. */
  readonly browser: string;
  readonly account: Pick<UserRow, "id" | "security_version"> | undefined;
  /** Where the email goes; empty for an unknown username. */
  readonly email: string;
}

/**
 * Stores a login, and ends the earlier one of this browser. Denial of service: those of other browsers stay, or a stranger's request would
 * end the owner's. Account enumeration: one insert, with and without an account (ASVS 6.3.8).
 */
export async function createEmailLogin(
  tx: Transaction,
  { browser, account, email }: NewEmailLogin,
): Promise<{ token: Token; code: string }> {
  const token = randomBytes(32).toString("base64url") as Token;
  const digits = codeOf(token);
  const [browserHash, now] = [hash(browser), tx.now()];
  await tx.db.deleteFrom("email_logins").where("browser_hash", "=", browserHash).execute();
  await tx.db
    .insertInto("email_logins")
    .values({
      token_hash: hash(token),
      browser_hash: browserHash,
      user_id: account?.id ?? null,
      email,
      version: account?.security_version ?? 0,
      code_hash: tx.keyring.hash("code", codeText(browserHash, digits)),
      tries_left: code.tries,
      proven_by: null,
      created_at: now,
      expires_at: now + code.lifetimeMs,
    })
    .execute();
  return { token, code: digits };
}

/** The code of a token. Only a hash of the token is stored, so that nothing stored reveals the code; the page of the link can show it. */
export function codeOf(token: string): string {
  const bytes = createHash("sha256").update(`code ${token}`).digest();
  return String(bytes.readUIntBE(0, 6) % 1_000_000).padStart(6, "0");
}

/** Uses one of five tries before the code is compared, so that parallel guesses all count (ASVS 6.6.3). */
export async function tryCode(
  tx: Transaction,
  browser: string,
  digits: string,
): Promise<{ readonly login: EmailLogin | undefined; readonly isRight: boolean }> {
  const browserHash = hash(browser);
  const login = await updateReturning(tx.db, "email_logins", {
    set: (column) => ({ tries_left: column("tries_left", "-", 1) }),
    where: (where) =>
      where.and([isValid(tx)(where), where("browser_hash", "=", browserHash), where("proven_by", "is", null), where("tries_left", ">", 0)]),
    returning: columns.email_logins,
  }).executeTakeFirst();
  return { login, isRight: login !== undefined && tx.keyring.verifyHash("code", codeText(browserHash, digits), login.code_hash) };
}

/** The login of a link, which a GET never changes: email scanners open links. */
export function findByLink(s: Services, token: string | undefined): Promise<EmailLogin | undefined> {
  return s.db
    .selectFrom("email_logins")
    .select(columns.email_logins)
    .where((where) =>
      where.and([
        isValid(s)(where),
        where("token_hash", "=", token !== undefined && /^[\w-]{43}$/.test(token) ? hash(token) : new Uint8Array()),
        where("proven_by", "is", null),
      ]),
    )
    .executeTakeFirst();
}

/** The sign-up of this browser whose email is proven. */
export function findSignUp(s: Services, browser: string): Promise<EmailLogin | undefined> {
  return s.db
    .selectFrom("email_logins")
    .select(columns.email_logins)
    .where((where) =>
      where.and([
        isValid(s)(where),
        where("browser_hash", "=", hash(browser)),
        where("proven_by", "is not", null),
        where("user_id", "is", null),
      ]),
    )
    .executeTakeFirst();
}

/** Login CSRF: whether this browser requested the login, and not one of an attacker. */
export function isRequestedHere({ browser_hash }: EmailLogin, browser: string | undefined): boolean {
  const own = hash(browser ?? "");
  return browser !== undefined && own.length === browser_hash.length && timingSafeEqual(own, browser_hash);
}

/** Ends a login in the transaction of its effect. Race: of two concurrent requests, one gets true. */
export async function endEmailLogin(tx: Transaction, { token_hash }: EmailLogin): Promise<boolean> {
  const { numDeletedRows } = await tx.db.deleteFrom("email_logins").where("token_hash", "=", token_hash).executeTakeFirst();
  return numDeletedRows === 1n;
}

/** Records that the inbox is proven, and waits for a username. */
export async function recordProof(tx: Transaction, { token_hash }: EmailLogin, method: EmailMethod): Promise<void> {
  await tx.db
    .updateTable("email_logins")
    .set({ proven_by: method, expires_at: tx.now() + signUpForMs })
    .where("token_hash", "=", token_hash)
    .execute();
}

function isValid(s: Services) {
  // Clock skew: a login stored by a clock that was ahead would live too long.
  return (where: ExpressionBuilder<Schema, "email_logins">) =>
    where.and([where("expires_at", ">", s.now()), where("created_at", "<=", s.now() + clockSlackMs)]);
}

function hash(secret: string): Uint8Array {
  return createHash("sha256").update(secret).digest();
}

/** Brute force of a stolen database: a code has a million possible values, so its hash is keyed (ASVS 6.5.2). */
function codeText(browserHash: Uint8Array, digits: string): string {
  return `login ${Buffer.from(browserHash).toString("base64url")} ${digits}`;
}
