/** Reads password hashes imported from other applications. */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { verify } from "@node-rs/argon2";
import { digestBytes, type ForeignHash, maxPbkdf2Iterations, readWerkzeugHash } from "./werkzeug.ts";

const require = createRequire(import.meta.url);

/**
 * How an application transformed a password before hashing. `pepper`: Devise appends a secret; `hmac`: Flask-Security hashes the base64
 * of an HMAC-SHA-512; `sha256`: Django's `bcrypt_sha256`.
 */
export type Preparation = "raw" | "nfkc" | "nfkd" | "pepper" | "hmac" | "sha256";

const preparations: Readonly<Record<Preparation, (password: string, pepper: string) => string>> = {
  raw: (password) => password,
  nfkc: (password) => password.normalize("NFKC"),
  nfkd: (password) => password.normalize("NFKD"),
  pepper: (password, pepper) => password + pepper,
  hmac: (password, pepper) => createHmac("sha512", pepper).update(password.normalize("NFKD")).digest("base64"),
  sha256: (password) => createHash("sha256").update(password).digest("hex"),
};

/** Denial of service: Unicode normalization takes quadratic time on combining marks, so longer text is never normalized (ASVS 15.1.3). */
export const maxCodeUnits = 4_096;

export function importedHash(preparation: Preparation, hash: string): string {
  return `imported:${preparation}:${hash}`;
}

export function isImported(stored: string): boolean {
  return stored.startsWith("imported:");
}

/** Offline guessing: a fast digest is stored inside an Argon2id hash, and is as hard to crack as any other. */
export function wrappedHash(preparation: Preparation, digest: Digest, argon2: string): string {
  return importedHash(preparation, `wrapped:${digest.method}$${digest.salt}${argon2}`);
}

/** `method` is such as `hmac-sha1`, `salted-md5` (salt, then password), `md5` or `pbkdf2:sha1:1000`. Salts are text. */
export interface Digest {
  readonly method: string;
  readonly salt: string;
}

/** Reads a hash that {@link importedHash} wrote. Without the application's `pepper`, hashes that need it match no password. */
export function readImportedHash(stored: string, pepper: string | undefined): ForeignHash | undefined {
  const [, name = "", inner = ""] = /^imported:([a-z0-9]+):(.+)$/s.exec(stored) ?? [];
  if (!Object.hasOwn(preparations, name)) return undefined;
  const prepare = preparations[name as Preparation];
  const hash = readWrapped(inner) ?? readBcrypt(inner) ?? readArgon2(inner) ?? readBinaryPbkdf2(inner) ?? readWerkzeugHash(inner);
  return (
    hash && {
      scheme: hash.scheme,
      // Same cost for any length: text that is too long is verified as an empty password, and refused.
      verify: async (password) => {
        const isTooLong = password.length > maxCodeUnits;
        return (await hash.verify(prepare(isTooLong ? "" : password, pepper ?? ""))) && !isTooLong;
      },
    }
  );
}

/** A dummy hash of an imported scheme; undefined for any other scheme. */
export function importedDummyHash(scheme: string): string | undefined {
  const [, cost] = /^bcrypt:(\d\d)$/.exec(scheme) ?? [];
  if (cost !== undefined) return importedHash("raw", `$2b$${cost}$${"decoy.".repeat(9).slice(0, 53)}`);
  const [, method, type, m, t, p] = /^wrapped:([\w:-]+)\+(argon2id):(\d+):(\d+):(\d+)$/.exec(scheme) ?? [];
  if (method === undefined) return undefined;
  return wrappedHash(
    "raw",
    { method, salt: "decoydecoydecoy1" },
    `$${type}$v=19$m=${m},t=${t},p=${p}$ZGVjb3lkZWNveWRlY295MQ$${"A".repeat(43)}`,
  );
}

