/** Validates usernames and emails, and finds accounts by them. */

import { randomInt } from "node:crypto";
import { domainToASCII } from "node:url";
import type { Selectable, SelectQueryBuilder } from "kysely";
import { columnsOf } from "../../db/columns.ts";
import type { Database } from "../../db/database.ts";
import { isUniqueViolation, RaceLostError } from "../../db/errors.ts";
import { type Placeholders, prepared } from "../../db/prepared.ts";
import type { Schema } from "../../db/schema.ts";
import { updateReturning } from "../../db/statements.ts";
import { hasInvisible } from "../../platform/typed-text.ts";
import { emailKey } from "../mail/email-key.ts";
import { isLostEmail } from "../mail/lost-email.ts";
import type { Services, Transaction } from "../services.ts";
import { isReleasedName } from "./released-usernames.ts";
import type { User } from "./user.ts";

export type UserRow = Selectable<Schema["users"]>;
type PasswordRow = Selectable<Schema["passwords"]>;

/** A user with the state of the password; all of it is null without one. */
export interface AccountRow extends UserRow {
  readonly password_hash: PasswordRow["hash"] | null;
  readonly password_scheme: PasswordRow["scheme"];
  readonly password_changed_at: PasswordRow["changed_at"] | null;
  readonly password_failures: PasswordRow["failures"] | null;
  readonly password_locked_at: PasswordRow["locked_at"];
  readonly password_set_by_email_at: PasswordRow["set_by_email_at"];
}

/** Columns of a query that joins `passwords` to `users`. */
const accountColumns = [
  ...columnsOf("users"),
  "passwords.hash as password_hash",
  "passwords.scheme as password_scheme",
  "passwords.changed_at as password_changed_at",
  "passwords.failures as password_failures",
  "passwords.locked_at as password_locked_at",
  "passwords.set_by_email_at as password_set_by_email_at",
] as const;

export function hasPassword({ password_hash }: Pick<AccountRow, "password_hash">): boolean {
  return password_hash !== null;
}

/** Columns of `User`. */
export const shownColumns = [
  "users.id",
  "users.username",
  "users.email",
  "users.display_name",
  "users.email_verified_at",
  "users.created_at",
  "users.last_login_at",
  "users.previous_login_at",
  "users.erase_at",
  "users.roles",
  "users.extra",
  "users.locale",
  "users.two_factor_since",
] as const;

type ShownRow = Pick<UserRow, (typeof shownColumns)[number] extends `users.${infer Column}` ? Column & keyof UserRow : never>;

export function toUser(row: ShownRow): User {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    displayName: row.display_name ?? row.username,
    emailVerifiedAt: row.email_verified_at,
    createdAt: row.created_at,
    lastLoginAt: row.last_login_at,
    previousLoginAt: row.previous_login_at,
    eraseAt: row.erase_at,
    roles: row.roles === "" ? none : row.roles.split(","),
    extra: row.extra === null ? nothing : (JSON.parse(row.extra) as Record<string, unknown>),
    locale: row.locale,
    twoFactorSince: row.two_factor_since,
  };
}

const none: readonly string[] = [];
const nothing = {};

/** Homograph attack: a username uses one script, because letters of two can imitate a third (UTS 39). */
const scripts = [
  /^[\p{scx=Latin}]+$/v,
  /^[\p{scx=Cyrillic}]+$/v,
  /^[\p{scx=Greek}]+$/v,
  /^[\p{scx=Armenian}]+$/v,
  /^[\p{scx=Georgian}]+$/v,
  /^[\p{scx=Hebrew}]+$/v,
  /^[\p{scx=Arabic}]+$/v,
  /^[\p{scx=Devanagari}]+$/v,
  /^[\p{scx=Bengali}]+$/v,
  /^[\p{scx=Gurmukhi}]+$/v,
  /^[\p{scx=Gujarati}]+$/v,
  /^[\p{scx=Tamil}]+$/v,
  /^[\p{scx=Telugu}]+$/v,
  /^[\p{scx=Kannada}]+$/v,
  /^[\p{scx=Malayalam}]+$/v,
  /^[\p{scx=Sinhala}]+$/v,
  /^[\p{scx=Thai}]+$/v,
  /^[\p{scx=Lao}]+$/v,
  /^[\p{scx=Khmer}]+$/v,
  /^[\p{scx=Myanmar}]+$/v,
  /^[\p{scx=Ethiopic}]+$/v,
  /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]+$/v,
  /^[\p{scx=Han}\p{scx=Hangul}]+$/v,
  /^[\p{scx=Han}\p{scx=Bopomofo}]+$/v,
];

export type UsernameProblem = "too-short" | "too-long" | "characters" | "invisible" | "mixed-scripts";

