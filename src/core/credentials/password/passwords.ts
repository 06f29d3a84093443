/** Which passwords are taken, how they are kept, and how one is checked without saying whether the account exists. */

import { hash } from "@node-rs/argon2";
import { type Placeholders, prepared } from "../../../db/prepared.ts";
import type { Services } from "../../services.ts";
import { isDerivedFrom } from "./context-words.ts";
import { importedDecoy, isImported, mostCodeUnits, readArgon2, readImportedHash } from "./formats/imported.ts";
import { digestBytes, readWerkzeugHash } from "./formats/werkzeug.ts";
import type { HashAsker } from "./hash-queue.ts";

const mostCodePoints = 1_024;
/** More kinds of old hashes than any history leaves behind. */
const mostSchemes = 20;

export type PasswordProblem = "too-short" | "too-long" | "not-text" | "needs-upper-and-digit" | "common" | "own-words" | "breached";

/** Why a new password is refused, or undefined. `ownWords` are the person's name and address; the site's own are added. */
export async function passwordProblem(s: Services, password: string, ownWords: readonly string[]): Promise<PasswordProblem | undefined> {
  return (await localPasswordProblem(s, password, ownWords)) ?? ((await s.breachedPasswords.has(password)) ? "breached" : undefined);
}

/** The same without asking a service, for whoever could make it be asked without end. */
export async function localPasswordProblem(
  s: Services,
  password: string,
  ownWords: readonly string[],
): Promise<PasswordProblem | undefined> {
  // A lone surrogate has no UTF-8: two such passwords would be hashed alike.
  if (!password.isWellFormed()) return "not-text";
  if (password.length > mostCodeUnits) return "too-long";
  const length = [...password.normalize("NFC")].length;
  if (length < s.settings.passwordMinLength) return "too-short";
  if (length > mostCodePoints) return "too-long";
  if (s.settings.passwordRules === "upper-and-digit" && !(/\p{Lu}/u.test(password) && /\p{Nd}/u.test(password)))
    return "needs-upper-and-digit";
  if (await s.commonPasswords.has(password)) return "common";
  const siteWords = [s.settings.siteName, new URL(s.settings.baseUrl).hostname];
  return isDerivedFrom(password, [...siteWords, ...ownWords]) ? "own-words" : undefined;
}

/** Argon2id as a PHC string, of the password in NFC and otherwise exactly as typed (NIST SP 800-63B-4, 3.1.1.2). */
export function hashPassword(s: Services, password: string, asker: HashAsker): Promise<string> {
  // The library's algorithm 2 is Argon2id.
  return s.hasher.run(ourScheme(s), asker, () => hash(password.normalize("NFC"), { algorithm: 2, ...s.hashCost }));
}

function ourScheme({ hashCost: { memoryCost, timeCost, parallelism } }: Services): string {
  return `argon2id:${memoryCost}:${timeCost}:${parallelism}`;
}

/** The part of an account that says how its password is checked. */
export interface StoredPassword {
  readonly password_hash: string;
  /** Set where the password opens nothing until it is reset. */
  readonly password_set_aside_at: number | null;
  readonly disabled_at: number | null;
}

/** Its `upgraded` hash is set where the stored one was weaker than, or foreign to, what we write today. */
export type PasswordCheck = { readonly ok: true; readonly upgraded: string | undefined } | { readonly ok: false };

/**
 * Checks a password against an account's, or against nobody's. A stranger, a foreign hash and a wrong password cost the
 * same: every kind of hash that some account still has is computed before the answer is no (ASVS 6.3.8).
 */
export async function checkPassword(
  s: Services,
  account: StoredPassword | undefined,
  password: string,
  asker: HashAsker,
): Promise<PasswordCheck> {
  const stored = account ? readStoredHash(account.password_hash, s.settings.importedPepper) : undefined;
  const inUse = await schemesInUse(s);
  // What no account can have is hashed like anything else, and then refused whatever it fits.
  const fits = stored !== undefined && (await s.hasher.run(stored.scheme ?? "digest", asker, () => stored.verify(password)));
  if (fits && password.isWellFormed() && account?.password_set_aside_at === null && account.disabled_at === null) {
    // One of the same cost that came from elsewhere may need a secret that is to go one day.
    const isOurs = stored.scheme === ourScheme(s) && !isImported(account.password_hash);
    return { ok: true, upgraded: isOurs ? undefined : await hashPassword(s, password, asker) };
  }
  for (const scheme of stillToSpend(stored?.scheme, [ourScheme(s), ...inUse]))
    await s.hasher.run(scheme, asker, () => decoy(scheme).verify(password));
  return { ok: false };
}

