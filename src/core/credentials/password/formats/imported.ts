/** Password hashes of other applications, as they stand here until their owner logs in: what was done to the password, and the hash of that. */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { verify } from "@node-rs/argon2";
import { digestBytes, type ForeignHash, mostPbkdf2Iterations, readWerkzeugHash } from "./werkzeug.ts";

const require = createRequire(import.meta.url);

/**
 * What an application did to a password before it hashed it. `pepper`: Devise appends a secret; `hmac`: Flask-Security takes the
 * HMAC-SHA-512 by one, in base64; `sha256`: Django's `bcrypt_sha256`. The others are forms of Unicode, or none.
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

/** Composing accents takes time that grows with the square of their number, so what is far too long is not even read (ASVS 15.1.3). */
export const mostCodeUnits = 4_096;

export function importedHash(preparation: Preparation, hash: string): string {
  return `imported:${preparation}:${hash}`;
}

export function isImported(stored: string): boolean {
  return stored.startsWith("imported:");
}

/** Our own hash around an old digest, so that what lies in the database is as hard to guess at as any other. */
export function wrappedHash(preparation: Preparation, digest: Digest, argon2: string): string {
  return importedHash(preparation, `wrapped:${digest.method}$${digest.salt}${argon2}`);
}

/** How an old digest is made: `hmac-sha1`, `salted-md5` (salt, then password), `md5` (neither), or `pbkdf2:sha1:1000`; salts are text. */
export interface Digest {
  readonly method: string;
  readonly salt: string;
}

/** Reads what {@link importedHash} wrote. `pepper` is what the old application mixed in; without it, what needs it fits nothing. */
export function readImportedHash(stored: string, pepper: string | undefined): ForeignHash | undefined {
  const [, name = "", inner = ""] = /^imported:([a-z0-9]+):(.+)$/s.exec(stored) ?? [];
  if (!Object.hasOwn(preparations, name)) return undefined;
  const prepare = preparations[name as Preparation];
  const hash = readWrapped(inner) ?? readBcrypt(inner) ?? readArgon2(inner) ?? readBinaryPbkdf2(inner) ?? readWerkzeugHash(inner);
  return (
    hash && {
      scheme: hash.scheme,
      // The work is the same whatever is typed; what is too long is answered for an empty password, and refused.
      verify: async (password) => {
        const isTooLong = password.length > mostCodeUnits;
        return (await hash.verify(prepare(isTooLong ? "" : password, pepper ?? ""))) && !isTooLong;
      },
    }
  );
}

/** A hash of a scheme of these that fits no password, to spend the same time on; undefined for a scheme that is none of these. */
export function importedDecoy(scheme: string): string | undefined {
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

/** `$2a$`, `$2b$` and `$2y$` are one algorithm in all implementations that did it right; `$2x$` is the mark of one that did not. */
function readBcrypt(stored: string): ForeignHash | undefined {
  const [, cost] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(stored) ?? [];
  if (cost === undefined || Number(cost) < 4 || Number(cost) > 15) return undefined;
  return {
    scheme: `bcrypt:${cost}`,
    verify: async (password) => {
      // By `require`, which tries again: Node keeps for good that an `import` of a CommonJS package failed.
      const bcrypt = require("@node-rs/bcrypt") as typeof import("@node-rs/bcrypt");
      // In C, a NUL ends the text; and only 72 bytes count, whatever comes behind them.
      const hasNul = password.includes("\0");
      const bytes = Buffer.from(hasNul ? "" : password).subarray(0, 72);
      return (await bcrypt.verify(bytes, stored).catch(() => false)) && !hasNul;
    },
  };
}

const argon2Shape = /^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{16,86}$/;

/** Argon2 in its PHC form, within bounds that this machine can bear, of the very text that it is given. */
export function readArgon2(stored: string): ForeignHash | undefined {
  const [whole, m, t, p] = argon2Shape.exec(stored) ?? [];
  if (whole === undefined || Number(m) > 2 ** 20 || Number(t) > 10 || Number(p) > 16) return undefined;
  const [, type] = stored.split("$", 2);
  return {
    scheme: `${type}:${m}:${t}:${p}`,
    // The library throws on salts and lengths that no implementation writes: such a hash fits no password.
    verify: (password) => verify(stored, password).catch(() => false),
  };
}

/** passlib's salts are bytes, where Werkzeug's are text: `pbkdf2-bytes:sha512:25000$hex$hex`. */
function readBinaryPbkdf2(stored: string): ForeignHash | undefined {
  const [, digest = "", iterations, salt = "", expected = ""] =
    /^pbkdf2-bytes:(\w+):([1-9]\d{0,8})\$([0-9a-f]+)\$([0-9a-f]+)$/.exec(stored) ?? [];
  const length = digestBytes(digest);
  if (!length || expected.length !== 2 * length || Number(iterations) > mostPbkdf2Iterations) return undefined;
  return {
    scheme: `pbkdf2:${digest}:${iterations}`,
    verify: async (password) => {
      const made = await promisify(pbkdf2)(password, Buffer.from(salt, "hex"), Number(iterations), length, digest);
      return timingSafeEqual(made, Buffer.from(expected, "hex"));
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

/** A plain digest takes no time worth speaking of, so all of them are one scheme. */
function costOf(method: string): string {
  return method.startsWith("pbkdf2") ? method : "md5";
}

/** The digest of a password in lower-case hex, as it was wrapped; undefined for a method that there is not. */
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
  if (shape === undefined || length === undefined || Number(iterations) > mostPbkdf2Iterations) return undefined;
  const bytes = shape === "pbkdf2" ? Buffer.from(salt) : Buffer.from(salt, "hex");
  return async (password) => (await promisify(pbkdf2)(password, bytes, Number(iterations), length, digest)).toString("hex");
}
