/** Declares every table. Instants are whole milliseconds since 1970 (UTC). */
import type { ColumnType, Generated } from "kysely";
import type { EmailLoginChoiceTable, EmailLoginTable } from "./email-login-tables.ts";
import type {
  AuthenticatorTable,
  PasskeyTable,
  PasskeyUserTable,
  RecoveryCodeTable,
  RemovedFactorTable,
  TrustedDeviceTable,
  UsedChallengeTable,
} from "./factor-tables.ts";
import type { ProviderTables } from "./provider-tables.ts";
import type { TwoFactorRecoveryTable } from "./recovery-tables.ts";

export interface Schema extends ProviderTables {
  users: UserTable;
  passwords: PasswordTable;
  sessions: SessionTable;
  rate_limits: RateLimitTable;
  one_time_tokens: OneTimeTokenTable;
  outbox: OutboxTable;
  audit: AuditTable;
  signing_keys: SigningKeyTable;
  imports: ImportTable;
  legacy_cookies: LegacyCookieTable;
  submitted_forms: SubmittedFormTable;
  released_usernames: ReleasedUsernameTable;
  audit_seals: AuditSealTable;
  audit_days: AuditDayTable;
  audit_erasures: AuditErasureTable;
  audit_head: AuditHeadTable;
  write_probes: WriteProbeTable;
  authenticators: AuthenticatorTable;
  recovery_codes: RecoveryCodeTable;
  trusted_devices: TrustedDeviceTable;
  removed_factors: RemovedFactorTable;
  site_facts: SiteFactTable;
  passkey_users: PasskeyUserTable;
  passkeys: PasskeyTable;
  used_challenges: UsedChallengeTable;
  email_logins: EmailLoginTable;
  email_login_choices: EmailLoginChoiceTable;
  two_factor_recoveries: TwoFactorRecoveryTable;
}

interface UserTable {
  /** UUID version 7. */
  id: string;
  /** As typed, in Unicode form NFC. */
  username: string;
  /** Unique key, see `usernameKey`. A placeholder with a colon for an unverified account. */
  username_key: string;
  /** As typed; emails are sent to exactly this text. */
  email: string;
  /** Unique key, see `emailKey`. */
  email_key: string;
  created_at: number;
  last_login_at: number | null;
  /** The login before the last one, so that users notice logins that were not theirs. */
  previous_login_at: number | null;
  /** Null: the username is shown. */
  display_name: string | null;
  /** Key of the display name, see `displayNameColumns`. */
  display_name_key: string | null;
  /** When the user last proved this email. */
  email_verified_at: number | null;
  /** Not null: an unverified signup, which has no username yet and cannot log in. */
  must_verify_since: number | null;
  /** Counts up with each change of a credential, see `bumpSecurityVersion`. */
  security_version: Generated<number>;
  /** Not null: its user reported a compromise, so no credential changes until the password is reset. */
  compromised_at: number | null;
  /** When the account will be erased, as its user requested. */
  erase_at: number | null;
  /** Not null: disabled by an administrator. */
  disabled_at: number | null;
  /** Names in order, separated by commas; may be empty. */
  roles: ColumnType<string, string | undefined, string>;
  /** The site's extra fields, as JSON. */
  extra: string | null;
  /** Language of the account (BCP 47); null until it is chosen. */
  locale: Generated<string | null>;
  /** When two-factor authentication was turned on; null: it is off. */
  two_factor_since: Generated<number | null>;
}

/** No row: the account has no password. */
interface PasswordTable {
  user_id: string;
  hash: string;
  /** The scheme of `hash` if it is not the current one, such as `scrypt:32768:8:1`; else null. */
  scheme: string | null;
  /** When the user last chose a password; an upgrade of the hash does not count. */
  changed_at: number;
  /** Wrong passwords in a row. */
  failures: Generated<number>;
  /** Not null: locked after too many failures, until the password is reset by email. */
  locked_at: Generated<number | null>;
  /** When an emailed link set it; null if it was set in another way. */
  set_by_email_at: Generated<number | null>;
}

interface SessionTable {
  /** SHA-256 of the token in the cookie; the token itself is not stored. */
  token_hash: Uint8Array;
  user_id: string;
  /** 1: "remember me", with longer lifetimes. */
  remembered: number;
  created_at: number;
  last_seen_at: number;
  /** Absolute end, whatever the activity. */
  expires_at: number;
  /** When the user last authenticated in this session; 0 for never. */
  authenticated_at: number;
  /** How the user authenticated: names separated by spaces. */
  methods: Generated<string>;
  /** Of the login. */
  ip: string;
  user_agent: string;
  /** The identity at another provider that it began with; null for other logins. */
  identity_id: Generated<string | null>;
  /** The session at that provider (`sid`), for its logout; null if it names none. */
  sid: Generated<string | null>;
  /** The factor that last authenticated its user: ID of an authenticator app or a passkey, or `recovery-codes`; null for none. */
  factor_id: Generated<string | null>;
}

interface RateLimitTable {
  /** Keyed by a hash: no IP and no name is stored. */
  budget: string;
  hits: number;
  resets_at: number;
}

interface OneTimeTokenTable {
  /** SHA-256 of the token in the link; only the email holds the token itself. */
  token_hash: Uint8Array;
  purpose: string;
  user_id: string;
  /** The exact email that it was sent to, or that it is about. */
  email: string;
  /** Data stored with the token, as JSON. */
  payload: Generated<string | null>;
  /** Keyed hash of the six-digit code in the same email, if there is one; begins with the key's id. */
  code_hash: string | null;
  code_expires_at: number;
  tries_left: number;
  /** SHA-256 of the secret of the requesting browser: the code is valid in no other. */
  browser_hash: Uint8Array | null;
  created_at: number;
  expires_at: number;
}

