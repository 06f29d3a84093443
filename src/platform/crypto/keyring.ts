/** Signs, hashes and encrypts with a list of secrets, for key rotation. */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import { createHmacKey } from "./hmac.ts";

/** Key separation: a signature or ciphertext of one purpose is invalid for another. */
export interface Keyring<Purpose extends string = string> {
  /** Public fingerprint of the first secret, which signs, hashes and encrypts. */
  readonly keyId: string;
  /** Fingerprints of all secrets, in order. */
  readonly keyIds: readonly string[];
  /** HMAC-SHA-256 with the first key. */
  readonly sign: (purpose: Purpose, text: string) => Buffer;
  /** Whether any key created the signature; in constant time. */
  readonly verify: (purpose: Purpose, text: string, signature: Uint8Array) => boolean;
  /** Whether the key with this ID created the signature; undefined if it is not listed. */
  readonly verifyBy: (purpose: Purpose, keyId: string, text: string, signature: Uint8Array) => boolean | undefined;
  /** Keyed hash with the first key: `<key ID>.<HMAC-SHA-256 in base64url>`. */
  readonly hash: (purpose: Purpose, text: string) => string;
  /** Keyed hashes with all keys, in order, to find rows hashed with an older key. */
  readonly hashes: (purpose: Purpose, text: string) => string[];
  /** Whether any key created the keyed hash of the text; in constant time. */
  readonly verifyHash: (purpose: Purpose, text: string, hash: string) => boolean;
  /** AES-256-GCM with the first key: `v1.<key ID>.<nonce, ciphertext and tag in base64url>`. */
  readonly encrypt: (purpose: Purpose, text: string, binding: Binding) => string;
  /** Throws {@link DecryptionError} if the key is not listed, or the ciphertext, purpose or binding differs. */
  readonly decrypt: (purpose: Purpose, encrypted: string, binding: Binding) => string;
  /** Like `decrypt`, but undefined instead of a {@link DecryptionError}. */
  readonly tryDecrypt: (purpose: Purpose, encrypted: string, binding: Binding) => string | undefined;
}

/** Binds a ciphertext to its context. Not stored in the ciphertext; decryption needs the same values. */
interface Binding {
  /** Confused deputy: such as column and row ID, so that a ciphertext copied to another row does not decrypt. */
  readonly to: readonly string[];
  /** Second secret, required in addition to the keyring. */
  readonly secret?: string | undefined;
}

/** `unknown-key`: the key is not listed. `invalid`: changed, truncated, wrong binding, or not a ciphertext. */
export class DecryptionError extends Error {
  override name = "DecryptionError";
  readonly reason: "unknown-key" | "invalid";
  readonly keyId: string | undefined;

  constructor(reason: "unknown-key" | "invalid", keyId?: string) {
    super(
      reason === "unknown-key" ? `It was encrypted with the key ${keyId}, which is not in the list of keys.` : "It cannot be decrypted.",
    );
    this.reason = reason;
    this.keyId = keyId;
  }
}

interface Key {
  readonly id: string;
  readonly sign: (text: string) => Buffer;
  readonly cipherBytes: Buffer;
  readonly cipher: KeyObject;
}

const version = "v1";
const nonceBytes = 12;
const tagBytes = 16;
const encryptedForm = /^v1\.([0-9a-f]{16})\.([\w-]+)$/;

/** Key separation: `application` is the salt of HKDF (RFC 5869), so applications with the same secret have different keys. */
export function createKeyring<Purpose extends string>(secrets: readonly string[], application: string): Keyring<Purpose> {
  const derive = (secret: string, info: string, length: number) => Buffer.from(hkdfSync("sha256", secret, application, info, length));
  const ids = secrets.map((secret) => derive(secret, "key id", 8).toString("hex"));
  const [keyId] = ids;
  if (keyId === undefined) throw new Error("There is no secret key to sign with.");
  const derived = new Map<Purpose, readonly [Key, ...Key[]]>();
  const keysFor = (purpose: Purpose): readonly [Key, ...Key[]] => {
    const cached = derived.get(purpose);
    if (cached) return cached;
    // Cached: the derivation takes four times as long as a signature.
    const keys = secrets.map((secret, i): Key => {
      const cipherBytes = derive(secret, `encrypt ${purpose}`, 32);
      const sign = createHmacKey(derive(secret, purpose, 32));
      return { id: ids[i] ?? "", sign, cipherBytes, cipher: createSecretKey(cipherBytes) };
    }) as [Key, ...Key[]];
    derived.set(purpose, keys);
    return keys;
  };
  const hashes = (purpose: Purpose, text: string) => keysFor(purpose).map((key) => hashWith(key, text));
  const decrypt = (purpose: Purpose, encrypted: string, binding: Binding): string => {
    const [, id, body = ""] = encryptedForm.exec(encrypted) ?? [];
    if (id === undefined) throw new DecryptionError("invalid");
    const key = keysFor(purpose).find((each) => each.id === id);
    if (!key) throw new DecryptionError("unknown-key", id);
    const bytes = Buffer.from(body, "base64url");
    // Malleability: the last character has unused bits, so only the canonical encoding is accepted.
    if (bytes.length < nonceBytes + tagBytes || bytes.toString("base64url") !== body) throw new DecryptionError("invalid", id);
    const decipher = createDecipheriv("aes-256-gcm", cipherOf(key, binding), bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
      .setAAD(boundData(key, purpose, binding))
      .setAuthTag(bytes.subarray(-tagBytes));
    try {
      return decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, "utf8") + decipher.final("utf8");
    } catch {
      throw new DecryptionError("invalid", id);
    }
  };
  return {
    keyId,
    keyIds: ids,
    sign: (purpose, text) => keysFor(purpose)[0].sign(text),
    verify: (purpose, text, signature) => keysFor(purpose).reduce((found, key) => isSame(key.sign(text), signature) || found, false),
    verifyBy: (purpose, id, text, signature) => {
      const key = keysFor(purpose).find((each) => each.id === id);
      return key && isSame(key.sign(text), signature);
    },
    hash: (purpose, text) => hashWith(keysFor(purpose)[0], text),
    hashes,
    verifyHash: (purpose, text, hash) =>
      hashes(purpose, text).reduce((found, each) => isSame(Buffer.from(each), Buffer.from(hash)) || found, false),
    encrypt: (purpose, text, binding) => {
      const [key] = keysFor(purpose);
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", cipherOf(key, binding), nonce).setAAD(boundData(key, purpose, binding));
      const bytes = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${version}.${key.id}.${bytes.toString("base64url")}`;
    },
    decrypt,
    tryDecrypt: (purpose, encrypted, binding) => {
      try {
        return decrypt(purpose, encrypted, binding);
      } catch (error) {
        if (error instanceof DecryptionError) return undefined;
        throw error;
      }
    },
  };
}

function hashWith(key: Key, text: string): string {
  return `${key.id}.${key.sign(text).toString("base64url")}`;
}

function cipherOf({ cipher, cipherBytes }: Key, { secret }: Binding): KeyObject {
  return secret === undefined ? cipher : createSecretKey(createHmacKey(cipherBytes)(secret));
}

/** Additional authenticated data. JSON, so that different lists never yield the same bytes. */
function boundData({ id }: Key, purpose: string, { to }: Binding): Buffer {
  return Buffer.from(JSON.stringify([version, id, purpose, ...to]));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
