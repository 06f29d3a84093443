/** Reads the JSON file of second factors and passkeys of another app. */
import type { JsonWebKey } from "node:crypto";
import { z } from "zod";
import { readRecoveryCode } from "../core/two-factor/recovery-codes.ts";
import { decodeBase32, encodeBase32 } from "../platform/base32.ts";
import { fromCoseKey, readKey, toCoseKey } from "../platform/crypto/cose-key.ts";
import { ImportError } from "./source.ts";

/** Why a factor or a whole entry is not imported. */
export type FactorTrouble =
  | "entry-not-valid"
  | "id-twice"
  | "account-not-found"
  | "email-differs"
  | "account-frozen"
  | "account-used"
  | "factors-changed"
  | "totp-parameters"
  | "totp-secret-not-valid"
  | "totp-too-many"
  | "codes-hashed"
  | "codes-not-valid"
  | "codes-without-factor"
  | "two-factor-without-factor"
  | "passkeys-off"
  | "passkey-other-site"
  | "passkey-not-valid"
  | "passkey-taken"
  | "passkey-too-many"
  | "login-provider-unknown"
  | "login-not-valid"
  | "login-taken"
  | "login-too-many";

/** The factors of one account. */
export interface FactorsEntry {
  /** Of the account in the other app. */
  readonly id: string;
  readonly email: string;
  readonly authenticators: readonly { readonly secret: string; readonly name: string }[];
  readonly recoveryCodes: readonly string[];
  readonly passkeys: readonly PasskeyEntry[];
  readonly logins: readonly LoginEntry[];
  /** Whether the second step is asked for at each login. */
  readonly twoFactor: boolean;
  readonly troubles: readonly FactorTrouble[];
}

/** An account at another provider. */
export interface LoginEntry {
  /** As in `PROVIDERS`. */
  readonly provider: string;
  /** By default the one of the provider. */
  readonly issuer: string | undefined;
  readonly subject: string;
  readonly email: string | undefined;
}

export interface PasskeyEntry {
  readonly credentialId: Buffer;
  /** COSE key. */
  readonly publicKey: Buffer;
  readonly rpId: string;
  /** Undefined for one that can't be found without a username, such as an older security key. */
  readonly handle: Buffer | undefined;
  readonly name: string;
  readonly aaguid: string;
  readonly transports: readonly string[];
  readonly counter: number;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
}

const name = z.string().max(200).default("");

const entrySchema = z.object({
  id: z.union([z.string().min(1), z.number().int()]).transform(String),
  email: z.string(),
  twoFactor: z.boolean().optional(),
  totp: z
    .array(
      z.object({
        secret: z.string(),
        name,
        algorithm: z.string().default("SHA1"),
        digits: z.number().default(6),
        period: z.number().default(30),
      }),
    )
    .default([]),
  recoveryCodes: z.array(z.string()).default([]),
  passkeys: z
    .array(
      z.object({
        credentialId: z.string(),
        publicKey: z.union([z.string(), z.record(z.string(), z.unknown())]),
        rpId: z.string().optional(),
        userHandle: z.string().optional(),
        name,
        aaguid: z.string().default(""),
        transports: z.array(z.string()).default([]),
        counter: z.number().int().min(0).max(0xffff_ffff),
        backupEligible: z.boolean(),
        backedUp: z.boolean(),
      }),
    )
    .default([]),
  logins: z
    .array(
      z.object({
        provider: z.string(),
        issuer: z.string().optional(),
        subject: z.union([z.string(), z.number().int()]).transform(String),
        email: z.string().optional(),
      }),
    )
    .default([]),
});

type Entry = z.infer<typeof entrySchema>;

/** An entry, or the ID of one that is not readable. */
export type ReadEntry = FactorsEntry | { readonly id: string; readonly troubles: readonly ["entry-not-valid"] };

/** Reads `{ "rpId": …, "accounts": [ … ] }`. Throws {@link ImportError} if it is not that; secrets are in no message. */
export function readFactorsFile(text: string): ReadEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ImportError("--from: the file is not JSON");
  }
  const file = z.object({ rpId: z.string().optional(), accounts: z.array(z.unknown()) }).safeParse(json);
  if (!file.success) throw new ImportError('--from: the file must be an object with a list "accounts"; see docs/migrating.md');
  return file.data.accounts.map((each, i) => {
    const read = entrySchema.safeParse(each);
    return read.success ? toEntry(read.data, file.data.rpId) : { id: idOf(each) ?? `entry ${i + 1}`, troubles: ["entry-not-valid"] };
  });
}

function idOf(entry: unknown): string | undefined {
  const id = typeof entry === "object" && entry !== null ? (entry as { id?: unknown }).id : undefined;
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
}

