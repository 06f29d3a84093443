/** Issues and checks the challenges of passkey ceremonies (WebAuthn, 13.4.3). */
import { createHash } from "node:crypto";
import { type Placeholders, prepared } from "../../db/prepared.ts";
import { deleteBatch, insertionIfAbsent } from "../../db/statements.ts";
import { clockSlackMs } from "../clock-skew.ts";
import type { Services, Transaction } from "../services.ts";

/** The user has this long to confirm with the authenticator. */
export const ceremonyMs = 5 * 60_000;

/** What a challenge is for: a response to one purpose is refused by the others. */
export type CeremonyPurpose = "login" | "two-factor" | "reauthentication" | "register" | "upgrade" | "sign-up";

export interface Ceremony {
  readonly purpose: CeremonyPurpose;
  /** Secret of the requesting browser, from its cookie; a JSON client keeps it itself. */
  readonly browser: string;
  /** Undefined while the user is not known. */
  readonly userId?: string | undefined;
}

/** A challenge of this site that has not expired. */
export interface Challenge {
  readonly text: string;
  readonly expiresAt: number;
  /** What {@link issueChallenge} was given. */
  readonly payload: Uint8Array;
}

const nonceBytes = 32;
const timeBytes = 6;
const signatureBytes = 32;

/**
 * Returns a new challenge in base64url: 256 random bits, its expiry, the payload, and their signature. Storage exhaustion: nothing is stored
 * until it is used, so anyone may ask for one.
 */
export function issueChallenge(s: Services, ceremony: Ceremony, payload: Uint8Array = new Uint8Array()): string {
  const signed = Buffer.alloc(nonceBytes + timeBytes + payload.length);
  signed.set(s.random(nonceBytes));
  signed.writeUIntBE(s.now() + ceremonyMs, nonceBytes, timeBytes);
  signed.set(payload, nonceBytes + timeBytes);
  return Buffer.concat([signed, s.keyring.sign("passkey-challenge", signedText(ceremony, signed))]).toString("base64url");
}

/** Undefined for another browser, purpose or user, and after five minutes. */
export function readChallenge(s: Services, text: string, ceremony: Ceremony): Challenge | undefined {
  const bytes = Buffer.from(text, "base64url");
  // Malleability: only the canonical encoding, or one challenge would have several hashes.
  if (bytes.length < nonceBytes + timeBytes + signatureBytes || bytes.toString("base64url") !== text) return undefined;
  const signed = bytes.subarray(0, -signatureBytes);
  if (ceremony.browser === "") return undefined;
  if (!s.keyring.verify("passkey-challenge", signedText(ceremony, signed), bytes.subarray(-signatureBytes))) return undefined;
  const expiresAt = signed.readUIntBE(nonceBytes, timeBytes);
  // Clock skew: one issued by a clock that was ahead would live too long.
  if (expiresAt <= s.now() || expiresAt > s.now() + ceremonyMs + clockSlackMs) return undefined;
  return { text, expiresAt, payload: signed.subarray(nonceBytes + timeBytes) };
}

function signedText({ purpose, userId, browser }: Ceremony, signed: Buffer): string {
  return `${purpose}\n${userId ?? ""}\n${browser}\n${signed.toString("base64url")}`;
}

/** Replay: each challenge has one effect, recorded in its transaction. Of two concurrent requests, one gets true (WebAuthn, 13.4.3). */
export async function claimChallenge(tx: Transaction, { text, expiresAt }: Challenge): Promise<boolean> {
  const { numAffectedRows } = await claimQuery(tx.db, { hash: createHash("sha256").update(text).digest(), expiresAt });
  return numAffectedRows === 1n;
}

const claimQuery = prepared((db, value: Placeholders<{ hash: Uint8Array; expiresAt: number }>) =>
  insertionIfAbsent(db, "used_challenges", { challenge_hash: value("hash"), expires_at: value("expiresAt") }),
);

/** Replay: a process whose clock is behind still accepts a challenge that has expired here. */
export function removeExpiredChallenges(s: Services, limit: number): Promise<number> {
  const until = s.now() - clockSlackMs;
  return deleteBatch(s.db, "used_challenges", { where: (row) => row("expires_at", "<=", until), orderBy: "expires_at", limit });
}
