/** The keys that sign access tokens: how one is made, when it signs, how long it is published, and how it goes. */

import type { JWK } from "jose";
import type { Selectable } from "kysely";
import { columns } from "../../db/columns.ts";
import type { Schema } from "../../db/schema.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";

/** How long an access token is good for. */
export const tokenForMs = 5 * 60_000;
/** How long a service may keep the published keys before it asks for them again. */
export const keysCachedForSeconds = 300;
/** Published for so long before it signs: longer than our own caching allows, and than the ten minutes for which jose keeps keys. */
const publishedAheadMs = 15 * 60_000;
/** Services whose clocks are late take a token for a little longer. */
const clocksDifferByMs = 60_000;

type KeyRow = Selectable<Schema["token_keys"]>;

/** `waiting`: published, and does not sign yet. `signing`: signs. `retired`: published for as long as what it signed is good. */
type KeyState = "waiting" | "signing" | "retired";

export interface ListedKey {
  readonly id: string;
  readonly state: KeyState;
  readonly createdAt: number;
  readonly signsFrom: number;
  /** When it goes; null for the newest. */
  readonly publishedUntil: number | null;
  /** Whether a key of `SECRET_KEY` still opens it. */
  readonly isReadable: boolean;
}

/** What the operator has to know when the keys cannot do what was asked. The message is one line. */
export class TokenKeyError extends Error {
  override name = "TokenKeyError";
}

/** The keys by which a service verifies tokens, as a JWK Set (RFC 7517): no more than the public half of each. */
export async function publishedKeys(s: Services): Promise<{ keys: JWK[] }> {
  const rows = await findPublished(s);
  return { keys: rows.map(({ id, public_key }) => ({ kty: "OKP", crv: "Ed25519", x: public_key, kid: id, alg: "EdDSA", use: "sig" })) };
}

/** The key to sign with now, which is made where there is none at all. Throws where no key of `SECRET_KEY` opens it. */
export async function requireSigningKey(s: Services): Promise<{ id: string; key: JWK }> {
  const row = pickSigning(s, await findPublished(s)) ?? (await createFirst(s));
  const text = s.keyring.decrypt("token-key", row.private_key);
  if (text === undefined) {
    throw new TokenKeyError(
      `SECRET_KEY does not open the key ${row.id} that signs tokens. Put the former SECRET_KEY behind the new one, or run "latchkey keys rotate --now".`,
    );
  }
  return { id: row.id, key: JSON.parse(text) as JWK };
}

/** All keys that are published, the newest first. */
export async function listKeys(s: Services): Promise<ListedKey[]> {
  const rows = await findPublished(s);
  const signing = pickSigning(s, rows);
  return rows.map((row) => ({
    id: row.id,
    state: row === signing ? "signing" : row.signs_from > s.now() ? "waiting" : "retired",
    createdAt: row.created_at,
    signsFrom: row.signs_from,
    publishedUntil: row.published_until,
    isReadable: s.keyring.decrypt("token-key", row.private_key) !== undefined,
  }));
}

/**
 * Makes the next key, and gives its id. It is published at once and signs when every service has had time to fetch it; the one
 * before stays until the last token that it signed has expired. Throws {@link TokenKeyError} where a key is waiting already.
 *
 * `now` is for a key that has leaked: the new one signs at once, and all others are gone.
 */
export async function rotateKeys(s: Services, { now = false } = {}): Promise<string> {
  const made = await makeKey(s);
  return inTransaction(s, async (tx) => {
    const newest = await tx.db.selectFrom("token_keys").select(columns.token_keys).orderBy("number", "desc").limit(1).executeTakeFirst();
    if (!now && newest && newest.signs_from > tx.now()) throw waiting(newest);
    const at = tx.now();
    const signsFrom = newest && !now ? at + publishedAheadMs : at;
    const inserted = await insertKey(tx, { ...made, number: (newest?.number ?? 0) + 1, created_at: at, signs_from: signsFrom });
    if (!inserted) throw new TokenKeyError("Somebody else is rotating the keys at this moment. Nothing was changed here.");
    if (now) await tx.db.deleteFrom("token_keys").where("id", "!=", made.id).execute();
    else await retire(tx, made.id, signsFrom + tokenForMs + clocksDifferByMs);
    return made.id;
  });
}

/** Takes away keys whose last token has expired. */
export async function removeRetiredKeys(s: Services, count: number): Promise<number> {
  const { numDeletedRows } = await s.db
    .deleteFrom("token_keys")
    .where("id", "in", (query) =>
      query
        .selectFrom("token_keys")
        .select("id")
        .where("published_until", "<=", s.now())
        .orderBy("published_until")
        .limit(count)
        .forUpdate()
        .skipLocked(),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

function waiting({ id, signs_from }: KeyRow): TokenKeyError {
  const at = new Date(signs_from).toISOString();
  return new TokenKeyError(
    `The key ${id} is waiting already and signs from ${at}. Nothing was changed. A key that has leaked goes with --now.`,
  );
}

function findPublished(s: Services): Promise<KeyRow[]> {
  return s.db
    .selectFrom("token_keys")
    .select(columns.token_keys)
    .where((where) => where.or([where("published_until", "is", null), where("published_until", ">", s.now())]))
    .orderBy("number", "desc")
    .execute();
}

/** The newest whose time has come; where a machine's clock is a little late, the newest of all. */
function pickSigning(s: Services, newestFirst: readonly KeyRow[]): KeyRow | undefined {
  return newestFirst.find(({ signs_from }) => signs_from <= s.now()) ?? newestFirst[0];
}

/** Of two processes that make the first key at once, both go on with the one that was first. */
async function createFirst(s: Services): Promise<KeyRow> {
  const now = s.now();
  await insertKey(s, { ...(await makeKey(s)), number: 1, created_at: now, signs_from: now });
  return s.db.selectFrom("token_keys").select(columns.token_keys).orderBy("number").limit(1).executeTakeFirstOrThrow();
}

/** An Ed25519 key (RFC 8037), named by its thumbprint (RFC 7638). Its private half is encrypted before it goes anywhere (ASVS 11.3.2). */
async function makeKey(s: Services): Promise<Pick<KeyRow, "id" | "public_key" | "private_key">> {
  const { calculateJwkThumbprint, exportJWK, generateKeyPair } = await import("jose");
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const { kty, crv, x, d } = (await exportJWK(privateKey)) as Record<"kty" | "crv" | "x" | "d", string>;
  return {
    id: await calculateJwkThumbprint({ kty, crv, x }),
    public_key: x,
    private_key: s.keyring.encrypt("token-key", JSON.stringify({ kty, crv, x, d })),
  };
}

/** Whether it was the first with its number: the unique index decides. */
async function insertKey(s: Services, key: Omit<KeyRow, "published_until">): Promise<boolean> {
  const inserted = await s.db
    .insertInto("token_keys")
    .values({ ...key, published_until: null })
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  return inserted !== undefined;
}

async function retire(tx: Transaction, but: string, publishedUntil: number): Promise<void> {
  await tx.db
    .updateTable("token_keys")
    .set({ published_until: publishedUntil })
    .where("id", "!=", but)
    .where("published_until", "is", null)
    .execute();
}
