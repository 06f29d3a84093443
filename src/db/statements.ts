/** Builds statements that differ between engines: returning, upsert, batch, row lock. */
import {
  type Compilable,
  type Expression,
  type ExpressionBuilder,
  type FilterObject,
  type Insertable,
  type Kysely,
  type Selectable,
  type SelectType,
  type SqlBool,
  sql,
  type UpdateObject,
} from "kysely";
import { primaryKeys } from "./columns.ts";
import { type Database, isPostgres } from "./database.ts";
import type { Schema } from "./schema.ts";

type Table = keyof Schema;
type Column<T extends Table> = keyof Schema[T] & string;
type Row<T extends Table, C extends Column<T>> = { [Name in C]: SelectType<Schema[T][Name]> };

/** Equality by column, or a condition. */
type Where<T extends Table> = Readonly<FilterObject<Schema, T>> | ((where: ExpressionBuilder<Schema, T>) => Expression<SqlBool>);

/** With `limit`, the first rows in the order of `orderBy`; rows that another transaction has locked are skipped. */
type Rows<T extends Table> =
  | { readonly where: Where<T>; readonly orderBy?: never; readonly limit?: never }
  | { readonly where: Where<T>; readonly orderBy: Column<T>; readonly limit: number };

/** A statement that is built and not run yet; `prepared` builds it once. */
interface Statement<Result> extends Compilable<Result> {
  readonly execute: () => Promise<Result[]>;
  readonly executeTakeFirst: () => Promise<Result | undefined>;
}

/** Deletes rows and returns their columns. */
export function deleteReturning<T extends Table, C extends Column<T>>(
  db: Database,
  table: T,
  { returning, ...rows }: Rows<T> & { readonly returning: readonly C[] },
): Statement<Row<T, C>> {
  return as(
    db
      .deleteFrom(asUsers(table))
      .where(matches(db, table, rows))
      .returning(asIds(returning)),
  );
}

/** Updates rows and returns their new values. */
export function updateReturning<T extends Table, C extends Column<T>>(
  db: Database,
  table: T,
  {
    set,
    returning,
    ...rows
  }: Rows<T> & {
    readonly set: UpdateObject<Schema, T> | ((column: ExpressionBuilder<Schema, T>) => UpdateObject<Schema, T>);
    readonly returning: readonly C[];
  },
): Statement<Row<T, C>> {
  return as(
    db
      .updateTable(asUsers(table))
      .set(set as never)
      .where(matches(db, table, rows))
      .returning(asIds(returning)),
  );
}