/** `$2a$`, `$2b$` and `$2y$` are one algorithm; `$2x$` marks hashes of a faulty implementation, and is refused. */
function readBcrypt(stored: string): ForeignHash | undefined {
  const [, cost] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(stored) ?? [];
  if (cost === undefined || Number(cost) < 4 || Number(cost) > 15) return undefined;
  return {
    scheme: `bcrypt:${cost}`,
    verify: async (password) => {
      // By `require`: Node caches the failure of an `import` of a CommonJS package, and never retries.
      const bcrypt = require("@node-rs/bcrypt") as typeof import("@node-rs/bcrypt");
      // bcrypt reads 72 bytes, and C implementations stop at a NUL.
      const hasNul = password.includes("\0");
      const bytes = Buffer.from(hasNul ? "" : password).subarray(0, 72);
      return (await bcrypt.verify(bytes, stored).catch(() => false)) && !hasNul;
    },
  };
}

const argon2Shape = /^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{16,86}$/;

/** Reads an Argon2 hash (PHC string). Denial of service: parameters are bounded (ASVS 15.1.3). */
export function readArgon2(stored: string): ForeignHash | undefined {
  const [whole, m, t, p] = argon2Shape.exec(stored) ?? [];
  if (whole === undefined || Number(m) > 2 ** 20 || Number(t) > 10 || Number(p) > 16) return undefined;
  const [, type] = stored.split("$", 2);
  return {
    scheme: `${type}:${m}:${t}:${p}`,
    // The library throws on malformed salts and lengths: such a hash matches no password.
    verify: (password) => verify(stored, password).catch(() => false),
  };
}

/** Reads a hash of passlib, whose salts are bytes: `pbkdf2-bytes:sha512:25000$hex$hex`. */
function readBinaryPbkdf2(stored: string): ForeignHash | undefined {
  const [, digest = "", iterations, salt = "", expected = ""] =
    /^pbkdf2-bytes:(\w+):([1-9]\d{0,8})\$([0-9a-f]+)\$([0-9a-f]+)$/.exec(stored) ?? [];
  const length = digestBytes(digest);
  if (!length || expected.length !== 2 * length || Number(iterations) > maxPbkdf2Iterations) return undefined;
  return {
    scheme: `pbkdf2:${digest}:${iterations}`,
    verify: async (password) => {
      const computed = await promisify(pbkdf2)(password, Buffer.from(salt, "hex"), Number(iterations), length, digest);
      return timingSafeEqual(computed, Buffer.from(expected, "hex"));
    },
  };
}

function readWrapped(stored: string): ForeignHash | undefined {
  const [, method = "", salt = "", argon2 = ""] = /^wrapped:([a-z0-9:-]+)\$([^$]*)(\$argon2id\$.+)$/s.exec(stored) ?? [];
  const around = readArgon2(argon2);
  const digest = around && digestOf(method, salt);
  return (
    digest && { scheme: `wrapped:${costOf(method)}+${around.scheme}`, verify: async (password) => around.verify(await digest(password)) }
  );
}

/** Plain digests take next to no time, so all of them count as one scheme. */
function costOf(method: string): string {
  return method.startsWith("pbkdf2") ? method : "md5";
}

/** Returns the function that computes the wrapped digest in lower-case hex; undefined for an unknown method. */
function digestOf(method: string, salt: string): ((password: string) => Promise<string>) | undefined {
  const [, kind, name = ""] = /^(hmac-|salted-|)([a-z0-9]+)$/.exec(method) ?? [];
  if (kind !== undefined && digestBytes(name) !== undefined) {
    return async (password) => {
      if (kind === "hmac-") return createHmac(name, salt).update(password).digest("hex");
      return createHash(name)
        .update(kind === "salted-" ? salt + password : password)
        .digest("hex");
    };
  }
  const [, shape, digest = "", iterations] = /^(pbkdf2|pbkdf2-bytes):(\w+):([1-9]\d{0,8})$/.exec(method) ?? [];
  const length = digestBytes(digest);
  if (shape === undefined || length === undefined || Number(iterations) > maxPbkdf2Iterations) return undefined;
  const bytes = shape === "pbkdf2" ? Buffer.from(salt) : Buffer.from(salt, "hex");
  return async (password) => (await promisify(pbkdf2)(password, bytes, Number(iterations), length, digest)).toString("hex");
}
