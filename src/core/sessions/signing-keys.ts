/** Creates, rotates, publishes and removes token signing keys. */

import type { JWK } from "jose";
import type { Selectable } from "kysely";
import { columns } from "../../db/columns.ts";
import type { Schema } from "../../db/schema.ts";
import { deleteBatch, insertIfAbsent } from "../../db/statements.ts";
import { DecryptionError } from "../../platform/crypto/keyring.ts";
import { decryptColumn, type EncryptedColumn, encryptColumn, tryDecryptColumn } from "../encrypted-column.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";

/** Lifetime of an access token. */
export const tokenLifetimeMs = 5 * 60_000;
/** Cache lifetime of the published keys. */
export const keysMaxAgeSeconds = 300;
/** A new key is published before it signs, for longer than services cache the keys (jose: ten minutes). */
const publishedAheadMs = 15 * 60_000;
/** Tolerated clock difference of services that verify tokens. */
const clockSkewMs = 60_000;

/** Key parameters, with a strength of about 128 bits (ASVS 11.2.3). OpenID clients expect RS256 by default. */
const keyOptions = {
  EdDSA: { crv: "Ed25519" },
  ES256: {},
  RS256: { modulusLength: 3_072 },
} as const;

/** The `alg` of its signatures (RFC 7518, RFC 8037). */
export type SigningAlgorithm = keyof typeof keyOptions;

export const signingAlgorithms = Object.keys(keyOptions) as readonly SigningAlgorithm[];

export const privateSigningKeys: EncryptedColumn = { table: "signing_keys", column: "private_key", id: "id", purpose: "signing-key" };

type KeyRow = Selectable<Schema["signing_keys"]>;

/** `waiting`: published and not signing yet. `signing`: current. `retired`: published until its last token expires. */
type KeyState = "waiting" | "signing" | "retired";

export interface ListedKey {
  readonly id: string;
  readonly algorithm: string;
  readonly state: KeyState;
  readonly createdAt: number;
  readonly signsFrom: number;
  /** When it is removed; null for the newest of its algorithm. */
  readonly publishedUntil: number | null;
  /** Whether a key of `SECRET_KEY` decrypts it. */
  readonly isReadable: boolean;
}

export interface SigningKey {
  readonly id: string;
  readonly algorithm: SigningAlgorithm;
  readonly key: JWK;
}

/** The key operation is not possible. The message is one line for the administrator. */
export class SigningKeyError extends Error {
  override name = "SigningKeyError";
}

/** Public keys of every algorithm, as a JWK Set (RFC 7517). */
export async function publishedKeys(s: Services): Promise<{ keys: JWK[] }> {
  const rows = await findPublished(s);
  return { keys: rows.map(({ id, algorithm, use, public_key }) => ({ ...(JSON.parse(public_key) as JWK), kid: id, alg: algorithm, use })) };
}

/**
 * Returns the current signing key, and creates the first of an algorithm. Throws {@link SigningKeyError} if no key of `SECRET_KEY`
 * decrypts it.
 */
export async function requireSigningKey(s: Services, algorithm: SigningAlgorithm): Promise<SigningKey> {
  const row = pickSigning(s, await findPublished(s, algorithm)) ?? (await createFirst(s, algorithm));
  try {
    return { id: row.id, algorithm, key: JSON.parse(decryptColumn(s, privateSigningKeys, row.id, row.private_key)) as JWK };
  } catch (error) {
    if (error instanceof DecryptionError) throw unreadable(row, error);
    throw error;
  }
}

/** All published keys, newest first. */
export async function listKeys(s: Services): Promise<ListedKey[]> {
  const rows = await findPublished(s);
  return rows.map((row) => ({
    id: row.id,
    algorithm: row.algorithm,
    state: stateOf(s, row, rows),
    createdAt: row.created_at,
    signsFrom: row.signs_from,
    publishedUntil: row.published_until,
    isReadable: tryDecryptColumn(s, privateSigningKeys, row.id, row.private_key) !== undefined,
  }));
}

/**
 * Creates the next key of an algorithm and returns its id. It signs after every service could fetch it, or at once with `now`, which also
 * removes the other keys of the algorithm, for a leaked key. Throws {@link SigningKeyError} if a key is waiting already.
 */
export async function rotateKeys(
  s: Services,
  { algorithm, now = false }: { algorithm: SigningAlgorithm; now?: boolean | undefined },
): Promise<string> {
  const created = await generateKey(s, algorithm);
  return inTransaction(s, async (tx) => {
    const newest = await tx.db
      .selectFrom("signing_keys")
      .select(columns.signing_keys)
      .where("use", "=", created.use)
      .where("algorithm", "=", algorithm)
      .orderBy("number", "desc")
      .limit(1)
      .executeTakeFirst();
    if (!now && newest && newest.signs_from > tx.now()) throw waiting(newest);
    const at = tx.now();
    const signsFrom = newest && !now ? at + publishedAheadMs : at;
    const inserted = await insertKey(tx, { ...created, number: (newest?.number ?? 0) + 1, created_at: at, signs_from: signsFrom });
    if (!inserted) throw new SigningKeyError("Another process is rotating the keys. Nothing was changed.");
    if (now) await removeOthers(tx, created);
    else await retireOthers(tx, created, signsFrom + tokenLifetimeMs + clockSkewMs);
    return created.id;
  });
}