function toEntry({ id, email, twoFactor, totp, recoveryCodes, passkeys, logins }: Entry, rpId: string | undefined): FactorsEntry {
  const troubles: FactorTrouble[] = [];
  const authenticators = totp.flatMap((each) => {
    const read = readAuthenticator(each);
    if (typeof read !== "string") return [read];
    troubles.push(read);
    return [];
  });
  const readPasskeys = passkeys.flatMap((each) => {
    const read = readPasskey(each, rpId);
    if (!read) troubles.push("passkey-not-valid");
    return read ?? [];
  });
  const readLogins = logins.flatMap(({ provider, issuer, subject, email: there }) => {
    if (subject !== "" && subject.length <= 255) return { provider, issuer, subject, email: there };
    troubles.push("login-not-valid");
    return [];
  });
  const codes = readCodes(recoveryCodes);
  if (typeof codes === "string") troubles.push(codes);
  return {
    ...{ id, email, authenticators, passkeys: readPasskeys, logins: readLogins, troubles },
    recoveryCodes: typeof codes === "string" ? [] : codes,
    twoFactor: twoFactor ?? totp.length > 0,
  };
}

/** Shorter ones could be guessed from a stolen database (RFC 4226, 4 asks for 128 bits; many apps had 80). */
const minSecretBytes = 10;
const maxSecretBytes = 128;

function readAuthenticator(
  entry: Entry["totp"][number],
): FactorsEntry["authenticators"][number] | "totp-parameters" | "totp-secret-not-valid" {
  const { secret, algorithm, digits, period } = entry.secret.startsWith("otpauth:") ? fromUri(entry.secret) : entry;
  const isUsual = algorithm.replace("-", "").toUpperCase() === "SHA1" && Number(digits) === 6 && Number(period) === 30;
  if (!isUsual) return "totp-parameters";
  const bytes = decodeBase32(secret);
  if (!bytes || bytes.length < minSecretBytes || bytes.length > maxSecretBytes) return "totp-secret-not-valid";
  return { secret: encodeBase32(bytes), name: entry.name };
}

/** The URI of a QR code. */
function fromUri(uri: string) {
  const query = URL.parse(uri)?.searchParams;
  return {
    secret: query?.get("secret") ?? "!",
    algorithm: query?.get("algorithm") ?? "SHA1",
    digits: query?.get("digits") ?? 6,
    period: query?.get("period") ?? 30,
  };
}

/** Hashes of another app can't be compared with a typed code without its function and salt. */
function readCodes(codes: readonly string[]): string[] | "codes-hashed" | "codes-not-valid" {
  if (codes.some((code) => /[$:{]/.test(code) || /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64,})$/i.test(code))) return "codes-hashed";
  const plain = codes.map(readRecoveryCode).filter((code) => code !== undefined);
  return plain.length === codes.length ? [...new Set(plain)] : "codes-not-valid";
}

const maxCredentialId = 1023;
const maxHandle = 64;

function readPasskey(entry: Entry["passkeys"][number], rpIdOfFile: string | undefined): PasskeyEntry | undefined {
  const { credentialId, userHandle, counter, backupEligible, backedUp } = entry;
  const rpId = entry.rpId ?? rpIdOfFile;
  const [id, handle] = [readBase64(credentialId), userHandle === undefined ? undefined : readBase64(userHandle)];
  const key = readPublicKey(entry.publicKey);
  const isHandle = userHandle === undefined || (handle !== undefined && handle.length > 0 && handle.length <= maxHandle);
  if (!id || id.length === 0 || id.length > maxCredentialId || !key || !isHandle || rpId === undefined) return undefined;
  // WebAuthn, 6.1.3: what can't be synchronised is not synchronised.
  if (backedUp && !backupEligible) return undefined;
  return {
    ...{ credentialId: id, publicKey: key, rpId, handle, name: entry.name, counter, backupEligible, backedUp },
    aaguid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(entry.aaguid) ? entry.aaguid.toLowerCase() : noModel,
    transports: entry.transports.filter((each) => /^[a-z-]{1,20}$/.test(each)).slice(0, 8),
  };
}

const noModel = "00000000-0000-0000-0000-000000000000";

/** Base64 and base64url, with or without padding. */
function readBase64(text: string): Buffer | undefined {
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}

/** A JWK, or base64 of a COSE key, of SPKI, or of SPKI in PEM. Each is read and encoded anew, so only valid keys are stored. */
function readPublicKey(given: string | Record<string, unknown>): Buffer | undefined {
  if (typeof given !== "string") return encode(readKey(given as JsonWebKey));
  const pem = /^-----BEGIN PUBLIC KEY-----([\s\S]+)-----END PUBLIC KEY-----\s*$/.exec(given)?.[1];
  const bytes = readBase64((pem ?? given).replaceAll(/\s/g, ""));
  return bytes && encode(fromCoseKey(bytes) ?? readKey(bytes));
}

function encode(key: ReturnType<typeof readKey>): Buffer | undefined {
  return key && toCoseKey(key);
}
