/** Converts password hashes of other apps; wraps weak ones in Argon2id. */

import {
  type Digest,
  importedHash,
  type Preparation,
  readImportedHash,
  wrappedHash,
} from "../core/credentials/password/formats/imported.ts";
import { digestBytes, readWerkzeugHash, splitInThree } from "../core/credentials/password/formats/werkzeug.ts";

export const formats = [
  "werkzeug",
  "flask-bcrypt",
  "flask-bcrypt-sha256",
  "django",
  "flask-security",
  "better-auth",
  "devise",
  "laravel",
] as const;
export type Format = (typeof formats)[number];

/** `kind` is reported; it never contains any part of the hash. */
export type Converted =
  | { readonly kind: string; readonly stored: string }
  | { readonly kind: string; readonly unusable: "not-understood" | "cut-off" | "too-expensive" | "plain-text" | "none" };

interface Tools {
  /** Hashes a text with Argon2id, as a PHC string. */
  readonly hash: (text: string) => Promise<string>;
  /** Whether `IMPORTED_PEPPER` is set. */
  readonly hasPepper: boolean;
}

/** Offline guessing: fewer PBKDF2 iterations are wrapped in Argon2id (OWASP recommends 600,000). */
const minIterations = 100_000;

export function convert(format: Format, hash: string, tools: Tools): Promise<Converted> {
  const text = hash.trim();
  if (text === "") return Promise.resolve({ kind: "none", unusable: "none" });
  return converters[format](text, tools);
}

/** Returns the first other format that can read a hash. */
export async function suggest(hash: string, not: Format): Promise<Format | undefined> {
  for (const format of formats) {
    if (format === not) continue;
    const converted = await convert(format, hash, { hash: async () => anyHash, hasPepper: false });
    if ("stored" in converted) return format;
  }
  return undefined;
}

/** A placeholder for Argon2id hashes that are not computed. */
export const anyHash = `$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(22)}$${"A".repeat(43)}`;

const notUnderstood = (hash: string): Converted => ({ kind: kindOf(hash), unusable: "not-understood" });

const kinds: readonly (readonly [RegExp, string])[] = [
  [/^(?:bcrypt\$)?\$2[abxy]?\$/, "bcrypt"],
  [/^bcrypt_sha256\$/, "bcrypt-sha256"],
  [/^(?:argon2)?\$argon2(?:id|i|d)\$/, "argon2"],
  [/^(?:\$pbkdf2|pbkdf2)[-_:]/, "pbkdf2"],
  [/^\$?scrypt[:$]/, "scrypt"],
  [/^\$(?:P|H)\$/, "phpass"],
  [/^\$wp\$/, "wordpress-bcrypt"],
  [/^\$1\$/, "md5-crypt"],
  [/^\$5\$/, "sha256-crypt"],
  [/^\$6\$/, "sha512-crypt"],
  [/^\$y\$/, "yescrypt"],
  [/^(?:md5|sha1|sha224|sha256|sha384|sha512)\$/, "digest"],
  [/^[0-9a-f]{32}:[0-9a-f]{128}$/i, "scrypt"],
];

/** Names known kinds only: an unknown value may be a plain-text password and is never shown. */
function kindOf(hash: string): string {
  return kinds.find(([shape]) => shape.test(decoded(hash)))?.[1] ?? "unknown";
}

