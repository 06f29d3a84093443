/** Authenticates users by passkeys (WebAuthn, 7.2). */
import type { PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/server";
import { type Placeholders, prepared } from "../../db/prepared.ts";
import { updateReturning } from "../../db/statements.ts";
import { recordEvent } from "../audit/log.ts";
import { type Attempt, isSpent, perNetwork, type Reservation, reserve } from "../rate-limits/rate-limits.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";
import type { Method } from "../sessions/methods.ts";
import { type AccountRow, findUserById } from "../users/users.ts";
import {
  type Ceremony,
  type CeremonyPurpose,
  type Challenge,
  ceremonyMs,
  claimChallenge,
  issueChallenge,
  readChallenge,
} from "./challenges.ts";
import { notifyCounter, notifyNotSynced } from "./notices.ts";
import { findCredential, methodOf, type StoredCredential, usablePasskeys } from "./passkeys.ts";
import type { RelyingParty } from "./relying-party.ts";
import { readAssertion } from "./responses.ts";
import { type AuthenticatorState, readClientData, verifyAssertion } from "./verify.ts";

interface Request extends Ceremony {
  readonly purpose: Extract<CeremonyPurpose, "login" | "two-factor" | "reauthentication">;
}

/** Options for `navigator.credentials.get`. Without a user, the browser offers the passkeys that it knows (discoverable credentials). */
export async function startAssertion(s: Services, rp: RelyingParty, request: Request): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const allowed = request.userId === undefined ? [] : await usablePasskeys(s, request.userId);
  return {
    challenge: issueChallenge(s, request),
    rpId: rp.id,
    timeout: ceremonyMs,
    userVerification: verificationFor(request),
    allowCredentials: allowed.map(({ credentialId, transports }) => ({
      id: credentialId,
      type: "public-key",
      transports: [...transports] as NonNullable<(typeof allowedOne)["transports"]>,
    })),
  };
}

declare const allowedOne: NonNullable<PublicKeyCredentialRequestOptionsJSON["allowCredentials"]>[number];

/** A login by passkey alone needs two factors: the device, and what it verifies of its user (NIST SP 800-63B, 3.2.5). */
function verificationFor({ purpose }: Request): "required" | "preferred" {
  return purpose === "login" ? "required" : "preferred";
}

const attemptLimit = "passkey-ip";

/** Verification costs more than a query, so failures of a network are limited. */
export function reserveAssertion(s: Services, info: RequestInfo): Promise<Attempt> {
  return reserve(s, perNetwork(info, attemptLimit, { count: 30, perMs: 10 * 60_000 }));
}

export interface Proven {
  readonly ok: true;
  readonly user: AccountRow;
  readonly credential: StoredCredential;
  readonly state: AuthenticatorState;
  readonly challenge: Challenge;
  readonly methods: readonly [Method, ...Method[]];
}

/**
 * `expired`: the challenge was used, is too old or belongs to another browser. `unknown`: no account has the credential, so the browser may
 * forget it; otherwise it equals `refused`.
 */
export type Refused = { readonly ok: false; readonly reason: "expired" | "unknown" | "refused"; readonly userId: string | null };

/**
 * Checks the browser's response. Account enumeration: an unknown credential costs the same queries and the same verification, by a key that
 * nobody has (ASVS 6.3.8).
 */
export async function checkAssertion(s: Services, rp: RelyingParty, request: Request, response: unknown): Promise<Proven | Refused> {
  const assertion = readAssertion(response);
  if (!assertion) return { ok: false, reason: "refused", userId: null };
  const { challenge } = readClientData(assertion.response.clientDataJSON);
  const known = typeof challenge === "string" ? readChallenge(s, challenge, request) : undefined;
  if (!known) return { ok: false, reason: "expired", userId: request.userId ?? null };
  const credential = await findCredential(s, Buffer.from(assertion.id, "base64url"));
  const user = await findUserById(s, credential?.userId ?? "");
  const requireUserVerification = verificationFor(request) === "required";
  const key = credential?.publicKey ?? keyOfNobody;
  const checked = await verifyAssertion(assertion, key, { rp, challenge: known.text, requireUserVerification });
  const { userHandle } = assertion.response;
  const handle = userHandle === undefined ? undefined : Buffer.from(userHandle, "base64url");
  if (credential && user && checked.ok && isOwners(credential, request, handle)) {
    const method = methodOf(credential);
    const methods = [method, ...(checked.value.userVerified ? (["user-verification"] as const) : [])] as const;
    return { ok: true, user, credential, state: checked.value, challenge: known, methods };
  }
  s.log.info({ problem: checked.ok ? "unknown credential or other account" : checked.problem }, "a passkey was refused");
  return { ok: false, reason: credential ? "refused" : "unknown", userId: credential?.userId ?? null };
}

