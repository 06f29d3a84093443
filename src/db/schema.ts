/** What every table holds. Instants are whole milliseconds since 1970 (UTC); keys are what uniqueness is judged by. */
import type { ColumnType, Generated } from "kysely";

export interface Schema {
  users: UserTable;
  sessions: SessionTable;
  limits: LimitTable;
  tokens: TokenTable;
  outbox: OutboxTable;
  audit: AuditTable;
  signing_keys: SigningKeyTable;
  imports: ImportTable;
  spent_cookies: SpentCookieTable;
  sent_forms: SentFormTable;
  resting_usernames: RestingUsernameTable;
  audit_seals: AuditSealTable;
  audit_days: AuditDayTable;
  audit_erasures: AuditErasureTable;
  audit_head: AuditHeadTable;
  write_probes: WriteProbeTable;
}

interface UserTable {
  /** UUID version 7. */
  id: string;
  /** As typed, in Unicode form NFC. */
  username: string;
  /** What makes two user names the same: see `usernameKey`. Of an account that waits to be confirmed, nothing that is a name. */
  username_key: string;
  /** As typed; letters go to this address and no other. */
  email: string;
  /** What makes two addresses the same: see `emailKey`. */
  email_key: string;
  password_hash: string;
  /** The cost of `password_hash` where it is not the current one, such as `scrypt:32768:8:1`; null for ours. */
  hash_scheme: string | null;
  /** When the person last chose a password; a better hash of the same one does not count. */
  password_changed_at: number;
  created_at: number;
  last_login_at: number | null;
  /** The login before the last one, so that a person can notice one that was not theirs. */
  previous_login_at: number | null;
  /** What the person wants to be called; the user name where it is null. */
  display_name: string | null;
  /** When the person proved that the address is theirs. */
  email_confirmed_at: number | null;
  /** Since when an account that was made to be confirmed waits for that; it has no name until then. Null for all others. */
  must_confirm_since: number | null;
  /** Wrong passwords in a row. */
  password_failures: number;
  /** Since when the password opens nothing, after too many failures, until it is reset by mail. */
  password_set_aside_at: number | null;
  /** Since when the person says that somebody else is in: nothing that opens the account may change until the password is reset. */
  reported_at: number | null;
  /** When the account will be erased, where its owner asked for it. */
  erase_at: number | null;
  /** Since when an operator keeps the account shut. */
  disabled_at: number | null;
  /** Names in order, separated by commas; empty where there are none. */
  roles: ColumnType<string, string | undefined, string>;
  /** What the site asks its people besides, as JSON; null where it asks nothing. */
  extra: string | null;
}

interface SessionTable {
  /** SHA-256 of the token in the cookie; the token itself is stored nowhere. */
  token_hash: Uint8Array;
  user_id: string;
  /** 1 where the person asked to be remembered, which gives the longer lifetimes. */
  remembered: number;
  created_at: number;
  last_seen_at: number;
  /** The absolute end, whatever the activity. */
  expires_at: number;
  /** When the password was last given in this session. */
  authenticated_at: number;
  /** The network it began from, and what the browser called itself. */
  address: string;
  user_agent: string;
  /** How the user authenticated, separated by spaces, such as `password totp`. */
  methods: string;
}

interface LimitTable {
  /** Which budget of whom, hashed: no address and no name stands here. */
  budget: string;
  hits: number;
  resets_at: number;
}

interface TokenTable {
  /** SHA-256 of the token in the link; the token itself stands in the letter only. */
  token_hash: Uint8Array;
  /** What it is good for, and nothing else. */
  purpose: string;
  user_id: string;
  /** The exact address that it was sent to, or that it is about. */
  email: string;
  /** Keyed hash of the six digits in the same letter, where it has any; begins with the key's id. */
  code_hash: string | null;
  code_expires_at: number;
  tries_left: number;
  /** SHA-256 of the secret of the browser that asked: the digits are good in no other. */
  browser_hash: Uint8Array | null;
  created_at: number;
  expires_at: number;
  /** JSON of what the token carries; null for most purposes. */
  payload: string | null;
}

interface OutboxTable {
  id: string;
  user_id: string | null;
  /** The letter, encrypted: a link in it could open an account. Null once it has failed for good. */
  letter: string | null;
  attempts: number;
  created_at: number;
  /** When it is to be tried next, which a process that tries it moves on first; null when it never will be. */
  due_at: number | null;
  failed_at: number | null;
  /** What the mail server said last. */
  failure: string | null;
  /** What it is about, where a newer letter takes its place. */
  kind: string | null;
  /** When what stands in it is worth nothing any more; null where it never is. */
  expires_at: number | null;
}

