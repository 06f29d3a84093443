/** Signs what we hand out and want to recognise later, with keys that can be replaced one by one. */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/** What a signature is for: one made for one purpose never verifies for another. */
export type Purpose = "csrf" | "csrf-cookie" | "flash" | "device" | "budget";

export interface Signer {
  /** HMAC-SHA-256 by the first key. */
  readonly sign: (purpose: Purpose, text: string) => Buffer;
  /** Whether any of the keys made the signature; takes the same time whatever differs. */
  readonly verify: (purpose: Purpose, text: string, signature: Uint8Array) => boolean;
}

/** A signer for a list of secrets: the first signs, all verify. Each purpose has keys of its own (HKDF, RFC 5869). */
export function createSigner(secrets: readonly string[]): Signer {
  const derived = new Map<Purpose, Buffer[]>();
  const keysFor = (purpose: Purpose): Buffer[] => {
    const known = derived.get(purpose);
    if (known) return known;
    const keys = secrets.map((secret) => Buffer.from(hkdfSync("sha256", secret, "latchkey", purpose, 32)));
    derived.set(purpose, keys);
    return keys;
  };
  const [first] = secrets;
  if (first === undefined) throw new Error("There is no secret key to sign with.");
  return {
    sign: (purpose, text) => hmac(keysFor(purpose)[0] as Buffer, text),
    verify: (purpose, text, signature) => keysFor(purpose).reduce((found, key) => isSame(hmac(key, text), signature) || found, false),
  };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
