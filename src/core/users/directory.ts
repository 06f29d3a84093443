/** Accounts as an operator sees them, a page at a time: no hash among it, and nothing that opens anything. */
import { trimTyped } from "../../platform/typed-text.ts";
import { emailKey } from "../mail/email-key.ts";
import type { Services } from "../services.ts";
import {
  type AccountRow,
  findUserByEmail,
  findUserById,
  findUserByName,
  hasPassword,
  selectAccounts,
  toUser,
  type User,
  usernameKey,
} from "./users.ts";

export interface Account extends User {
  readonly disabledAt: number | null;
  readonly hasPassword: boolean;
  readonly passwordLockedAt: number | null;
  readonly compromisedAt: number | null;
}

export interface AccountFilter {
  readonly count: number;
  /** The id of the last account of the page before. */
  readonly before?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly role?: string | undefined;
  /** How the user name or the address begins. */
  readonly beginning?: string | undefined;
}

/** The newest accounts first. */
export async function listAccounts(s: Services, { count, before, disabled, role, beginning }: AccountFilter): Promise<Account[]> {
  let query = selectAccounts(s.db).orderBy("id", "desc").limit(count);
  if (before !== undefined) query = query.where("id", "<", before);
  if (disabled) query = query.where("disabled_at", "is not", null);
  if (role !== undefined) {
    // A role is letters, digits and hyphens, so it holds nothing that `like` would read as a sign.
    const where = [`${role},%`, `%,${role}`, `%,${role},%`];
    query = query
      .where("roles", "<>", "")
      .where((each) => each.or([each("roles", "=", role), ...where.map((pattern) => each("roles", "like", pattern))]));
  }
  if (beginning !== undefined) {
    const keys = [["username_key", usernameKey(beginning)] as const, ["email_key", emailKey(beginning)] as const];
    query = query.where((each) =>
      each.or(keys.map(([column, key]) => each.and([each(column, ">=", key), each(column, "<", `${key}\u{10ffff}`)]))),
    );
  }
  return (await query.execute()).map(toAccount);
}

/**
 * The account that an operator names by its id, its address or its user name. What looks like an id is one and nothing else: who
 * takes another account's id for a user name must not be found in its place.
 */
export function findAccount(s: Services, typed: string): Promise<AccountRow | undefined> {
  const named = trimTyped(typed);
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(named)) return findUserById(s, named.toLowerCase());
  return named.includes("@") ? findUserByEmail(s, named) : findUserByName(s, named);
}

export function toAccount(row: AccountRow): Account {
  return {
    ...toUser(row),
    hasPassword: hasPassword(row),
    disabledAt: row.disabled_at,
    passwordLockedAt: row.password_locked_at,
    compromisedAt: row.compromised_at,
  };
}