/**
 * The schemes to compute after one was computed already. PBKDF2's time goes with its iterations, so the accounts of one
 * digest differ only in how many are left to the dearest of them.
 */
function stillToSpend(spent: string | undefined, inUse: readonly string[]): string[] {
  const dearest = new Map<string, number>();
  for (const scheme of inUse) {
    const { kind, iterations } = kindOf(scheme);
    dearest.set(kind, Math.max(iterations, dearest.get(kind) ?? 0));
  }
  const done = spent === undefined ? undefined : kindOf(spent);
  return [...dearest].flatMap(([kind, iterations]) => {
    const left = iterations - (kind === done?.kind ? done.iterations : 0);
    return left <= 0 ? [] : [kind.startsWith("pbkdf2:") ? `${kind}:${left}` : kind];
  });
}

/** `pbkdf2:sha256:600000` is 600,000 of a kind; any other scheme is one of its own. */
function kindOf(scheme: string): { kind: string; iterations: number } {
  const [, kind, iterations] = /^(pbkdf2:\w+):(\d+)$/.exec(scheme) ?? [];
  return kind === undefined ? { kind: scheme, iterations: 1 } : { kind, iterations: Number(iterations) };
}

/** What stands in the `hash_scheme` column for a hash: null for the one that we write today. */
export function hashScheme(s: Services, stored: string): string | null {
  const scheme = readStoredHash(stored, undefined)?.scheme;
  return scheme === undefined || scheme === ourScheme(s) ? null : scheme;
}

function readStoredHash(stored: string, pepper: string | undefined) {
  return readArgon2Hash(stored) ?? readImportedHash(stored, pepper) ?? readWerkzeugHash(stored);
}

/** Our own: of the password in NFC. */
function readArgon2Hash(stored: string) {
  const read = readArgon2(stored);
  return (
    read && {
      scheme: read.scheme,
      verify: async (password: string) => {
        const isTooLong = password.length > mostCodeUnits;
        return (await read.verify(isTooLong ? "" : password.normalize("NFC"))) && !isTooLong;
      },
    }
  );
}

/** Schemes of accounts not upgraded yet: a walk over the distinct values of an index that is empty where nobody moved in. */
async function schemesInUse(s: Services): Promise<string[]> {
  const found: string[] = [];
  for (let last = ""; found.length < mostSchemes; ) {
    const { rows } = await nextSchemeQuery(s.db, { last });
    const scheme = rows[0]?.hash_scheme;
    if (!scheme) break;
    last = scheme;
    found.push(last);
  }
  return found;
}

const nextSchemeQuery = prepared((db, value: Placeholders<{ last: string }>) =>
  db.selectFrom("users").select("hash_scheme").where("hash_scheme", ">", value("last")).orderBy("hash_scheme").limit(1),
);

/** A hash of a scheme that fits no password, to spend the same time on. */
function decoy(scheme: string) {
  const [name, ...parameters] = scheme.split(":");
  const stored =
    importedDecoy(scheme) ??
    (name === "scrypt"
      ? `${scheme}$decoydecoydecoy1$${"00".repeat(64)}`
      : name === "pbkdf2"
        ? `${scheme}$decoydecoydecoy1$${"00".repeat(digestBytes(parameters[0] ?? "") ?? 32)}`
        : `$${name}$v=19$m=${parameters[0]},t=${parameters[1]},p=${parameters[2]}$ZGVjb3lkZWNveWRlY295MQ$${"A".repeat(43)}`);
  const read = readStoredHash(stored, undefined);
  if (!read) throw new Error(`There is no decoy for ${scheme}.`);
  return read;
}
