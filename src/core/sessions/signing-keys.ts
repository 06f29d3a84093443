/** Makes, rotates, publishes and removes the keys that sign tokens. */

import type { JWK } from "jose";
import type { Selectable } from "kysely";
import { columns } from "../../db/columns.ts";
import type { Schema } from "../../db/schema.ts";
import { deleteBatch, insertIfAbsent } from "../../db/statements.ts";
import { DecryptionError } from "../../platform/crypto/keyring.ts";
import { decryptColumn, type EncryptedColumn, encryptColumn, tryDecryptColumn } from "../encrypted-column.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";

/** How long an access token is good for. */
export const tokenLifetimeMs = 5 * 60_000;
/** How long a service may keep the published keys before it asks for them again. */
export const keysMaxAgeSeconds = 300;
/** Published for so long before it signs: longer than our own caching allows, and than the ten minutes for which jose keeps keys. */
const publishedAheadMs = 15 * 60_000;
/** Services whose clocks are late take a token for a little longer. */
const clockSkewMs = 60_000;

/** How each is made, with 128 bits of security or about that (ASVS 11.2.3). OpenID clients expect RS256 unless they say otherwise. */
const keyOptions = {
  EdDSA: { crv: "Ed25519" },
  ES256: {},
  RS256: { modulusLength: 3_072 },
} as const;

/** The `alg` of what a key signs (RFC 7518, RFC 8037). */
export type SigningAlgorithm = keyof typeof keyOptions;

export const signingAlgorithms = Object.keys(keyOptions) as readonly SigningAlgorithm[];

export const privateSigningKeys: EncryptedColumn = { table: "signing_keys", column: "private_key", id: "id", purpose: "signing-key" };

type KeyRow = Selectable<Schema["signing_keys"]>;

/** `waiting`: published, and does not sign yet. `signing`: signs. `retired`: published for as long as what it signed is good. */
type KeyState = "waiting" | "signing" | "retired";

export interface ListedKey {
  readonly id: string;
  readonly algorithm: string;
  readonly state: KeyState;
  readonly createdAt: number;
  readonly signsFrom: number;
  /** When it goes; null for the newest of its algorithm. */
  readonly publishedUntil: number | null;
  /** Whether a key of `SECRET_KEY` decrypts it. */
  readonly isReadable: boolean;
}

export interface SigningKey {
  readonly id: string;
  readonly algorithm: SigningAlgorithm;
  readonly key: JWK;
}

/** The keys cannot do what was asked. The message is one line for the operator. */
export class SigningKeyError extends Error {
  override name = "SigningKeyError";
}

/** The keys by which a service verifies tokens, of every algorithm, as a JWK Set (RFC 7517): only the public half of each. */
export async function publishedKeys(s: Services): Promise<{ keys: JWK[] }> {
  const rows = await findPublished(s);
  return { keys: rows.map(({ id, algorithm, use, public_key }) => ({ ...(JSON.parse(public_key) as JWK), kid: id, alg: algorithm, use })) };
}

/** The key that signs now, made where there is none of its algorithm. Throws where no key of `SECRET_KEY` decrypts it. */
export async function requireSigningKey(s: Services, algorithm: SigningAlgorithm): Promise<SigningKey> {
  const row = pickSigning(s, await findPublished(s, algorithm)) ?? (await createFirst(s, algorithm));
  try {
    return { id: row.id, algorithm, key: JSON.parse(decryptColumn(s, privateSigningKeys, row.id, row.private_key)) as JWK };
  } catch (error) {
    if (error instanceof DecryptionError) throw unreadable(row, error);
    throw error;
  }
}

/** All keys that are published, the newest first. */
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
 * Makes the next key of an algorithm and gives its id. It is published at once and signs when every service has had time to fetch it; the
 * one before stays until the last token that it signed has expired. With `now`, for a key that has leaked, the new one signs at once and
 * all others of the algorithm are removed. Throws {@link SigningKeyError} where a key is waiting already.
 */
