/** Lists the columns that keys of `SECRET_KEY` encrypted, hashed or signed. */
import type { Schema } from "../../db/schema.ts";
import { removedFactors } from "../credentials/removed-factors.ts";
import type { EncryptedColumn } from "../encrypted-column.ts";
import { identityTokens } from "../identities/identities.ts";
import { outboxEmails } from "../mail/outbox.ts";
import type { Services } from "../services.ts";
import { privateSigningKeys } from "../sessions/signing-keys.ts";
import { authenticatorSecrets } from "../two-factor/authenticators.ts";

/** Columns that `latchkey secrets reencrypt` re-encrypts with the first key. */
export const encryptedColumns: readonly EncryptedColumn[] = [
  outboxEmails,
  privateSigningKeys,
  authenticatorSecrets,
  removedFactors,
  identityTokens,
];

type Table = keyof Schema & string;

/** A column whose key cannot be replaced: the row needs its own key until it expires. */
export type ExpiringColumn = {
  readonly [T in Table]: {
    readonly table: T;
    readonly column: keyof Schema[T] & string;
    /** `encrypted` and `hashed` values begin with the key's id; `key-id` is a column that holds nothing else. */
    readonly kind: "encrypted" | "hashed" | "key-id";
    readonly expires: keyof Schema[T] & string;
    /** How long after `expires` the row still counts. */
    readonly keptForMs: (s: Services) => number;
  };
}[Table];

/** A hash of a secret that only its user has: its key is needed until the user makes a new one, and no time limits that. */
export type HeldColumn = {
  readonly [T in Table]: {
    readonly table: T;
    readonly column: keyof Schema[T] & string;
    readonly owner: keyof Schema[T] & string;
    /** Null while the secret can still be used. */
    readonly used: keyof Schema[T] & string;
  };
}[Table];

export const heldColumns: readonly HeldColumn[] = [{ table: "recovery_codes", column: "code_hash", owner: "user_id", used: "used_at" }];

const none = () => 0;
const auditRetention = (s: Services) => s.settings.auditRetentionMs;

export const expiringColumns: readonly ExpiringColumn[] = [
  { table: "one_time_tokens", column: "code_hash", kind: "hashed", expires: "code_expires_at", keptForMs: none },
  { table: "email_logins", column: "code_hash", kind: "hashed", expires: "expires_at", keptForMs: none },
  { table: "provider_proofs", column: "payload", kind: "encrypted", expires: "expires_at", keptForMs: none },
  { table: "provider_proofs", column: "code_hash", kind: "hashed", expires: "expires_at", keptForMs: none },
  { table: "released_usernames", column: "key_hash", kind: "hashed", expires: "expires_at", keptForMs: none },
  // Its key depends on the form's token too, which is not stored.
  { table: "submitted_forms", column: "answer", kind: "encrypted", expires: "expires_at", keptForMs: none },
  // A re-signed audit chain would prove nothing (decision 013).
  { table: "audit_seals", column: "key_id", kind: "key-id", expires: "happened_at", keptForMs: auditRetention },
  { table: "audit_days", column: "key_id", kind: "key-id", expires: "last_at", keptForMs: auditRetention },
  { table: "audit_erasures", column: "key_id", kind: "key-id", expires: "erased_at", keptForMs: auditRetention },
];
