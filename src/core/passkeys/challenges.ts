/** Issues and redeems the challenges of passkey ceremonies (WebAuthn, 13.4.3). */
import { createHash } from "node:crypto";
import { type Placeholders, prepared, preparedInsert } from "../../db/prepared.ts";
import { deleteBatch, deleteReturning } from "../../db/statements.ts";
import { type Attempt, perNetwork, reserve } from "../rate-limits/rate-limits.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services } from "../services.ts";

/** The user has this long to confirm with the authenticator. */
export const ceremonyMs = 5 * 60_000;

/** Storage exhaustion: each challenge is a row. An office behind one IP opens the login page this often. */
const challengesPerNetwork = { count: 300, perMs: 10 * 60_000 };

/** What a challenge is for: a response to one purpose is refused by the others. */
export type CeremonyPurpose = "login" | "two-factor" | "reauthentication" | "register" | "upgrade" | "sign-up";

export interface Ceremony {
  readonly purpose: CeremonyPurpose;
  /** Secret of the requesting browser, from its cookie; a JSON client keeps it itself. */
  readonly browser: string;
  /** Undefined while the user is not known. */
  readonly userId?: string | undefined;
}

/** Counts a challenge against the network that requests it. */
export function reserveChallenge(s: Services, info: RequestInfo): Promise<Attempt> {
  return reserve(s, perNetwork(info, "passkey-challenges", challengesPerNetwork));
}

/** Returns a challenge of 256 random bits in base64url; only its hash is stored. */
export async function issueChallenge(s: Services, { purpose, browser, userId }: Ceremony, payload?: string): Promise<string> {
  const challenge = s.random(32).toString("base64url");
  await insertRow(s.db, {
    challenge_hash: hash(challenge),
    purpose,
    user_id: userId ?? null,
    browser_hash: hash(browser),
    payload: payload ?? null,
    expires_at: s.now() + ceremonyMs,
  });
  return challenge;
}

const insertRow = preparedInsert("passkey_challenges");

export interface RedeemedChallenge {
  readonly payload: string | null;
}

/**
 * Replay: the row is deleted by the statement that finds it, also if it fits no further (WebAuthn, 13.4.3). Undefined for another browser,
 * purpose or user, and after five minutes.
 */
export async function redeemChallenge(s: Services, challenge: string, ceremony: Ceremony): Promise<RedeemedChallenge | undefined> {
  const { rows } = await redeemQuery(s.db, { hash: hash(challenge) });
  const [row] = rows;
  if (!row || row.purpose !== ceremony.purpose || row.user_id !== (ceremony.userId ?? null)) return undefined;
  const isSameBrowser = Buffer.compare(row.browser_hash, hash(ceremony.browser)) === 0;
  return isSameBrowser && row.expires_at > s.now() ? { payload: row.payload } : undefined;
}

const redeemQuery = prepared((db, value: Placeholders<{ hash: Uint8Array }>) =>
  deleteReturning(db, "passkey_challenges", {
    where: { challenge_hash: value("hash") },
    returning: ["purpose", "user_id", "browser_hash", "payload", "expires_at"],
  }),
);

export function removeExpiredChallenges(s: Services, limit: number): Promise<number> {
  return deleteBatch(s.db, "passkey_challenges", { where: (row) => row("expires_at", "<=", s.now()), orderBy: "expires_at", limit });
}

function hash(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