export async function rotateKeys(
  s: Services,
  { algorithm, now = false }: { algorithm: SigningAlgorithm; now?: boolean | undefined },
): Promise<string> {
  const made = await makeKey(s, algorithm);
  return inTransaction(s, async (tx) => {
    const newest = await tx.db
      .selectFrom("signing_keys")
      .select(columns.signing_keys)
      .where("use", "=", made.use)
      .where("algorithm", "=", algorithm)
      .orderBy("number", "desc")
      .limit(1)
      .executeTakeFirst();
    if (!now && newest && newest.signs_from > tx.now()) throw waiting(newest);
    const at = tx.now();
    const signsFrom = newest && !now ? at + publishedAheadMs : at;
    const inserted = await insertKey(tx, { ...made, number: (newest?.number ?? 0) + 1, created_at: at, signs_from: signsFrom });
    if (!inserted) throw new SigningKeyError("Somebody else is rotating the keys at this moment. Nothing was changed here.");
    if (now) await removeOthers(tx, made);
    else await retireOthers(tx, made, signsFrom + tokenLifetimeMs + clockSkewMs);
    return made.id;
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
    `The key ${id} is waiting already and signs from ${at}. Nothing was changed. A key that has leaked goes with --now.`,
  );
}

function unreadable({ id, algorithm }: KeyRow, { reason, keyId }: DecryptionError): SigningKeyError {
  const rotate = `run "latchkey keys rotate --algorithm ${algorithm} --now"`;
  if (reason === "invalid") return new SigningKeyError(`The signing key ${id} was changed in the database. To replace it, ${rotate}.`);
  return new SigningKeyError(
    `SECRET_KEY does not open the key ${id} that signs tokens: it needs the one with the id ${keyId}. Put that behind the new one, or ${rotate}.`,
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

/** Of one algorithm: the newest whose time has come; where a machine's clock is late, the newest of all. */
function pickSigning(s: Services, newestFirst: readonly KeyRow[]): KeyRow | undefined {
  return newestFirst.find(({ signs_from }) => signs_from <= s.now()) ?? newestFirst[0];
}

function stateOf(s: Services, row: KeyRow, newestFirst: readonly KeyRow[]): KeyState {
  const siblings = newestFirst.filter(({ algorithm, use }) => algorithm === row.algorithm && use === row.use);
  if (row === pickSigning(s, siblings)) return "signing";
  return row.signs_from > s.now() ? "waiting" : "retired";
}

/** Two processes that make the first key at once both continue with the one that was first. */
async function createFirst(s: Services, algorithm: SigningAlgorithm): Promise<KeyRow> {
  const now = s.now();
  const made = await makeKey(s, algorithm);
  await insertKey(s, { ...made, number: 1, created_at: now, signs_from: now });
  return s.db
    .selectFrom("signing_keys")
    .select(columns.signing_keys)
    .where("use", "=", made.use)
    .where("algorithm", "=", algorithm)
    .orderBy("number")
    .limit(1)
    .executeTakeFirstOrThrow();
}

type MadeKey = Pick<KeyRow, "id" | "algorithm" | "use" | "public_key" | "private_key">;

/** Named by its thumbprint (RFC 7638). The private half is encrypted before it leaves this function (ASVS 11.3.2). */
async function makeKey(s: Services, algorithm: SigningAlgorithm): Promise<MadeKey> {
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

/** Whether it was the first with its number: the unique index decides. */
function insertKey(s: Services, key: Omit<KeyRow, "published_until">): Promise<boolean> {
  return insertIfAbsent(s.db, "signing_keys", { ...key, published_until: null });
}

async function removeOthers(tx: Transaction, { id, algorithm, use }: MadeKey): Promise<void> {
  await tx.db.deleteFrom("signing_keys").where("use", "=", use).where("algorithm", "=", algorithm).where("id", "!=", id).execute();
}

async function retireOthers(tx: Transaction, { id, algorithm, use }: MadeKey, publishedUntil: number): Promise<void> {
  await tx.db
    .updateTable("signing_keys")
    .set({ published_until: publishedUntil })
    .where("use", "=", use)
    .where("algorithm", "=", algorithm)
    .where("id", "!=", id)
    .where("published_until", "is", null)
    .execute();
}