/** Account confusion: the user handle must be that of the credential's account, and the account the expected one (WebAuthn, 7.2, step 6). */
function isOwners({ userId, handle }: StoredCredential, request: Request, sent: Buffer | undefined): boolean {
  if (request.userId !== undefined && request.userId !== userId) return false;
  if (sent === undefined) return request.userId !== undefined;
  return Buffer.compare(sent, handle) === 0;
}

/** A valid ES256 key in COSE whose private half was never kept. */
const keyOfNobody = Buffer.from(
  "pQECAyYgASFYIKIPAAkRZuq6yoKQppiLe2Dus-dz6jh-SgZAMIAJoEqiIlggg0pBJjYuRUdEvUFuOm51jDNkEyP99FQwnQqZWZ_zX9k",
  "base64url",
);

/** `replayed`: the challenge was used. `odd`: the counter was not higher. */
export type Use = "recorded" | "replayed" | "odd";

/**
 * Records a use within the transaction that it authorizes. Cloned authenticator: a counter that is not higher is refused for a passkey of
 * one device, in the statement that advances it; synchronised passkeys have no common counter (WebAuthn, 6.1.1).
 */
export async function recordUse(tx: Transaction, { user, credential, state, challenge }: Proven, info: RequestInfo): Promise<Use> {
  if (!(await claimChallenge(tx, challenge))) return "replayed";
  const { rows } = await recordUseQuery(tx.db, {
    id: credential.id,
    counter: state.counter,
    backupEligible: state.backupEligible ? 1 : 0,
    backedUp: state.backedUp ? 1 : 0,
    now: tx.now(),
    ip: info.ip,
    userAgent: info.userAgent.slice(0, 300),
  });
  if (rows.length === 0) return "odd";
  const hasChanged = credential.isSyncable !== state.backupEligible || credential.isSynced !== state.backedUp;
  if (hasChanged) await recordEvent(tx, user.id, "passkey-backup-changed", info);
  if (credential.isSynced && !state.backedUp) await notifyNotSynced(tx, user, info, credential.name);
  return "recorded";
}

interface StoredUse {
  readonly id: string;
  readonly counter: number;
  readonly backupEligible: number;
  readonly backedUp: number;
  readonly now: number;
  readonly ip: string;
  readonly userAgent: string;
}

const recordUseQuery = prepared((db, value: Placeholders<StoredUse>) =>
  updateReturning(db, "passkeys", {
    set: {
      counter: value("counter"),
      backup_eligible: value("backupEligible"),
      backed_up: value("backedUp"),
      last_used_at: value("now"),
      last_used_ip: value("ip"),
      last_used_user_agent: value("userAgent"),
    },
    where: (passkey) =>
      passkey.and([
        passkey("id", "=", value("id")),
        passkey.or([
          passkey("backup_eligible", "=", 1),
          passkey("counter", "<", value("counter")),
          passkey.and([passkey("counter", "=", 0), passkey("counter", "=", value("counter"))]),
        ]),
      ]),
    returning: ["id"],
  }),
);

interface RefusedUse {
  readonly userId: string | null;
  readonly attempt?: Reservation | undefined;
  /** The passkey whose counter was not higher. */
  readonly odd?: Proven | undefined;
}

/** Records a refused passkey; tells its owner of a counter that went back, which a cloned authenticator would cause. */
export async function recordRefused(s: Services, info: RequestInfo, { userId, attempt, odd }: RefusedUse): Promise<void> {
  // Guessing by resending a form: `atCommit` would roll back the repeated submission, and with it this event.
  await inTransaction({ ...s, atCommit: undefined }, async (tx) => {
    await recordEvent(tx, userId, odd ? "passkey-counter" : "passkey-refused", info);
    if (attempt && isSpent(attempt, attemptLimit)) await recordEvent(tx, userId, "login-limited", info);
    if (odd) await notifyCounter(tx, odd.user, info, odd.credential.name);
  });
}