/** Deletes at most `limit` rows in the order of `orderBy`, without waiting for locked ones. Returns how many. */
export async function deleteBatch<T extends Table>(
  db: Database,
  table: T,
  batch: { readonly where: Where<T>; readonly orderBy: Column<T>; readonly limit: number },
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom(asUsers(table))
    .where(matches(db, table, batch as Rows<T>))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** More rows than can ever exceed `keep`: SQLite has no offset without a limit. */
const maxBeyond = 10_000;

/** Deletes all matching rows but the `keep` first in descending order of `orderBy`. `keep` is part of the text of the statement. */
export function deleteBeyond<T extends Table>(
  db: Database,
  table: T,
  { where, orderBy, keep }: { readonly where: Where<T>; readonly orderBy: Column<T>; readonly keep: number },
): Compilable<unknown> {
  const key = asId(primaryKeys[table]);
  return db.deleteFrom(asUsers(table)).where(key, "in", (query) =>
    query
      .selectFrom(asUsers(table))
      .select(key)
      .where(condition(where))
      .orderBy(asId(orderBy), "desc")
      // As a literal: with a bound offset, SQLite plans the statement again at each run.
      .offset(sql.lit(keep))
      .limit(sql.lit(maxBeyond)),
  );
}

/**
 * Locks one row until the end of the transaction, and returns it. Read other tables in later statements: on PostgreSQL a statement that
 * waited for a lock still sees them as they were before (decision 009).
 */
export function lockRow<T extends Table, C extends Column<T>>(
  tx: Database,
  table: T,
  { where, select }: { readonly where: Where<T>; readonly select: readonly C[] },
): Promise<Row<T, C> | undefined> {
  const statement = tx.selectFrom(asUsers(table)).select(asIds(select)).where(condition(where)).forUpdate();
  return as<Row<T, C>>(statement).executeTakeFirst();
}

/** Locks at most `limit` rows until the end of the transaction, without those that another transaction has locked, and returns them. */
export function lockFreeRows<T extends Table, C extends Column<T>>(
  tx: Database,
  table: T,
  rows: { readonly where: Where<T>; readonly select: readonly C[]; readonly orderBy: Column<T>; readonly limit: number },
): Promise<Row<T, C>[]> {
  const { where, select, orderBy, limit } = rows;
  const statement = tx.selectFrom(asUsers(table)).select(asIds(select)).where(condition(where)).orderBy(asId(orderBy)).limit(limit);
  return as<Row<T, C>>(statement.forUpdate().skipLocked()).execute();
}

/** Inserts a row unless a unique key of it is taken. Returns whether it was inserted. */
export async function insertIfAbsent<DB, T extends keyof DB & string>(db: Kysely<DB>, table: T, row: Insertable<DB[T]>): Promise<boolean> {
  const [{ numInsertedOrUpdatedRows } = {}] = (await insertionIfAbsent(db, table, row).execute()) as {
    numInsertedOrUpdatedRows?: bigint;
  }[];
  return numInsertedOrUpdatedRows === 1n;
}

/** The statement of {@link insertIfAbsent}, for `prepared`: it affects one row or none. */
export function insertionIfAbsent<DB, T extends keyof DB & string>(db: Kysely<DB>, table: T, row: Insertable<DB[T]>) {
  return db
    .insertInto(table)
    .values(row as never)
    .onConflict((conflict) => conflict.doNothing());
}

/** Inserts a row, or replaces these columns of the row that has its primary key. */
export function upsert<T extends Table>(db: Database, table: T, row: Insertable<Schema[T]>): Statement<unknown> {
  const changes = Object.entries(row).filter(([name]) => name !== primaryKeys[table]);
  return upsertIf(db, table, { values: row, set: () => Object.fromEntries(changes) as UpdateObject<Schema, T> });
}

/** Refers to columns within an upsert. */
export interface UpsertRow<T extends Table> {
  readonly eb: ExpressionBuilder<Schema, T>;
  /** Of the row that is in the table. */
  readonly existing: <C extends Column<T>>(column: C) => Expression<SelectType<Schema[T][C]>>;
  /** Of the row that was to be inserted. */
  readonly offered: <C extends Column<T>>(column: C) => Expression<SelectType<Schema[T][C]>>;
}

/**
 * Inserts rows; where the primary key is taken, updates the row if `where` holds. One statement, so that concurrent ones come one after
 * another. Returns the rows that were written.
 */
export function upsertIf<T extends Table, C extends Column<T> = never>(
  db: Database,
  table: T,
  {
    values,
    set,
    where,
    returning,
  }: {
    readonly values: Insertable<Schema[T]> | readonly Insertable<Schema[T]>[];
    readonly set: (row: UpsertRow<T>) => UpdateObject<Schema, T>;
    readonly where?: (row: UpsertRow<T>) => Expression<SqlBool>;
    readonly returning?: readonly C[];
  },
): Statement<Row<T, C>> {
  const row = (eb: unknown): UpsertRow<T> => ({
    eb: eb as ExpressionBuilder<Schema, T>,
    existing: (column) => sql.ref(`${table}.${column}`),
    offered: (column) => sql.ref(`excluded.${column}`),
  });
  const statement = db
    .insertInto(table)
    .values(values as never)
    .onConflict((conflict) => {
      const update = conflict.column(primaryKeys[table] as never).doUpdateSet(((eb: unknown) => set(row(eb))) as never);
      return where ? update.where(((eb: unknown) => where(row(eb))) as never) : update;
    });
  return as(returning ? statement.returning(asIds(returning) as never) : statement);
}

/** Inserts a row if `from` has a row that matches; `lock` locks that row, and `replaces` overwrites an older row with the same key. */
export function insertFromSelect<T extends Table, F extends Table>(
  db: Database,
  table: T,
  {
    row,
    from,
    where,
    lock = false,
    replaces = false,
  }: {
    readonly row: Selectable<Schema[T]>;
    readonly from: F;
    readonly where: Where<F>;
    readonly lock?: boolean;
    readonly replaces?: boolean;
  },
): Statement<unknown> {
  const names = Object.keys(row);
  const key: string = primaryKeys[table];
  const statement = db
    .insertInto(asUsers(table))
    .columns(asIds(names))
    .expression((query) =>
      query
        .selectFrom(asUsers(from))
        .select((column) => names.map((name) => column.val(row[name as never]).as(name)))
        .where(condition(where))
        .limit(1)
        .$if(lock, (select) => select.forUpdate()),
    );
  if (!replaces) return as(statement);
  const changes = names.filter((name) => name !== key).map((name) => [name, sql.ref(`excluded.${name}`)]);
  return as(statement.onConflict((conflict) => conflict.column(key as never).doUpdateSet(Object.fromEntries(changes) as never)));
}

/** The condition of an update or delete; with a limit, the keys are selected first. */
function matches<T extends Table>(db: Database, table: T, { where, orderBy, limit }: Rows<T>) {
  if (limit === undefined) return condition(where);
  const key = asId(primaryKeys[table]);
  return (eb: ExpressionBuilder<Schema, "users">) => {
    const keys = eb
      .selectFrom(asUsers(table))
      .select(key)
      .where(condition(where))
      .orderBy(asId(orderBy))
      .limit(limit)
      .forUpdate()
      .skipLocked();
    // SQLite has one writer, so the selected rows cannot have changed.
    if (!isPostgres(db)) return eb(key, "in", keys);
    // An array is selected once: PostgreSQL may run a subquery after `in` again for each row, and so pass the limit. The condition
    // stands twice because a row may have changed before it was locked.
    return eb.and([sql<SqlBool>`${sql.ref(key)} = any(array(${keys}))`, condition(where)(eb)]);
  };
}

function condition<T extends Table>(where: Where<T>): (eb: ExpressionBuilder<Schema, "users">) => Expression<SqlBool> {
  return (eb) => (typeof where === "function" ? where(eb as never) : eb.and(where as never));
}

/** Kysely resolves no column of a generic table, so all tables are typed as one here; callers see the real types. */
function asUsers(table: Table): "users" {
  return table as "users";
}

function asId(column: string | undefined): "id" {
  return column as "id";
}

function asIds(columns: readonly string[]): readonly "id"[] {
  return columns as readonly "id"[];
}

function as<Result>(statement: unknown): Statement<Result> {
  return statement as Statement<Result>;
}
