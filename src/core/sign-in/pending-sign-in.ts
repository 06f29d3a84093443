/** Stores sign-ins that wait for a further step. */

import { findToken, redeemToken, type TokenRow, takeTokenTry } from "../one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../one-time-tokens/token-purpose.ts";
import type { Reservation } from "../rate-limits/rate-limits.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services, Transaction } from "../services.ts";
import type { Method } from "../sessions/methods.ts";
import type { MappedRoles } from "../users/roles.ts";
import { type AccountRow, findUserById } from "../users/users.ts";
import { type LongLimit, reserveProofWith } from "./proof-limit.ts";

/** Ten minutes and five tries (ASVS 6.5.5, 6.6.3). The token is bound to the browser by its cookie, or to the JSON client that keeps it. */
export const pendingSignInToken: TokenPurpose = {
  name: "pending-sign-in",
  lifetimeMs: 10 * 60_000,
  manyAtOnce: true,
  revokedBy: ["password-change", "email-change", "sessions-end"],
};

/** The token's payload. */
export interface StoredSignIn {
  readonly methods: readonly [Method, ...Method[]];
  readonly remember: boolean;
  readonly isBearer: boolean;
  /** The account's security version at the first authentication. */
  readonly version: number;
  readonly next?: string | undefined;
  /** The step that is due. */
  readonly step: string;
  /** Methods that the step accepts. */
  readonly accepted: readonly Method[];
  /** Counted attempts until now, released with the session. */
  readonly attempts: readonly Reservation[];
  /** The identity at another provider that it began with. */
  readonly identity?: { readonly id: string; readonly sid?: string | undefined } | undefined;
  /** Set when the session starts. */
  readonly roles?: MappedRoles | undefined;
}

/** A sign-in that waits, with its account as it is now. */
export interface PendingSignIn extends StoredSignIn {
  readonly user: AccountRow;
}

/** The sign-in that a token continues with this step, without using a try: for the page of the step. */
export async function findPendingSignIn(s: Services, step: string, token: unknown): Promise<PendingSignIn | undefined> {
  const row = await findToken(s, pendingSignInToken, token);
  const pending = row && row.tries_left > 0 ? await readPending(s, row) : undefined;
  return pending?.step === step ? pending : undefined;
}

export type PendingTry =
  | { readonly ok: true; readonly pending: PendingSignIn; readonly attempt: Reservation; readonly isKnown: boolean }
  | { readonly ok: false; readonly reason: "invalid" }
  | { readonly ok: false; readonly reason: "too-many"; readonly retryAfterSeconds: number };

/** The step of a pending sign-in that is tried. */
interface Step {
  readonly step: string;
  readonly token: unknown;
  readonly long?: LongLimit | undefined;
  /** Of a proof that nobody can guess, such as a passkey or a recovery code. */
  readonly isUnguessable?: boolean;
}

/**
 * Uses one of the five tries of a pending sign-in, before the proof is checked, so that parallel guesses all count. Guessing over many
 * sign-ins: all tries of an account count together (ASVS 6.6.3), and those that nobody can guess count apart for each network.
 */
export async function takePendingTry(
  s: Services,
  info: RequestInfo,
  { step, token, long, isUnguessable = false }: Step,
): Promise<PendingTry> {
  const found = await findPendingSignIn(s, step, token);
  if (!found) return { ok: false, reason: "invalid" };
  // Lockout by an attacker who has the password: known devices have a limit of their own (ASVS 6.3.1). They share it, because whoever knew
  // the password before can have made many browsers known.
  const isKnown = info.knownDevice(found.user, "second-step") !== undefined;
  const guessed = isKnown ? `known devices ${found.user.id}` : found.user.id;
  // Lockout: clients without cookies are never known, so codes that a thief guesses must not use up the limit of what cannot be guessed.
  const of = isUnguessable ? `unguessable ${info.network ?? ""} ${guessed}` : guessed;
  const attempt = await reserveProofWith(s, { of, long }, async (tx) => {
    // The account is read again when the sign-in resumes.
    return (await takeTokenTry(tx, pendingSignInToken, token)) !== undefined;
  });
  if (!attempt.ok) return { ok: false, reason: "too-many", retryAfterSeconds: attempt.retryAfterSeconds };
  return attempt.value ? { ok: true, pending: found, attempt, isKnown } : { ok: false, reason: "invalid" };
}

/** Redeems the token, in the transaction that resumes the sign-in. Race: of two concurrent requests, one gets it. */
export async function redeemPendingSignIn(tx: Transaction, token: unknown): Promise<PendingSignIn | undefined> {
  const row = await redeemToken(tx, pendingSignInToken, token);
  return row && readPending(tx, row);
}

async function readPending(s: Services, { user_id, payload }: TokenRow): Promise<PendingSignIn | undefined> {
  const user = await findUserById(s, user_id);
  const stored = payload === null ? undefined : (JSON.parse(payload) as StoredSignIn);
  // A credential was changed since the first step (ASVS 15.4.2).
  return user && stored && stored.version === user.security_version ? { ...stored, user } : undefined;
}
