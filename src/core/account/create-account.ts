/** Creates an account, unless its username or email is taken. */

import { insertIfAbsent } from "../../db/statements.ts";
import { hashScheme } from "../credentials/password/passwords.ts";
import { emailKey } from "../mail/email-key.ts";
import type { Services } from "../services.ts";
import { keyWithoutName, type UserRow, usernameKey } from "../users/users.ts";

export interface NewUser {
  /** Its id, where the caller has told it to somebody already. */
  readonly id?: string;
  readonly username: string;
  readonly email: string;
  readonly passwordHash: string;
  /** Whether it is to be confirmed before it is anybody's. */
  readonly mustConfirm?: true;
  /** What the site asks its people besides. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

export type UserCreated =
  | { readonly ok: true; readonly user: UserRow }
  | { readonly ok: false; readonly taken: readonly ("username" | "email")[] };

/** Makes an account, or says which of its keys belongs to somebody. The unique indexes decide, so two at once make one. */
export async function createUser(s: Services, newUser: NewUser): Promise<UserCreated> {
  const { id = s.newId(), username, email, passwordHash, mustConfirm = false, extra } = newUser;
  const now = s.now();
  const row: UserRow = {
    id,
    username: username.normalize("NFC"),
    username_key: mustConfirm ? keyWithoutName(id) : usernameKey(username),
    email,
    email_key: emailKey(email),
    password_hash: passwordHash,
    hash_scheme: hashScheme(s, passwordHash),
    password_changed_at: now,
    created_at: now,
    last_login_at: null,
    previous_login_at: null,
    display_name: null,
    email_verified_at: null,
    must_verify_since: mustConfirm ? now : null,
    password_failures: 0,
    password_locked_at: null,
    compromised_at: null,
    erase_at: null,
    disabled_at: null,
    roles: "",
    locale: null,
    extra: extra === undefined ? null : JSON.stringify(extra),
  };
  const isCreated = await insertIfAbsent(s.db, "users", row);
  return isCreated ? { ok: true, user: row } : { ok: false, taken: await takenKeys(s, row) };
}

async function takenKeys(s: Services, row: UserRow): Promise<("username" | "email")[]> {
  const rows = await s.db
    .selectFrom("users")
    .select(["username_key", "email_key"])
    .where((where) => where.or([where("username_key", "=", row.username_key), where("email_key", "=", row.email_key)]))
    .execute();
  return [
    ...(rows.some((each) => each.username_key === row.username_key) ? (["username"] as const) : []),
    ...(rows.some((each) => each.email_key === row.email_key) ? (["email"] as const) : []),
  ];
}
