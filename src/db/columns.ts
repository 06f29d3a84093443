/** Lists the columns and the primary key of every table. */
import type { Schema } from "./schema.ts";

type Columns = { readonly [Table in keyof Schema]: readonly (keyof Schema[Table] & string)[] };

/** Select by these lists: `select *` would return other columns once a newer version has migrated the database. */
export const columns = {
  users: [
    "id",
    "username",
    "username_key",
    "email",
    "email_key",
    "created_at",
    "last_login_at",
    "previous_login_at",
    "display_name",
    "display_name_key",
    "email_verified_at",
    "must_verify_since",
    "security_version",
    "compromised_at",
    "erase_at",
    "disabled_at",
    "roles",
    "extra",
    "locale",
  ],
  passwords: ["user_id", "hash", "scheme", "changed_at", "failures", "locked_at"],
  sessions: [
    "token_hash",
    "user_id",
    "remembered",
    "created_at",
    "last_seen_at",
    "expires_at",
    "authenticated_at",
    "methods",
    "ip",
    "user_agent",
  ],
  rate_limits: ["budget", "hits", "resets_at"],
  one_time_tokens: [
    "token_hash",
    "purpose",
    "user_id",
    "email",
    "payload",
    "code_hash",
    "code_expires_at",
    "tries_left",
    "browser_hash",
    "created_at",
    "expires_at",
  ],
  outbox: ["id", "user_id", "message", "attempts", "created_at", "due_at", "failed_at", "failure", "kind", "expires_at"],
  audit: ["id", "user_id", "event", "ip", "user_agent", "happened_at", "actor", "sealed"],
  signing_keys: ["id", "algorithm", "use", "number", "public_key", "private_key", "created_at", "signs_from", "published_until"],
  imports: [
    "id",
    "user_id",
    "digest",
    "imported_at",
    "remember_spent_at",
    "sessions_ended_at",
    "source_email_digest",
    "given_email_digest",
    "source_created_at",
    "format",
    "disabled_at",
  ],
  legacy_cookies: ["cookie_hash", "expires_at"],
  submitted_forms: ["id", "request", "answer", "expires_at"],
  released_usernames: ["key_hash", "owner", "expires_at"],
  audit_seals: ["record_id", "day", "number", "happened_at", "owner", "facts", "personal", "salt", "link", "key_id"],
  audit_days: ["day", "number", "count", "last_link", "last_at", "key_id", "mac"],
  audit_erasures: ["owner", "erased_at", "key_id", "mac"],
  audit_head: ["id", "swept_until", "key_id", "mac"],
  write_probes: ["id", "written_at"],
} as const satisfies Columns;

/** The primary key of each table. Users first: the other tables refer to them. */
export const primaryKeys = {
  users: "id",
  passwords: "user_id",
  sessions: "token_hash",
  one_time_tokens: "token_hash",
  rate_limits: "budget",
  outbox: "id",
  audit: "id",
  signing_keys: "id",
  imports: "id",
  legacy_cookies: "cookie_hash",
  submitted_forms: "id",
  released_usernames: "key_hash",
  audit_seals: "record_id",
  audit_days: "day",
  audit_erasures: "owner",
  audit_head: "id",
  write_probes: "id",
} as const satisfies { readonly [Table in keyof Schema]: keyof Schema[Table] & string };

/** Returns the columns qualified by the table, or by its alias. */
export function columnsOf<Table extends keyof typeof columns, Name extends string = Table>(table: Table, name?: Name) {
  return columns[table].map((column) => `${name ?? table}.${column}`) as unknown as `${Name}.${(typeof columns)[Table][number]}`[];
}