interface OutboxTable {
  id: string;
  user_id: string | null;
  /** The email, encrypted: a link in it could open an account. Null after the last failure. */
  message: string | null;
  attempts: number;
  created_at: number;
  /** Next attempt, moved on by the process that makes it; null: no further attempt. */
  due_at: number | null;
  failed_at: number | null;
  /** Last answer of the mail server. */
  failure: string | null;
  /** Kind of email, if a newer one of the kind supersedes it. */
  kind: string | null;
  /** When its content expires; null: never. */
  expires_at: number | null;
}

interface AuditTable {
  /** UUID version 7: ids are in order of time. */
  id: string;
  /** Null without an account, and once the account is erased. */
  user_id: string | null;
  event: string;
  ip: string;
  user_agent: string;
  happened_at: number;
  /** Null for the account's own user; else an administrator's user id, or `command line`. */
  actor: string | null;
  /** ID in `PROVIDERS` of the provider that the event was with; null without one. */
  provider: string | null;
  /** 1 once it has a seal. */
  sealed: ColumnType<number | null, undefined, number>;
}

/** One per audit record, in the order of sealing; outlives its record. Hashes are SHA-256 or HMAC-SHA-256, in base64url. */
interface AuditSealTable {
  record_id: string;
  /** Day of sealing (UTC), such as 2026-11-24. */
  day: string;
  /** From 1 within the day. */
  number: number;
  happened_at: number;
  /** Hash of the user id; null without an account. */
  owner: string | null;
  /** Hash of the columns that an erasure keeps. */
  facts: string;
  /** Hash of the salt and the columns that an erasure blanks. */
  personal: string;
  /** Null after an erasure: without it, the hash cannot be tested against guesses. */
  salt: string | null;
  /** Keyed hash of the other columns (without the salt) and of the previous link. */
  link: string;
  /** Key of `SECRET_KEY`. */
  key_id: string;
}

/** One per day with a seal; never deleted. */
interface AuditDayTable {
  day: string;
  /** From 1. */
  number: number;
  count: number;
  last_link: string;
  /** When the latest of its records happened. */
  last_at: number;
  key_id: string;
  /** Keyed hash of the other columns and of the previous day. */
  mac: string;
}

/** Proves that an erasure took place, without naming the account. */
interface AuditErasureTable {
  owner: string;
  erased_at: number;
  key_id: string;
  mac: string;
}

/** One row: the lock of the sealing process, and the end of the last retention sweep. */
interface AuditHeadTable {
  id: string;
  swept_until: number;
  key_id: string;
  mac: string;
}

interface ImportTable {
  /** Name of the application and id of the account there, such as `flask:17`. No name has a colon. */
  id: string;
  user_id: string;
  /** SHA-256 in hex of its password hash there: shows whether the password was changed there since. */
  digest: string;
  imported_at: number;
  /** When its remember token of that application was exchanged for a session. */
  remember_spent_at: Generated<number | null>;
  /** When its sessions were ended everywhere: legacy cookies from before are refused. */
  sessions_ended_at: Generated<number | null>;
  /** SHA-256 in hex of its email key there at the last import. */
  source_email_digest: Generated<string | null>;
  /** SHA-256 in hex of the email key that an import last wrote here; a different email was changed here. */
  given_email_digest: Generated<string | null>;
  /** When it was created there, by that application's column. */
  source_created_at: Generated<number | null>;
  /** Format of its password hash; null: no usable password was imported. */
  format: Generated<string | null>;
  /** When an import disabled it: equal to `disabled_at` of the user until an administrator changes that. */
  disabled_at: Generated<number | null>;
  /** `security_version` of the account after the last import of factors; null before the first one. */
  factors_version: Generated<number | null>;
}

/** Cookies of the previous application that were exchanged for a session (replay). */
interface LegacyCookieTable {
  /** SHA-256 of the cookie. */
  cookie_hash: Uint8Array;
  /** When the cookie itself expires. */
  expires_at: number;
}

interface SubmittedFormTable {
  /** SHA-256 of the page's token. */
  id: string;
  /** SHA-256 of the fields, and the id of the request. */
  request: string;
  /** Redirect and cookies of the answer, encrypted with the form's token; null until the first request is done. */
  answer: string | null;
  expires_at: number;
}

interface ReleasedUsernameTable {
  /** Keyed hash of the username's key, which begins with the id of the key: the username itself is not stored. */
  key_hash: string;
  /** Keyed hash of the last owner, who may take it back. */
  owner: string;
  /** When other users may take it. */
  expires_at: number;
}

interface SigningKeyTable {
  /** Thumbprint of the public key (RFC 7638): the `kid` of its signatures. */
  id: string;
  /** The `alg` of its signatures (RFC 7518, RFC 8037). */
  algorithm: string;
  /** The JWK's `use` (RFC 7517, 4.2). */
  use: string;
  /** Counts up for each use and algorithm. Race: of two concurrent rotations, one wins. */
  number: number;
  /** Public JWK as JSON. */
  public_key: string;
  /** Private JWK as JSON, encrypted. */
  private_key: string;
  created_at: number;
  signs_from: number;
  /** When it is removed, once a newer key has replaced it. */
  published_until: number | null;
}

/** Written by the readiness check. */
interface WriteProbeTable {
  id: number;
  written_at: number;
}

/** What a site must remember about its own settings, such as the RP ID of its passkeys. */
interface SiteFactTable {
  name: string;
  value: string;
  /** Since when it has this value. */
  since: number;
}
