/** Re-encrypts columns with the first `SECRET_KEY`; reports uses of older keys. */
import { setImmediate as turn } from "node:timers/promises";
import { sql } from "kysely";
import { resignHead } from "../audit/chain/resign-head.ts";
import { type EncryptedColumn, encryptColumn, tryDecryptColumn } from "../encrypted-column.ts";
import { inTransaction, type Services } from "../services.ts";
import { encryptedColumns, expiringColumns, heldColumns } from "./key-uses.ts";

const perBatch = 100;

export interface ReencryptedColumn {
  readonly table: string;
  readonly column: string;
  /** Number of rows; in a dry run, of those that would be. */
  readonly reencrypted: number;
}

/** Rows of one column that need an older key. */
export interface OlderKeyUse {
  readonly table: string;
  readonly column: string;
  /** Null if the value names no key. */
  readonly keyId: string | null;
  /** Whether the key is still in `SECRET_KEY`. */
  readonly isListed: boolean;
  readonly rows: number;
  /** When the last of them expires; null if only `reencrypt` replaces the key, or if they do not expire. */
  readonly neededUntil: number | null;
  /** Accounts whose users must make new secrets, such as recovery codes, before the key can be removed; 0 where none must. */
  readonly accounts: number;
}

/**
 * Re-encrypts in batches, while the server runs. Lost update: a row is replaced only if it is unchanged since it was read. Rows that no key
 * decrypts are left as they are, and {@link findOlderKeyUses} reports them.
 */
export async function reencrypt(
  s: Services,
  { isDryRun = false, onProgress }: { isDryRun?: boolean; onProgress?: (column: ReencryptedColumn) => void } = {},
): Promise<ReencryptedColumn[]> {
  const done: ReencryptedColumn[] = [];
  for (const column of encryptedColumns) {
    let reencrypted = 0;
    let after = "";
    for (;;) {
      const rows = await readOlder(s, column, after);
      reencrypted += await replaceAll(s, column, rows, isDryRun);
      onProgress?.({ table: column.table, column: column.column, reencrypted });
      if (rows.length < perBatch) break;
      after = rows.at(-1)?.id ?? "";
      await turn();
    }
    done.push({ table: column.table, column: column.column, reencrypted });
  }
  const isResigned = await resignHead(s, { isDryRun });
  done.push({ table: "audit_head", column: "mac", reencrypted: isResigned ? 1 : 0 });
  return done;
}

interface StoredValue {
  readonly id: string;
  readonly value: string;
}

/** Reads a batch of values that other keys encrypted, in id order. */
async function readOlder(s: Services, { table, column, id }: EncryptedColumn, after: string): Promise<readonly StoredValue[]> {
  const prefix = `v1.${s.keyring.keyId}.`;
  const { rows } = await sql<StoredValue>`select ${sql.ref(id)} as id, ${sql.ref(column)} as value from ${sql.table(table)}
    where ${sql.ref(id)} > ${after} and substr(${sql.ref(column)}, 1, ${prefix.length}) <> ${prefix}
    order by ${sql.ref(id)} limit ${perBatch}`.execute(s.db);
  return rows;
}

/** Returns how many it replaced. Rows that another process has changed or deleted do not count. */
async function replaceAll(s: Services, column: EncryptedColumn, rows: readonly StoredValue[], isDryRun: boolean): Promise<number> {
  const replacements = rows.flatMap(({ id, value }) => {
    const text = tryDecryptColumn(s, column, id, value);
    return text === undefined ? [] : [{ id, old: value, value: encryptColumn(s, column, id, text) }];
  });
  if (isDryRun || replacements.length === 0) return replacements.length;
  return inTransaction(s, async (tx) => {
    let replaced = 0;
    for (const { id, old, value } of replacements) {
      // The server may have written a newer value.
      const { numAffectedRows } = await sql`update ${sql.table(column.table)} set ${sql.ref(column.column)} = ${value}
        where ${sql.ref(column.id)} = ${id} and ${sql.ref(column.column)} = ${old}`.execute(tx.db);
      replaced += Number(numAffectedRows ?? 0);
    }
    return replaced;
  });
}

/** Uses of older keys; empty if all older keys can be removed. */
export async function findOlderKeyUses(s: Services): Promise<OlderKeyUse[]> {
  const found: OlderKeyUse[] = [];
  for (const { table, column } of encryptedColumns) {
    const rows = await countByKey(s, { table, column, kind: "encrypted" });
    found.push(...rows.map((row) => describe(s, { table, column }, row)));
  }
  for (const { table, column, kind, expires, keptForMs } of expiringColumns) {
    const kept = keptForMs(s);
    const rows = await countByKey(s, { table, column, kind, expires, after: s.now() - kept });
    found.push(...rows.map((row) => describe(s, { table, column }, { ...row, last: row.last === null ? null : Number(row.last) + kept })));
  }
  for (const { table, column, owner, used } of heldColumns) {
    const rows = await countByKey(s, { table, column, kind: "hashed", owner, used });
    found.push(...rows.map((row) => describe(s, { table, column }, row)));
  }
  const head = await countByKey(s, { table: "audit_head", column: "key_id", kind: "key-id" });
  found.push(...head.map((row) => describe(s, { table: "audit_head", column: "mac" }, row)));
  return found;
}

interface KeyCount {
  readonly key_id: string;
  readonly rows: number | string;
  readonly last: number | string | null;
  readonly accounts: number | string;
}

interface Counted {
  readonly table: string;
  readonly column: string;
  readonly kind: "encrypted" | "hashed" | "key-id";
  readonly expires?: string;
  readonly after?: number;
  readonly owner?: string;
  readonly used?: string;
}

async function countByKey(s: Services, { table, column, kind, expires, after, owner, used }: Counted): Promise<readonly KeyCount[]> {
  const value = sql.ref(column);
  const keyId =
    kind === "encrypted"
      ? sql<string>`case when substr(${value}, 1, 3) = 'v1.' then substr(${value}, 4, 16) else '' end`
      : sql<string>`substr(${value}, 1, 16)`;
  const last = expires === undefined ? sql`null` : sql`max(${sql.ref(expires)})`;
  const isKept = expires === undefined ? sql`1 = 1` : sql`${sql.ref(expires)} > ${after}`;
  const isUsable = used === undefined ? sql`1 = 1` : sql`${sql.ref(used)} is null`;
  const accounts = owner === undefined ? sql`0` : sql`count(distinct ${sql.ref(owner)})`;
  const { rows } =
    await sql<KeyCount>`select ${keyId} as key_id, count(*) as rows, ${last} as last, ${accounts} as accounts from ${sql.table(table)}
    where ${value} is not null and ${value} <> '' and ${isKept} and ${isUsable} group by 1 order by 1`.execute(s.db);
  return rows.filter(({ key_id }) => key_id !== s.keyring.keyId);
}

function describe(s: Services, place: { table: string; column: string }, { key_id, rows, last, accounts }: KeyCount): OlderKeyUse {
  const keyId = /^[0-9a-f]{16}$/.test(key_id) ? key_id : null;
  return {
    ...place,
    keyId,
    isListed: keyId !== null && s.keyring.keyIds.includes(keyId),
    rows: Number(rows),
    neededUntil: last === null ? null : Number(last),
    accounts: Number(accounts),
  };
}
