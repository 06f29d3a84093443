/** Defines the hashed and signed texts of the audit chain (decision 013). */
import { createHash } from "node:crypto";
import type { Selectable } from "kysely";
import type { Schema } from "../../../db/schema.ts";
import type { Services } from "../../services.ts";

export type AuditRow = Selectable<Schema["audit"]>;
export type Seal = Selectable<Schema["audit_seals"]>;
export type Day = Selectable<Schema["audit_days"]>;
export type Erasure = Selectable<Schema["audit_erasures"]>;
export type Head = Selectable<Schema["audit_head"]>;

export type SealedRow = Seal & { readonly record: AuditRow | null };

/** Ways in which an event can violate the chain. */
export type Violation = "changed" | "removed" | "reordered" | "blanked" | "not sealed" | "cannot be checked";

/** The day of an instant (UTC), such as 2026-11-24. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** Hash of the account's id. User ids are random, so the hash cannot be reversed by guessing. */
export function ownerHash(userId: string): string {
  return hash(["owner", userId]);
}

/** Hash of the columns that an erasure keeps. */
export function eventHash({ event, happened_at, actor, provider }: Pick<AuditRow, "event" | "happened_at" | "actor" | "provider">): string {
  return hash([event, happened_at, actor, provider]);
}

/**
 * Hash of the columns that an erasure blanks. Guessing: the salt is deleted with them, or emails and IPs could be tested against the
 * hash.
 */
export function piiHash(salt: string, record: Pick<AuditRow, "user_id" | "ip" | "user_agent">): string {
  return hash([salt, record.user_id, record.ip, record.user_agent]);
}

/** Signed text of a seal. */
export function linkText(seal: Omit<Seal, "salt" | "link" | "key_id">, previous: string): string {
  const { record_id, day, number, happened_at, owner, facts, personal } = seal;
  return JSON.stringify(["record", day, number, previous, record_id, happened_at, owner, facts, personal]);
}

/** Signed text of a day; `previous` is the signature of the day before, or empty. */
export function dayText({ day, number, count, last_link, last_at }: Omit<Day, "mac" | "key_id">, previous: string): string {
  return JSON.stringify(["day", day, number, count, last_link, last_at, previous]);
}

export function erasureText({ owner, erased_at }: Pick<Erasure, "owner" | "erased_at">): string {
  return JSON.stringify(["erased", owner, erased_at]);
}

export function headText({ swept_until }: Pick<Head, "swept_until">): string {
  return JSON.stringify(["swept", swept_until]);
}

export function signText(s: Services, text: string): string {
  return s.keyring.sign("audit", text).toString("base64url");
}

/** Whether the signature is of this key; undefined if the key is no longer in `SECRET_KEY`. */
export function isSigned(s: Services, keyId: string, text: string, mac: string): boolean | undefined {
  return s.keyring.verifyBy("audit", keyId, text, Buffer.from(mac, "base64url"));
}

function hash(parts: readonly (string | number | null)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
