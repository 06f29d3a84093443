/** Signs what we hand out and want to recognise later, with keys that can be replaced one by one. */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import { createHmacKey } from "./hmac.ts";

/** What a signature is for: one made for one purpose never verifies for another. */
export type Purpose =
  | "csrf"
  | "flash"
  | "device"
  | "budget"
  | "code"
  | "letter"
  | "flow"
  | "browser"
  | "token-key"
  | "audit"
  | "form"
  | "username";

export interface Keyring {
  /** HMAC-SHA-256 by the first key. */
  readonly sign: (purpose: Purpose, text: string) => Buffer;
  /** The same by every key, the first one first: to find what was kept under one that was replaced since. */
  readonly signByEach: (purpose: Purpose, text: string) => Buffer[];
  /** Whether any of the keys made the signature; takes the same time whatever differs. */
  readonly verify: (purpose: Purpose, text: string, signature: Uint8Array) => boolean;
  /** Which key signs: the first eight bytes of a keyed hash, in hex. It tells nothing of the key. */
  readonly keyId: (purpose: Purpose) => string;
  /** Whether the key with this id made the signature; undefined where it is not among the keys. */
  readonly verifyBy: (purpose: Purpose, keyId: string, text: string, signature: Uint8Array) => boolean | undefined;
  /** AES-256-GCM by the first key, for what must be read again. */
  readonly encrypt: (purpose: Purpose, text: string) => string;
  /** What any of the keys encrypted for the same purpose, or undefined. */
  readonly decrypt: (purpose: Purpose, encrypted: string) => string | undefined;
}

/** One secret, derived for one purpose. */
interface Key {
  readonly sign: (text: string) => Buffer;
  readonly cipher: KeyObject;
}

/** A signer for a list of secrets: the first signs, all verify. Each purpose has keys of its own (HKDF, RFC 5869). */
export function createKeyring(secrets: readonly string[]): Keyring {
  const derived = new Map<Purpose, Key[]>();
  const keysFor = (purpose: Purpose): Key[] => {
    const known = derived.get(purpose);
    if (known) return known;
    // Made ready once: made anew for each signature, they would cost four times what the signature does.
    const keys = secrets.map((secret) => {
      const bytes = Buffer.from(hkdfSync("sha256", secret, "latchkey", purpose, 32));
      return { sign: createHmacKey(bytes), cipher: createSecretKey(bytes) };
    });
    derived.set(purpose, keys);
    return keys;
  };
  const [first] = secrets;
  if (first === undefined) throw new Error("There is no secret key to sign with.");
  return {
    sign: (purpose, text) => (keysFor(purpose)[0] as Key).sign(text),
    signByEach: (purpose, text) => keysFor(purpose).map((key) => key.sign(text)),
    verify: (purpose, text, signature) => keysFor(purpose).reduce((found, key) => isSame(key.sign(text), signature) || found, false),
    keyId: (purpose) => idOf(keysFor(purpose)[0] as Key),
    verifyBy: (purpose, keyId, text, signature) => {
      const key = keysFor(purpose).find((each) => idOf(each) === keyId);
      return key && isSame(key.sign(text), signature);
    },
    encrypt: (purpose, text) => encryptWith((keysFor(purpose)[0] as Key).cipher, text),
    decrypt: (purpose, encrypted) =>
      keysFor(purpose)
        .map((key) => decryptWith(key.cipher, encrypted))
        .find((text) => text !== undefined),
  };
}

/** AES-256-GCM: a nonce of 96 random bits, what was encrypted, and its tag (NIST SP 800-38D). */
export function encryptWith(key: KeyObject, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64url");
}

/** What was encrypted with this very key, or undefined. */
export function decryptWith(key: KeyObject, encrypted: string): string | undefined {
  const bytes = Buffer.from(encrypted, "base64url");
  if (bytes.length < 28) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12), { authTagLength: 16 }).setAuthTag(bytes.subarray(-16));
  try {
    return decipher.update(bytes.subarray(12, -16), undefined, "utf8") + decipher.final("utf8");
  } catch {
    return undefined;
  }
}

function idOf(key: Key): string {
  return key.sign("key id").toString("hex", 0, 8);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
