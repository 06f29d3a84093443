/** Reads and verifies password hashes of Werkzeug. */
import { createHash, createHmac, pbkdf2, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** A stored hash that could be read. */
export interface ForeignHash {
  /** Algorithm and cost, such as `scrypt:32768:8:1`; hashes of one scheme take the same time. Undefined: next to none. */
  readonly scheme: string | undefined;
  /** Whether the password, exactly as typed, matches the hash. */
  readonly verify: (password: string) => Promise<boolean>;
}

/** Denial of service by hostile parameters: costs beyond those of any real application are refused (ASVS 15.1.3). */
const max = { scryptN: 2 ** 17, scryptR: 16, scryptMemory: 2 ** 20, scryptP: 10 };
export const maxPbkdf2Iterations = 10_000_000;

/**
 * Reads a hash of any version of Werkzeug's `generate_password_hash`: `scrypt:N:r:p$salt$hex`,
 * `pbkdf2:digest:iterations$salt$hex`, `digest$salt$hex` (an HMAC) and `digest$$hex`.
 * Returns undefined for a hash that is malformed, truncated or too costly, and for plain text.
 */
export function readWerkzeugHash(stored: string): ForeignHash | undefined {
  const [method, salt, hash] = splitInThree(stored);
  if (method === undefined || salt === undefined || hash === undefined) return undefined;
  const expected = hash.toLowerCase();
  if (!/^(?:[0-9a-f]{2})+$/.test(expected)) return undefined;
  const [name, ...parameters] = method.split(":");
  if (name === "scrypt") return readScrypt(parameters, salt, expected);
  if (name === "pbkdf2") return readPbkdf2(parameters, salt, expected);
  return parameters.length === 0 && name !== undefined ? readDigest(name, salt, expected) : undefined;
}

/** Splits at the first two dollar signs; further ones belong to the third part. */
export function splitInThree(stored: string): (string | undefined)[] {
  const first = stored.indexOf("$");
  const second = stored.indexOf("$", first + 1);
  if (first < 0 || second < 0) return [];
  return [stored.slice(0, first), stored.slice(first + 1, second), stored.slice(second + 1)];
}

function readScrypt(parameters: string[], salt: string, expected: string): ForeignHash | undefined {
  const [N, r, p] = parameters.length === 0 ? [32_768, 8, 1] : parameters.map(positive);
  if ((parameters.length !== 0 && parameters.length !== 3) || !N || !r || !p) return undefined;
  const isPowerOfTwo = N > 1 && (N & (N - 1)) === 0;
  if (!isPowerOfTwo || N > max.scryptN || r > max.scryptR || N * r > max.scryptMemory || p > max.scryptP || expected.length !== 128)
    return undefined;
  // Werkzeug's defaults exceed the default `maxmem` of Node.
  const options = { N, r, p, maxmem: 256 * r * (N + p + 2) };
  return {
    scheme: `scrypt:${N}:${r}:${p}`,
    verify: async (password) => isHex(await derive.scrypt(password, salt, 64, options), expected),
  };
}

function readPbkdf2(parameters: string[], salt: string, expected: string): ForeignHash | undefined {
  const [digest = "sha256", iterationsText] = parameters;
  // Werkzeug always writes both; a missing count is read as the current default.
  const iterations = iterationsText === undefined ? 1_000_000 : positive(iterationsText);
  const length = digestBytes(digest);
  if (parameters.length > 2 || !length || !iterations || iterations > maxPbkdf2Iterations || expected.length !== length * 2)
    return undefined;
  return {
    scheme: `pbkdf2:${digest}:${iterations}`,
    verify: async (password) => isHex(await derive.pbkdf2(password, salt, iterations, length, digest), expected),
  };
}

function readDigest(name: string, salt: string, expected: string): ForeignHash | undefined {
  if (digestBytes(name) !== expected.length / 2) return undefined;
  return {
    scheme: undefined,
    verify: async (password) => {
      const computed = salt === "" ? createHash(name).update(password) : createHmac(name, salt).update(password);
      return isHex(computed.digest(), expected);
    },
  };
}

const derive = {
  scrypt: promisify<string, string, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt),
  pbkdf2: promisify(pbkdf2),
};

/** Length of a digest in bytes; undefined for an unsupported one. */
export function digestBytes(name: string): number | undefined {
  const lengths: Record<string, number> = { md5: 16, sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 };
  return Object.hasOwn(lengths, name) ? lengths[name] : undefined;
}

function positive(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

function isHex(computed: Buffer, expectedHex: string): boolean {
  const expected = Buffer.from(expectedHex, "hex");
  return computed.length === expected.length && timingSafeEqual(computed, expected);
}
