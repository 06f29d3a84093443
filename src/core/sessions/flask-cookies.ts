/** Reads the cookies of a Flask application: its session as itsdangerous signs it, and Flask-Login's remember token. */
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { inflateSync } from "node:zlib";

/** A cookie that the old application signed for somebody. */
export interface FlaskCookie {
  readonly kind: "session" | "remember";
  /** What its owner was called there. */
  readonly userId: string;
  /** SHA-256 of the cookie. */
  readonly hash: Uint8Array;
  /** When it is worth nothing any more by itself, in milliseconds since 1970; infinite for a remember token. */
  readonly expiresAt: number;
}

/** Flask's `PERMANENT_SESSION_LIFETIME`, which it holds every session to. */
const sessionLifetimeMs = 31 * 24 * 3_600_000;
/** Twice what a cookie can hold, unpacked: more is none that a browser kept. */
const maxBytes = 65_536;

/** The account that a session names, if one of the keys signed it within the last 31 days. */
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

/** Two machines seldom agree on the second. */
const clockSlackMs = 5 * 60_000;

/** The account that a remember token names, if one of the keys signed it. It says nothing of when. */
export function readRememberToken(keys: readonly string[], cookie: string | undefined): FlaskCookie | undefined {
  const [, userId, digest] = /^(.{1,300})\|([0-9a-f]{128})$/.exec(cookie ?? "") ?? [];
  if (cookie === undefined || userId === undefined || digest === undefined) return undefined;
  const isSigned = keys.some((key) => isSame(createHmac("sha512", bytesOf(key, "latin1")).update(userId).digest("hex"), digest));
  return isSigned ? { kind: "remember", userId, hash: hashOf(cookie), expiresAt: Number.POSITIVE_INFINITY } : undefined;
}

/** What `hex:` begins is bytes, as `os.urandom` gives them; anything else is text, which the two libraries turn into bytes in two ways. */
function bytesOf(key: string, encoding: "utf8" | "latin1"): Buffer {
  return key.startsWith("hex:") ? Buffer.from(key.slice("hex:".length), "hex") : Buffer.from(key, encoding);
}

function saltedKey(key: string): Buffer {
  return createHmac("sha1", bytesOf(key, "utf8")).update("cookie-session").digest();
}

/** Undefined where nobody was logged in. */
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

/** As text: base64 spells the same signature in several ways, and only one spelling may be good, or a spent cookie would be again. */
function isSame(made: string, given: string): boolean {
  return made.length === given.length && timingSafeEqual(Buffer.from(made), Buffer.from(given));
}
