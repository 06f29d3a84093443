/** What a password hash of another application becomes here. A weak one is wrapped in one of ours at once. */
import { digestBytes, readWerkzeugHash, splitInThree } from "../core/hashes.ts";
import { type Digest, importedHash, type Preparation, readImportedHash, wrappedHash } from "../core/imported-hashes.ts";

export const formats = ["werkzeug", "flask-security", "django", "better-auth", "devise"] as const;
export type Format = (typeof formats)[number];

/** `kind` is for the report: never the hash, nor any of it. */
export type Converted =
  | { readonly kind: string; readonly stored: string }
  | { readonly kind: string; readonly unusable: "not-understood" | "cut-off" | "too-dear" | "plain-text" | "none" };

interface Tools {
  /** Our own hash of a text, as a PHC string. */
  readonly hash: (text: string) => Promise<string>;
  /** Whether the source mixed a secret into passwords that is known here. */
  readonly hasPepper: boolean;
}

/** Below this, an hour on a graphics card goes through every word of a dictionary (OWASP asks for 600,000). */
const fewestIterations = 100_000;

export function convert(format: Format, hash: string, tools: Tools): Promise<Converted> {
  const text = hash.trim();
  if (text === "") return Promise.resolve({ kind: "none", unusable: "none" });
  return converters[format](text, tools);
}

const converters: Readonly<Record<Format, (hash: string, tools: Tools) => Promise<Converted>>> = {
  werkzeug: (hash, tools) => fromWerkzeug(hash, tools),
  "flask-security": (hash, tools) => fromFlaskSecurity(hash, tools),
  django: (hash, tools) => fromDjango(hash, tools),
  // The salt is the text of its digits; what is hashed is in NFKC.
  "better-auth": async (hash) => {
    const [, salt, key] = /^([0-9a-f]{32}):([0-9a-f]+)$/i.exec(hash) ?? [];
    if (salt === undefined || key === undefined) return { kind: "unknown", unusable: "not-understood" };
    return known("scrypt", importedHash("nfkc", `scrypt:16384:16:1$${salt}$${key}`));
  },
  devise: async (hash, { hasPepper }) => fromBcrypt(hash, hasPepper ? "pepper" : "raw"),
};

async function fromWerkzeug(hash: string, tools: Tools): Promise<Converted> {
  const [method = "", salt, digest] = splitInThree(hash);
  if (salt === undefined || digest === undefined) return { kind: "unknown", unusable: "not-understood" };
  const kind = method
    .split(":")
    .slice(0, 2)
    .join(":")
    .replace(/^scrypt:.*/, "scrypt");
  if (method === "plain") return { kind, unusable: "plain-text" };
  if (readWerkzeugHash(hash) === undefined) return { kind, unusable: isCutOff(hash, method, digest) ? "cut-off" : "not-understood" };
  const [, name = "", iterations] = /^pbkdf2:(\w+):(\d+)$/.exec(method) ?? [];
  if (iterations !== undefined && Number(iterations) < fewestIterations)
    return wrap(kind, "raw", { method: `pbkdf2:${name}:${iterations}`, salt }, digest, tools);
  if (method.startsWith("scrypt") || method.startsWith("pbkdf2")) return known(kind, hash);
  return wrap(kind, "raw", { method: salt === "" ? method : `hmac-${method}`, salt }, digest, tools);
}

/** Columns of 60 to 128 characters cut the newer hashes off: it would be understood if it were longer. */
function isCutOff(hash: string, method: string, digest: string): boolean {
  if (!/^[0-9a-f]*$/i.test(digest)) return false;
  const lengths = method.startsWith("scrypt") ? [128] : [32, 40, 56, 64, 96, 128];
  return lengths.some((length) => length > digest.length && readWerkzeugHash(hash + "0".repeat(length - digest.length)) !== undefined);
}

/** It takes the HMAC of every password first, but for Django's and plain ones, unless it is told not to. */
async function fromFlaskSecurity(hash: string, tools: Tools): Promise<Converted> {
  const preparation: Preparation = tools.hasPepper ? "hmac" : "nfkd";
  if (/^\$2[abxy]?\$/.test(hash)) return fromBcrypt(hash, preparation);
  if (hash.startsWith("$argon2")) return known("argon2", importedHash(preparation, hash));
  const [, digest = "", rounds = "", salt = "", sum = ""] = /^\$pbkdf2-(sha1|sha256|sha512)\$(\d+)\$([^$]*)\$([^$]+)$/.exec(hash) ?? [];
  if (sum !== "") {
    // passlib's base64: a full stop for the plus, and no padding.
    const [saltHex, sumHex] = [salt, sum].map((text) => Buffer.from(text.replaceAll(".", "+"), "base64").toString("hex"));
    const kind = `pbkdf2:${digest}`;
    if (Number(rounds) >= fewestIterations)
      return known(kind, importedHash(preparation, `pbkdf2-bytes:${digest}:${rounds}$${saltHex}$${sumHex}`));
    return wrap(kind, preparation, { method: `pbkdf2-bytes:${digest}:${rounds}`, salt: saltHex ?? "" }, sumHex ?? "", tools);
  }
  if (hash.startsWith("django_") || /^(?:pbkdf2_|bcrypt|argon2\$|scrypt\$)/.test(hash))
    return fromDjango(hash.replace(/^django_/, ""), tools);
  return { kind: /^\$(\w+)\$/.exec(hash)?.[1] ?? "unknown", unusable: "not-understood" };
}

/** The first field picks the hasher. Salts are text. */
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
  return { kind: "unknown", unusable: "not-understood" };
}

function fromBcrypt(hash: string, preparation: Preparation): Converted {
  const [, cost] = /^\$2[aby]\$(\d\d)\$/.exec(hash) ?? [];
  if (cost === undefined) return { kind: "bcrypt", unusable: "not-understood" };
  if (hash.length < 60) return { kind: "bcrypt", unusable: "cut-off" };
  return Number(cost) > 15 ? { kind: "bcrypt", unusable: "too-dear" } : known("bcrypt", importedHash(preparation, hash));
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
