/** Grants and revokes roles, stored with the account. */

import { type SqlBool, sql } from "kysely";
import { lockRow } from "../../db/statements.ts";
import { recordEvent } from "../audit/log.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";
import type { User } from "./user.ts";
import { findUserById } from "./users.ts";

export function rolesOf(user: User): readonly string[] {
  return user.roles;
}

/** Whether a role name is valid: 1 to 40 lowercase letters, digits and hyphens. */
export function isRole(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,39}$/.test(name);
}

/** Grants a role. Resolves to false if there is no such account, or if it has the role already. */
export function grantRole(s: Services, userId: string, role: string, info: RequestInfo): Promise<boolean> {
  if (!isRole(role)) throw new TypeError(`A role must be 1–40 lowercase letters, digits and hyphens, not ${JSON.stringify(role)}.`);
  return changeRoles(s, userId, info, { add: role });
}

/** Revokes a role. Resolves to false if there is no such account, or if it does not have the role. */
export function revokeRole(s: Services, userId: string, role: string, info: RequestInfo): Promise<boolean> {
  return changeRoles(s, userId, info, { remove: role });
}

/** Roles that a provider's claims decide, and those that they give. */
export interface MappedRoles {
  readonly mapped: readonly string[];
  readonly given: readonly string[];
}

/**
 * Gives and takes the roles that a provider's claims decide; others stay. Lockout: the last administrator keeps the role. In a transaction
 * that has locked the account.
 */
export async function setMappedRoles(
  tx: Transaction,
  userId: string,
  { mapped, given, info, provider }: MappedRoles & { readonly info: RequestInfo; readonly provider?: string | undefined },
): Promise<void> {
  const before = readRoles((await findUserById(tx, userId))?.roles ?? "");
  const keepsAdmin = before.includes("admin") && mapped.includes("admin") && (await isLastAdmin(tx, userId));
  const kept = before.filter((role) => !mapped.includes(role) || (role === "admin" && keepsAdmin));
  const after = [...new Set([...kept, ...given])].sort();
  if (after.join() === before.join()) return;
  await tx.db
    .updateTable("users")
    .set({ roles: after.join(",") })
    .where("id", "=", userId)
    .execute();
  const isMore = after.some((role) => !before.includes(role));
  await recordEvent(tx, userId, isMore ? "role-granted" : "role-revoked", info, { provider });
}

/** Lockout: whether the account is the last administrator who can log in. */
export async function isLastAdmin(s: Services, userId: string): Promise<boolean> {
  const sets = (await listRoleSets(s)).filter((set) => readRoles(set).includes("admin"));
  if (sets.length === 0) return false;
  const admins = await s.db
    .selectFrom("users")
    .select("id")
    .where(hasRoles)
    .where("roles", "in", sets)
    .where("disabled_at", "is", null)
    .where("erase_at", "is", null)
    .limit(2)
    .execute();
  return admins.length === 1 && admins[0]?.id === userId;
}

/** Whether a user has a role. Not as a parameter: the engines use the partial index only for exactly its condition. */
export const hasRoles = sql<SqlBool>`users.roles <> ''`;

/** All roles that users have, in order. */
export async function listRoles(s: Services): Promise<string[]> {
  return [...new Set((await listRoleSets(s)).flatMap(readRoles))].sort();
}

/** Distinct values of the column `roles`, in order. Jumps from one to the next in the index, however many users have it. */
export async function listRoleSets(s: Services): Promise<string[]> {
  const rows = await s.db
    .withRecursive("sets(roles)", (query) =>
      query
        .selectFrom("users")
        .select((users) => users.fn.min<string | null>("roles").as("roles"))
        .where(hasRoles)
        .unionAll((next) =>
          next
            .selectFrom("sets")
            .select((set) =>
              set
                .selectFrom("users")
                .select((users) => users.fn.min<string | null>("users.roles").as("roles"))
                .where(hasRoles)
                .whereRef("users.roles", ">", "sets.roles")
                .as("roles"),
            )
            .where("sets.roles", "is not", null),
        ),
    )
    .selectFrom("sets")
    .select("roles")
    .where("roles", "is not", null)
    .execute();
  return rows.map(({ roles }) => roles as string);
}

function changeRoles(s: Services, userId: string, info: RequestInfo, { add, remove }: { add?: string; remove?: string }): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    await lockRow(tx.db, "users", { where: { id: userId }, select: ["id"] });
    const before = readRoles((await findUserById(tx, userId))?.roles ?? "");
    const after = [...new Set([...before.filter((each) => each !== remove), ...(add === undefined ? [] : [add])])].sort();
    if (after.join() === before.join()) return false;
    const { numUpdatedRows } = await tx.db
      .updateTable("users")
      .set({ roles: after.join(",") })
      .where("id", "=", userId)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    await recordEvent(tx, userId, add === undefined ? "role-revoked" : "role-granted", info);
    return true;
  });
}

/** Splits the column `roles`: sorted names, separated by commas. */
function readRoles(text: string): string[] {
  return text === "" ? [] : text.split(",");
}
