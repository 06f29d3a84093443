/** Creates an account, unless its username or email is taken. */

import { insertFromSelect, insertIfAbsent } from "../../db/statements.ts";
import { hashScheme } from "../credentials/password/passwords.ts";
import { emailKey } from "../mail/email-key.ts";
import type { Transaction } from "../services.ts";
import { type AccountRow, placeholderKey, type UserRow, usernameKey } from "../users/users.ts";

export interface NewUser {
  /** Set if the caller needs the id before the account exists. */
  readonly id?: string;
  readonly username: string;
  readonly email: string;
  /** Without one, the account has no password. */
  readonly passwordHash?: string | undefined;
  /** Creates it unverified: without a username, and unable to log in until its email is verified. */
  readonly mustVerify?: true;
  /** Language of the request that signs up (BCP 47); ignored on a site with one language. */
  readonly locale?: string | undefined;
  /** The site's extra fields. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

export type CreateUserResult =
  | { readonly ok: true; readonly user: AccountRow }
  | { readonly ok: false; readonly taken: readonly ("username" | "email")[] };

/** Creates an account, or returns which of its keys are taken. Race: the unique indexes decide, so two concurrent sign-ups create one. */
export async function createUser(tx: Transaction, newUser: NewUser): Promise<CreateUserResult> {
  const { id = tx.newId(), username, email, passwordHash, mustVerify = false, locale, extra } = newUser;
  const now = tx.now();
  const row: UserRow = {
    id,
    username: username.normalize("NFC"),
    username_key: mustVerify ? placeholderKey(id) : usernameKey(username),
    email,
    email_key: emailKey(email),
    created_at: now,
    last_login_at: null,
    previous_login_at: null,
    display_name: null,
    display_name_key: null,
    email_verified_at: null,
    must_verify_since: mustVerify ? now : null,
    security_version: 0,
    compromised_at: null,
    erase_at: null,
    disabled_at: null,
    roles: "",
    // Phishing: notices in the language of whoever causes them could be unreadable for the owner.
    locale: (tx.translations.locales.length > 1 && locale) || null,
    two_factor_since: null,
    extra: extra === undefined ? null : JSON.stringify(extra),
  };
  const isCreated = await insertIfAbsent(tx.db, "users", row);
  const password =
    passwordHash === undefined
      ? undefined
      : {
          user_id: id,
          hash: passwordHash,
          scheme: hashScheme(tx, passwordHash),
          changed_at: now,
          failures: 0,
          locked_at: null,
          set_by_email_at: null,
        };
  if (password) {
    // Account enumeration: the same statement if the email is taken (ASVS 6.3.8).
    await insertFromSelect(tx.db, "passwords", { row: password, from: "users", where: { id: isCreated ? id : "" } }).execute();
  }
  const user: AccountRow = {
    ...row,
    password_hash: password?.hash ?? null,
    password_scheme: password?.scheme ?? null,
    password_changed_at: password?.changed_at ?? null,
    password_failures: password?.failures ?? null,
    password_locked_at: null,
    password_set_by_email_at: null,
  };
  if (isCreated) return { ok: true, user };
  // Account enumeration: an unverified sign-up holds no username, so only its email can be taken, and no further statement runs.
  return { ok: false, taken: mustVerify ? ["email"] : await takenKeys(tx, row) };
}

async function takenKeys(tx: Transaction, row: UserRow): Promise<("username" | "email")[]> {
  const rows = await tx.db
    .selectFrom("users")
    .select(["username_key", "email_key"])
    .where((where) => where.or([where("username_key", "=", row.username_key), where("email_key", "=", row.email_key)]))
    .execute();
  return [
    ...(rows.some((each) => each.username_key === row.username_key) ? (["username"] as const) : []),
    ...(rows.some((each) => each.email_key === row.email_key) ? (["email"] as const) : []),
  ];
}