/** Removes keys whose last token has expired. */
export function removeRetiredKeys(s: Services, count: number): Promise<number> {
  return deleteBatch(s.db, "signing_keys", {
    where: (key) => key("published_until", "<=", s.now()),
    orderBy: "published_until",
    limit: count,
  });
}

function waiting({ id, signs_from }: KeyRow): SigningKeyError {
  const at = new Date(signs_from).toISOString();
  return new SigningKeyError(
    `The key ${id} is already published and signs from ${at}. Nothing was changed. If a key has leaked, use --now.`,
  );
}

function unreadable({ id, algorithm }: KeyRow, { reason, keyId }: DecryptionError): SigningKeyError {
  const rotate = `run "latchkey keys rotate --algorithm ${algorithm} --now"`;
  if (reason === "invalid") return new SigningKeyError(`The signing key ${id} was changed in the database. To replace it, ${rotate}.`);
  return new SigningKeyError(
    `The signing key ${id} cannot be decrypted: SECRET_KEY lacks the key with the ID ${keyId}. Append that key, or ${rotate}.`,
  );
}

function findPublished(s: Services, algorithm?: SigningAlgorithm): Promise<KeyRow[]> {
  return s.db
    .selectFrom("signing_keys")
    .select(columns.signing_keys)
    .where((where) => where.or([where("published_until", "is", null), where("published_until", ">", s.now())]))
    .$if(algorithm !== undefined, (query) => query.where("algorithm", "=", algorithm ?? ""))
    .orderBy("signs_from", "desc")
    .orderBy("number", "desc")
    .orderBy("algorithm")
    .execute();
}

/** Picks the newest key that signs already; if this machine's clock is behind, the newest of all. */
function pickSigning(s: Services, newestFirst: readonly KeyRow[]): KeyRow | undefined {
  return newestFirst.find(({ signs_from }) => signs_from <= s.now()) ?? newestFirst[0];
}

function stateOf(s: Services, row: KeyRow, newestFirst: readonly KeyRow[]): KeyState {
  const siblings = newestFirst.filter(({ algorithm, use }) => algorithm === row.algorithm && use === row.use);
  if (row === pickSigning(s, siblings)) return "signing";
  return row.signs_from > s.now() ? "waiting" : "retired";
}

/** Race: of two processes that create the first key, both continue with the one that was inserted. */
async function createFirst(s: Services, algorithm: SigningAlgorithm): Promise<KeyRow> {
  const now = s.now();
  const created = await generateKey(s, algorithm);
  await insertKey(s, { ...created, number: 1, created_at: now, signs_from: now });
  return s.db
    .selectFrom("signing_keys")
    .select(columns.signing_keys)
    .where("use", "=", created.use)
    .where("algorithm", "=", algorithm)
    .orderBy("number")
    .limit(1)
    .executeTakeFirstOrThrow();
}

type NewKey = Pick<KeyRow, "id" | "algorithm" | "use" | "public_key" | "private_key">;

/** Generates a key, with its thumbprint as id (RFC 7638). The private key is returned encrypted only (ASVS 11.3.2). */
async function generateKey(s: Services, algorithm: SigningAlgorithm): Promise<NewKey> {
  const { calculateJwkThumbprint, exportJWK, generateKeyPair } = await import("jose");
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { ...keyOptions[algorithm], extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const id = await calculateJwkThumbprint(publicJwk);
  return {
    id,
    algorithm,
    use: "sig",
    public_key: JSON.stringify(publicJwk),
    private_key: encryptColumn(s, privateSigningKeys, id, JSON.stringify(await exportJWK(privateKey))),
  };
}

/** Whether it was inserted. Race: the unique index on the number decides. */
function insertKey(s: Services, key: Omit<KeyRow, "published_until">): Promise<boolean> {
  return insertIfAbsent(s.db, "signing_keys", { ...key, published_until: null });
}

async function removeOthers(tx: Transaction, { id, algorithm, use }: NewKey): Promise<void> {
  await tx.db.deleteFrom("signing_keys").where("use", "=", use).where("algorithm", "=", algorithm).where("id", "!=", id).execute();
}

async function retireOthers(tx: Transaction, { id, algorithm, use }: NewKey, publishedUntil: number): Promise<void> {
  await tx.db
    .updateTable("signing_keys")
    .set({ published_until: publishedUntil })
    .where("use", "=", use)
    .where("algorithm", "=", algorithm)
    .where("id", "!=", id)
    .where("published_until", "is", null)
    .execute();
}
