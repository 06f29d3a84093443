/** Records a login in the account's row, unless the account has changed since it was read. */
import { columns } from "../../db/columns.ts";
import { type Placeholders, prepared, preparedVariants } from "../../db/prepared.ts";
import { lockRow, updateReturning } from "../../db/statements.ts";
import { recordSuccess } from "../credentials/password/lockout.ts";
import type { Transaction } from "../services.ts";
import type { Method } from "../sessions/methods.ts";
import { type AccountRow, findUserById, type UserRow } from "../users/users.ts";

/** What a login has proven. */
interface Completed {
  /** The account as it was read for the check. */
  readonly user: AccountRow;
  readonly methods: readonly Method[];
  /** Set if a password was checked. */
  readonly password?: { readonly upgradedHash?: string | undefined } | undefined;
}

/** Whether the account is unchanged and may log in by these methods. Locks its row. */
export async function mayLogIn(tx: Transaction, { id, security_version }: AccountRow, methods: readonly Method[]): Promise<boolean> {
  await lockRow(tx.db, "users", { where: { id }, select: ["id"] });
  const account = await findUserById(tx, id);
  if (account?.security_version !== security_version || account.disabled_at !== null) return false;
  // A locked password blocks logins by password only; a reported compromise blocks the other methods too.
  return methods.includes("password") ? account.password_locked_at === null : account.compromised_at === null;
}

/**
 * Race: a login fails if the password was changed or the erasure scheduled while it ran (ASVS 15.4.2). A later login cancels the erasure.
 */
export async function recordLogin(tx: Transaction, { user, methods, password }: Completed): Promise<UserRow | undefined> {
  const { id, security_version, erase_at } = user;
  const { rows } = await loginQuery(methods.includes("password"))(tx.db, { id, security_version, erase_at, now: tx.now() });
  if (rows[0] && password) await recordSuccess(tx, user, password.upgradedHash);
  return rows[0];
}

type Login = Pick<UserRow, "id" | "security_version" | "erase_at"> & { now: number };

const loginQuery = preparedVariants((isByPassword: boolean) =>
  prepared((db, value: Placeholders<Login>) =>
    updateReturning(db, "users", {
      set: (column) => ({ previous_login_at: column.ref("last_login_at"), last_login_at: value("now"), erase_at: null }),
      where: ({ and, eb, exists, not, or, selectFrom }) =>
        and([
          and({ id: value("id"), security_version: value("security_version"), disabled_at: null }),
          or([eb("erase_at", "is", null), eb("erase_at", "=", value("erase_at"))]),
          isByPassword
            ? not(exists(selectFrom("passwords").select("user_id").whereRef("user_id", "=", "users.id").where("locked_at", "is not", null)))
            : eb("compromised_at", "is", null),
        ]),
      returning: columns.users,
    }),
  ),
);