/** Decodes bytes stored as text: Python's `b'…'` or PostgreSQL's hexadecimal. */
function decoded(hash: string): string {
  const [, hex] = /^\\x((?:[0-9a-f]{2})+)$/i.exec(hash) ?? [];
  if (hex !== undefined) return decoded(Buffer.from(hex, "hex").toString().trim());
  return /^b(['"])(.*)\1$/s.exec(hash)?.[2] ?? hash;
}

const converters: Readonly<Record<Format, (hash: string, tools: Tools) => Promise<Converted>>> = {
  werkzeug: (hash, tools) => fromWerkzeug(hash, tools),
  "flask-security": (hash, tools) => fromFlaskSecurity(hash, tools),
  django: (hash, tools) => fromDjango(hash, tools),
  // The salt is its hexadecimal text; passwords are NFKC-normalised.
  "better-auth": async (hash) => {
    const [, salt, key] = /^([0-9a-f]{32}):([0-9a-f]+)$/i.exec(hash) ?? [];
    if (salt === undefined || key === undefined) return notUnderstood(hash);
    return known("scrypt", importedHash("nfkc", `scrypt:16384:16:1$${salt}$${key}`));
  },
  devise: async (hash, { hasPepper }) => fromBcrypt(hash, hasPepper ? "pepper" : "raw"),
  "flask-bcrypt": async (hash) => fromBcrypt(decoded(hash), "raw"),
  // BCRYPT_HANDLE_LONG_PASSWORDS: bcrypt of the hexadecimal SHA-256; the hash looks the same.
  "flask-bcrypt-sha256": async (hash) => fromBcrypt(decoded(hash), "sha256"),
  laravel: async (hash) => (hash.startsWith("$argon2") ? known("argon2", importedHash("raw", hash)) : fromBcrypt(hash, "raw")),
};

async function fromWerkzeug(hash: string, tools: Tools): Promise<Converted> {
  const [method = "", salt, digest] = splitInThree(hash);
  if (salt === undefined || digest === undefined) return notUnderstood(hash);
  const [, kind = kindOf(hash)] = /^(scrypt|plain|pbkdf2:(?:md5|sha\d{1,3})|md5|sha(?:1|224|256|384|512))(?=:|$)/.exec(method) ?? [];
  if (method === "plain") return { kind, unusable: "plain-text" };
  if (readWerkzeugHash(hash) === undefined) return { kind, unusable: isCutOff(hash, method, digest) ? "cut-off" : "not-understood" };
  const [, name = "", iterations] = /^pbkdf2:(\w+):(\d+)$/.exec(method) ?? [];
  if (iterations !== undefined && Number(iterations) < minIterations)
    return wrap(kind, "raw", { method: `pbkdf2:${name}:${iterations}`, salt }, digest, tools);
  if (method.startsWith("scrypt") || method.startsWith("pbkdf2")) return known(kind, hash);
  return wrap(kind, "raw", { method: salt === "" ? method : `hmac-${method}`, salt }, digest, tools);
}

/** Whether a column of 60 to 128 characters truncated the hash: it would be valid if it were longer. */
function isCutOff(hash: string, method: string, digest: string): boolean {
  if (!/^[0-9a-f]*$/i.test(digest)) return false;
  const lengths = method.startsWith("scrypt") ? [128] : [32, 40, 56, 64, 96, 128];
  return lengths.some((length) => length > digest.length && readWerkzeugHash(hash + "0".repeat(length - digest.length)) !== undefined);
}

/** Flask-Security hashes the HMAC of the password, except for Django and plain hashes or with SECURITY_PASSWORD_SINGLE_HASH. */
async function fromFlaskSecurity(hash: string, tools: Tools): Promise<Converted> {
  const preparation: Preparation = tools.hasPepper ? "hmac" : "nfkd";
  if (/^\$2[abxy]?\$/.test(hash)) return fromBcrypt(hash, preparation);
  if (hash.startsWith("$argon2")) return known("argon2", importedHash(preparation, hash));
  const [, digest = "", rounds = "", salt = "", sum = ""] = /^\$pbkdf2-(sha1|sha256|sha512)\$(\d+)\$([^$]*)\$([^$]+)$/.exec(hash) ?? [];
  if (sum !== "") {
    // passlib base64: `.` instead of `+`, no padding.
    const [saltHex, sumHex] = [salt, sum].map((text) => Buffer.from(text.replaceAll(".", "+"), "base64").toString("hex"));
    const kind = `pbkdf2:${digest}`;
    if (Number(rounds) >= minIterations)
      return known(kind, importedHash(preparation, `pbkdf2-bytes:${digest}:${rounds}$${saltHex}$${sumHex}`));
    return wrap(kind, preparation, { method: `pbkdf2-bytes:${digest}:${rounds}`, salt: saltHex ?? "" }, sumHex ?? "", tools);
  }
  if (hash.startsWith("django_") || /^(?:pbkdf2_|bcrypt|argon2\$|scrypt\$)/.test(hash))
    return fromDjango(hash.replace(/^django_/, ""), tools);
  return notUnderstood(hash);
}

/** The first field names the hasher; salts are text. */
async function fromDjango(hash: string, tools: Tools): Promise<Converted> {
  if (hash.startsWith("!")) return { kind: "none", unusable: "none" };
  if (/^[0-9a-f]{32}$/i.test(hash)) return wrap("md5", "raw", { method: "md5", salt: "" }, hash, tools);
  const [hasher = "", ...fields] = hash.split("$");
  const rest = hash.slice(hasher.length + 1);
  if (hasher === "argon2") return known("argon2", importedHash("raw", `$${rest}`));
  if (hasher === "bcrypt") return fromBcrypt(rest, "raw");
  if (hasher === "bcrypt_sha256") return fromBcrypt(rest, "sha256");
  const [, digest] = /^pbkdf2_(sha1|sha256)$/.exec(hasher) ?? [];
  if (digest !== undefined) {
    const [iterations = "", salt = "", sum = ""] = fields;
    const hex = Buffer.from(sum, "base64").toString("hex");
    return fromWerkzeug(`pbkdf2:${digest}:${iterations}$${salt}$${hex}`, tools);
  }
  if (hasher === "scrypt") {
    const [N, salt, r, p, sum = ""] = fields;
    return fromWerkzeug(`scrypt:${N}:${r}:${p}$${salt}$${Buffer.from(sum, "base64").toString("hex")}`, tools);
  }
  if (hasher === "md5" || hasher === "sha1") {
    const [salt = "", digestHex = ""] = fields;
    return wrap(hasher, "raw", { method: salt === "" ? hasher : `salted-${hasher}`, salt }, digestHex, tools);
  }
  return notUnderstood(hash);
}

function fromBcrypt(hash: string, preparation: Preparation): Converted {
  const [, cost] = /^\$2[aby]\$(\d\d)\$/.exec(hash) ?? [];
  if (cost === undefined) return notUnderstood(hash);
  if (hash.length < 60) return { kind: "bcrypt", unusable: "cut-off" };
  return Number(cost) > 15 ? { kind: "bcrypt", unusable: "too-expensive" } : known("bcrypt", importedHash(preparation, hash));
}

async function wrap(kind: string, preparation: Preparation, digest: Digest, hex: string, tools: Tools): Promise<Converted> {
  // The last part of `hmac-sha1`, `salted-md5` and `md5`; the one before the rounds of `pbkdf2:sha1:1000`.
  const name = /(\w+?)(?::\d+)?$/.exec(digest.method)?.[1] ?? "";
  const length = 2 * (digestBytes(name) ?? 0);
  if (length === 0 || !/^[0-9a-f]+$/i.test(hex)) return { kind, unusable: "not-understood" };
  if (hex.length !== length) return { kind, unusable: hex.length < length ? "cut-off" : "not-understood" };
  return { kind: `${kind}, wrapped`, stored: wrappedHash(preparation, digest, await tools.hash(hex.toLowerCase())) };
}

function known(kind: string, stored: string): Converted {
  const isUnderstood = readImportedHash(stored, undefined) ?? readWerkzeugHash(stored);
  return isUnderstood ? { kind, stored } : { kind, unusable: "not-understood" };
}
