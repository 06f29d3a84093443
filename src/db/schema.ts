/** What every table holds. Instants are whole milliseconds since 1970 (UTC); keys are what uniqueness is judged by. */

export interface Schema {
  users: UserTable;
  sessions: SessionTable;
  limits: LimitTable;
}

interface UserTable {
  /** UUID version 7. */
  id: string;
  /** As typed, in Unicode form NFC. */
  username: string;
  /** What makes two user names the same: see `usernameKey`. */
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
}

interface LimitTable {
  /** Which budget of whom, hashed: no address and no name stands here. */
  budget: string;
  hits: number;
  resets_at: number;
}
