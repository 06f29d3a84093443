/** Finds, lists and searches users for administrators, by index only. */
import { setImmediate as yieldToOthers } from "node:timers/promises";
import { trimTyped } from "../../platform/typed-text.ts";
import { emailKey } from "../mail/email-key.ts";
import type { Services } from "../services.ts";
import { isRole } from "./roles.ts";
import type { UserDetails, UserPage, UserQuery } from "./user.ts";
import {
  type AccountRow,
  findUserByEmail,
  findUserById,
  findUserByName,
  hasPassword,
  selectAccounts,
  toUser,
  usernameKey,
} from "./users.ts";

const maxCount = 1_000;
const maxSearchLength = 254;
const idPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Impersonation: text like an ID never matches a username, which a user can set to the ID of another account. */
export function findUser(s: Services, idEmailOrUsername: string): Promise<AccountRow | undefined> {
  const text = trimTyped(idEmailOrUsername);
  if (idPattern.test(text)) return findUserById(s, text.toLowerCase());
  return text.includes("@") ? findUserByEmail(s, text) : findUserByName(s, text);
}

/** A page of users, by keyset: newest first, or by username or email if searched for. */
export async function listUsers(s: Services, query: UserQuery): Promise<UserPage> {
  const count = Math.min(query.count ?? 50, maxCount);
  const search = withoutNul(trimTyped(query.search ?? "")).slice(0, maxSearchLength);
  const after = withoutNul(query.after ?? "");
  if (query.role !== undefined && !isRole(query.role)) return { users: [], next: null };
  // Reads one more, to find out whether there is a next page.
  const found = await find(s, query, { search, after, count: count + 1 });
  const rows = found.slice(0, count);
  const last = rows.at(-1);
  return { users: rows.map(toUserDetails), next: found.length > count && last ? last[sortedBy(search)] : null };
}

export function toUserDetails(row: AccountRow): UserDetails {
  return {
    ...toUser(row),
    disabledAt: row.disabled_at,
    hasPassword: hasPassword(row),
    passwordLockedAt: row.password_locked_at,
    compromisedAt: row.compromised_at,
  };
}

/** Usernames by account ID; IDs of deleted accounts are missing. */
export async function usernamesOf(s: Services, ids: readonly (string | null | undefined)[]): Promise<ReadonlyMap<string, string>> {
  const known = [...new Set(ids)].filter((id) => typeof id === "string");
  if (known.length === 0) return new Map();
  const rows = await s.db.selectFrom("users").select(["id", "username"]).where("id", "in", known).execute();
  return new Map(rows.map(({ id, username }) => [id, username]));
}

interface Range {
  readonly search: string;
  /** Key of the last user of the previous page; empty on the first. */
  readonly after: string;
  readonly count: number;
}

type SortKey = "id" | "email_key" | "username_key";

function sortedBy(search: string): SortKey {
  if (search === "") return "id";
  return search.includes("@") ? "email_key" : "username_key";
}

function find(s: Services, query: UserQuery, { search, after, count }: Range): Promise<AccountRow[]> {
  const filtered = selectFiltered(s, query);
  if (idPattern.test(search)) return filtered.where("id", "=", search.toLowerCase()).execute();
  const column = sortedBy(search);
  if (column === "id") {
    return filtered
      .$if(after !== "", (newest) => newest.where("id", "<", after))
      .orderBy("id", "desc")
      .limit(count)
      .execute();
  }
  const prefix = column === "email_key" ? emailKey(search) : usernameKey(search);
  return searchInSteps(s, query, { column, prefix, after, count });
}

function selectFiltered(s: Services, { disabled, unverified, locked, withRoles, role }: UserQuery) {
  const query = selectAccounts(s.db)
    .$if(disabled === true, (users) => users.where("disabled_at", "is not", null))
    .$if(unverified === true, (users) => users.where("email_verified_at", "is", null))
    .$if(locked === true, (users) => users.where("passwords.locked_at", "is not", null))
    // Also for a single role: the engines use the partial index only if the query has its condition, `roles <> ''`.
    .$if(withRoles === true || role !== undefined, (users) => users.where("roles", "<>", ""));
  if (role === undefined) return query;
  const patterns = [`${role},%`, `%,${role}`, `%,${role},%`];
  return query.where((each) => each.or([each("roles", "=", role), ...patterns.map((pattern) => each("roles", "like", pattern))]));
}

function isFiltered({ disabled, unverified, locked, withRoles, role }: UserQuery): boolean {
  return Boolean(disabled || unverified || locked || withRoles) || role !== undefined;
}

interface Search {
  readonly column: "email_key" | "username_key";
  readonly prefix: string;
  readonly after: string;
  readonly count: number;
}

/** Above every character of a key. */
const lastCharacter = "\u{10ffff}";
const usersPerStep = 2_000;

/** Denial of service: no index has both prefix and filter, so a filtered search reads a bounded number of users per query. */
async function searchInSteps(s: Services, query: UserQuery, { column, prefix, after: first, count }: Search): Promise<AccountRow[]> {
  const found: AccountRow[] = [];
  for (let after = first; ; ) {
    // One lower bound: given two, the engine may scan from the smaller one.
    const [above, from] = after !== "" && after.startsWith(prefix) ? ([">", after] as const) : ([">=", prefix] as const);
    const stepEnd = isFiltered(query) ? await endOfStep() : undefined;
    const [below, to] = stepEnd === undefined ? (["<", prefix + lastCharacter] as const) : (["<=", stepEnd] as const);
    const rows = await selectFiltered(s, query)
      .where(column, above, from)
      .where(column, below, to)
      .orderBy(column)
      .limit(count - found.length)
      .execute();
    found.push(...rows);
    if (found.length >= count || stepEnd === undefined) return found;
    after = stepEnd;
    await yieldToOthers();

    /** Undefined in the last step. */
    async function endOfStep(): Promise<string | undefined> {
      const { last, size } = await s.db
        .selectFrom((keys) =>
          keys
            .selectFrom("users")
            .select(`${column} as key`)
            .where(column, above, from)
            .where(column, "<", prefix + lastCharacter)
            .orderBy(column)
            .limit(usersPerStep)
            .as("step"),
        )
        .select((step) => [step.fn.max("key").as("last"), step.fn.countAll<number>().as("size")])
        .executeTakeFirstOrThrow();
      return Number(size) < usersPerStep ? undefined : last;
    }
  }
}

/** PostgreSQL rejects NUL in text; no key contains one. */
function withoutNul(text: string): string {
  return text.replaceAll("\0", "");
}
