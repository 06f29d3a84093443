/** Orders lists of users by an index, and finds the place of a cursor in it. */
import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { Schema } from "../../db/schema.ts";
import type { Services } from "../services.ts";
import type { UserQuery } from "./user.ts";

const sortColumns = { created: "created_at", "last-login": "last_login_at", username: "username_key", email: "email_key" } as const;

export interface Order {
  readonly column: (typeof sortColumns)[keyof typeof sortColumns];
  readonly isDescending: boolean;
}

/** A place in an order: the sorted value and ID of a user. */
export interface Place {
  readonly key: number | string | null;
  readonly id: string;
}

/** A condition and sorting that one index serves. */
interface Range {
  readonly where: (users: ExpressionBuilder<Schema, "users">) => Expression<SqlBool>;
  readonly by: readonly (Order["column"] | "id")[];
}

/** By default the newest come first, in a search too: matches are often neighbors in the order of names. */
export function orderOf({ sort, descending }: UserQuery): Order {
  const column = sortColumns[sort ?? "created"];
  return { column, isDescending: descending ?? isTime(column) };
}

export function opposite({ column, isDescending }: Order): Order {
  return { column, isDescending: !isDescending };
}

/** Cursor of a place. Personal data in URLs: it contains no username and no email (ASVS 14.2.1). */
export function cursorOf({ column }: Order, { key, id }: Place): string {
  return isTime(column) ? `${key ?? "never"}.${id}` : id;
}

/** Place of a cursor; undefined if it is invalid, or if its account has been deleted. */
export async function readCursor(s: Services, { column }: Order, cursor: string): Promise<Place | undefined> {
  const [, time, id] = /^(?:(never|\d{1,15})\.)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(cursor) ?? [];
  if (id === undefined) return undefined;
  if (time === "never" && column === "last_login_at") return { key: null, id };
  if (time !== undefined && time !== "never" && isTime(column)) return { key: Number(time), id };
  const user = await s.db.selectFrom("users").select(column).where("id", "=", id).executeTakeFirst();
  return user && { key: (user as Record<string, Place["key"]>)[column] ?? null, id };
}

/** All users beyond a place, as ranges in their order. Without a place: all users. */
export function rangesBeyond({ column, isDescending }: Order, place: Place | undefined): Range[] {
  const beyond = isDescending ? "<" : ">";
  const by = [column, "id"] as const;
  const known: Range = { by, where: (users) => users(column, "is not", null) };
  const never: Range = { by: ["id"], where: (users) => users(column, "is", null) };
  // Users who never logged in are last in descending order, on each engine.
  const nevers = column === "last_login_at" ? [never] : [];
  if (place === undefined) return isDescending ? [known, ...nevers] : [...nevers, known];
  const { key, id } = place;
  if (key === null) {
    const sameKey: Range = { by: ["id"], where: (users) => users.and([users(column, "is", null), users("id", beyond, id)]) };
    return isDescending ? [sameKey] : [sameKey, known];
  }
  const later: Range = { by, where: (users) => users(column, beyond, key as never) };
  const after = isDescending ? [later, ...nevers] : [later];
  if (!isTime(column)) return after;
  return [{ by: ["id"], where: (users) => users.and([users(column, "=", key as never), users("id", beyond, id)]) }, ...after];
}

/** Compares two places of an order. */
export function comparePlaces({ isDescending }: Order, place: Place, other: Place): number {
  const difference = compareKeys(place.key, other.key) || compareKeys(place.id, other.id);
  return isDescending ? -difference : difference;
}

function compareKeys(one: Place["key"], other: Place["key"]): number {
  if (one === null || other === null) return Number(one !== null) - Number(other !== null);
  if (typeof one === "number" && typeof other === "number") return one - other;
  return compareTexts(String(one), String(other));
}

/** By code point, which is the order of the engines: they compare bytes of UTF-8. */
function compareTexts(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i++) {
    const difference = rankOf(one.charCodeAt(i)) - rankOf(other.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Surrogates are halves of the greatest code points. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function isTime(column: Order["column"]): boolean {
  return column === "created_at" || column === "last_login_at";
}