interface AuditTable {
  /** UUID version 7, so ids are in order of time. */
  id: string;
  /** Null for what happened to nobody's account, or to one that was erased. */
  user_id: string | null;
  event: string;
  address: string;
  user_agent: string;
  happened_at: number;
  /** Who did it, where it was not the person: the id of an operator's account, or `command line`. */
  actor: string | null;
  /** 1 once it has a seal; null until then. */
  sealed: ColumnType<number | null, undefined, number>;
}

/** One for each record, in the order of sealing. Hashes are SHA-256 or HMAC-SHA-256, in base64url. It stays when its record goes. */
interface AuditSealTable {
  record_id: string;
  /** The day of sealing (UTC), such as 2026-11-24. */
  day: string;
  /** Counts from 1 within the day. */
  number: number;
  happened_at: number;
  /** Hash of the account's id; null for what happened to nobody's account. */
  owner: string | null;
  /** Hash of what the record keeps when its account is erased. */
  facts: string;
  /** Hash of the salt and of what an erasure removes. */
  personal: string;
  /** Null once the account is erased: without it, nothing can be found out by trying. */
  salt: string | null;
  /** Keyed hash of all this, but for the salt, and of the link before. */
  link: string;
  /** Which key of `SECRET_KEY`. */
  key_id: string;
}

/** One for each day on which something was sealed; kept for good. */
interface AuditDayTable {
  day: string;
  /** Counts from 1. */
  number: number;
  count: number;
  last_link: string;
  /** When the latest of its records happened. */
  last_at: number;
  key_id: string;
  /** Keyed hash of all this and of the day before. */
  mac: string;
}

/** That an account was erased, without saying whose. */
interface AuditErasureTable {
  owner: string;
  erased_at: number;
  key_id: string;
  mac: string;
}

/** One row: who seals holds it, and it says until when records were swept. */
interface AuditHeadTable {
  id: string;
  swept_until: number;
  key_id: string;
  mac: string;
}

interface ImportTable {
  /** The application's name and the account's id there, such as `flask:17`. No name has a colon. */
  id: string;
  user_id: string;
  /** SHA-256 of the password hash that it had there, in hex: whether it has another by now. */
  digest: string;
  imported_at: number;
  /** When its remember token there was exchanged for a session here; null until then. */
  remember_spent_at: Generated<number | null>;
  /** When it was logged out everywhere here, and with that at the other application too; null until then. */
  sessions_ended_at: Generated<number | null>;
  /** SHA-256 of the email key that it had there at the last import, in hex. */
  source_email_digest: Generated<string | null>;
  /** SHA-256 of the email key that an import last wrote here: any other was chosen here. */
  given_email_digest: Generated<string | null>;
  /** When it was made there, as its own column says; null where there is none. */
  source_created_at: Generated<number | null>;
  /** The format by which its hash was understood; null where no usable password came along. */
  format: Generated<string | null>;
  /** When an import disabled it here, equal to the user's `disabled_at` for as long as that stands. */
  disabled_at: Generated<number | null>;
}

interface SpentCookieTable {
  /** SHA-256 of another application's session cookie that was exchanged for a session here. */
  cookie_hash: Uint8Array;
  /** When the cookie would be worth nothing by itself. */
  expires_at: number;
}

interface SentFormTable {
  /** SHA-256 of the page's token. */
  id: string;
  /** SHA-256 of what was sent, and the request that brought it. */
  request: string;
  /** Where it led and the cookies it set, encrypted with the form's token; null while the first request is not done. */
  answer: string | null;
  expires_at: number;
}

interface RestingUsernameTable {
  /** Keyed hash of the username's key, which begins with the id of the key that made it: whose name it was stands nowhere. */
  key_hash: string;
  /** Keyed hash of the account that gave it up, and may take it back. */
  owner: string;
  /** When others may take it. */
  expires_at: number;
}

interface SigningKeyTable {
  /** The thumbprint of the public key (RFC 7638): the `kid` of what it signs. */
  id: string;
  /** The `alg` of what it signs (RFC 7518, RFC 8037). */
  algorithm: string;
  /** The JWK's `use` (RFC 7517, 4.2). */
  use: string;
  /** Counts up for each use and algorithm: of two rotations at once, one wins. */
  number: number;
  /** The public JWK as JSON. */
  public_key: string;
  /** The private JWK as JSON, encrypted. */
  private_key: string;
  created_at: number;
  signs_from: number;
  /** When it goes, once another key has followed; null for the newest. */
  published_until: number | null;
}

/** Says nothing but that it could be written. */
interface WriteProbeTable {
  id: number;
  written_at: number;
}
