/** Checks new passwords, hashes them (Argon2id) and verifies them. */

import { hash } from "@node-rs/argon2";
import { type Placeholders, prepared } from "../../../db/prepared.ts";
import type { Services } from "../../services.ts";
import { isDerivedFrom } from "./context-words.ts";
import { importedDummyHash, isImported, maxCodeUnits, readArgon2, readImportedHash } from "./formats/imported.ts";
import { digestBytes, readWerkzeugHash } from "./formats/werkzeug.ts";
import type { HashRequester } from "./hash-queue.ts";

const maxCodePoints = 1_024;
/** Limits the number of scheme queries; no deployment has imported more schemes. */
const maxSchemes = 20;

export type PasswordProblem = "too-short" | "too-long" | "not-text" | "needs-upper-and-digit" | "common" | "context-words" | "breached";

/** Returns why a new password is refused, or undefined. `contextWords` are the username and email; those of the site are added. */
export async function passwordProblem(
  s: Services,
  password: string,
  contextWords: readonly string[],
): Promise<PasswordProblem | undefined> {
  return (await localPasswordProblem(s, password, contextWords)) ?? ((await s.breachedPasswords.has(password)) ? "breached" : undefined);
}

/** Like `passwordProblem`, without a lookup among breached passwords, which the caller limits first. */
export async function localPasswordProblem(
  s: Services,
  password: string,
  contextWords: readonly string[],
): Promise<PasswordProblem | undefined> {
  // Lone surrogates have no UTF-8 form: two such passwords would have one hash.
  if (!password.isWellFormed()) return "not-text";
  if (password.length > maxCodeUnits) return "too-long";
  const length = [...password.normalize("NFC")].length;
  if (length < s.settings.passwordMinLength) return "too-short";
  if (length > maxCodePoints) return "too-long";
  if (s.settings.passwordRules === "upper-and-digit" && !(/\p{Lu}/u.test(password) && /\p{Nd}/u.test(password)))
    return "needs-upper-and-digit";
  if (await s.commonPasswords.has(password)) return "common";
  const siteWords = [s.settings.siteName, new URL(s.settings.baseUrl).hostname];
  return isDerivedFrom(password, [...siteWords, ...contextWords]) ? "context-words" : undefined;
}

/** Returns an Argon2id hash (PHC string) of the password in NFC, otherwise exactly as typed (NIST SP 800-63B-4, 3.1.1.2). */
export function hashPassword(s: Services, password: string, requester: HashRequester): Promise<string> {
  // Algorithm 2 is Argon2id.
  return s.hasher.run(currentScheme(s), requester, () => hash(password.normalize("NFC"), { algorithm: 2, ...s.hashCost }));
}

function currentScheme({ hashCost: { memoryCost, timeCost, parallelism } }: Services): string {
  return `argon2id:${memoryCost}:${timeCost}:${parallelism}`;
}

/** The columns of an account that decide whether its password is accepted. */
export interface StoredPassword {
  /** Null: no password. */
  readonly password_hash: string | null;
  /** Not null: the password is locked until it is reset. */
  readonly password_locked_at: number | null;
  readonly disabled_at: number | null;
}

/** `upgraded` is set if the stored hash is of another scheme or cost than new ones. */
export type PasswordCheck = { readonly ok: true; readonly upgraded: string | undefined } | { readonly ok: false };

/**
 * Verifies a password; fails at the same cost without an account or without a password. Account enumeration by timing: a failure computes
 * every scheme that any account still has (ASVS 6.3.8).
 */
export async function checkPassword(
  s: Services,
  account: StoredPassword | undefined,
  password: string,
  requester: HashRequester,
): Promise<PasswordCheck> {
  const hash = account?.password_hash;
  const stored = hash ? readStoredHash(hash, s.settings.importedPepper) : undefined;
  const inUse = await schemesInUse(s);
  // Timing: ill-formed text is hashed at the same cost, and refused even if it matches.
  const fits = stored !== undefined && (await s.hasher.run(stored.scheme ?? "digest", requester, () => stored.verify(password)));
  if (fits && password.isWellFormed() && account?.password_locked_at === null && account.disabled_at === null) {
    // Imported hashes are upgraded even at the same cost: they may depend on the pepper of the previous application.
    const isCurrent = stored.scheme === currentScheme(s) && !isImported(hash ?? "");
    return { ok: true, upgraded: isCurrent ? undefined : await hashPassword(s, password, requester) };
  }
  for (const scheme of stillToSpend(stored?.scheme, [currentScheme(s), ...inUse]))
    await s.hasher.run(scheme, requester, () => dummyHash(scheme).verify(password));
  return { ok: false };
}

