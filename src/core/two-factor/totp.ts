/** Computes and checks codes of authenticator apps (TOTP, RFC 6238). */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import { decodeBase32, encodeBase32 } from "../../platform/base32.ts";

const stepMs = 30_000;
const digits = 6;
/** 160 bits, as RFC 4226, 4 recommends. */
const secretBytes = 20;
/** Steps before and after the current one that are accepted: a code stays valid while it is typed, and for clocks that are a little off. */
const tolerance = 1;
/** Steps in which a code shows that the clock of a phone is wrong; it is refused. */
const recognized = 10;

/** A new secret in base32. */
export function newTotpSecret(): string {
  return encodeBase32(randomBytes(secretBytes));
}

/** The time step of an instant in milliseconds since 1970 (RFC 6238, 4.2). */
export function totpStep(ms: number): number {
  return Math.floor(ms / stepMs);
}

/** The code of a time step (RFC 4226, 5.3). */
export function totpCode(secret: Uint8Array | KeyObject, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  const number = (mac.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** digits;
  return String(number).padStart(digits, "0");
}

/** Reads a typed code of six digits, of any script and with spaces; undefined if it is none. */
export function readTotp(typed: string): string | undefined {
  const code = typed
    .normalize("NFKC")
    .replaceAll(/[\s-]/g, "")
    .replaceAll(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 15));
  return /^\d{6}$/.test(code) ? code : undefined;
}

/** The step whose code was typed: in the accepted ones, or so far off that the clock of the phone is wrong. */
export interface TotpMatch {
  readonly step: number;
  readonly isAccepted: boolean;
  /** How far the clock of the phone is off, in whole minutes. */
  readonly minutesOff: number;
}

/** Finds the step of a code: first among the accepted ones, since most codes are right. */
export function matchTotp(secret: string, code: string, now: number): TotpMatch | undefined {
  const bytes = decodeBase32(secret);
  if (!bytes || !/^\d{6}$/.test(code)) return undefined;
  // Each HMAC with bytes would make a key of its own: 13 µs instead of 3.
  const key = createSecretKey(bytes);
  const typed = Buffer.from(code);
  const current = totpStep(now);
  let found: TotpMatch | undefined;
  for (let distance = 0; distance <= recognized && !found; distance++) {
    for (const step of distance === 0 ? [current] : [current - distance, current + distance]) {
      if (step >= 0 && timingSafeEqual(Buffer.from(totpCode(key, step)), typed)) {
        found = { step, isAccepted: distance <= tolerance, minutesOff: Math.max(1, Math.round((distance * stepMs) / 60_000)) };
      }
    }
  }
  return found;
}

/** The URI that a QR code hands to an authenticator app. Only labels of the issuer without a colon are read alike by all apps. */
export function otpauthUri({ secret, issuer, account }: { secret: string; issuer: string; account: string }): string {
  const name = issuer.replaceAll(":", " ");
  const label = `${encodeURIComponent(name)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(name)}&algorithm=SHA1&digits=${digits}&period=${stepMs / 1_000}`;
}
