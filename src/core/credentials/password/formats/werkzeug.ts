/** Password hashes that people bring with them: how Werkzeug wrote them, and how they are verified. */
import { createHash, createHmac, pbkdf2, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** A stored hash that was understood. */
export interface ForeignHash {
  /** What it costs, such as `scrypt:32768:8:1`; hashes of one scheme take the same time. Undefined where that is next to nothing. */
  readonly scheme: string | undefined;
  /** Whether the password, exactly as typed, made the hash. */
  readonly verify: (password: string) => Promise<boolean>;
}

/** Hostile parameters would stop the machine, so what is dearer than any real application's is not computed (ASVS 15.1.3). */
const most = { scryptN: 2 ** 17, scryptR: 16, scryptMemory: 2 ** 20, scryptP: 10 };
export const mostPbkdf2Iterations = 10_000_000;

/**
 * Reads a hash as Werkzeug's `generate_password_hash` wrote it, of any version: `scrypt:N:r:p$salt$hex`,
 * `pbkdf2:digest:iterations$salt$hex`, `digest$salt$hex` (an HMAC) and `digest$$hex`.
 * Gives undefined for what is malformed, cut off, too dear, or plain text.
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

/** At the first two dollar signs only: more of them belong to the third part. */
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
  if (!isPowerOfTwo || N > most.scryptN || r > most.scryptR || N * r > most.scryptMemory || p > most.scryptP || expected.length !== 128)
    return undefined;
  // Node refuses Werkzeug's own defaults unless it is told how much memory they take.
  const options = { N, r, p, maxmem: 256 * r * (N + p + 2) };
  return {
    scheme: `scrypt:${N}:${r}:${p}`,
    verify: async (password) => isHex(await derive.scrypt(password, salt, 64, options), expected),
  };
}

function readPbkdf2(parameters: string[], salt: string, expected: string): ForeignHash | undefined {
  const [digest = "sha256", iterationsText] = parameters;
  // Werkzeug writes both, always; the default of the version that took them over stands for what is missing.
  const iterations = iterationsText === undefined ? 1_000_000 : positive(iterationsText);
  const length = digestBytes(digest);
  if (parameters.length > 2 || !length || !iterations || iterations > mostPbkdf2Iterations || expected.length !== length * 2)
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
      const made = salt === "" ? createHash(name).update(password) : createHmac(name, salt).update(password);
      return isHex(made.digest(), expected);
    },
  };
}

const derive = {
  scrypt: promisify<string, string, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt),
  pbkdf2: promisify(pbkdf2),
};

/** How long a digest is that Werkzeug could have used, in bytes; undefined for any other name. */
export function digestBytes(name: string): number | undefined {
  const lengths: Record<string, number> = { md5: 16, sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 };
  return Object.hasOwn(lengths, name) ? lengths[name] : undefined;
}

function positive(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

function isHex(made: Buffer, expectedHex: string): boolean {
  const expected = Buffer.from(expectedHex, "hex");
  return made.length === expected.length && timingSafeEqual(made, expected);
}