/**
 * The schemes still to compute after `spent`. PBKDF2 takes time in proportion to its iterations, so of each digest only the difference to
 * the highest count in use is computed.
 */
function stillToSpend(spent: string | undefined, inUse: readonly string[]): string[] {
  const highest = new Map<string, number>();
  for (const scheme of inUse) {
    const { kind, iterations } = kindOf(scheme);
    highest.set(kind, Math.max(iterations, highest.get(kind) ?? 0));
  }
  const done = spent === undefined ? undefined : kindOf(spent);
  return [...highest].flatMap(([kind, iterations]) => {
    const left = iterations - (kind === done?.kind ? done.iterations : 0);
    return left <= 0 ? [] : [kind.startsWith("pbkdf2:") ? `${kind}:${left}` : kind];
  });
}

/** `pbkdf2:sha256:600000` is 600,000 iterations of `pbkdf2:sha256`; any other scheme is one iteration of itself. */
function kindOf(scheme: string): { kind: string; iterations: number } {
  const [, kind, iterations] = /^(pbkdf2:\w+):(\d+)$/.exec(scheme) ?? [];
  return kind === undefined ? { kind: scheme, iterations: 1 } : { kind, iterations: Number(iterations) };
}

/** The value of the column `scheme` for a hash: null for the scheme and cost of new hashes. */
export function hashScheme(s: Services, stored: string): string | null {
  const scheme = readStoredHash(stored, undefined)?.scheme;
  return scheme === undefined || scheme === currentScheme(s) ? null : scheme;
}

function readStoredHash(stored: string, pepper: string | undefined) {
  return readArgon2Hash(stored) ?? readImportedHash(stored, pepper) ?? readWerkzeugHash(stored);
}

/** Hashes written by `hashPassword`: of the password in NFC. */
function readArgon2Hash(stored: string) {
  const read = readArgon2(stored);
  return (
    read && {
      scheme: read.scheme,
      verify: async (password: string) => {
        const isTooLong = password.length > maxCodeUnits;
        return (await read.verify(isTooLong ? "" : password.normalize("NFC"))) && !isTooLong;
      },
    }
  );
}

/** Schemes of accounts not upgraded yet: one indexed lookup per distinct value, and a single one where nothing was imported. */
async function schemesInUse(s: Services): Promise<string[]> {
  const found: string[] = [];
  for (let last = ""; found.length < maxSchemes; ) {
    const { rows } = await nextSchemeQuery(s.db, { last });
    const scheme = rows[0]?.scheme;
    if (!scheme) break;
    last = scheme;
    found.push(last);
  }
  return found;
}

const nextSchemeQuery = prepared((db, value: Placeholders<{ last: string }>) =>
  db.selectFrom("passwords").select("scheme").where("scheme", ">", value("last")).orderBy("scheme").limit(1),
);

/** A dummy hash, to spend the time of its scheme. */
function dummyHash(scheme: string) {
  const [name, ...parameters] = scheme.split(":");
  const stored =
    importedDummyHash(scheme) ??
    (name === "scrypt"
      ? `${scheme}$decoydecoydecoy1$${"00".repeat(64)}`
      : name === "pbkdf2"
        ? `${scheme}$decoydecoydecoy1$${"00".repeat(digestBytes(parameters[0] ?? "") ?? 32)}`
        : `$${name}$v=19$m=${parameters[0]},t=${parameters[1]},p=${parameters[2]}$ZGVjb3lkZWNveWRlY295MQ$${"A".repeat(43)}`);
  const read = readStoredHash(stored, undefined);
  if (!read) throw new Error(`There is no dummy hash for ${scheme}.`);
  return read;
}
