/** Verifies Flask session cookies (itsdangerous) and Flask-Login remember tokens. */
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { inflateSync } from "node:zlib";

/** A verified cookie of the previous application. */
export interface FlaskCookie {
  readonly kind: "session" | "remember";
  /** User id in the previous application. */
  readonly userId: string;
  /** SHA-256 of the cookie. */
  readonly hash: Uint8Array;
  /** Milliseconds since 1970; infinite for a remember token. */
  readonly expiresAt: number;
}

/** Flask's default `PERMANENT_SESSION_LIFETIME`. */
const sessionLifetimeMs = 31 * 24 * 3_600_000;
/** Decompression bomb: larger than any session that fits into a cookie. */
const maxBytes = 65_536;

/** Reads a session cookie; undefined unless one of the keys signed it within the last 31 days. */
export function readFlaskSession(keys: readonly string[], cookie: string | undefined, now: number): FlaskCookie | undefined {
  const [, signed, payload, stamp, signature] = /^((\.?[\w-]{1,8000})\.([\w-]{1,12}))\.([\w-]{27})$/.exec(cookie ?? "") ?? [];
  if (cookie === undefined || signed === undefined || payload === undefined || stamp === undefined || signature === undefined)
    return undefined;
  const isSigned = keys.some((key) => isSame(createHmac("sha1", saltedKey(key)).update(signed).digest("base64url"), signature));
  if (!isSigned) return undefined;
  const expiresAt = Buffer.from(stamp, "base64url").reduce((sum, byte) => sum * 256 + byte, 0) * 1_000 + sessionLifetimeMs;
  const isCurrent = now < expiresAt && now >= expiresAt - sessionLifetimeMs - clockSlackMs;
  const userId = isCurrent ? userIdIn(payload) : undefined;
  return userId === undefined ? undefined : { kind: "session", userId, hash: hashOf(cookie), expiresAt };
}

/** Tolerated clock difference between machines. */
const clockSlackMs = 5 * 60_000;

/** Reads a remember token; undefined unless one of the keys signed it. Remember tokens contain no time. */
export function readRememberToken(keys: readonly string[], cookie: string | undefined): FlaskCookie | undefined {
  const [, userId, digest] = /^(.{1,300})\|([0-9a-f]{128})$/.exec(cookie ?? "") ?? [];
  if (cookie === undefined || userId === undefined || digest === undefined) return undefined;
  const isSigned = keys.some((key) => isSame(createHmac("sha512", bytesOf(key, "latin1")).update(userId).digest("hex"), digest));
  return isSigned ? { kind: "remember", userId, hash: hashOf(cookie), expiresAt: Number.POSITIVE_INFINITY } : undefined;
}

/** `hex:` marks binary keys, such as from `os.urandom`. Text keys are encoded differently by the two libraries. */
function bytesOf(key: string, encoding: "utf8" | "latin1"): Buffer {
  return key.startsWith("hex:") ? Buffer.from(key.slice("hex:".length), "hex") : Buffer.from(key, encoding);
}

function saltedKey(key: string): Buffer {
  return createHmac("sha1", bytesOf(key, "utf8")).update("cookie-session").digest();
}

/** Undefined without a logged-in user. */
function userIdIn(payload: string): string | undefined {
  try {
    const isPacked = payload.startsWith(".");
    const bytes = Buffer.from(isPacked ? payload.slice(1) : payload, "base64url");
    const session: unknown = JSON.parse((isPacked ? inflateSync(bytes, { maxOutputLength: maxBytes }) : bytes).toString());
    // Flask-Login wrote `user_id` before 0.5.
    const { _user_id: id, user_id: former } = session as Record<string, unknown>;
    const userId = id ?? former;
    return typeof userId === "string" || typeof userId === "number" ? String(userId) : undefined;
  } catch {
    return undefined;
  }
}

function hashOf(cookie: string): Uint8Array {
  return hash("sha256", cookie, "buffer");
}

/** Replay: compared as text, because base64 has several spellings of one signature and each would be a new, unspent cookie. */
function isSame(expected: string, given: string): boolean {
  return expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}