/** Returns why a username is refused, or undefined: 3 to 150 letters and digits of one script, and `. _ -`. */
export function usernameProblem(username: string): UsernameProblem | undefined {
  if (username.length > 1_000) return "too-long";
  const characters = [...username.normalize("NFC")];
  if (characters.length < 3) return "too-short";
  if (characters.length > 150) return "too-long";
  const name = characters.join("");
  // Homograph attack: invisible characters make two different usernames look the same (UTS 39).
  if (hasInvisible(name)) return "invisible";
  if (!/^[\p{L}\p{M}\p{Nd}._\-]+$/v.test(name) || !/[\p{L}\p{Nd}]/v.test(name) || /^\p{M}/v.test(name)) return "characters";
  const letters = name.replaceAll(/[0-9._-]/g, "");
  return letters === "" || scripts.some((script) => script.test(letters)) ? undefined : "mixed-scripts";
}

/** Unique key of a username: ignores case and compatibility forms (NFKC, folded through upper case, after lower case for the capital ẞ). */
export function usernameKey(username: string): string {
  return username.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().normalize("NFKC");
}

/** Columns of a display name; its key is like that of a username, and makes it searchable. */
export function displayNameColumns(name: string | null): Pick<UserRow, "display_name" | "display_name_key"> {
  // Bounded: a compatibility form can be much longer than its character, and an index limits the length of its keys.
  return { display_name: name, display_name_key: name === null ? null : [...usernameKey(name)].slice(0, 100).join("") };
}

/** Whether the text is exactly one deliverable email: one `@`, no comments, quotes, control or invisible characters. */
export function isEmail(email: string): boolean {
  if (!email.isWellFormed() || email.length > 254) return false;
  const at = email.lastIndexOf("@");
  if (at < 0 || hasInvisible(email)) return false;
  const [local, domain] = [email.slice(0, at), email.slice(at + 1)];
  // Header injection and extra recipients: lists, line ends and markup are refused (CVE-2022-35924, CVE-2022-31127).
  if (!/^[^\s\p{C}\p{Z}"(),:;<>@[\]\\]{1,64}$/u.test(local) || /^\.|\.\.|\.$/.test(local)) return false;
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(domain)) return false;
  // Account squatting: placeholders of other accounts.
  if (isLostEmail(email.toLowerCase())) return false;
  const labels = domainToASCII(domain).split(".");
  const isLabel = (label: string) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label);
  return labels.length >= 2 && labels.every(isLabel) && !/^\d+$/.test(labels.at(-1) ?? "");
}

/** `Schema` after the left join. Named, because declarations of the package cannot spell the inferred type. */
type AccountSchema = Omit<Schema, "passwords"> & {
  passwords: { [Column in keyof Schema["passwords"]]: Schema["passwords"][Column] | null };
};

/** Selects accounts with or without a password in one query. */
export function selectAccounts(db: Database): SelectQueryBuilder<AccountSchema, "users" | "passwords", AccountRow> {
  return db.selectFrom("users").leftJoin("passwords", "passwords.user_id", "users.id").select(accountColumns);
}

export async function findUserByEmail(s: Services, email: string): Promise<AccountRow | undefined> {
  const { rows } = await byEmailQuery(s.db, { key: emailKey(email) });
  return rows[0];
}

const byEmailQuery = prepared((db, value: Placeholders<{ key: string }>) => selectAccounts(db).where("email_key", "=", value("key")));

export async function findUserByName(s: Services, username: string): Promise<AccountRow | undefined> {
  const { rows } = await byNameQuery(s.db, { key: usernameKey(username) });
  return rows[0];
}

const byNameQuery = prepared((db, value: Placeholders<{ key: string }>) => selectAccounts(db).where("username_key", "=", value("key")));

export async function findUserById(s: Services, id: string): Promise<AccountRow | undefined> {
  const { rows } = await byIdQuery(s.db, { id });
  return rows[0];
}

const byIdQuery = prepared((db, value: Placeholders<{ id: string }>) => selectAccounts(db).where("id", "=", value("id")));

/**
 * Marks the account's email as verified, if it is still this one. An unverified signup gets its username now, or a similar one if it was
 * taken in the meantime.
 */
export async function markEmailVerified(tx: Transaction, userId: string, email: string): Promise<boolean> {
  const user = await updateReturning(tx.db, "users", {
    set: { email_verified_at: tx.now(), must_verify_since: null },
    where: { id: userId, email },
    returning: ["username", "username_key"],
  }).executeTakeFirst();
  if (user?.username_key === placeholderKey(userId)) await claimName(tx, userId, user.username);
  return user !== undefined;
}

/** Placeholder key of an unverified signup. Username squatting: usernames contain no colon, so it blocks no username. */
export function placeholderKey(userId: string): string {
  return `:${userId}`;
}

async function claimName(tx: Transaction, userId: string, wanted: string): Promise<void> {
  const isFree = (await findUserByName(tx, wanted)) === undefined && !(await isReleasedName(tx, usernameKey(wanted), userId));
  const username = isFree ? wanted : `${[...wanted].slice(0, 140).join("")}-${randomInt(100_000, 1_000_000)}`;
  try {
    const set = { username, username_key: usernameKey(username) };
    await tx.db.updateTable("users").set(set).where("id", "=", userId).execute();
  } catch (error) {
    throw isUniqueViolation(error) ? new RaceLostError("The username was taken in the meantime.", { cause: error }) : error;
  }
}
